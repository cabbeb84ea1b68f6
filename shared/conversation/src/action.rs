//! What a bot can want done.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::handover::HandoverReason;

/// Most actions one answer may hold; more is refused as a runaway bot.
pub const MAX_ACTIONS: usize = 25;

/// One thing the bot wants done.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    deny_unknown_fields,
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Action {
    /// Say something to the contact.
    Reply(ReplyAction),
    /// Apply topics by their exact names; Sparkcentral ignores names it does not know.
    Topics {
        /// Topic names.
        topics: Vec<String>,
    },
    /// Tag the contact's message.
    Tags {
        /// Tag names.
        tags: Vec<String>,
    },
    /// Set contact attributes by alias; ignored where the contact already has a value.
    Attributes {
        /// Alias to value.
        attributes: BTreeMap<String, String>,
    },
    /// Leave a note for people.
    Note {
        /// At most 2,000 characters.
        text: String,
    },
    /// Show or hide the typing indicator.
    Typing {
        /// `true` starts it.
        on: bool,
    },
    /// Ask people to take over, after everything before it was said.
    Handover {
        /// Why; `bot_asked` when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<HandoverReason>,
        /// Name of a routing profile of the agent's settings, beside those that match by themselves.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        profile: Option<String>,
        /// What people should know, in the bot's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        summary: Option<String>,
    },
    /// Close the conversation, after everything before it was said.
    Resolve,
}

/// One thing to say: text, an attachment, or both, and what the contact can tap.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct ReplyAction {
    /// Text; split at the medium's limit where it is longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachment: Option<Attachment>,
    /// Answers the contact can tap: buttons where the medium has them, numbered lines elsewhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quick_replies: Vec<QuickReply>,
    /// Links: buttons where the medium has them, lines of text elsewhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// The text holds Sparkcentral's shortcodes (links, buttons, pictures) on purpose. Without
    /// it anything that looks like one is shown as it is written.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub rich_text: bool,
}

/// An answer the contact can tap.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct QuickReply {
    /// What the contact reads.
    #[cfg_attr(
        feature = "schema",
        schemars(length(max = 200), regex(pattern = r"\S"))
    )]
    pub label: String,
    /// What comes back in the next turn's `payload`; the label when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(length(max = 1024), regex(pattern = r"\S"))
    )]
    pub payload: Option<String>,
}

impl QuickReply {
    /// What comes back.
    pub fn payload(&self) -> &str {
        self.payload.as_deref().unwrap_or(&self.label)
    }
}

/// A page the contact can open.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Link {
    /// What the contact reads.
    #[cfg_attr(
        feature = "schema",
        schemars(length(max = 200), regex(pattern = r"\S"))
    )]
    pub label: String,
    /// `https://…`
    #[cfg_attr(
        feature = "schema",
        schemars(length(max = 4096), regex(pattern = "^https://.+"))
    )]
    pub url: String,
}

/// A file to send.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Attachment {
    /// Name of a file uploaded to the conversation before.
    Uploaded(String),
    /// A file that Sparkbridge uploads.
    File(AttachmentFile),
}

/// A file that Sparkbridge uploads: exactly one of `data`, `url` and `s3`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct AttachmentFile {
    /// File name shown to the contact; made from the address when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Media type, such as `image/png`; known from the source or the name's ending when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// The file itself, base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// `https://…`, fetched when the reply is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// `s3://bucket/key`, read when the reply is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub s3: Option<String>,
}

impl Action {
    /// A plain text.
    pub fn say(text: impl Into<String>) -> Self {
        Self::Reply(ReplyAction {
            text: Some(text.into()),
            ..ReplyAction::default()
        })
    }

    /// Ask people to take over, without more.
    pub fn hand_over(reason: Option<HandoverReason>) -> Self {
        Self::Handover {
            reason,
            profile: None,
            summary: None,
        }
    }

    /// The `type` of the action, for logs and error texts.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Reply(_) => "reply",
            Self::Topics { .. } => "topics",
            Self::Tags { .. } => "tags",
            Self::Attributes { .. } => "attributes",
            Self::Note { .. } => "note",
            Self::Typing { .. } => "typing",
            Self::Handover { .. } => "handover",
            Self::Resolve => "resolve",
        }
    }
}

// Debug ends up in logs and panics; what people wrote must not.
macro_rules! without_words {
    ($($of:ident),+) => {$(
        impl fmt::Debug for $of {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($of)).finish_non_exhaustive()
            }
        }
    )+};
}

without_words!(ReplyAction, QuickReply, Link, Attachment, AttachmentFile);

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Action")
            .field("type", &self.name())
            .finish_non_exhaustive()
    }
}
