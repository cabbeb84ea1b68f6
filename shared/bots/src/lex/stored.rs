//! What we keep of a Lex session between turns: all of it, so that a turn asked again is understood
//! as it was the first time, whatever Lex itself remembers.

use std::collections::BTreeMap;

use conversation::MAX_SESSION_BYTES;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A Lex session as it stands in the conversation's `session`.
///
/// Slots and attributes hold what the contact wrote, so there is no `Debug`.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Stored {
    /// Locale in which the open intent was begun: another one does not know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) locale: Option<String>,
    /// Messages in a row that Lex did not understand.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) misses: u32,
    /// When it was written, in seconds since 1970: contexts end by time.
    pub(super) at: i64,
    /// Session attributes that are not ours.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) attributes: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) contexts: Vec<Context>,
    /// The intent Lex is busy with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) intent: Option<Intent>,
    /// What Lex waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dialog: Option<Dialog>,
    /// Phrases to expect, by intent and slot.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) hints: BTreeMap<String, BTreeMap<String, Hint>>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Context {
    pub(super) name: String,
    pub(super) seconds: i32,
    pub(super) turns: i32,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) attributes: BTreeMap<String, String>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Intent {
    pub(super) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) confirmation: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) slots: BTreeMap<String, Slot>,
}

#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Slot {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) shape: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<SlotValue>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) values: Vec<Slot>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) sub_slots: BTreeMap<String, Slot>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SlotValue {
    pub(super) interpreted: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) original: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) resolved: Vec<String>,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Dialog {
    /// `ElicitSlot`, `ConfirmIntent`, …
    pub(super) kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) slot: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) style: Option<String>,
    /// The way down to a sub-slot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) sub_slots: Vec<String>,
}

#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Hint {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) phrases: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) sub_slots: BTreeMap<String, Hint>,
}

impl Stored {
    /// What an earlier turn left. Anything else (a session of another kind of bot) is a new session.
    pub(super) fn from_session(session: &Value) -> Self {
        Self::deserialize(session).unwrap_or_default()
    }

    /// As the conversation's `session`. What is too big for it goes piece by piece, what matters
    /// least first: hints, contexts, attributes, and at last the open intent.
    pub(super) fn into_session(mut self) -> Value {
        let drop_next: [fn(&mut Self); 4] = [
            |stored| stored.hints.clear(),
            |stored| stored.contexts.clear(),
            |stored| stored.attributes.clear(),
            |stored| {
                stored.intent = None;
                stored.dialog = None;
            },
        ];
        for drop_more in drop_next {
            if self.bytes() <= MAX_SESSION_BYTES {
                break;
            }
            drop_more(&mut self);
        }
        serde_json::to_value(self).unwrap_or_default()
    }

    fn bytes(&self) -> usize {
        serde_json::to_string(self).map_or(usize::MAX, |json| json.len())
    }
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    pub(in super::super) fn full() -> Stored {
        let value = |text: &str| SlotValue {
            interpreted: text.to_owned(),
            original: Some(format!("{text}, please")),
            resolved: vec![text.to_owned()],
        };
        let scalar = |text: &str| Slot {
            shape: Some("Scalar".to_owned()),
            value: Some(value(text)),
            ..Slot::default()
        };
        let slots = BTreeMap::from([
            ("Size".to_owned(), scalar("large")),
            (
                "Toppings".to_owned(),
                Slot {
                    shape: Some("List".to_owned()),
                    values: vec![scalar("cheese"), scalar("ham")],
                    ..Slot::default()
                },
            ),
            (
                "Address".to_owned(),
                Slot {
                    shape: Some("Composite".to_owned()),
                    value: Some(value("street 1 town")),
                    sub_slots: BTreeMap::from([("Town".to_owned(), scalar("town"))]),
                    ..Slot::default()
                },
            ),
        ]);
        let phrases = |phrase: &str| Hint {
            phrases: vec![phrase.to_owned()],
            ..Hint::default()
        };
        let hint = Hint {
            sub_slots: BTreeMap::from([("Town".to_owned(), phrases("town"))]),
            ..phrases("street")
        };
        Stored {
            locale: Some("en_GB".to_owned()),
            misses: 1,
            at: 100,
            attributes: BTreeMap::from([("basket".to_owned(), "7".to_owned())]),
            contexts: vec![Context {
                name: "ordered".to_owned(),
                seconds: 60,
                turns: 3,
                attributes: BTreeMap::from([("size".to_owned(), "large".to_owned())]),
            }],
            intent: Some(Intent {
                name: "OrderPizza".to_owned(),
                state: Some("InProgress".to_owned()),
                confirmation: Some("None".to_owned()),
                slots,
            }),
            dialog: Some(Dialog {
                kind: "ElicitSlot".to_owned(),
                slot: Some("Address".to_owned()),
                style: Some("SpellByLetter".to_owned()),
                sub_slots: vec!["Town".to_owned(), "Part".to_owned()],
            }),
            hints: BTreeMap::from([(
                "OrderPizza".to_owned(),
                BTreeMap::from([("Address".to_owned(), hint)]),
            )]),
        }
    }

    #[test]
    fn what_is_stored_comes_back() {
        assert!(Stored::from_session(&full().into_session()) == full());
    }

    #[test]
    fn the_session_of_another_kind_of_bot_is_a_new_one() {
        for other in [
            Value::Null,
            json!(7),
            json!({"step": 2}),
            json!({"intent": "OrderPizza"}),
        ] {
            assert!(Stored::from_session(&other) == Stored::default(), "{other}");
        }
    }

    #[test]
    fn what_does_not_fit_goes_in_order_of_what_matters() {
        let long = || "x".repeat(MAX_SESSION_BYTES);
        let again = |stored: Stored| {
            let session = stored.into_session();
            assert!(session.to_string().len() <= MAX_SESSION_BYTES);
            Stored::from_session(&session)
        };
        let mut hints = full();
        hints.hints.insert(long(), BTreeMap::new());
        let left = again(hints);
        assert!(left.hints.is_empty() && left.contexts.len() == 1);

        let mut attributes = full();
        attributes.attributes.insert("big".to_owned(), long());
        let left = again(attributes);
        assert!(left.attributes.is_empty() && left.contexts.is_empty() && left.intent.is_some());

        let mut intent = full();
        intent.intent.as_mut().unwrap().name = long();
        let left = again(intent);
        assert!(left.intent.is_none() && left.dialog.is_none());
        assert_eq!(left.misses, 1);
    }
}
