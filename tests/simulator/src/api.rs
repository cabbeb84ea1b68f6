//! The vendor's REST face, in both dialects: tokens and replies. Uploads are in `upload.rs`.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use axum::{
    Json, Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, Path, Request, State},
    http::{
        HeaderMap, StatusCode,
        header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::{post, put},
};
use serde_json::{Value, json};

use crate::{
    agent::Agent,
    app::{App, after_change},
    attachment::essence,
    connection::Scissors,
    conversation::Via,
    dialect::Dialect,
    fault_spec::Target,
    faults::{About, Strike},
    moment::Moment,
    records::RestCall,
    refusal::Refusal,
    tokens::{self, TokenRefusal},
    upload::upload,
    world::World,
};

/// A JSON or form body has so many bytes at most. The vendor documents none; this only protects the memory.
pub(crate) const BODY_LIMIT: usize = 1 << 20;

/// What a handler of one dialect works with.
#[derive(Clone)]
pub(crate) struct Face {
    pub(crate) app: Arc<App>,
    pub(crate) dialect: Dialect,
}

pub(crate) fn router(app: &Arc<App>) -> Router {
    Dialect::ALL
        .into_iter()
        .map(|dialect| {
            let conversation = format!("{}/{{id}}", dialect.conversations_path());
            let attachment = format!("{conversation}/attachments/{{filename}}");
            Router::new()
                .route(dialect.token_path(), post(token))
                .route(&conversation, post(manipulate))
                // The documents say PUT in prose and POST in the contract.
                .route(&attachment, put(upload).post(upload))
                .with_state(Face {
                    app: Arc::clone(app),
                    dialect,
                })
        })
        .fold(Router::new(), Router::merge)
}

/// `POST …/oauth2/token`, a form. 200 `{access_token, token_type, expires_in, scope?}`, or an OAuth error.
async fn token(State(face): State<Face>, headers: HeaderMap, body: Body) -> Response {
    // Tokens and faults go by the machine's clock: putting the simulator's forward ends neither.
    let now = Moment::now();
    let strike = {
        let mut world = face.app.world();
        let client = header(&headers, AUTHORIZATION.as_str()).and_then(tokens::claimed_client);
        let agents = client.map_or_else(Vec::new, |client| world.agents_of(&client));
        let about = About {
            conversation: None,
            agents: &agents,
        };
        world.faults.strike(Target::Token, about, now)
    };
    tokio::time::sleep(strike.delay).await;
    if let Some(status) = strike.refuse {
        return Refusal::Fault(status).into_response();
    }
    let is_form = is_type(&headers, "application/x-www-form-urlencoded");
    let body = match to_bytes(body, BODY_LIMIT).await {
        Ok(body) if is_form => body,
        _ => return token_refused(TokenRefusal::InvalidRequest),
    };
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();

    let mut world = face.app.world();
    let client_id = tokens::check_request(
        face.dialect,
        header(&headers, AUTHORIZATION.as_str()),
        &form,
        world.config.organization_id.as_deref(),
        |id| world.client_secret(id),
    );
    let client_id = match client_id {
        Ok(client_id) => client_id,
        Err(refusal) => return token_refused(refusal),
    };
    let lifetime = world.config.token_lifetime;
    let token = world
        .tokens
        .issue(&client_id, face.dialect, lifetime, Moment::now());
    drop(world);
    let mut answer = json!({ "access_token": token, "expires_in": lifetime.as_secs() });
    answer[face.dialect.token_type_field()] = "bearer".into();
    if face.dialect == Dialect::Sparkcentral {
        answer["scope"] = "client-read".into();
    }
    ([(CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

fn token_refused(refusal: TokenRefusal) -> Response {
    let (status, error) = match refusal {
        TokenRefusal::InvalidClient => (StatusCode::UNAUTHORIZED, "invalid_client"),
        TokenRefusal::AccessDenied => (StatusCode::UNAUTHORIZED, "access_denied"),
        TokenRefusal::InvalidRequest => (StatusCode::BAD_REQUEST, "invalid_request"),
        TokenRefusal::InvalidScope => (StatusCode::BAD_REQUEST, "invalid_scope"),
        TokenRefusal::UnsupportedGrantType => (StatusCode::BAD_REQUEST, "unsupported_grant_type"),
    };
    tracing::info!(status = status.as_u16(), error, "token refused");
    (status, Json(json!({ "error": error }))).into_response()
}

/// `POST …/conversations/{id}` with a reply. 200 `{}`.
async fn manipulate(
    State(face): State<Face>,
    Path(id): Path<String>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
) -> Response {
    let mut call = Call::begin(&face, &id, &request);
    tokio::time::sleep(call.strike.delay).await;
    let (parts, body) = request.into_parts();
    let is_json = is_type(&parts.headers, "application/json");
    let body = to_bytes(body, BODY_LIMIT).await;
    let outcome = {
        let mut world = face.app.world();
        let outcome = call.admit(&mut world, &parts.headers).and_then(|client| {
            let body = body
                .ok()
                .filter(|_| is_json)
                .and_then(|body| serde_json::from_slice::<Value>(&body).ok())
                .ok_or_else(|| Refusal::malformed("the body is not application/json"))?;
            call.body = body.clone();
            let agent = world.agent_of(&id, &client, face.dialect)?;
            world.apply(&id, &agent, body, Via::Rest, None, face.app.now())
        });
        call.record(&mut world, outcome)
    };
    call.finish(&scissors, outcome)
}

/// One call on a conversation, from its arrival to its record.
pub(crate) struct Call {
    face: Face,
    id: String,
    at: Moment,
    begun: Instant,
    method: String,
    path: String,
    pub(crate) strike: Strike,
    /// For the record.
    body: Value,
}

impl Call {
    pub(crate) fn begin(face: &Face, id: &str, request: &Request) -> Self {
        let mut world = face.app.world();
        let agents = world.agents_about(id);
        let about = About {
            conversation: Some(id),
            agents: &agents,
        };
        Self {
            face: face.clone(),
            id: id.into(),
            at: face.app.now(),
            begun: Instant::now(),
            method: request.method().to_string(),
            path: request.uri().path().into(),
            strike: world
                .faults
                .strike(Target::Conversations, about, Moment::now()),
            body: Value::Null,
        }
    }

    /// Lets the call in past faults and the token check; returns the client.
    pub(crate) fn admit(&self, world: &mut World, headers: &HeaderMap) -> Result<String, Refusal> {
        let token = header(headers, AUTHORIZATION.as_str()).and_then(tokens::bearer);
        if self.strike.revoke_token
            && let Some(token) = token
        {
            world.tokens.revoke(token);
        }
        if let Some(status) = self.strike.refuse {
            return Err(Refusal::Fault(status));
        }
        token
            .and_then(|token| {
                world
                    .tokens
                    .client(token, self.face.dialect, Moment::now())
                    .map(String::from)
            })
            .ok_or_else(|| Refusal::Unauthorized("the bearer token is missing or no good".into()))
    }

    /// Writes the call down on its conversation, if there is one.
    pub(crate) fn record(
        &self,
        world: &mut World,
        outcome: Result<Vec<String>, Refusal>,
    ) -> Result<(), Refusal> {
        let status = outcome
            .as_ref()
            .err()
            .map_or(StatusCode::OK, Refusal::status);
        let error = outcome.as_ref().err().map(Refusal::text);
        let (method, path) = (&self.method, &self.path);
        tracing::info!(method, path, status = status.as_u16(), error, "REST call");
        if let Ok(conversation) = world.conversation_mut(&self.id) {
            conversation.rest.push(RestCall {
                at: self.at,
                method: self.method.clone(),
                path: self.path.clone(),
                status: status.as_u16(),
                error,
                faults: self.strike.names.clone(),
                ignored: outcome.as_ref().ok().cloned().unwrap_or_default(),
                body: self.body.clone(),
                latency_ms: u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            });
        }
        outcome.map(drop)
    }

    /// Answers, or cuts the connection if that fault was ordered and the call was accepted.
    pub(crate) fn finish(&self, scissors: &Scissors, outcome: Result<(), Refusal>) -> Response {
        after_change(&self.face.app, &self.id);
        match outcome {
            Ok(()) => {
                if self.strike.drop_after {
                    scissors.cut();
                }
                Json(json!({})).into_response()
            }
            Err(refusal) => refusal.into_response(),
        }
    }
}

impl World {
    /// The agent that has a conversation, if the client may speak for it and in this dialect.
    ///
    /// # Errors
    /// [`Refusal::NotFound`], always in the same words: who has it instead is nobody's business.
    pub(crate) fn agent_of(
        &self,
        id: &str,
        client_id: &str,
        dialect: Dialect,
    ) -> Result<Agent, Refusal> {
        self.conversation(id)
            .ok()
            .and_then(|conversation| self.agents.get(conversation.virtual_agent()?))
            .filter(|agent| agent.client_id == client_id && agent.dialect == dialect)
            .cloned()
            .ok_or_else(|| {
                Refusal::NotFound(
                    "the conversation does not exist or is not assigned to the virtual agent"
                        .into(),
                )
            })
    }
}

pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

pub(crate) fn is_type(headers: &HeaderMap, media_type: &str) -> bool {
    header(headers, CONTENT_TYPE.as_str()).is_some_and(|value| essence(value) == media_type)
}
