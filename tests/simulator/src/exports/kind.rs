//! The twelve exports.

use serde::{Deserialize, Serialize};

/// One of the vendor's exports. Its name on the control face is that of the table it fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExportType {
    VirtualAgents,
    ResolvedConversations,
    OpenConversations,
    Messages,
    Teams,
    Contacts,
    Topics,
    Tags,
    UserPresence,
    ResponseTimes,
    Users,
    ContactAttributes,
}

impl ExportType {
    pub(crate) const ALL: [Self; 12] = [
        Self::VirtualAgents,
        Self::ResolvedConversations,
        Self::OpenConversations,
        Self::Messages,
        Self::Teams,
        Self::Contacts,
        Self::Topics,
        Self::Tags,
        Self::UserPresence,
        Self::ResponseTimes,
        Self::Users,
        Self::ContactAttributes,
    ];

    /// As the vendor's page on data exports calls it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::VirtualAgents => "Virtual Agents",
            Self::ResolvedConversations => "Resolved Conversations",
            Self::OpenConversations => "Open Conversations",
            Self::Messages => "Messages",
            Self::Teams => "Teams",
            Self::Contacts => "Contacts",
            Self::Topics => "Topics",
            Self::Tags => "Tags",
            Self::UserPresence => "User Presence",
            Self::ResponseTimes => "Response Times",
            Self::Users => "Users",
            Self::ContactAttributes => "Contact Attributes",
        }
    }

    /// The folder below `/export`, and the `exportType` of the file's name. The vendor gives none for
    /// Virtual Agents and Contact Attributes: theirs are of our choice.
    pub(crate) fn directory(self) -> &'static str {
        match self {
            Self::VirtualAgents => "virtual-agent",
            Self::ResolvedConversations => "resolved-conversation",
            Self::OpenConversations => "open-conversation",
            Self::Messages => "message",
            Self::Teams => "team",
            Self::Contacts => "contact",
            Self::Topics => "topic",
            Self::Tags => "tag",
            Self::UserPresence => "user-presence",
            Self::ResponseTimes => "response-times",
            Self::Users => "user",
            Self::ContactAttributes => "contact-attributes",
        }
    }
}
