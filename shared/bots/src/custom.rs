//! Our actions inside the JSON that a platform lets its bots send along: Rasa's `custom`,
//! Dialogflow's `payload`.
//!
//! `{"handover": {"reason": …, "summary": …}}` or `{"handover": true}`, `{"resolve": true}`,
//! `{"topics": […]}`, `{"tags": […]}`, `{"attributes": {…}}`, `{"note": "…"}`, or
//! `{"actions": […]}` in the contract's own words; several in one object too.

use conversation::Action;
use serde_json::{Map, Value, json};

use crate::contract;

const KNOWN: &str = "handover, resolve, topics, tags, attributes, note and actions";

/// The actions an object asks for; `Err` is the field, as `.topics[1]`, and what is wrong with it.
pub(crate) fn actions(custom: &Map<String, Value>) -> Result<Vec<Action>, String> {
    let mut actions = Vec::new();
    for (key, value) in custom {
        match (key.as_str(), value) {
            ("actions", Value::Array(list)) => {
                for (index, value) in list.iter().enumerate() {
                    let action = contract::action(value);
                    actions.push(action.map_err(|problem| format!(".actions[{index}]{problem}"))?);
                }
            }
            ("actions", _) => return Err(".actions: expected a sequence".to_owned()),
            ("handover" | "resolve", Value::Bool(false)) => {}
            ("handover" | "resolve", Value::Bool(true)) => {
                actions.push(one(json!({"type": key}), "")?);
            }
            ("handover", Value::Object(fields)) => {
                let mut fields = fields.clone();
                fields.insert("type".to_owned(), key.as_str().into());
                actions.push(one(Value::Object(fields), ".handover")?);
            }
            ("handover", _) => return Err(".handover: expected true or an object".to_owned()),
            ("resolve", _) => return Err(".resolve: expected true".to_owned()),
            ("note", Value::String(text)) => {
                actions.push(one(json!({"type": "note", "text": text}), "")?);
            }
            ("note", _) => return Err(".note: expected a string".to_owned()),
            ("topics" | "tags" | "attributes", value) => {
                actions.push(one(json!({"type": key, key: value}), "")?);
            }
            _ => return Err(format!(": has an unknown field, expected {KNOWN}")),
        }
    }
    Ok(actions)
}

fn one(action: Value, at: &str) -> Result<Action, String> {
    contract::action(&action).map_err(|problem| format!("{at}{problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(custom: Value) -> Result<Vec<Action>, String> {
        actions(custom.as_object().unwrap())
    }

    #[test]
    fn each_key_is_an_action() {
        let handover = |value| of(json!({ "handover": value })).unwrap();
        assert!(handover(json!(true)) == [Action::hand_over(None)]);
        assert!(handover(json!(false)).is_empty());
        let full = json!({"reason": "contact_asked", "summary": "s", "profile": "p"});
        assert!(matches!(
            &handover(full)[..],
            [Action::Handover {
                reason: Some(_),
                profile: Some(_),
                summary: Some(_)
            }]
        ));
        let several = json!({"topics": ["a"], "attributes": {"k": "v"}, "note": "n", "resolve": true,
            "tags": ["t"], "actions": [{"type": "reply", "text": "Hi"}]});
        let mut names: Vec<_> = of(several).unwrap().iter().map(Action::name).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            ["attributes", "note", "reply", "resolve", "tags", "topics"]
        );
    }

    #[test]
    fn each_problem_is_named_by_its_place_and_not_by_its_value() {
        for (custom, expected) in [
            (
                json!({"handovr SECRET": 1}),
                ": has an unknown field, expected handover",
            ),
            (
                json!({"handover": "SECRET"}),
                ".handover: expected true or an object",
            ),
            (
                json!({"handover": {"reason": "SECRET"}}),
                ".handover.reason: expected one of",
            ),
            (
                json!({"handover": {"why": "SECRET"}}),
                ".handover.why: unknown field",
            ),
            (json!({"resolve": "SECRET"}), ".resolve: expected true"),
            (json!({"topics": "SECRET"}), ".topics: expected a sequence"),
            (json!({"topics": [1]}), ".topics[0]: expected a string"),
            (json!({"note": 1}), ".note: expected a string"),
            (json!({"actions": {}}), ".actions: expected a sequence"),
            (json!({"actions": [1]}), ".actions[0]: "),
            (
                json!({"actions": [{"type": "reply", "text": 1}]}),
                ".actions[0].text: expected",
            ),
        ] {
            let problem = of(custom).unwrap_err();
            assert!(problem.starts_with(expected), "{expected}: {problem}");
            assert!(!problem.contains("SECRET"), "{problem}");
        }
    }
}
