//! Channels of an agent: learned from events, edited by operators and supervisors.
//!
//! Sparkcentral's own channel settings can't be read or set from outside. So a channel here is what
//! events told about it, and beside that what somebody entered: the same settings, under the same
//! names. Roles are enforced by conversation-api; the rest is kept for those who ask.

mod access;
mod patch;

use serde::{Deserialize, Serialize};
use sparkcentral::{Event, MediumId};
use time::OffsetDateTime;

use crate::agent::SettingsProblem;
use crate::agent::problem::Problems;

pub(crate) use access::is_member_name;
pub use access::{ChannelAccess, MAX_MEMBER_BYTES, MAX_TEAMS, MAX_USERS};
pub use patch::ChannelPatch;

/// Most characters of a display name: Sparkcentral's limit.
pub const MAX_DISPLAY_NAME_CHARS: usize = 255;

/// Longest id of a channel that is kept, in bytes: it is a key of the table.
const MAX_ID_BYTES: usize = 512;
/// Bounds of [`AutoResolve`]'s times: a minute to a year.
const AUTO_RESOLVE_SECS: std::ops::RangeInclusive<u32> = 60..=365 * 86_400;

/// One channel of an agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Channel {
    /// Sparkcentral's id.
    pub id: String,
    /// Which network it is on, as events name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medium: Option<MediumId>,
    /// Its name as events tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its name for people, where one was entered: 1 to [`MAX_DISPLAY_NAME_CHARS`] characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// When Sparkcentral resolves conversations that nobody works on.
    #[serde(default)]
    pub auto_resolve: AutoResolve,
    /// Whether whoever replies first becomes the conversation's owner.
    #[serde(default = "on")]
    pub auto_ownership: bool,
    /// Who may do what at conversation-api.
    #[serde(default)]
    pub access: ChannelAccess,
    /// When it was first heard of.
    #[serde(with = "time::serde::rfc3339")]
    pub learned_at: OffsetDateTime,
    /// When anything of it last changed.
    #[serde(with = "time::serde::rfc3339")]
    pub changed_at: OffsetDateTime,
}

fn on() -> bool {
    true
}

/// Seconds without activity after which Sparkcentral resolves a conversation, by queue. Kept here,
/// carried out there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct AutoResolve {
    /// In the New queue (a minute to 365 days).
    pub new_secs: u32,
    /// In the Pending queue (a minute to 365 days).
    pub pending_secs: u32,
}

impl Default for AutoResolve {
    fn default() -> Self {
        let thirty_days = 30 * 86_400;
        Self {
            new_secs: thirty_days,
            pending_secs: thirty_days,
        }
    }
}

/// What one event tells about its channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenChannel {
    /// Sparkcentral's id.
    pub id: String,
    /// The medium's id, where the event names it.
    pub medium: Option<MediumId>,
    /// The channel's name, where the event names it.
    pub name: Option<String>,
}

impl SeenChannel {
    /// What an event tells. `None` where it names no channel, or one whose id can't be a key.
    pub fn of(event: &Event) -> Option<Self> {
        let (channel, medium) = match event {
            Event::ConversationStarted(assigned) | Event::ConversationDelegated(assigned) => {
                (assigned.channel.as_ref(), assigned.medium_id())
            }
            Event::InboundMessageReceived(inbound) => {
                (inbound.channel.as_ref(), inbound.medium_id())
            }
            Event::Unknown { .. } => return None,
        };
        let channel = channel?;
        let id = channel.id.as_ref()?;
        (1..=MAX_ID_BYTES).contains(&id.len()).then(|| Self {
            id: id.clone(),
            medium: medium.cloned(),
            name: channel.name.clone().filter(|name| !name.trim().is_empty()),
        })
    }
}

impl Channel {
    /// A channel heard of for the first time. Nobody has access yet.
    pub fn new(seen: SeenChannel, now: OffsetDateTime) -> Self {
        Self {
            id: seen.id,
            medium: seen.medium,
            name: seen.name,
            display_name: None,
            auto_resolve: AutoResolve::default(),
            auto_ownership: on(),
            access: ChannelAccess::default(),
            learned_at: now,
            changed_at: now,
        }
    }

    /// Takes over a new name or medium; everything that was entered stays. What the event leaves
    /// out stays too. Tells whether anything changed.
    pub fn learn(&mut self, seen: &SeenChannel, now: OffsetDateTime) -> bool {
        let before = (self.name.clone(), self.medium.clone());
        if seen.name.is_some() {
            self.name.clone_from(&seen.name);
        }
        if seen.medium.is_some() {
            self.medium.clone_from(&seen.medium);
        }
        let changed = before != (self.name.clone(), self.medium.clone());
        if changed {
            self.changed_at = now;
        }
        changed
    }

    /// The name to show: the one that was entered, else Sparkcentral's, else the id.
    pub fn shown_name(&self) -> &str {
        self.display_name
            .as_deref()
            .or(self.name.as_deref())
            .unwrap_or(&self.id)
    }

    /// Everything that is out of bounds, not just the first. Quotes no name and no user.
    pub fn problems(&self) -> Vec<SettingsProblem> {
        let mut problems = Problems::default();
        if !(1..=MAX_ID_BYTES).contains(&self.id.len()) {
            let bytes = format!("{} bytes", self.id.len());
            let rule = format!("must have 1 to {MAX_ID_BYTES} bytes");
            problems.check(false, "id", &bytes, rule);
        }
        if let Some(name) = &self.display_name {
            let chars = name.chars().count();
            problems.check(
                chars <= MAX_DISPLAY_NAME_CHARS
                    && !name.trim().is_empty()
                    && !name.chars().any(char::is_control),
                "displayName",
                &format!("{chars} characters"),
                format!(
                    "must have 1 to {MAX_DISPLAY_NAME_CHARS} characters, not only spaces and no line breaks"
                ),
            );
        }
        for (setting, secs) in [
            ("autoResolve.newSecs", self.auto_resolve.new_secs),
            ("autoResolve.pendingSecs", self.auto_resolve.pending_secs),
        ] {
            problems.check(
                AUTO_RESOLVE_SECS.contains(&secs),
                setting,
                &secs,
                "must be 60 to 31536000: a minute to 365 days",
            );
        }
        self.access.check(&mut problems);
        problems.0
    }
}
