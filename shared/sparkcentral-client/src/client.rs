//! The client: one agent's way to the conversation API.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Response, StatusCode, redirect};
use sparkcentral::Reply;
use sparkcentral::attachment::{AttachmentProblem, check_filename, check_size};
use time::OffsetDateTime;
use url::Url;

use crate::answer;
use crate::config::{AttachmentMethod, ClientConfig, ConfigError, Credentials, Endpoints};
use crate::error::{NotSentCause, SendError, TokenError};
use crate::token::{self, Token, TokenCache};

/// How long an unused connection is kept: long enough for one batch of replies. A connection that
/// outlives the pause between two invocations has often been closed by the other side, and a
/// request written to it would count as may-have-arrived.
const IDLE_CONNECTION: Duration = Duration::from_secs(5);

/// Posts replies and uploads attachments for one agent.
///
/// Made without any request; the token is fetched by the first call. Clones share token and
/// connections.
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    http: reqwest::Client,
    endpoints: Endpoints,
    credentials: Credentials,
    token: TokenCache,
}

/// What is sent, in a form that can be sent twice.
struct Outgoing {
    method: Method,
    url: Url,
    content_type: HeaderValue,
    body: Bytes,
}

impl Client {
    /// Checks the configuration and sets the client up.
    ///
    /// # Errors
    /// A [`ConfigError`] names the setting at fault.
    pub fn new(config: ClientConfig, credentials: Credentials) -> Result<Self, ConfigError> {
        let endpoints = Endpoints::check(&config)?;
        credentials.check()?;
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("sparkbridge/", env!("CARGO_PKG_VERSION")))
            // A redirect could carry the reply and the token to another host.
            .redirect(redirect::Policy::none())
            .connect_timeout(config.connect_timeout)
            .timeout(config.request_timeout)
            .https_only(endpoints.https_only)
            .pool_idle_timeout(IDLE_CONNECTION);
        if endpoints.loopback {
            http = http.no_proxy();
        }
        Ok(Self {
            inner: Arc::new(Inner {
                http: http.build().map_err(ConfigError::Http)?,
                endpoints,
                credentials,
                token: TokenCache::default(),
            }),
        })
    }

    /// Posts a reply to a conversation: one request, and one more after a 401. Never repeated
    /// otherwise.
    ///
    /// The reply isn't validated here: see [`Reply::validate`].
    ///
    /// # Errors
    /// See [`SendError`].
    pub async fn post_reply(&self, conversation_id: &str, reply: &Reply) -> Result<(), SendError> {
        check_conversation(conversation_id)?;
        let body = serde_json::to_vec(reply)
            .map_err(|_| malformed("the reply can't be written as JSON"))?;
        self.send(Outgoing {
            method: Method::POST,
            url: self.inner.endpoints.conversation(conversation_id),
            content_type: HeaderValue::from_static("application/json"),
            body: body.into(),
        })
        .await
    }

    /// Uploads a file that a later reply can send by its name. `content_type` is a MIME type such
    /// as `image/png`.
    ///
    /// Name and size are checked before anything is sent. A name is unique in its conversation:
    /// after a failure that may have arrived, choose a new one.
    ///
    /// # Errors
    /// [`SendError::Malformed`] also when the medium can't carry the type; else see [`SendError`].
    pub async fn upload_attachment(
        &self,
        conversation_id: &str,
        filename: &str,
        content_type: &str,
        content: Bytes,
    ) -> Result<(), SendError> {
        check_conversation(conversation_id)?;
        check_filename(filename)
            .and_then(|()| check_size(content.len()))
            .map_err(|problem| match problem {
                AttachmentProblem::TooLarge { .. } => SendError::TooLarge,
                other => malformed(&other.to_string()),
            })?;
        let content_type = HeaderValue::from_str(content_type)
            .ok()
            .filter(|value| value.as_bytes().contains(&b'/'))
            .ok_or_else(|| malformed("the content type is not a MIME type"))?;
        self.send(Outgoing {
            method: match self.inner.endpoints.attachment_method {
                AttachmentMethod::Put => Method::PUT,
                AttachmentMethod::Post => Method::POST,
            },
            url: self.inner.endpoints.attachment(conversation_id, filename),
            content_type,
            body: content,
        })
        .await
    }

    /// Asks for a token and throws it away: shows whether the credentials work. Tells how long the
    /// token would have lived.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub async fn fetch_token(&self) -> Result<Duration, TokenError> {
        let Inner {
            http,
            endpoints,
            credentials,
            ..
        } = &*self.inner;
        token::check(http, endpoints, credentials).await
    }

    /// Makes sure of a token, so that the next call begins with its own request: whoever has several
    /// credentials learns in this way which are good, before anything is sent.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub async fn authorize(&self) -> Result<(), TokenError> {
        self.token().await.map(drop)
    }

    async fn send(&self, outgoing: Outgoing) -> Result<(), SendError> {
        let token = self.token().await?;
        let mut response = self.attempt(&outgoing, &token).await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            // A 401 is given before anything is done with the request: repeating it is safe.
            tracing::debug!("the API refused the token: fetching another");
            self.discard(&token).await;
            let token = self.token().await?;
            response = self.attempt(&outgoing, &token).await?;
        }
        judge(response, &outgoing.body).await
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.inner.http
    }

    pub(crate) fn endpoints(&self) -> &Endpoints {
        &self.inner.endpoints
    }

    /// Drops a token that the API refused.
    pub(crate) async fn discard(&self, token: &Token) {
        self.inner.token.discard(token).await;
    }

    pub(crate) async fn token(&self) -> Result<Token, TokenError> {
        let Inner {
            http,
            endpoints,
            credentials,
            token,
        } = &*self.inner;
        token.get(http, endpoints, credentials).await
    }

    async fn attempt(&self, outgoing: &Outgoing, token: &Token) -> Result<Response, SendError> {
        self.inner
            .http
            .request(outgoing.method.clone(), outgoing.url.clone())
            .header(AUTHORIZATION, token.bearer.clone())
            .header(CONTENT_TYPE, outgoing.content_type.clone())
            .body(outgoing.body.clone())
            .send()
            .await
            .map_err(|error| unanswered(error.without_url()))
    }
}

/// Prints where the client speaks to, never with what.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("dialect", &self.inner.endpoints.dialect)
            .field("token_url", &self.inner.endpoints.token.as_str())
            .finish_non_exhaustive()
    }
}

/// Sorts a request without an answer by whether it can have arrived.
///
/// ```text
/// resolve name ── TCP ── TLS ──|── write request ──────── wait ──────── answer
///  '---- connect_timeout ----' |
///            not sent          |              may have arrived
/// ```
///
/// The connect time-out is less than the request's, so a request that runs out of time as a whole
/// is past its connection.
fn unanswered(error: reqwest::Error) -> SendError {
    if error.is_builder() {
        SendError::NotSent {
            source: NotSentCause::Build(error),
        }
    } else if error.is_connect() {
        SendError::NotSent {
            source: NotSentCause::Connect(error),
        }
    } else {
        SendError::MayHaveArrived { source: error }
    }
}

async fn judge(response: Response, sent: &[u8]) -> Result<(), SendError> {
    let status = response.status();
    if status.is_success() {
        // The body says nothing more: `{}`.
        return Ok(());
    }
    let retry_after = answer::retry_after(response.headers(), OffsetDateTime::now_utc());
    Err(match status {
        StatusCode::BAD_REQUEST => {
            // Without the answer's body the status still tells enough.
            let body = answer::body(response).await.ok().flatten();
            malformed(&answer::problem(&body.unwrap_or_default(), sent))
        }
        StatusCode::UNAUTHORIZED => SendError::Unauthorized { source: None },
        StatusCode::NOT_FOUND => SendError::NotAssigned,
        StatusCode::PAYLOAD_TOO_LARGE => SendError::TooLarge,
        StatusCode::TOO_MANY_REQUESTS => SendError::RateLimited { retry_after },
        status if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => {
            SendError::Unavailable {
                status: status.as_u16(),
                retry_after,
            }
        }
        status => SendError::UnexpectedStatus {
            status: status.as_u16(),
        },
    })
}

/// An empty id would address the list of conversations.
fn check_conversation(id: &str) -> Result<(), SendError> {
    if id.is_empty() {
        Err(malformed("the conversation id is empty"))
    } else {
        Ok(())
    }
}

fn malformed(problem: &str) -> SendError {
    SendError::Malformed {
        problem: problem.to_owned(),
    }
}
