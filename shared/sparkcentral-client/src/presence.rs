//! Who is there: how many people are available and how long contacts wait, as the inbox dialect
//! tells. Sparkcentral's own dialect has no such endpoints.

use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use sparkcentral::Dialect;
use url::Url;

use crate::answer;
use crate::client::Client;
use crate::error::TokenError;
use crate::token::Token;

/// For one request; a look-up takes up to four of them: token, question, and both again after a 401.
const ONE_REQUEST: Duration = Duration::from_secs(2);
/// For one look-up as a whole: whoever asks has a contact waiting.
const ONE_LOOK: Duration = Duration::from_secs(4);

const AVAILABLE: &str = "/inbox/v1/user-presence/metrics/agent-availability";
const LONGEST_WAIT: &str = "/inbox/v1/queue/metrics/longest-wait-time";

/// Why it is not known who is there. Nothing of the answer is quoted.
#[derive(Debug, thiserror::Error)]
pub enum PresenceError {
    /// The agent's dialect has no endpoint for it.
    #[error("the dialect has no endpoint for presence")]
    Unsupported,
    /// There is no token to ask with.
    #[error("no access token")]
    Token(#[from] TokenError),
    /// Another status than 200; 401 after a second token, too.
    #[error("presence was not told (status {status})")]
    Refused { status: u16 },
    /// A 200 of another shape.
    #[error("presence was told in a shape that is not known")]
    Unreadable,
    /// No connection, no answer in time, or a broken one.
    #[error("no answer about presence")]
    NoAnswer(#[source] Option<reqwest::Error>),
}

impl Client {
    /// How many people are available, in the whole organisation.
    ///
    /// # Errors
    /// See [`PresenceError`]: none of them says that nobody is there.
    pub async fn available_agents(&self) -> Result<u32, PresenceError> {
        let asked = json!({"userPresenceStatus": "AVAILABLE"});
        let told = self.look(AVAILABLE, &asked).await?;
        Ok(u32::try_from(told).unwrap_or(u32::MAX))
    }

    /// How long, in seconds, the contact waits who has waited longest for a person's first answer; on
    /// one channel, or on all.
    ///
    /// # Errors
    /// See [`PresenceError`].
    pub async fn longest_wait(&self, channel: Option<&str>) -> Result<u64, PresenceError> {
        let mut asked = json!({"status": "NEW"});
        if let Some(id) = channel {
            asked["channelIds"] = json!([id]);
        }
        self.look(LONGEST_WAIT, &asked).await
    }

    async fn look(&self, path: &str, asked: &Value) -> Result<u64, PresenceError> {
        if self.endpoints().dialect != Dialect::Inbox {
            return Err(PresenceError::Unsupported);
        }
        let url = self.endpoints().under_base(path);
        let looked = tokio::time::timeout(ONE_LOOK, self.asked(&url, asked)).await;
        looked.unwrap_or(Err(PresenceError::NoAnswer(None)))
    }

    async fn asked(&self, url: &Url, asked: &Value) -> Result<u64, PresenceError> {
        let token = self.token().await?;
        let mut response = self.ask(url, asked, &token).await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            self.discard(&token).await;
            let token = self.token().await?;
            response = self.ask(url, asked, &token).await?;
        }
        if response.status() != StatusCode::OK {
            return Err(PresenceError::Refused {
                status: response.status().as_u16(),
            });
        }
        let body = answer::body(response).await.map_err(no_answer)?;
        let body = body.and_then(|body| serde_json::from_slice(&body).ok());
        body.as_ref()
            .and_then(number)
            .ok_or(PresenceError::Unreadable)
    }

    async fn ask(
        &self,
        url: &Url,
        asked: &Value,
        token: &Token,
    ) -> Result<Response, PresenceError> {
        self.http()
            .post(url.clone())
            .timeout(ONE_REQUEST)
            .header(AUTHORIZATION, token.bearer.clone())
            .header(ACCEPT, "application/json")
            .json(asked)
            .send()
            .await
            .map_err(no_answer)
    }
}

fn no_answer(error: reqwest::Error) -> PresenceError {
    PresenceError::NoAnswer(Some(error.without_url()))
}

/// The number of a metric's answer: `{"value": 30}`. Documented beside it is one number per group,
/// `{"value": {"id": {"value": 4}}}`; of several the largest counts. Nobody in a queue is told in more
/// than one way.
fn number(answer: &Value) -> Option<u64> {
    match answer.get("value")? {
        Value::Object(groups) => {
            let mut values = groups
                .values()
                .map(|group| plain(group.get("value").unwrap_or(group)));
            // One that can't be read makes the largest unknown.
            values.try_fold(0, |largest, value| Some(largest.max(value?)))
        }
        Value::Null => Some(0),
        value => plain(value),
    }
}

fn plain(value: &Value) -> Option<u64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    // As whole seconds or people; far below where a float loses units.
    number
        .filter(|number| (0.0..1e15).contains(number))
        .map(|number| number as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_from_every_shape_it_is_told_in() {
        for (answer, expected) in [
            (json!({"value": 30}), Some(30)),
            (json!({"value": 0}), Some(0)),
            (json!({"value": 131.7}), Some(131)),
            (json!({"value": "131"}), Some(131)),
            (json!({"value": null}), Some(0)),
            (json!({"value": {}}), Some(0)),
            (
                json!({"value": {"a": {"value": 4}, "b": {"value": 155}}}),
                Some(155),
            ),
            (json!({"value": {"a": 4, "b": 2}}), Some(4)),
            (json!({"value": {"a": {"value": 4}, "b": "soon"}}), None),
            (json!({"value": -1}), None),
            (json!({"value": 1e300}), None),
            (json!({"value": [1]}), None),
            (json!({"other": 1}), None),
            (json!([1]), None),
            (json!(null), None),
        ] {
            assert_eq!(number(&answer), expected, "{answer}");
        }
    }
}
