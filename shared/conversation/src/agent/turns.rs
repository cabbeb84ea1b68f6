//! How turns follow each other, and what happens to one that takes too long.

use serde::{Deserialize, Serialize};

use super::problem::Problems;
use crate::text::LocalText;

/// `[turns]` of the settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct TurnSettings {
    /// What becomes of messages that arrive while the bot has a turn.
    pub while_busy: WhileBusy,
    /// Milliseconds without a further message before the bot is asked (0 to 10000). Above 0 every
    /// message is answered over REST, and messages within that time are one turn.
    pub debounce_ms: u64,
    /// Seconds from an event's arrival after which people are asked instead of the bot (10 to 3600).
    pub answer_within_secs: u32,
    /// The same for a conversation that a person gave to the bot (10 to 3600): the vendor's pages
    /// disagree on whether the bot has two or five minutes for its first word.
    pub delegated_within_secs: u32,
    /// Said to the contact before people are asked because an answer took too long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holding_text: Option<LocalText>,
    /// Seconds before the deadline at which the holding text is said (0 to 600).
    pub holding_lead_secs: u32,
    /// Said to a contact who comes back from a person, where the bot has nothing to say itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delegated_text: Option<LocalText>,
    /// Show the contact that somebody is typing while a turn is queued, where the dialect can.
    pub typing: bool,
}

/// What becomes of messages that arrive while the bot has a turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WhileBusy {
    /// All of them are the next turn, a line each.
    #[default]
    Merge,
    /// Each is a turn of its own.
    Queue,
}

impl Default for TurnSettings {
    fn default() -> Self {
        Self {
            while_busy: WhileBusy::default(),
            debounce_ms: 0,
            answer_within_secs: 240,
            delegated_within_secs: 100,
            holding_text: None,
            holding_lead_secs: 15,
            delegated_text: None,
            typing: true,
        }
    }
}

impl TurnSettings {
    pub(super) fn check(&self, problems: &mut Problems) {
        for (setting, secs) in [
            ("turns.answer_within_secs", self.answer_within_secs),
            ("turns.delegated_within_secs", self.delegated_within_secs),
        ] {
            problems.check(
                (10..=3_600).contains(&secs),
                setting,
                &secs,
                "must be 10 to 3600: Sparkcentral waits 1 hour at most",
            );
        }
        problems.check(
            self.debounce_ms <= 10_000,
            "turns.debounce_ms",
            &self.debounce_ms,
            "must be 0 to 10000",
        );
        let shortest = self.answer_within_secs.min(self.delegated_within_secs);
        problems.check(
            self.holding_lead_secs <= 600 && self.holding_lead_secs < shortest,
            "turns.holding_lead_secs",
            &self.holding_lead_secs,
            "must be 0 to 600, and less than the time there is for an answer",
        );
    }
}
