//! The gate: what becomes of a handover, given the hour and who is there.
//!
//! What is not known never stands in the way: without an answer about presence or waiting times,
//! people are taken to be there.

use super::HandoverReason;
use super::hours::Opening;
use super::settings::{GateAction, GatePolicy, HandoverSettings};
use crate::text::LocalText;

/// How many people are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Presence {
    /// So many are available.
    Known(u32),
    /// Not asked, or the dialect can't tell.
    Unknown,
    /// Asked, and there was no usable answer.
    Down,
}

/// How long contacts wait for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Waiting {
    /// The longest wait, seconds.
    Known(u64),
    /// Not asked, not told, or no usable answer.
    Unknown,
}

/// What the gate looks at beside the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Moment {
    /// Whether people answer at this hour.
    pub opening: Opening,
    /// How many are there.
    pub presence: Presence,
    /// How long contacts wait.
    pub waiting: Waiting,
}

/// What becomes of a handover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision<'a> {
    /// Whom the conversation goes to.
    pub action: GateAction,
    /// Said to the contact before.
    pub text: Option<&'a str>,
    /// What decided.
    pub why: Why,
}

/// What decided about a handover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// Nothing stood in the way.
    Open,
    /// Nothing stood in the way, and who is there is not known because nobody answered.
    PresenceDown,
    /// It is outside of business hours.
    OutsideHours,
    /// It is a holiday.
    Holiday,
    /// Nobody is there.
    Nobody,
    /// The wait is long.
    Busy,
}

impl Why {
    /// The name in logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::PresenceDown => "presence_down",
            Self::OutsideHours => "outside_hours",
            Self::Holiday => "holiday",
            Self::Nobody => "nobody",
            Self::Busy => "busy",
        }
    }
}

/// Decides about a handover of a contact who reads `language`.
///
/// People don't get a conversation only where the contact is told something instead: a policy that
/// keeps the bot or resolves without a text hands over. So does every policy after a reply that
/// could not be delivered, because its text would not arrive either.
pub fn gate<'a>(
    settings: &'a HandoverSettings,
    reason: HandoverReason,
    moment: Moment,
    language: Option<&str>,
) -> Decision<'a> {
    let told = |text: &'a Option<LocalText>| text.as_ref()?.in_language(language);
    let Some((why, policy)) = obstacle(settings, moment) else {
        let why = match moment.presence {
            Presence::Down => Why::PresenceDown,
            Presence::Known(_) | Presence::Unknown => Why::Open,
        };
        return Decision {
            action: GateAction::HandOver,
            text: told(&settings.text_on_handover),
            why,
        };
    };
    let text = told(&policy.text);
    let (action, text) = match policy.action {
        GateAction::HandOver => (GateAction::HandOver, text),
        _ if text.is_none() || reason == HandoverReason::DeliveryFailed => {
            (GateAction::HandOver, None)
        }
        action => (action, text),
    };
    Decision { action, text, why }
}

/// What speaks against a handover at this moment, and what the settings say to it.
fn obstacle(settings: &HandoverSettings, moment: Moment) -> Option<(Why, &GatePolicy)> {
    match moment.opening {
        Opening::OutsideHours => return Some((Why::OutsideHours, &settings.closed)),
        Opening::Holiday => return Some((Why::Holiday, &settings.closed)),
        Opening::Open => {}
    }
    if let Presence::Known(available) = moment.presence
        && available < settings.min_available
    {
        return Some((Why::Nobody, &settings.nobody));
    }
    if let (Waiting::Known(secs), Some(longest)) = (moment.waiting, settings.max_wait_secs)
        && secs > longest
    {
        return Some((Why::Busy, &settings.busy));
    }
    None
}
