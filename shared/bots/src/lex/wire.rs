//! What Lex's `RecognizeText` takes and answers: those parts of it that are used.
//!
//! Every field may be missing: Lex leaves out what is empty. Everything holds what the contact wrote, so
//! there is no `Debug`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Slots by name.
pub(super) type Slots = BTreeMap<String, Slot>;
/// What to expect for slots, by their name.
pub(super) type SlotHints = BTreeMap<String, HintDetails>;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Recognize<'a> {
    pub(super) text: &'a str,
    pub(super) session_state: SessionState,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Recognized {
    pub(super) messages: Vec<Message>,
    pub(super) session_state: Option<SessionState>,
    pub(super) interpretations: Vec<Interpretation>,
}

impl Recognized {
    /// Reads an answer. Lex names the slots that it has no value for yet as `null`, which is the same to
    /// it as an absent one.
    pub(super) fn read(body: &[u8]) -> serde_json::Result<Self> {
        let fields: Map<_, _> = serde_json::from_slice(body)?;
        let mut json = Value::Object(fields);
        drop_nulls(&mut json);
        serde_json::from_value(json)
    }
}

fn drop_nulls(json: &mut Value) {
    match json {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => {
            items.retain(|item| !item.is_null());
            items.iter_mut().for_each(drop_nulls);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Interpretation {
    pub(super) intent: Option<Intent>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Message {
    /// `PlainText`, `SSML`, `CustomPayload` or `ImageResponseCard`.
    pub(super) content_type: String,
    pub(super) content: String,
    pub(super) image_response_card: Option<Card>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Card {
    pub(super) title: String,
    pub(super) subtitle: Option<String>,
    pub(super) image_url: Option<String>,
    pub(super) buttons: Vec<Button>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Button {
    pub(super) text: String,
    pub(super) value: String,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SessionState {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dialog_action: Option<DialogAction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) intent: Option<Intent>,
    pub(super) active_contexts: Vec<ActiveContext>,
    pub(super) session_attributes: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) runtime_hints: Option<RuntimeHints>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct DialogAction {
    /// `ElicitSlot`, `ConfirmIntent`, `Close`, …
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) slot_to_elicit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) slot_elicitation_style: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sub_slot_to_elicit: Option<Box<ElicitSubSlot>>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ElicitSubSlot {
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sub_slot_to_elicit: Option<Box<ElicitSubSlot>>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Intent {
    pub(super) name: String,
    /// `InProgress`, `ReadyForFulfillment`, `Fulfilled`, `Failed`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<String>,
    /// `Confirmed`, `Denied` or `None`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) confirmation_state: Option<String>,
    pub(super) slots: Slots,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Slot {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) shape: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<SlotValue>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) values: Vec<Slot>,
    #[serde(skip_serializing_if = "Slots::is_empty")]
    pub(super) sub_slots: Slots,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct SlotValue {
    pub(super) interpreted_value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) original_value: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) resolved_values: Vec<String>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ActiveContext {
    pub(super) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) time_to_live: Option<TimeToLive>,
    pub(super) context_attributes: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct TimeToLive {
    pub(super) time_to_live_in_seconds: i32,
    pub(super) turns_to_live: i32,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RuntimeHints {
    pub(super) slot_hints: BTreeMap<String, SlotHints>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct HintDetails {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) runtime_hint_values: Vec<HintValue>,
    #[serde(skip_serializing_if = "SlotHints::is_empty")]
    pub(super) sub_slot_hints: SlotHints,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct HintValue {
    pub(super) phrase: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn null_fields_and_items_go_and_everything_else_stays() {
        let mut body = json!({"slots": {"Size": null, "Kind": {"value": null, "shape": "Scalar"}},
            "list": [null, {"a": null}, 1.5], "text": "null"});
        let expected =
            json!({"slots": {"Kind": {"shape": "Scalar"}}, "list": [{}, 1.5], "text": "null"});
        drop_nulls(&mut body);
        assert_eq!(body, expected);
    }

    #[test]
    fn what_is_not_an_answer_is_not_read() {
        for body in ["", "<html>", "{\"messages\":", "[]", "{\"messages\": {}}"] {
            assert!(Recognized::read(body.as_bytes()).is_err(), "{body}");
        }
        assert!(Recognized::read(b"{\"of the future\": 1}").is_ok());
    }
}
