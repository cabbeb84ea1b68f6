//! Shapes of requests that are read by hand, and rules that no derive can say.

use std::collections::BTreeMap;

use conversation::{AttachmentFile, Role};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde_json::{Value, json};

use super::schemas::schema;

/// White space is not enough.
const SAYS_SOMETHING: &str = r"\S";

/// What a reply needs beside its id: something to send or a turn to answer; and, for tags, that turn.
pub(crate) fn rules_of_a_reply() -> Value {
    let filled = |field: &str| json!({"required": [field], "properties": {field: {"minItems": 1}}});
    let text = json!({"type": "string", "pattern": SAYS_SOMETHING});
    let object = json!({"type": ["string", "object"]});
    let attributes = json!({"minProperties": 1});
    let turn = json!({"required": ["inReplyTo"], "properties": {"inReplyTo": {"type": "string"}}});
    let no_message = json!({"properties": {"text": {"type": "null"}}});
    let message = [
        json!({"required": ["text"], "properties": {"text": text}}),
        json!({"required": ["attachment"], "properties": {"attachment": object}}),
        filled("quickReplies"),
        filled("links"),
    ];
    let rest = [
        filled("topics"),
        filled("tags"),
        filled("notes"),
        json!({"required": ["attributes"], "properties": {"attributes": attributes}}),
        turn.clone(),
    ];
    let any: Vec<Value> = message.iter().chain(&rest).cloned().collect();
    let blank: Vec<Value> = [no_message].into_iter().chain(message).collect();
    json!([
        { "anyOf": any },
        // A text that says nothing says nothing, whatever comes with it.
        { "anyOf": blank },
        { "anyOf": [turn, {"properties": {"tags": {"maxItems": 0}}}] },
    ])
}

/// A file: the name of one uploaded before, or where to get it.
#[derive(Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) enum NewAttachment {
    Uploaded(String),
    File(AttachmentFile),
}

impl JsonSchema for NewAttachment {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "NewAttachment".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let base64 = "^\\s*(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw](?:==)?|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=?|[A-Za-z0-9+/]{4})\\s*$";
        let media_type = "^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+$";
        let only = |field: &str, others: [&str; 2]| {
            let mut properties = json!({field: {"type": "string"}});
            for other in others {
                properties[other] = json!({"type": "null"});
            }
            json!({"required": [field], "properties": properties})
        };
        schema(json!({
            "description": "A file: the name of one uploaded before, or where to get it.",
            "anyOf": [
                {
                    "type": "string",
                    "maxLength": 255,
                    "pattern": "^[A-Za-z0-9_.-]*[A-Za-z0-9_-][A-Za-z0-9_.-]*$",
                },
                {
                    "type": "object",
                    "additionalProperties": false,
                    "properties": {
                        "name": {
                            "type": ["string", "null"],
                            "description": "File name shown to the contact; made from the address when absent.",
                        },
                        "contentType": {
                            "type": ["string", "null"],
                            "pattern": media_type,
                            "description": "Media type; known from the source or the name's ending when absent.",
                        },
                        "data": {
                            "type": ["string", "null"],
                            "pattern": base64,
                            "maxLength": 204_800,
                            "description": "The file itself, base64.",
                        },
                        "url": {
                            "type": ["string", "null"],
                            "pattern": "^https://[A-Za-z0-9]",
                            "maxLength": 4096,
                            "description": "Fetched when the reply is sent.",
                        },
                        "s3": {
                            "type": ["string", "null"],
                            "pattern": "^s3://[^/]+/[\\s\\S]+$",
                            "description": "Read when the reply is sent.",
                        },
                    },
                    "oneOf": [
                        only("data", ["url", "s3"]),
                        only("url", ["data", "s3"]),
                        only("s3", ["data", "url"]),
                    ],
                },
            ],
        }))
    }
}

// Of the next three only the schemas are used: `ChannelPatch` reads by hand.

/// A change of what was entered for a channel: what is left out stays, null takes away.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub(super) struct ChannelChange {
    /// Its name for people.
    #[schemars(
        length(max = 255),
        regex(
            pattern = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$"
        )
    )]
    display_name: Option<String>,
    /// When Sparkcentral resolves conversations that nobody works on.
    auto_resolve: AutoResolveChange,
    /// Whether whoever replies first becomes the conversation's owner.
    auto_ownership: bool,
    /// Who has which role.
    access: AccessChange,
}

/// Seconds without activity, a minute to 365 days.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
struct AutoResolveChange {
    /// In the New queue.
    #[schemars(range(min = 60, max = 31_536_000))]
    new_secs: u32,
    /// In the Pending queue.
    #[schemars(range(min = 60, max = 31_536_000))]
    pending_secs: u32,
}

/// Roles to be given, or taken away with null. Names of users and teams have 1 to 128 bytes, no line
/// breaks, and not only spaces; there are at most 1,000 users and 200 teams.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
struct AccessChange {
    /// Everybody's role.
    all_users: Option<Role>,
    /// The role of everybody who is in some team.
    all_teams: Option<Role>,
    /// Roles of teams.
    teams: BTreeMap<String, Option<Role>>,
    /// Roles of users.
    users: BTreeMap<String, Option<Role>>,
}
