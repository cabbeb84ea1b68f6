//! Who may do what at conversation-api.

use serde::{Deserialize, Serialize};

/// Roles per channel, as Sparkcentral names them; each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads, resolves, sets topics, tags, notes and attributes; does not reply.
    Viewer,
    /// Also replies and hands over.
    Contributor,
    /// Everything, settings of the channel included.
    Supervisor,
}

/// What a caller of conversation-api wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Read state, transcript and replies.
    Read,
    /// Close a conversation.
    Resolve,
    /// Apply topics, tags, notes and attributes.
    SetTopics,
    /// Send a reply.
    Reply,
    /// Ask people to take over.
    HandOver,
    /// Change a channel's settings and roles, and read the roles.
    ManageChannel,
}

impl Role {
    /// Whether the role includes the permission.
    pub fn may(self, permission: Permission) -> bool {
        match permission {
            Permission::Read | Permission::Resolve | Permission::SetTopics => true,
            Permission::Reply | Permission::HandOver => self >= Self::Contributor,
            Permission::ManageChannel => self >= Self::Supervisor,
        }
    }
}
