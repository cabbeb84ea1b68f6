//! The two spellings of one protocol: Sparkcentral's, and Hootsuite Inbox 2.0's.
//!
//! Sources: the vendor's sample client for `sparkcentral`, the Inbox OpenAPI description for `inbox`.

use serde::{Deserialize, Serialize};

/// Which product's names an agent is spoken to with, and calls back with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// Sparkcentral.
    #[default]
    Sparkcentral,
    /// Hootsuite Inbox 2.0.
    Inbox,
}

impl Dialect {
    pub(crate) const ALL: [Self; 2] = [Self::Sparkcentral, Self::Inbox];

    /// Header that carries a webhook's signature, lower-case hex.
    pub(crate) fn signature_header(self) -> &'static str {
        match self {
            Self::Sparkcentral => "X-Sparkcentral-Signature",
            Self::Inbox => "X-Hootsuite-Signature",
        }
    }

    pub(crate) fn token_path(self) -> &'static str {
        match self {
            Self::Sparkcentral => "/virtual-agent/oauth2/token",
            Self::Inbox => "/oauth2/token",
        }
    }

    /// What stands before `/{conversation id}`.
    pub(crate) fn conversations_path(self) -> &'static str {
        match self {
            Self::Sparkcentral => "/virtual-agent/conversations",
            Self::Inbox => "/inbox/v1/virtual-agent/conversations",
        }
    }

    pub(crate) fn grant_type(self) -> &'static str {
        match self {
            Self::Sparkcentral => "client_credentials",
            Self::Inbox => "organization_app",
        }
    }

    /// Name of the field that says "bearer". Inbox's contract spells it with a capital in the middle.
    pub(crate) fn token_type_field(self) -> &'static str {
        match self {
            Self::Sparkcentral => "token_type",
            Self::Inbox => "token_Type",
        }
    }
}

/// Reply fields only Inbox's contract knows. Sparkcentral's own documents never mention them.
pub(crate) const INBOX_ONLY_FIELDS: [&str; 3] =
    ["sendMessages", "indicateTyping", "applyConversationNotes"];
