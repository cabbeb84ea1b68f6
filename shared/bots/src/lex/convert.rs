//! Between Lex's session state and what we keep of it.

use std::collections::BTreeMap;

use super::stored::{Context, Dialog, Hint, Intent, Slot, SlotValue, Stored};
use super::wire;

/// Lex keeps a context for at least this long, in seconds.
const SHORTEST_CONTEXT: i32 = 5;

/// The state to send: what is stored, and `ours` beside the bot's own attributes. Always says what
/// Lex is to expect, so that it does not go by what it remembers of an earlier try.
pub(super) fn state(
    stored: &Stored,
    ours: BTreeMap<String, String>,
    now: i64,
) -> wire::SessionState {
    let mut session_attributes = stored.attributes.clone();
    session_attributes.extend(ours);
    let passed = now.saturating_sub(stored.at).max(0);
    let contexts = stored.contexts.iter();
    let (intent, expected) = match (&stored.intent, &stored.dialog) {
        (Some(open), Some(expected)) => (Some(intent(open)), dialog(expected)),
        _ => {
            let anything = wire::DialogAction {
                kind: "ElicitIntent".to_owned(),
                ..wire::DialogAction::default()
            };
            (None, anything)
        }
    };
    let hints = stored.hints.iter();
    let slot_hints = hints.map(|(intent, slots)| (intent.clone(), hints_of(slots)));
    wire::SessionState {
        dialog_action: Some(expected),
        intent,
        active_contexts: contexts.filter_map(|kept| context(kept, passed)).collect(),
        session_attributes,
        runtime_hints: (!stored.hints.is_empty()).then(|| wire::RuntimeHints {
            slot_hints: slot_hints.collect(),
        }),
    }
}

/// What to keep of the state Lex answered with.
pub(super) fn keep(state: &wire::SessionState) -> Stored {
    let open = state.dialog_action.as_ref();
    let open = open
        .filter(|dialog| is_open(dialog))
        .zip(state.intent.as_ref());
    let hints = state.runtime_hints.as_ref();
    let hints = hints.map(|hints| {
        let slots = hints.slot_hints.iter();
        slots.map(|(intent, slots)| (intent.clone(), kept_hints(slots)))
    });
    Stored {
        attributes: state.session_attributes.clone(),
        contexts: state
            .active_contexts
            .iter()
            .filter_map(kept_context)
            .collect(),
        intent: open.map(|(_, intent)| kept_intent(intent)),
        dialog: open.map(|(dialog, _)| kept_dialog(dialog)),
        hints: hints.into_iter().flatten().collect(),
        ..Stored::default()
    }
}

/// Whether Lex waits for something about the intent it named.
fn is_open(dialog: &wire::DialogAction) -> bool {
    matches!(
        dialog.kind.as_str(),
        "ElicitSlot" | "ConfirmIntent" | "Delegate"
    )
}

fn context(context: &Context, passed: i64) -> Option<wire::ActiveContext> {
    let left = i64::from(context.seconds).saturating_sub(passed);
    if left <= 0 || context.turns < 1 {
        return None;
    }
    let left = i32::try_from(left).unwrap_or(i32::MAX);
    Some(wire::ActiveContext {
        name: context.name.clone(),
        time_to_live: Some(wire::TimeToLive {
            time_to_live_in_seconds: left.max(SHORTEST_CONTEXT),
            turns_to_live: context.turns,
        }),
        context_attributes: context.attributes.clone(),
    })
}

fn kept_context(context: &wire::ActiveContext) -> Option<Context> {
    let time = context.time_to_live?;
    Some(Context {
        name: context.name.clone(),
        seconds: time.time_to_live_in_seconds,
        turns: time.turns_to_live,
        attributes: context.context_attributes.clone(),
    })
}

fn intent(intent: &Intent) -> wire::Intent {
    wire::Intent {
        name: intent.name.clone(),
        state: intent.state.clone(),
        confirmation_state: intent.confirmation.clone(),
        slots: slots(&intent.slots),
    }
}

fn kept_intent(intent: &wire::Intent) -> Intent {
    Intent {
        name: intent.name.clone(),
        state: intent.state.clone(),
        confirmation: intent.confirmation_state.clone(),
        slots: kept_slots(&intent.slots),
    }
}

fn slots(slots: &BTreeMap<String, Slot>) -> wire::Slots {
    let slots = slots.iter();
    slots
        .map(|(name, kept)| (name.clone(), slot(kept)))
        .collect()
}

fn slot(kept: &Slot) -> wire::Slot {
    wire::Slot {
        shape: kept.shape.clone(),
        value: kept.value.as_ref().map(|value| wire::SlotValue {
            interpreted_value: value.interpreted.clone(),
            original_value: value.original.clone(),
            resolved_values: value.resolved.clone(),
        }),
        values: kept.values.iter().map(slot).collect(),
        sub_slots: slots(&kept.sub_slots),
    }
}

fn kept_slots(slots: &wire::Slots) -> BTreeMap<String, Slot> {
    let slots = slots.iter();
    slots
        .map(|(name, slot)| (name.clone(), kept_slot(slot)))
        .collect()
}

/// A slot of an answer.
pub(super) fn kept_slot(slot: &wire::Slot) -> Slot {
    Slot {
        shape: slot.shape.clone(),
        value: slot.value.as_ref().map(|value| SlotValue {
            interpreted: value.interpreted_value.clone(),
            original: value.original_value.clone(),
            resolved: value.resolved_values.clone(),
        }),
        values: slot.values.iter().map(kept_slot).collect(),
        sub_slots: kept_slots(&slot.sub_slots),
    }
}

fn dialog(kept: &Dialog) -> wire::DialogAction {
    let mut below = None;
    for name in kept.sub_slots.iter().rev() {
        below = Some(Box::new(wire::ElicitSubSlot {
            name: name.clone(),
            sub_slot_to_elicit: below,
        }));
    }
    wire::DialogAction {
        kind: kept.kind.clone(),
        slot_to_elicit: kept.slot.clone(),
        slot_elicitation_style: kept.style.clone(),
        sub_slot_to_elicit: below,
    }
}

fn kept_dialog(dialog: &wire::DialogAction) -> Dialog {
    let mut sub_slots = Vec::new();
    let mut below = dialog.sub_slot_to_elicit.as_deref();
    while let Some(level) = below {
        sub_slots.push(level.name.clone());
        below = level.sub_slot_to_elicit.as_deref();
    }
    Dialog {
        kind: dialog.kind.clone(),
        slot: dialog.slot_to_elicit.clone(),
        style: dialog.slot_elicitation_style.clone(),
        sub_slots,
    }
}

fn hints_of(slots: &BTreeMap<String, Hint>) -> wire::SlotHints {
    let details = |hint: &Hint| wire::HintDetails {
        runtime_hint_values: hint
            .phrases
            .iter()
            .cloned()
            .map(|phrase| wire::HintValue { phrase })
            .collect(),
        sub_slot_hints: hints_of(&hint.sub_slots),
    };
    let slots = slots.iter();
    slots
        .map(|(name, hint)| (name.clone(), details(hint)))
        .collect()
}

fn kept_hints(slots: &wire::SlotHints) -> BTreeMap<String, Hint> {
    let kept = |details: &wire::HintDetails| Hint {
        phrases: details
            .runtime_hint_values
            .iter()
            .map(|value| value.phrase.clone())
            .collect(),
        sub_slots: kept_hints(&details.sub_slot_hints),
    };
    let slots = slots.iter();
    slots
        .map(|(name, details)| (name.clone(), kept(details)))
        .collect()
}

#[cfg(test)]
mod tests;
