//! Refusals: ours as problem documents, API Gateway's as it words them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::schemas::Schemas;
use crate::problem::Problem;
use crate::view::ProblemView;

/// A refusal: its name among the components, its status, who refuses, and what it means.
struct Refusal {
    name: &'static str,
    status: u16,
    about: &'static str,
    /// An example of ours, where we refuse.
    ours: Option<Example>,
    /// API Gateway's words, where it refuses.
    gateways: Option<&'static str>,
}

struct Example {
    code: &'static str,
    detail: String,
    errors: Vec<String>,
}

impl Example {
    fn of(problem: Problem) -> Self {
        Self {
            code: problem.code,
            detail: problem.detail,
            errors: problem.errors,
        }
    }

    fn new(code: &'static str, detail: &str) -> Self {
        Self {
            code,
            detail: detail.to_owned(),
            errors: Vec::new(),
        }
    }
}

fn refusals() -> [Refusal; 10] {
    let nothing_to_send = vec!["text: a reply needs text".to_owned()];
    [
        Refusal {
            name: "BadRequest",
            status: 400,
            about: "Not an HTTP request that API Gateway understands.",
            ours: None,
            gateways: Some("Bad Request"),
        },
        Refusal {
            name: "Unauthorized",
            status: 401,
            about: "No token of this agent. An agent that does not exist answers the same.",
            ours: Some(Example::of(Problem::unauthorized())),
            gateways: None,
        },
        Refusal {
            name: "Forbidden",
            status: 403,
            about: "The token's role does not include it, or not in this channel.",
            ours: Some(Example::new(
                "forbidden",
                "The token is not for this conversation's channel.",
            )),
            gateways: None,
        },
        Refusal {
            name: "NotFound",
            status: 404,
            about: "The agent has no such conversation, reply or channel. API Gateway answers so where there is no such route.",
            ours: Some(Example::of(Problem::unknown_conversation())),
            gateways: Some("Not Found"),
        },
        Refusal {
            name: "Conflict",
            status: 409,
            about: "The conversation is not with the bot (`handing_over`, `with_agent`, `resolved`), the turn is of an earlier episode (`earlier_episode`), or a reply of this id has another content (`id_taken`).",
            ours: Some(Example::new(
                "with_agent",
                "People have the conversation; answer it in Sparkcentral. The reply is not sent; the transcript keeps it as dropped.",
            )),
            gateways: None,
        },
        Refusal {
            name: "TooLarge",
            status: 413,
            about: "The body is larger than 256 KiB; from 6 MB on, API Gateway answers itself.",
            ours: Some(Example::new(
                "too_large",
                "The body is larger than 256 KiB.",
            )),
            gateways: Some("Request Entity Too Large"),
        },
        Refusal {
            name: "Invalid",
            status: 422,
            about: "The body is not JSON of this shape, or breaks a rule; `errors` names each field.",
            ours: Some(Example::of(Problem::invalid(nothing_to_send))),
            gateways: None,
        },
        Refusal {
            name: "TooManyRequests",
            status: 429,
            about: "More requests than the API takes for now.",
            ours: None,
            gateways: Some("Too Many Requests"),
        },
        Refusal {
            name: "Failed",
            status: 500,
            about: "The function ended without an answer. A request with an id may be repeated.",
            ours: None,
            gateways: Some("Internal Server Error"),
        },
        Refusal {
            name: "Unavailable",
            status: 503,
            about: "Not possible for the moment (`unavailable`), or changed by others each time it was tried (`contended`). Repeat the request.",
            ours: Some(Example::of(Problem::contended())),
            gateways: Some("Service Unavailable"),
        },
    ]
}

impl Refusal {
    fn described(&self, problem: &Value) -> Value {
        let mut content = json!({});
        if let Some(ours) = &self.ours {
            let status = lambda_http::http::StatusCode::from_u16(self.status);
            let example = ProblemView {
                title: status.ok().and_then(|status| status.canonical_reason()),
                status: self.status,
                code: ours.code,
                detail: &ours.detail,
                errors: &ours.errors,
            };
            content["application/problem+json"] = json!({"schema": problem, "example": example});
        }
        if let Some(words) = self.gateways {
            let message = json!({
                "type": "object",
                "required": ["message"],
                "properties": {"message": {"type": "string"}},
            });
            content["application/json"] = json!({"schema": message, "example": {"message": words}});
        }
        let mut described = json!({"description": self.about, "content": content});
        if self.status == 401 {
            described["headers"] = json!({"WWW-Authenticate": {
                "description": "Always `Bearer`.",
                "required": true,
                "schema": {"type": "string", "const": "Bearer"},
            }});
        }
        described
    }
}

/// All refusals, by name.
pub(super) fn all(schemas: &mut Schemas) -> BTreeMap<&'static str, Value> {
    let problem = schemas.response::<ProblemView<'static>>();
    let refusals = refusals();
    let described = refusals
        .iter()
        .map(|refusal| (refusal.name, refusal.described(&problem)));
    described.collect()
}

/// References to the refusals of these statuses, by status.
pub(super) fn references(statuses: &[u16]) -> BTreeMap<String, Value> {
    refusals()
        .iter()
        .filter(|refusal| statuses.contains(&refusal.status))
        .map(|refusal| {
            let reference = format!("#/components/responses/{}", refusal.name);
            (refusal.status.to_string(), json!({"$ref": reference}))
        })
        .collect()
}
