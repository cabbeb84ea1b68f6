//! Between Lex's session state and what we keep of it.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_lexruntimev2::error::BuildError;
use aws_sdk_lexruntimev2::types;

use super::stored::{Context, Dialog, Hint, Intent, Slot, SlotValue, Stored};

/// Lex keeps a context for at least this long, in seconds.
const SHORTEST_CONTEXT: i32 = 5;

/// The state to send: what is stored, and `ours` beside the bot's own attributes. Always says what
/// Lex is to expect, so that it does not go by what it remembers of an earlier try.
pub(super) fn state(
    stored: &Stored,
    ours: BTreeMap<String, String>,
    now: i64,
) -> Result<types::SessionState, BuildError> {
    let mut attributes: HashMap<String, String> = stored.attributes.clone().into_iter().collect();
    attributes.extend(ours);
    let passed = now.saturating_sub(stored.at).max(0);
    let contexts = stored.contexts.iter().filter_map(|c| context(c, passed));
    let mut state = types::SessionState::builder()
        .set_session_attributes(Some(attributes))
        .set_active_contexts(Some(contexts.collect::<Result<_, _>>()?));
    state = match (&stored.intent, &stored.dialog) {
        (Some(open), Some(expected)) => {
            state.intent(intent(open)?).dialog_action(dialog(expected)?)
        }
        _ => {
            let anything =
                types::DialogAction::builder().r#type(types::DialogActionType::ElicitIntent);
            state.dialog_action(anything.build()?)
        }
    };
    if !stored.hints.is_empty() {
        let mut hints = types::RuntimeHints::builder();
        for (name, slots) in &stored.hints {
            hints = hints.slot_hints(name, hints_of(slots)?);
        }
        state = state.runtime_hints(hints.build());
    }
    Ok(state.build())
}

/// What to keep of the state Lex answered with.
pub(super) fn keep(state: &types::SessionState) -> Stored {
    let open = state
        .dialog_action()
        .filter(|dialog| is_open(dialog))
        .zip(state.intent());
    let hints = state.runtime_hints().and_then(|hints| hints.slot_hints());
    Stored {
        attributes: state.session_attributes().map(sorted).unwrap_or_default(),
        contexts: state
            .active_contexts()
            .iter()
            .filter_map(kept_context)
            .collect(),
        intent: open.map(|(_, intent)| kept_intent(intent)),
        dialog: open.map(|(dialog, _)| kept_dialog(dialog)),
        hints: hints
            .map(|hints| {
                hints
                    .iter()
                    .map(|(intent, slots)| (intent.clone(), kept_hints(slots)))
                    .collect()
            })
            .unwrap_or_default(),
        ..Stored::default()
    }
}

/// Whether Lex waits for something about the intent it named.
pub(super) fn is_open(dialog: &types::DialogAction) -> bool {
    matches!(
        dialog.r#type(),
        types::DialogActionType::ElicitSlot
            | types::DialogActionType::ConfirmIntent
            | types::DialogActionType::Delegate
    )
}

fn context(context: &Context, passed: i64) -> Option<Result<types::ActiveContext, BuildError>> {
    let left = i64::from(context.seconds).saturating_sub(passed);
    if left <= 0 || context.turns < 1 {
        return None;
    }
    let left = i32::try_from(left)
        .unwrap_or(i32::MAX)
        .max(SHORTEST_CONTEXT);
    let time = types::ActiveContextTimeToLive::builder()
        .time_to_live_in_seconds(left)
        .turns_to_live(context.turns)
        .build();
    Some(time.and_then(|time| {
        types::ActiveContext::builder()
            .name(&context.name)
            .time_to_live(time)
            .set_context_attributes(Some(context.attributes.clone().into_iter().collect()))
            .build()
    }))
}

fn kept_context(context: &types::ActiveContext) -> Option<Context> {
    let time = context.time_to_live()?;
    Some(Context {
        name: context.name().to_owned(),
        seconds: time.time_to_live_in_seconds(),
        turns: time.turns_to_live(),
        attributes: sorted(context.context_attributes()),
    })
}

fn intent(intent: &Intent) -> Result<types::Intent, BuildError> {
    types::Intent::builder()
        .name(&intent.name)
        .set_state(intent.state.as_deref().map(types::IntentState::from))
        .set_confirmation_state(
            intent
                .confirmation
                .as_deref()
                .map(types::ConfirmationState::from),
        )
        .set_slots(Some(slots(&intent.slots)?))
        .build()
}

fn kept_intent(intent: &types::Intent) -> Intent {
    Intent {
        name: intent.name().to_owned(),
        state: intent.state().map(|state| state.as_str().to_owned()),
        confirmation: intent
            .confirmation_state()
            .map(|state| state.as_str().to_owned()),
        slots: intent.slots().map(kept_slots).unwrap_or_default(),
    }
}

fn slots(slots: &BTreeMap<String, Slot>) -> Result<HashMap<String, types::Slot>, BuildError> {
    let slots = slots
        .iter()
        .map(|(name, kept)| Ok((name.clone(), slot(kept)?)));
    slots.collect()
}

fn slot(kept: &Slot) -> Result<types::Slot, BuildError> {
    let value = kept.value.as_ref().map(|value| {
        types::Value::builder()
            .interpreted_value(&value.interpreted)
            .set_original_value(value.original.clone())
            .set_resolved_values((!value.resolved.is_empty()).then(|| value.resolved.clone()))
            .build()
    });
    let values: Vec<_> = kept.values.iter().map(slot).collect::<Result<_, _>>()?;
    let sub_slots = slots(&kept.sub_slots)?;
    Ok(types::Slot::builder()
        .set_shape(kept.shape.as_deref().map(types::Shape::from))
        .set_value(value.transpose()?)
        .set_values((!values.is_empty()).then_some(values))
        .set_sub_slots((!sub_slots.is_empty()).then_some(sub_slots))
        .build())
}

fn kept_slots(slots: &HashMap<String, types::Slot>) -> BTreeMap<String, Slot> {
    let slots = slots
        .iter()
        .map(|(name, slot)| (name.clone(), kept_slot(slot)));
    slots.collect()
}

/// A slot of an answer.
pub(super) fn kept_slot(slot: &types::Slot) -> Slot {
    Slot {
        shape: slot.shape().map(|shape| shape.as_str().to_owned()),
        value: slot.value().map(|value| SlotValue {
            interpreted: value.interpreted_value().to_owned(),
            original: value.original_value().map(str::to_owned),
            resolved: value.resolved_values().to_vec(),
        }),
        values: slot.values().iter().map(kept_slot).collect(),
        sub_slots: slot.sub_slots().map(kept_slots).unwrap_or_default(),
    }
}

fn dialog(kept: &Dialog) -> Result<types::DialogAction, BuildError> {
    let mut below: Option<types::ElicitSubSlot> = None;
    for name in kept.sub_slots.iter().rev() {
        let level = types::ElicitSubSlot::builder()
            .name(name)
            .set_sub_slot_to_elicit(below.map(Box::new));
        below = Some(level.build()?);
    }
    types::DialogAction::builder()
        .r#type(types::DialogActionType::from(kept.kind.as_str()))
        .set_slot_to_elicit(kept.slot.clone())
        .set_slot_elicitation_style(kept.style.as_deref().map(types::StyleType::from))
        .set_sub_slot_to_elicit(below)
        .build()
}

fn kept_dialog(dialog: &types::DialogAction) -> Dialog {
    let mut sub_slots = Vec::new();
    let mut below = dialog.sub_slot_to_elicit();
    while let Some(level) = below {
        sub_slots.push(level.name().to_owned());
        below = level.sub_slot_to_elicit();
    }
    Dialog {
        kind: dialog.r#type().as_str().to_owned(),
        slot: dialog.slot_to_elicit().map(str::to_owned),
        style: dialog
            .slot_elicitation_style()
            .map(|style| style.as_str().to_owned()),
        sub_slots,
    }
}

fn hints_of(
    slots: &BTreeMap<String, Hint>,
) -> Result<HashMap<String, types::RuntimeHintDetails>, BuildError> {
    let slots = slots.iter();
    slots
        .map(|(name, kept)| Ok((name.clone(), hint(kept)?)))
        .collect()
}

fn hint(kept: &Hint) -> Result<types::RuntimeHintDetails, BuildError> {
    let mut details = types::RuntimeHintDetails::builder();
    for phrase in &kept.phrases {
        let value = types::RuntimeHintValue::builder().phrase(phrase);
        details = details.runtime_hint_values(value.build()?);
    }
    if !kept.sub_slots.is_empty() {
        details = details.set_sub_slot_hints(Some(hints_of(&kept.sub_slots)?));
    }
    Ok(details.build())
}

fn kept_hints(slots: &HashMap<String, types::RuntimeHintDetails>) -> BTreeMap<String, Hint> {
    let kept = |details: &types::RuntimeHintDetails| Hint {
        phrases: details
            .runtime_hint_values()
            .iter()
            .map(|value| value.phrase().to_owned())
            .collect(),
        sub_slots: details.sub_slot_hints().map(kept_hints).unwrap_or_default(),
    };
    slots
        .iter()
        .map(|(name, details)| (name.clone(), kept(details)))
        .collect()
}

fn sorted(map: &HashMap<String, String>) -> BTreeMap<String, String> {
    map.iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
mod tests;
