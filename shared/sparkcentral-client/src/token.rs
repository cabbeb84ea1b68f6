//! Access tokens: fetched when first needed, shared by all requests, replaced before they expire.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use secrecy::ExposeSecret;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use time::OffsetDateTime;
use tokio::sync::Mutex;

use crate::answer;
use crate::config::{Credentials, Endpoints};
use crate::error::TokenError;

/// How long a token whose answer gives no life time is used.
const DEFAULT_LIFE: Duration = Duration::from_secs(300);
/// How long before its expiry a token is replaced: time for a request to reach Sparkcentral.
const MARGIN: Duration = Duration::from_secs(60);
/// A longer life is not believed; a request answered with 401 would correct it, this only keeps
/// the arithmetic in bounds.
const MAX_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// A token and which one it is, so that a 401 discards that one and not its successor.
#[derive(Clone)]
pub(crate) struct Token {
    /// `Bearer …`, marked sensitive: its `Debug` hides it.
    pub(crate) bearer: HeaderValue,
    life: Duration,
    number: u64,
}

/// The one token of a client.
#[derive(Default)]
pub(crate) struct TokenCache {
    // Held across the token request on purpose: whoever comes meanwhile waits for its outcome.
    state: Mutex<State>,
    finished: std::sync::atomic::AtomicU64,
}

#[derive(Default)]
struct State {
    token: Option<(Token, Instant)>,
    /// The last token request's failure, for those who waited for it.
    failure: Option<TokenError>,
}

impl TokenCache {
    /// The cached token, or a new one. Callers that come while one is being fetched get the same
    /// token, or the same failure: a failing endpoint isn't asked once per waiting request.
    pub(crate) async fn get(
        &self,
        http: &reqwest::Client,
        endpoints: &Endpoints,
        credentials: &Credentials,
    ) -> Result<Token, TokenError> {
        use std::sync::atomic::Ordering::SeqCst;
        let seen = self.finished.load(SeqCst);
        let mut state = self.state.lock().await;
        if let Some((token, until)) = &state.token
            && Instant::now() < *until
        {
            return Ok(token.clone());
        }
        let finished = self.finished.load(SeqCst);
        if finished != seen
            && let Some(failure) = &state.failure
        {
            return Err(failure.clone());
        }
        let asked = Instant::now();
        let outcome = fetch(http, endpoints, credentials, finished + 1).await;
        self.finished.store(finished + 1, SeqCst);
        match outcome {
            Ok(token) => {
                // Counted from before the request: the token's life may have begun then.
                let until = asked + usable_for(token.life);
                *state = State {
                    token: Some((token.clone(), until)),
                    failure: None,
                };
                Ok(token)
            }
            Err(error) => {
                *state = State {
                    token: None,
                    failure: Some(error.clone()),
                };
                Err(error)
            }
        }
    }

    /// Drops a token the API refused, unless another one has replaced it already.
    pub(crate) async fn discard(&self, refused: &Token) {
        let mut state = self.state.lock().await;
        if state
            .token
            .as_ref()
            .is_some_and(|(token, _)| token.number == refused.number)
        {
            state.token = None;
        }
    }
}

/// The margin shrinks with the life, so that a short-lived token is used at all.
fn usable_for(life: Duration) -> Duration {
    life - MARGIN.min(life / 5)
}

/// Asks for a token without the cache; tells how long it lives.
pub(crate) async fn check(
    http: &reqwest::Client,
    endpoints: &Endpoints,
    credentials: &Credentials,
) -> Result<Duration, TokenError> {
    fetch(http, endpoints, credentials, 0)
        .await
        .map(|token| token.life)
}

async fn fetch(
    http: &reqwest::Client,
    endpoints: &Endpoints,
    credentials: &Credentials,
    number: u64,
) -> Result<Token, TokenError> {
    let no_answer = |error: reqwest::Error| TokenError::NoAnswer(Arc::new(error.without_url()));
    let response = http
        .post(endpoints.token.clone())
        .basic_auth(
            &credentials.client_id,
            Some(credentials.client_secret.expose_secret()),
        )
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, "application/json")
        .body(endpoints.grant.clone())
        .send()
        .await
        .map_err(no_answer)?;
    let status = response.status();
    if status == StatusCode::TOO_MANY_REQUESTS {
        let retry_after = answer::retry_after(response.headers(), OffsetDateTime::now_utc());
        return Err(TokenError::RateLimited { retry_after });
    }
    if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT {
        return Err(TokenError::Unavailable {
            status: status.as_u16(),
        });
    }
    let body = answer::body(response).await;
    if !status.is_success() {
        let code = body
            .ok()
            .flatten()
            .and_then(|body| answer::error_code(&body));
        return Err(refusal(status, code));
    }
    let body = body.map_err(no_answer)?.ok_or(TokenError::Unreadable)?;
    let token = read(&body, number).ok_or(TokenError::Unreadable)?;
    tracing::debug!(life_secs = token.life.as_secs(), "access token fetched");
    Ok(token)
}

/// RFC 6749 lets a server answer wrong credentials with 401 or with 400 and a code.
fn refusal(status: StatusCode, code: Option<String>) -> TokenError {
    let about_credentials = matches!(
        code.as_deref(),
        Some("invalid_client" | "unauthorized_client" | "access_denied" | "request_unauthorized")
    );
    let status = status.as_u16();
    if status == 401 || status == 403 || (status == 400 && about_credentials) {
        TokenError::Unauthorized { status, code }
    } else {
        TokenError::Refused { status, code }
    }
}

/// The type is not read: it is spelled in two ways, and only bearer tokens exist here.
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<Duration>,
}

fn read(body: &[u8], number: u64) -> Option<Token> {
    let granted: Granted = serde_json::from_slice(body).ok()?;
    if granted.access_token.is_empty() {
        return None;
    }
    let mut bearer = HeaderValue::try_from(format!("Bearer {}", granted.access_token)).ok()?;
    bearer.set_sensitive(true);
    Some(Token {
        bearer,
        life: granted.expires_in.unwrap_or(DEFAULT_LIFE).min(MAX_LIFE),
        number,
    })
}

/// A number or a number as text; less than nothing is nothing, anything else is unknown.
fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let seconds: Option<f64> = match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    Ok(seconds
        .filter(|seconds| seconds.is_finite())
        .map(|seconds| Duration::from_secs_f64(seconds.clamp(0.0, MAX_LIFE.as_secs_f64()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(answer: &str) -> Option<u64> {
        read(answer.as_bytes(), 1).map(|token| token.life.as_secs())
    }

    #[test]
    fn the_life_time_is_read_from_numbers_and_text() {
        for (expires_in, seconds) in [
            ("3599", 3599),
            ("3599.0", 3599),
            ("\"3599\"", 3599),
            ("\" 60 \"", 60),
            ("-1", 0),
            ("1e300", 86_400),
            ("null", 300),
            ("\"soon\"", 300),
            ("\"NaN\"", 300),
            ("[]", 300),
        ] {
            let answer = format!(r#"{{"access_token": "t", "expires_in": {expires_in}}}"#);
            assert_eq!(life(&answer), Some(seconds), "{expires_in}");
        }
        assert_eq!(
            life(r#"{"access_token": "t", "token_Type": "bearer"}"#),
            Some(300)
        );
    }

    #[test]
    fn an_answer_without_a_usable_token_is_refused() {
        for answer in [
            "",
            "[]",
            "{}",
            r#"{"access_token": ""}"#,
            r#"{"access_token": 7}"#,
            "{\"access_token\": \"line\\nbreak\"}",
        ] {
            assert!(life(answer).is_none(), "{answer}");
        }
    }

    #[test]
    fn the_margin_is_a_minute_or_a_fifth_of_a_short_life() {
        for (life, usable) in [(3600, 3540), (300, 240), (100, 80), (10, 8), (0, 0)] {
            assert_eq!(
                usable_for(Duration::from_secs(life)),
                Duration::from_secs(usable)
            );
        }
    }

    #[test]
    fn a_token_never_shows_in_debug_output() {
        let token = read(br#"{"access_token": "hush"}"#, 1).unwrap();
        assert!(!format!("{:?}", token.bearer).contains("hush"));
    }
}
