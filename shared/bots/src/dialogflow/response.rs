//! From a `DetectIntentResponse` to an answer.

use conversation::{
    Action, Answer, Attachment, AttachmentFile, DialogflowSettings, HandoverReason, Link,
    QuickReply, ReplyAction, Turn,
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::request::DETAILS;
use super::session::{Place, Session};
use crate::draft::Draft;
use crate::{BotError, contract, custom};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DetectIntentResponse {
    query_result: QueryResult,
}

#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[derive(Default)]
struct QueryResult {
    response_messages: Vec<ResponseMessage>,
    parameters: Map<String, Value>,
    #[serde(rename = "match")]
    matched: Match,
    current_page: Named,
}

#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[derive(Default)]
struct Match {
    intent: Named,
    match_type: String,
}

#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[derive(Default)]
struct Named {
    name: String,
    display_name: String,
}

/// Of each message one field is set. Those for telephones and statistics are left out.
#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[derive(Default)]
struct ResponseMessage {
    text: Option<Texts>,
    payload: Option<Map<String, Value>>,
    live_agent_handoff: Option<Handoff>,
    end_interaction: Option<Value>,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Texts {
    text: Vec<String>,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Handoff {
    metadata: Map<String, Value>,
}

/// Reads the body of a 200.
pub(super) fn answer(
    settings: &DialogflowSettings,
    turn: &Turn,
    before: &Session,
    body: &[u8],
) -> Result<Answer, BotError> {
    let invalid = |problem: String| BotError::InvalidAnswer { problem };
    let json: Value =
        serde_json::from_slice(body).map_err(|_| invalid("the body is not JSON".to_owned()))?;
    let response: DetectIntentResponse = serde_path_to_error::deserialize(&json)
        .map_err(|error| invalid(format!("{}: is not what Dialogflow sends", error.path())))?;
    let result = response.query_result;
    let mut draft = Draft::default();
    for (index, message) in result.response_messages.into_iter().enumerate() {
        let at = |problem| {
            invalid(format!(
                "queryResult.responseMessages[{index}].payload{problem}"
            ))
        };
        said(settings, turn, message, &mut draft).map_err(at)?;
    }
    for topic in settings
        .topics
        .get(&result.matched.intent.display_name)
        .into_iter()
        .flatten()
    {
        draft.add_topic(topic, &turn.topics);
    }
    let mut session = before.clone();
    learn(settings, &result.parameters, &mut session, &mut draft);
    session.misses = match result.matched.match_type.as_str() {
        "NO_MATCH" => session.misses.saturating_add(1),
        _ => 0,
    };
    if settings.not_understood_after > 0 && session.misses >= settings.not_understood_after {
        session.misses = 0;
        draft.add(Action::hand_over(Some(HandoverReason::NotUnderstood)));
    }
    let mut parameters = result.parameters;
    parameters.remove(DETAILS);
    session.place = settings
        .restore_page
        .then(|| Place::new(&result.current_page.name, parameters))
        .flatten();
    contract::checked(Answer {
        actions: draft.into_actions(),
        session: session.changed(before),
    })
}

fn said(
    settings: &DialogflowSettings,
    turn: &Turn,
    message: ResponseMessage,
    draft: &mut Draft,
) -> Result<(), String> {
    if let Some(text) = message.text {
        draft.say(&text.text.join("\n"));
    }
    if let Some(handoff) = message.live_agent_handoff {
        let word = |key: &str| handoff.metadata.get(key)?.as_str().map(str::to_owned);
        let reason = handoff.metadata.get("reason");
        let reason = reason.and_then(|reason| HandoverReason::deserialize(reason).ok());
        draft.add(Action::Handover {
            reason: Some(reason.unwrap_or(settings.handover_reason)),
            profile: word("profile"),
            summary: word("summary"),
        });
    }
    if message.end_interaction.is_some() && settings.resolve_at_end {
        draft.add(Action::Resolve);
    }
    let Some(mut payload) = message.payload else {
        return Ok(());
    };
    if let Some(rich) = payload.remove("richContent") {
        let rich = Vec::<Vec<Rich>>::deserialize(rich);
        let rich = rich.map_err(|_| ".richContent: is not a list of lists".to_owned())?;
        rich_content(rich.into_iter().flatten(), draft);
    }
    for action in custom::actions(&payload)? {
        match action {
            Action::Topics { topics } => {
                topics
                    .iter()
                    .for_each(|topic| draft.add_topic(topic, &turn.topics));
            }
            other => draft.add(other),
        }
    }
    Ok(())
}

/// An element of Dialogflow Messenger's rich content; those we can't show are left out.
#[derive(Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[derive(Default)]
struct Rich {
    #[serde(rename = "type")]
    kind: String,
    options: Vec<Chip>,
    text: Value,
    link: Option<String>,
    title: String,
    raw_url: String,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Chip {
    text: String,
    link: Option<String>,
}

fn rich_content(elements: impl Iterator<Item = Rich>, draft: &mut Draft) {
    for element in elements {
        match element.kind.as_str() {
            "chips" => element
                .options
                .into_iter()
                .for_each(|chip| tappable(chip, draft)),
            "button" => {
                let text = element.text.as_str().unwrap_or_default().to_owned();
                let link = element.link;
                tappable(Chip { text, link }, draft);
            }
            "description" => {
                let lines = element.text.as_array().into_iter().flatten();
                let lines = lines.filter_map(Value::as_str);
                let text: Vec<&str> = std::iter::once(element.title.as_str())
                    .chain(lines)
                    .collect();
                draft.say(&text.join("\n"));
            }
            "image" => {
                let file = AttachmentFile {
                    url: Some(element.raw_url),
                    ..AttachmentFile::default()
                };
                draft.add(Action::Reply(ReplyAction {
                    attachment: Some(Attachment::File(file)),
                    ..ReplyAction::default()
                }));
            }
            _ => {}
        }
    }
}

/// Puts a chip under what was said last.
fn tappable(chip: Chip, draft: &mut Draft) {
    let reply = draft.last_reply();
    let label = chip.text;
    match chip.link.filter(|link| !link.is_empty()) {
        Some(url) => reply.links.push(Link { label, url }),
        None => reply.quick_replies.push(QuickReply {
            label,
            payload: None,
        }),
    }
}

/// Contact attributes from session parameters, each when it is new or has changed.
fn learn(
    settings: &DialogflowSettings,
    parameters: &Map<String, Value>,
    session: &mut Session,
    draft: &mut Draft,
) {
    for (parameter, alias) in &settings.attributes {
        let value = match parameters.get(parameter) {
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
            _ => continue,
        };
        if value.is_empty() || session.attributes.get(alias) == Some(&value) {
            continue;
        }
        session.attributes.insert(alias.clone(), value.clone());
        draft.add(Action::Attributes {
            attributes: [(alias.clone(), value)].into(),
        });
    }
}
