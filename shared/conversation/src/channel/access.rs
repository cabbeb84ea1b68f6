//! Who has which role in a channel.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::agent::Role;
use crate::agent::problem::Problems;

/// Most users with a role of their own in one channel.
pub const MAX_USERS: usize = 1_000;
/// Most teams with a role of their own in one channel.
pub const MAX_TEAMS: usize = 200;
/// Longest name of a user or team, in bytes: all of them together must fit into one item.
pub const MAX_MEMBER_BYTES: usize = 128;

/// Roles in a channel. Empty at first: nobody has access until somebody grants it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct ChannelAccess {
    /// Everybody's role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all_users: Option<Role>,
    /// The role of everybody who is in some team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all_teams: Option<Role>,
    /// Roles of teams. A user is a member of one team at most.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub teams: BTreeMap<String, Role>,
    /// Roles of users.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub users: BTreeMap<String, Role>,
}

// Users are often named by their e-mail addresses.
impl fmt::Debug for ChannelAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelAccess")
            .field("all_users", &self.all_users)
            .field("all_teams", &self.all_teams)
            .field("teams", &self.teams.len())
            .field("users", &self.users.len())
            .finish()
    }
}

impl ChannelAccess {
    /// The role of a user, of a member of a team, or of a user who is in a team. The entry that
    /// names them most closely decides, also where another gives more: their own, their team's,
    /// that of all teams, that of all users. Nobody named has no role.
    pub fn role(&self, user: Option<&str>, team: Option<&str>) -> Option<Role> {
        let own = user.and_then(|user| self.users.get(user));
        let of_team = team.and_then(|team| self.teams.get(team));
        own.or(of_team)
            .copied()
            .or(self.all_teams.filter(|_| team.is_some()))
            .or(self.all_users.filter(|_| user.is_some() || team.is_some()))
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        for (setting, members, most) in [
            ("access.teams", &self.teams, MAX_TEAMS),
            ("access.users", &self.users, MAX_USERS),
        ] {
            problems.check(
                members.len() <= most,
                setting,
                &format!("{} entries", members.len()),
                format!("must have {most} entries at most"),
            );
            for (place, name) in members.keys().enumerate() {
                problems.check(
                    is_member_name(name),
                    setting,
                    &format!("name number {}, sorted", place + 1),
                    format!(
                        "must have 1 to {MAX_MEMBER_BYTES} bytes, not only spaces and no line breaks"
                    ),
                );
            }
        }
    }
}

/// Whether `name` can name a user or a team.
pub(crate) fn is_member_name(name: &str) -> bool {
    name.len() <= MAX_MEMBER_BYTES && !name.trim().is_empty() && !name.chars().any(char::is_control)
}
