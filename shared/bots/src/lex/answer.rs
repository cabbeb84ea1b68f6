//! What Lex's answer means for the conversation.

use std::collections::BTreeMap;

use conversation::{Action, Answer, HandoverReason, LexSettings, Turn};

use super::convert::{keep, kept_slot};
use super::request::OURS;
use super::stored::{Slot, Stored};
use super::wire::{Intent, Recognized, SessionState};
use crate::BotError;
use crate::draft::Draft;

/// Session attributes by which the bot's Lambda functions ask for something. They count once.
const HANDOVER: &str = "handover";
const HANDOVER_PROFILE: &str = "handoverProfile";
const HANDOVER_SUMMARY: &str = "handoverSummary";
const RESOLVE: &str = "resolve";

/// What Lex was asked, as far as its answer depends on it.
pub(super) struct Asked<'a> {
    pub(super) turn: &'a Turn,
    /// Whether the contact wrote what was sent.
    pub(super) from_contact: bool,
    pub(super) locale: &'a str,
    pub(super) before: &'a Stored,
}

/// Reads an answer of Lex.
pub(super) fn answer(
    output: &Recognized,
    asked: &Asked<'_>,
    settings: &LexSettings,
) -> Result<Answer, BotError> {
    let mut draft = Draft::default();
    for (index, message) in output.messages.iter().enumerate() {
        super::message::add(message, &mut draft).map_err(|problem| BotError::InvalidAnswer {
            problem: format!("messages[{index}]{problem}"),
        })?;
    }
    let state = output.session_state.as_ref();
    let mut stored = state.map(keep).unwrap_or_default();
    stored.misses = asked.before.misses;
    stored.at = asked.turn.received_at.unix_timestamp();
    stored.locale = stored.intent.is_some().then(|| asked.locale.to_owned());
    let wishes = take_wishes(&mut stored.attributes);

    let guessed = || {
        output
            .interpretations
            .first()
            .and_then(|guess| guess.intent.as_ref())
    };
    let intent = state.and_then(|state| state.intent.as_ref());
    let intent = intent.or_else(guessed);
    if let Some(intent) = intent.filter(|_| asked.from_contact) {
        understood(intent, state, asked.turn, settings, &mut stored, &mut draft);
    }
    for wish in wishes {
        draft.add(wish);
    }
    Ok(Answer {
        actions: draft.into_actions(),
        session: Some(stored.into_session()),
    })
}

/// Takes out what is ours or counts once, and returns what it asks for.
fn take_wishes(attributes: &mut BTreeMap<String, String>) -> Vec<Action> {
    for name in OURS {
        attributes.remove(name);
    }
    let mut take = |name: &str| {
        let value = attributes.remove(name).map(|value| value.trim().to_owned());
        value.filter(|value| !value.is_empty() && value != "false")
    };
    let (profile, summary) = (take(HANDOVER_PROFILE), take(HANDOVER_SUMMARY));
    let handover = take(HANDOVER).map(|wish| {
        let known = HandoverReason::ALL
            .into_iter()
            .find(|reason| reason.as_str() == wish);
        Action::Handover {
            reason: Some(known.unwrap_or(HandoverReason::BotAsked)),
            profile,
            summary,
        }
    });
    let resolve = take(RESOLVE).map(|_| Action::Resolve);
    handover.into_iter().chain(resolve).collect()
}

fn understood(
    intent: &Intent,
    state: Option<&SessionState>,
    turn: &Turn,
    settings: &LexSettings,
    stored: &mut Stored,
    draft: &mut Draft,
) {
    let name = intent.name.as_str();
    let is_one_of = |names: &[String]| names.iter().any(|known| known == name);
    let hand_over = |reason| Action::hand_over(Some(reason));
    if is_one_of(&settings.fallback_intents) {
        stored.misses += 1;
        if stored.misses >= settings.not_understood_after {
            stored.misses = 0;
            draft.add(hand_over(HandoverReason::NotUnderstood));
        }
        return;
    }
    stored.misses = 0;
    let topic = settings.topics.get(name).map_or(name, String::as_str);
    draft.add_topic(topic, &turn.topics);

    let closed = state
        .and_then(|state| state.dialog_action.as_ref())
        .is_some_and(|dialog| dialog.kind == "Close");
    // The contact said no to "shall I?": nothing went wrong, and nothing is to be done.
    let denied = intent.confirmation_state.as_deref() == Some("Denied");
    match intent.state.as_deref() {
        Some("Failed") if denied => return,
        Some("Failed") => {
            if settings.handover_on_failed {
                draft.add(hand_over(HandoverReason::BotFailed));
            }
            return;
        }
        Some("Fulfilled" | "ReadyForFulfillment") => {}
        _ if closed => {}
        _ => return,
    }
    let attributes = slot_attributes(intent, settings);
    if !attributes.is_empty() {
        draft.add(Action::Attributes { attributes });
    }
    if is_one_of(&settings.handover_intents) {
        draft.add(hand_over(HandoverReason::ContactAsked));
    } else if is_one_of(&settings.resolve_intents) {
        draft.add(Action::Resolve);
    }
}

fn slot_attributes(intent: &Intent, settings: &LexSettings) -> BTreeMap<String, String> {
    let value = |path: &str| {
        let mut names = path.split('.');
        let mut slot = kept_slot(intent.slots.get(names.next()?)?);
        for name in names {
            slot = slot.sub_slots.remove(name)?;
        }
        text_of(&slot)
    };
    let slots = settings.slot_attributes.iter();
    slots
        .filter_map(|(slot, alias)| Some((alias.clone(), value(slot)?)))
        .collect()
}

/// What a slot holds; the values of a list with commas between them.
fn text_of(slot: &Slot) -> Option<String> {
    let text = if slot.values.is_empty() {
        slot.value.as_ref()?.interpreted.clone()
    } else {
        let values: Vec<_> = slot.values.iter().filter_map(text_of).collect();
        values.join(", ")
    };
    (!text.trim().is_empty()).then_some(text)
}
