//! The published description of the API, written from its types: docs/openapi.json.

mod examples;
mod operations;
mod refusals;
mod requests;
mod schemas;

use std::collections::BTreeMap;

use serde_json::{Value, json};

pub(crate) use requests::{NewAttachment, rules_of_a_reply};

const ABOUT: &str = "For bots that answer later, and for people. The base URL is the stack's output `ApiUrl`. \
Every request carries a token of the agent in the path; what the token may do is its role's, or the one that the \
conversation's channel gives its user or team. Refusals are problem documents (RFC 9457) whose `code` is for \
programs. A request that API Gateway refuses before it reaches Sparkbridge is answered with `message` alone. \
Unknown fields of a body are refused; its `Content-Type` is not looked at.";

/// The text of docs/openapi.json: OpenAPI 3.1, keys sorted.
pub fn document() -> String {
    let mut schemas = schemas::Schemas::default();
    let mut paths: BTreeMap<&str, Value> = BTreeMap::new();
    for operation in operations::all(&mut schemas) {
        let path = paths
            .entry(operation.path)
            .or_insert_with(|| json!({"parameters": operations::parameters(operation.path)}));
        path[operation.method] = operation.described();
    }
    let document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Sparkbridge conversation API",
            "version": "1",
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": env!("CARGO_PKG_LICENSE")},
        },
        "servers": [{
            "url": "https://{api}.execute-api.{region}.amazonaws.com",
            "variables": {
                "api": {"default": "api", "description": "Id of the stack's HTTP API."},
                "region": {"default": "eu-west-1", "description": "The AWS region it is deployed to."},
            },
        }],
        "security": [{"token": []}],
        "tags": [
            {"name": "conversations", "description": "Reading, answering, handing over, resolving."},
            {"name": "channels", "description": "The registry of channels, and who has which role."},
        ],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {
                "type": "http",
                "scheme": "bearer",
                "description": "One of the agent's API tokens: `sparkbridge agent add` and `agent rotate` make them.",
            }},
            "responses": refusals::all(&mut schemas),
            "schemas": schemas.finish(),
        },
    });
    // Written without an error: the keys are texts.
    let text = serde_json::to_string_pretty(&sorted(document)).unwrap_or_default();
    format!("{text}\n")
}

/// The same whatever order of keys the build's serde_json keeps.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<String, Value> = fields.into_iter().collect();
            fields
                .into_iter()
                .map(|(name, value)| (name, sorted(value)))
                .collect()
        }
        Value::Array(entries) => entries.into_iter().map(sorted).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests;
