//! Every route: what it takes and what it answers.

use serde_json::{Value, json};

use super::examples;
use super::refusals::references;
use super::requests::ChannelChange;
use super::schemas::Schemas;
use crate::hand_over::NewHandover;
use crate::replies::NewResolve;
use crate::request::NewReply;
use crate::view::{ChannelView, ChannelsView, ConversationView, HandoverTaken, ReplyView};

const CHANNELS: &str = "/v1/agents/{agent}/channels";
const CHANNEL: &str = "/v1/agents/{agent}/channels/{channel}";
const CONVERSATION: &str = "/v1/agents/{agent}/conversations/{id}";
const REPLIES: &str = "/v1/agents/{agent}/conversations/{id}/replies";
const REPLY: &str = "/v1/agents/{agent}/conversations/{id}/replies/{replyId}";
const HANDOVER: &str = "/v1/agents/{agent}/conversations/{id}/handover";
const RESOLVE: &str = "/v1/agents/{agent}/conversations/{id}/resolve";

/// What every request may be refused for.
const ALWAYS: [u16; 6] = [400, 401, 413, 429, 500, 503];

/// One route.
pub(super) struct Operation {
    pub(super) path: &'static str,
    pub(super) method: &'static str,
    id: &'static str,
    summary: &'static str,
    about: &'static str,
    body: Option<Body>,
    success: u16,
    answer: Answer,
    /// Statuses of refusals beside those of [`ALWAYS`].
    refused: &'static [u16],
}

struct Body {
    schema: Value,
    example: Value,
    /// Whether an empty body is refused.
    required: bool,
}

struct Answer {
    about: &'static str,
    schema: Value,
    example: Value,
    links: Value,
}

impl Operation {
    pub(super) fn described(&self) -> Value {
        let tag = match self.path {
            CHANNELS | CHANNEL => "channels",
            _ => "conversations",
        };
        let statuses = [&ALWAYS, self.refused].concat();
        let mut responses = json!(references(&statuses));
        let answer = &self.answer;
        responses[self.success.to_string()] = json!({
            "description": answer.about,
            "content": {"application/json": {"schema": answer.schema, "example": answer.example}},
            "links": answer.links,
        });
        let mut described = json!({
            "operationId": self.id,
            "summary": self.summary,
            "description": self.about,
            "tags": [tag],
            "responses": responses,
        });
        if let Some(body) = &self.body {
            described["requestBody"] = json!({
                "required": body.required,
                "content": {"application/json": {"schema": body.schema, "example": body.example}},
            });
        }
        described
    }
}

/// Parameters of a path.
pub(super) fn parameters(path: &str) -> Vec<Value> {
    let all = [
        (
            "agent",
            "Name of the agent.",
            json!({"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,63}$"}),
            "demo",
        ),
        (
            "id",
            "Sparkcentral's id of the conversation.",
            json!({"type": "string", "minLength": 1, "maxLength": 512}),
            "0-01e639d0a57-000-00000001",
        ),
        (
            "replyId",
            "The id a reply was sent under, or one of the transcript.",
            json!({"type": "string", "minLength": 1, "maxLength": 600}),
            "7d0c6b1e",
        ),
        (
            "channel",
            "Sparkcentral's id of the channel.",
            json!({"type": "string", "minLength": 1, "maxLength": 512}),
            "0-01c6421333d-000-00000001",
        ),
    ];
    let used = all
        .into_iter()
        .filter(|(name, ..)| path.contains(&format!("{{{name}}}")));
    used.map(|(name, about, schema, example)| {
        json!({
            "name": name, "in": "path", "required": true, "description": about, "schema": schema,
            "example": example,
        })
    })
    .collect()
}

/// A link from an answer to another operation about the same conversation.
fn link(to: &str, about: &str, more: &[(&str, &str)]) -> Value {
    let mut parameters = json!({"agent": "$request.path.agent", "id": "$request.path.id"});
    for (name, from) in more {
        parameters[*name] = Value::from(*from);
    }
    json!({"operationId": to, "description": about, "parameters": parameters})
}

pub(super) fn all(schemas: &mut Schemas) -> [Operation; 8] {
    let channel = |schemas: &mut Schemas, about| Answer {
        about,
        schema: schemas.response::<ChannelView<'static>>(),
        example: examples::channel(),
        links: json!({}),
    };
    [
        Operation {
            path: CHANNELS,
            method: "get",
            id: "listChannels",
            summary: "The channels the token has a role in",
            about: "Channels are learned with their first event.",
            body: None,
            success: 200,
            answer: Answer {
                about: "The channels, and the token's role in each.",
                schema: schemas.response::<ChannelsView<'static>>(),
                example: json!({"channels": [examples::channel()]}),
                links: json!({"channel": {
                    "operationId": "getChannel",
                    "description": "One of them.",
                    "parameters": {
                        "agent": "$request.path.agent",
                        "channel": "$response.body#/channels/0/id",
                    },
                }}),
            },
            refused: &[],
        },
        Operation {
            path: CHANNEL,
            method: "get",
            id: "getChannel",
            summary: "A channel",
            about: "Role: Viewer. Supervisors see `access` too.",
            body: None,
            success: 200,
            answer: channel(schemas, "The channel."),
            refused: &[404],
        },
        Operation {
            path: CHANNEL,
            method: "patch",
            id: "changeChannel",
            summary: "Change what was entered for a channel",
            about: "Role: Supervisor. What is left out stays; null takes away.",
            body: Some(Body {
                schema: schemas.request::<ChannelChange>(),
                example: json!({"displayName": "Desk", "access": {"users": {"agent-1": "contributor"}}}),
                required: false,
            }),
            success: 200,
            answer: channel(schemas, "The changed channel."),
            refused: &[403, 404, 422],
        },
        Operation {
            path: CONVERSATION,
            method: "get",
            id: "getConversation",
            summary: "A conversation and its transcript",
            about: "Role: Viewer.",
            body: None,
            success: 200,
            answer: Answer {
                about: "The conversation.",
                schema: schemas.response::<ConversationView<'static>>(),
                example: examples::conversation(),
                links: json!({
                    "handover": link("askHandover", "Ask people to take over.", &[]),
                    "resolve": link("resolve", "Close it.", &[]),
                }),
            },
            refused: &[403, 404],
        },
        Operation {
            path: REPLIES,
            method: "post",
            id: "sendReply",
            summary: "Send a reply",
            about: "Role: Contributor; Viewer where it has topics, tags, notes or attributes alone. The same id with the same content is the same reply.",
            body: Some(Body {
                schema: schemas.request::<NewReply>(),
                example: json!({"id": "7d0c6b1e", "text": "Your order is on its way.", "topics": ["Orders"]}),
                required: true,
            }),
            success: 202,
            answer: Answer {
                about: "The reply is taken, and sent after those taken before it.",
                schema: schemas.response::<ReplyView<'static>>(),
                example: examples::reply(),
                links: json!({
                    "status": link("getReply", "Where it is.", &[("replyId", "$response.body#/id")]),
                }),
            },
            refused: &[403, 404, 409, 422],
        },
        Operation {
            path: REPLY,
            method: "get",
            id: "getReply",
            summary: "A reply and where it is",
            about: "Role: Viewer.",
            body: None,
            success: 200,
            answer: Answer {
                about: "The reply.",
                schema: schemas.response::<ReplyView<'static>>(),
                example: examples::reply(),
                links: json!({}),
            },
            refused: &[403, 404],
        },
        Operation {
            path: HANDOVER,
            method: "post",
            id: "askHandover",
            summary: "Ask people to take over",
            about: "Role: Contributor. It arrives after every reply taken before it. Asking twice is one handover.",
            body: Some(Body {
                schema: schemas.request::<NewHandover>(),
                example: json!({"reason": "not_understood", "topics": ["Billing"], "summary": "Wants a refund."}),
                required: false,
            }),
            success: 202,
            answer: Answer {
                about: "The handover is under way.",
                schema: schemas.response::<HandoverTaken<'static>>(),
                example: json!({"id": "api-1-7", "reason": "not_understood", "state": "handing_over"}),
                links: json!({"conversation": link("getConversation", "What became of it.", &[])}),
            },
            refused: &[403, 404, 409, 422],
        },
        Operation {
            path: RESOLVE,
            method: "post",
            id: "resolve",
            summary: "Close a conversation",
            about: "Role: Viewer.",
            body: Some(Body {
                schema: schemas.request::<NewResolve>(),
                example: json!({"topics": ["Orders"]}),
                required: false,
            }),
            success: 202,
            answer: Answer {
                about: "The resolving reply is taken, and sent after those taken before it.",
                schema: schemas.response::<ReplyView<'static>>(),
                example: examples::resolving(),
                links: json!({"conversation": link("getConversation", "What became of it.", &[])}),
            },
            refused: &[403, 404, 409, 422],
        },
    ]
}
