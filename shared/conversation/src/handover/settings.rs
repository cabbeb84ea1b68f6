//! `[handover]` of the settings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sparkcentral::Dialect;
use time::OffsetDateTime;

use super::HandoverReason;
use super::hours::{Hours, Opening};
use super::routing::RoutingProfile;
use crate::agent::problem::Problems;
use crate::text::LocalText;

/// Characters of a text of our own: a few messages, even where one takes little.
const MAX_TEXT: usize = 2_000;

/// When and how people take over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct HandoverSettings {
    /// Topic per reason; a reason without one gets its own name with dashes, `""` means no topic.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub topics: BTreeMap<HandoverReason, String>,
    /// Whether to ask Sparkcentral who is there and how long contacts wait; absent: where the dialect
    /// has an endpoint for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence: Option<PresenceUse>,
    /// With fewer people available than this, nobody is there (1 or more).
    pub min_available: u32,
    /// A longer wait, in seconds, is `busy`; absent: none is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_wait_secs: Option<u64>,
    /// Said before a handover to people who are there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_on_handover: Option<LocalText>,
    /// Alias of the contact attribute that tells people what happened, where the dialect has no notes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_attribute: Option<String>,
    /// Outside of `hours`.
    pub closed: GatePolicy,
    /// Within hours, and nobody is there.
    pub nobody: GatePolicy,
    /// Somebody is there, and the wait is long.
    pub busy: GatePolicy,
    /// When people are asked though nobody asked for them.
    pub policy: AskingPolicy,
    /// When people answer; absent: always.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// What differs for a channel, by its id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub channels: BTreeMap<String, ChannelHandover>,
    /// Topics and attributes that drive Sparkcentral's own routing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub routing: Vec<RoutingProfile>,
}

/// What differs for one channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ChannelHandover {
    /// Instead of the agent's hours, holidays included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
}

/// Whether presence is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PresenceUse {
    /// It is not: somebody is always taken to be there.
    Ignore,
    /// It is.
    Use,
}

/// What to do with a handover at a bad moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct GatePolicy {
    /// Hand over all the same, or not.
    pub action: GateAction,
    /// Said to the contact; needed by every action but `hand_over`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<LocalText>,
}

/// What becomes of a handover.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum GateAction {
    /// People take over.
    #[default]
    HandOver,
    /// The bot goes on.
    KeepBot,
    /// The conversation is closed.
    Resolve,
}

/// When people are asked though nobody asked for them: reason `policy`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct AskingPolicy {
    /// For a contact marked as VIP, at once.
    pub vip: bool,
    /// Turns the bot is given in an episode (1 or more).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_turns: Option<u32>,
}

impl Default for HandoverSettings {
    fn default() -> Self {
        Self {
            topics: BTreeMap::new(),
            presence: None,
            min_available: 1,
            max_wait_secs: None,
            text_on_handover: None,
            context_attribute: None,
            closed: GatePolicy::default(),
            nobody: GatePolicy::default(),
            busy: GatePolicy::default(),
            policy: AskingPolicy::default(),
            hours: None,
            channels: BTreeMap::new(),
            routing: Vec::new(),
        }
    }
}

impl HandoverSettings {
    pub(crate) fn check(&self, dialect: Dialect, problems: &mut Problems) {
        problems.check(
            self.presence != Some(PresenceUse::Use) || has_presence(dialect),
            "handover.presence",
            &"use",
            "must be \"ignore\" for this dialect: it has no endpoint to ask",
        );
        problems.check(
            self.min_available > 0,
            "handover.min_available",
            &self.min_available,
            "must be 1 or more",
        );
        if let Some(alias) = &self.context_attribute {
            check_alias(alias, "handover.context_attribute", problems);
        }
        for (name, policy) in [
            ("closed", &self.closed),
            ("nobody", &self.nobody),
            ("busy", &self.busy),
        ] {
            let said = policy.text.as_ref().and_then(|text| text.in_language(None));
            problems.check(
                policy.action == GateAction::HandOver || said.is_some(),
                format!("handover.{name}.text"),
                &"absent",
                "must be set where people don't take over: the contact waits for an answer",
            );
        }
        for (setting, text) in [
            ("handover.text_on_handover", &self.text_on_handover),
            ("handover.closed.text", &self.closed.text),
            ("handover.nobody.text", &self.nobody.text),
            ("handover.busy.text", &self.busy.text),
        ] {
            let longest = text.as_ref().map_or(0, longest);
            problems.check(
                longest <= MAX_TEXT,
                setting,
                &format!("{longest} characters"),
                format!("must have {MAX_TEXT} characters at most"),
            );
        }
        if let Some(turns) = self.policy.max_turns {
            problems.check(
                turns > 0,
                "handover.policy.max_turns",
                &turns,
                "must be 1 or more",
            );
        }
        if let Some(hours) = &self.hours {
            hours.check("handover.hours", problems);
        }
        for (id, channel) in &self.channels {
            if let Some(hours) = &channel.hours {
                hours.check(&format!("handover.channels.{id:?}.hours"), problems);
            }
        }
        RoutingProfile::check_all(&self.routing, problems);
    }

    /// The topic of a reason, if one is to be applied.
    pub fn topic(&self, reason: HandoverReason) -> Option<String> {
        match self.topics.get(&reason) {
            Some(topic) if topic.is_empty() => None,
            Some(topic) => Some(topic.clone()),
            None => Some(reason.default_topic()),
        }
    }

    /// Hours of a channel, if there are any.
    pub fn hours_of(&self, channel: Option<&str>) -> Option<&Hours> {
        channel
            .and_then(|id| self.channels.get(id))
            .and_then(|channel| channel.hours.as_ref())
            .or(self.hours.as_ref())
    }

    /// Whether people answer on a channel at `now`.
    pub fn opening(&self, channel: Option<&str>, now: OffsetDateTime) -> Opening {
        self.hours_of(channel)
            .map_or(Opening::Open, |hours| hours.at(now))
    }

    /// Whether the number of people who are there is worth a look: it can be had, and changes something.
    pub fn looks_at_presence(&self, dialect: Dialect) -> bool {
        self.asks(dialect) && (!self.nobody.is_silent_handover() || self.text_on_handover.is_some())
    }

    /// Whether the waiting time is worth a look.
    pub fn looks_at_waiting(&self, dialect: Dialect) -> bool {
        self.asks(dialect)
            && self.max_wait_secs.is_some()
            && (!self.busy.is_silent_handover() || self.text_on_handover.is_some())
    }

    fn asks(&self, dialect: Dialect) -> bool {
        has_presence(dialect) && self.presence != Some(PresenceUse::Ignore)
    }
}

impl GatePolicy {
    fn is_silent_handover(&self) -> bool {
        *self == Self::default()
    }
}

/// Characters of the longest of its texts.
fn longest(text: &LocalText) -> usize {
    let chars = |text: &String| text.chars().count();
    match text {
        LocalText::One(text) => chars(text),
        LocalText::PerLanguage(texts) => texts.values().map(chars).max().unwrap_or(0),
    }
}

fn has_presence(dialect: Dialect) -> bool {
    dialect == Dialect::Inbox
}

/// Sparkcentral takes letters, digits and `_` in an attribute's alias.
pub(super) fn check_alias(alias: &str, setting: &str, problems: &mut Problems) {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    problems.check(
        !alias.is_empty() && alias.bytes().all(plain),
        setting,
        &alias,
        "must be an attribute's alias: letters a-z and A-Z, digits and _ only",
    );
}
