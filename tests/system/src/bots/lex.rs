//! Amazon Lex V2's runtime: `RecognizeText`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};

use super::conduct::{Conduct, Trouble};
use super::signed_by_aws::signature_problem;
use super::{AGAIN, BotService, GREETING, TOPIC, Thought, Wish, think};
use crate::serve;

const BOT: &str = "SHOPBOT123";
const ALIAS: &str = "TSTALIASID";
const LOCALES: [&str; 2] = ["en_US", "nl_NL"];

impl BotService {
    /// Starts Lex with one bot.
    pub async fn lex() -> Self {
        let conduct = Arc::new(Conduct::default());
        let router = Router::new()
            .route(
                "/bots/{bot}/botAliases/{alias}/botLocales/{locale}/sessions/{session}/text",
                post(recognize),
            )
            .with_state(Arc::clone(&conduct));
        let url = serve(router).await;
        Self {
            kind: "lex",
            handover_reason: "contact_asked",
            answers_later: false,
            settings: format!(
                "[bot]\nkind = \"lex\"\nbot_id = \"{BOT}\"\nbot_alias_id = \"{ALIAS}\"\n\
                 endpoint_url = \"{url}\"\ngreeting = \"{GREETING}\"\ndelegated = \"{AGAIN}\"\n\
                 handover_intents = [\"TalkToPerson\"]\nresolve_intents = [\"Goodbye\"]\n\
                 topics = {{ OpeningHours = \"{TOPIC}\" }}\n"
            ),
            secrets: json!({}),
            conduct,
        }
    }
}

/// Fields of the request, with the names and types of the service's model.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RecognizeText {
    text: String,
    #[serde(default)]
    request_attributes: BTreeMap<String, String>,
    #[serde(default)]
    session_state: SessionState,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SessionState {
    #[serde(default)]
    session_attributes: BTreeMap<String, String>,
    #[serde(default, rename = "intent")]
    _intent: Value,
    #[serde(default, rename = "dialogAction")]
    _dialog_action: Value,
    #[serde(default, rename = "activeContexts")]
    _active_contexts: Value,
}

async fn recognize(
    State(conduct): State<Arc<Conduct>>,
    Path((bot, alias, locale, session)): Path<(String, String, String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(problem) = signature_problem(&headers, "lex") {
        conduct.complain(problem);
        return refusal(StatusCode::FORBIDDEN, "AccessDeniedException");
    }
    if bot != BOT || alias != ALIAS || !LOCALES.contains(&locale.as_str()) {
        conduct.complain(format!("no bot {bot}, alias {alias}, locale {locale}"));
        return refusal(StatusCode::NOT_FOUND, "ResourceNotFoundException");
    }
    let request = match read(&session, &body) {
        Ok(request) => request,
        Err(problem) => {
            conduct.complain(problem);
            return refusal(StatusCode::BAD_REQUEST, "ValidationException");
        }
    };
    let received = serde_json::from_slice(&body).unwrap_or(Value::Null);
    match conduct.attend(received).await {
        Ok(()) => axum::Json(answer(&session, &request)).into_response(),
        Err(Trouble::Throttled) => refusal(StatusCode::TOO_MANY_REQUESTS, "ThrottlingException"),
        Err(Trouble::Down) => refusal(StatusCode::SERVICE_UNAVAILABLE, "InternalServerException"),
    }
}

fn read(session: &str, body: &[u8]) -> Result<RecognizeText, String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '-');
    if !(2..=100).contains(&session.len()) || !session.chars().all(legal) {
        return Err("sessionId is 2 to 100 of 0-9a-zA-Z._:-".to_owned());
    }
    let request: RecognizeText = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    // The service counts as Java does.
    let units = request.text.encode_utf16().count();
    if !(1..=1024).contains(&units) {
        return Err(format!("text has {units} characters: 1 to 1024"));
    }
    if request.text.trim().is_empty() {
        return Err("text is blank".to_owned());
    }
    Ok(request)
}

fn refusal(status: StatusCode, code: &str) -> Response {
    let headers = [("x-amzn-errortype", code)];
    (status, headers, axum::Json(json!({"message": code}))).into_response()
}

fn answer(session: &str, request: &RecognizeText) -> Value {
    let Thought {
        intent, text, wish, ..
    } = think(&request.text);
    let state = if wish == Wish::Stay && intent != "FallbackIntent" {
        "Fulfilled"
    } else {
        "ReadyForFulfillment"
    };
    let intent = json!({
        "name": intent,
        "slots": {},
        "state": state,
        "confirmationState": "None",
    });
    json!({
        "interpretations": [
            {"intent": intent, "interpretationSource": "Lex", "nluConfidence": {"score": 0.92}},
            {"intent": {"name": "FallbackIntent", "slots": {}}, "interpretationSource": "Lex"},
        ],
        "messages": [{"content": text, "contentType": "PlainText"}],
        "requestAttributes": request.request_attributes,
        "sessionId": session,
        "sessionState": {
            "dialogAction": {"type": "Close"},
            "intent": intent,
            "originatingRequestId": uuid::Uuid::new_v4().to_string(),
            "sessionAttributes": request.session_state.session_attributes,
        },
    })
}
