//! conversation-api as an operator: its function, invoked directly. IAM says who may, so no token is
//! needed, and the rules are those of the API.

use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::config::{Builder, StalledStreamProtectionConfig};
use aws_sdk_lambda::primitives::Blob;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::One;
use crate::output::visible;
use crate::place::Place;

/// The function's own limit, and a cold start.
const LONGEST_CALL: Duration = Duration::from_secs(30);

/// The function, and who invokes it.
pub(crate) struct Api {
    client: aws_sdk_lambda::Client,
    function: String,
    /// ARN of the caller.
    operator: String,
}

/// What is asked of a conversation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ask<'a> {
    Conversation,
    Reply(&'a str),
    Send(&'a Value),
    HandOver(&'a Value),
    Resolve(&'a Value),
}

/// The API's refusal, in one line.
#[derive(Debug, PartialEq)]
pub(crate) struct Refused {
    pub(crate) code: String,
    told: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told)
    }
}

impl std::error::Error for Refused {}

impl Api {
    /// Finds out who calls.
    pub(crate) async fn of(place: &Place) -> Result<Self> {
        let identity = aws_sdk_sts::Client::new(place.aws())
            .get_caller_identity()
            .send()
            .await
            .context("finding out who you are")?;
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .read_timeout(LONGEST_CALL)
            .operation_attempt_timeout(LONGEST_CALL)
            .build();
        // Everything asked for may be repeated, so the client's own retries stay.
        let config = Builder::from(place.aws())
            .timeout_config(timeouts)
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Ok(Self {
            client: aws_sdk_lambda::Client::from_conf(config),
            function: place.function("conversation-api"),
            operator: identity.arn.context("AWS does not tell who you are")?,
        })
    }

    /// Asks, and gives back the API's answer.
    pub(crate) async fn ask(&self, one: &One, ask: Ask<'_>) -> Result<Value> {
        let event = event(&self.operator, one, ask).to_string();
        let invoked = self
            .client
            .invoke()
            .function_name(&self.function)
            .payload(Blob::new(event))
            .send()
            .await
            .with_context(|| format!("asking {}", self.function))?;
        let payload = invoked.payload.map(Blob::into_inner).unwrap_or_default();
        if let Some(kind) = invoked.function_error {
            bail!(
                "{} failed ({}): look into its log group /aws/lambda/{0}",
                self.function,
                visible(&kind)
            );
        }
        let answer: Answer = serde_json::from_slice(&payload).map_err(|_| {
            anyhow!(
                "the answer of {} is none of this version's: deploy it",
                self.function
            )
        })?;
        answer.read(one, &self.function)
    }
}

/// An API Gateway event (payload 2.0) as the function takes it from an operator: with an identity, and
/// without an API.
fn event(operator: &str, one: &One, ask: Ask<'_>) -> Value {
    let (method, rest, body) = match ask {
        Ask::Conversation => ("GET", "", None),
        Ask::Reply(_) => ("GET", "/replies/{replyId}", None),
        Ask::Send(body) => ("POST", "/replies", Some(body)),
        Ask::HandOver(body) => ("POST", "/handover", Some(body)),
        Ask::Resolve(body) => ("POST", "/resolve", Some(body)),
    };
    let mut parameters = json!({ "agent": one.agent, "id": one.id });
    if let Ask::Reply(id) = ask {
        parameters["replyId"] = id.into();
    }
    let template = format!("/v1/agents/{{agent}}/conversations/{{id}}{rest}");
    let route = format!("{method} {template}");
    let path = ["agent", "id", "replyId"]
        .iter()
        .fold(template, |path, name| {
            let value = parameters[name].as_str().unwrap_or_default();
            let encoded = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
            path.replace(&format!("{{{name}}}"), &encoded)
        });
    json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "pathParameters": parameters,
        "requestContext": {
            "routeKey": route,
            "http": {"method": method, "path": path},
            "authorizer": {"iam": {"userArn": operator}},
        },
        "body": body.map(Value::to_string),
        "isBase64Encoded": false,
    })
}

/// What the function gives back.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    #[serde(default)]
    body: Option<String>,
}

/// A problem document.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Problem {
    code: String,
    detail: String,
    errors: Vec<String>,
}

impl Answer {
    fn read(&self, one: &One, function: &str) -> Result<Value> {
        let body = self.body.as_deref().unwrap_or_default();
        if (200..300).contains(&self.status_code) {
            return serde_json::from_str(body).map_err(|_| {
                anyhow!("the answer of {function} is no JSON: deploy it in this version")
            });
        }
        let problem: Problem = serde_json::from_str(body).unwrap_or_default();
        Err(problem.refused(one, function, self.status_code).into())
    }
}

impl Problem {
    fn refused(self, one: &One, function: &str, status: u16) -> Refused {
        let One { agent, id } = one;
        let detail = self.detail.trim_end_matches('.');
        let told = match self.code.as_str() {
            "unknown_agent" => super::no_agent(agent),
            "unknown_conversation" => format!(
                "agent {agent} has no conversation {id:?}, or it is older than the agent's retention: \
                 `sparkbridge conversation list --agent {agent}` lists those there are"
            ),
            // It asked for a token.
            "unauthorized" => {
                format!("{function} is of a version without operators: deploy this one")
            }
            _ if !self.errors.is_empty() => self.errors.join("; "),
            _ if detail.is_empty() => format!("{function} answers with status {status}"),
            _ => detail.to_owned(),
        };
        Refused {
            code: self.code,
            told,
        }
    }
}

#[cfg(test)]
mod tests;
