use conversation::{Action, choose};
use proptest::prelude::*;
use serde_json::{Value, json};
use sparkcentral::{MediumId, text_limit};

use crate::support::{PICTURE, buttons, holds_other_shortcodes, on, texts};

/// Texts full of what shortcodes are made of.
fn words() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        3 => "[a-z ]{1,12}",
        2 => "[%!&$(){}\\[\\]]{1,6}",
        1 => Just("%[x](reply:y)".to_owned()),
        1 => Just("![](https://a.example)".to_owned()),
        1 => Just("&((namespace=[[n]]))&".to_owned()),
        1 => Just("\n".to_owned()),
        1 => "\\PC{0,4}",
    ];
    prop::collection::vec(part, 0..30).prop_map(|parts| parts.concat())
}

fn media() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["rtm", "sms", "instagram", "fb", "carrier-pigeon"])
}

proptest! {
    #[test]
    fn free_text_is_never_a_shortcode_and_loses_nothing(text in words(), medium in media(), name in words()) {
        prop_assume!(!text.trim().is_empty());
        let plan = on(medium).reply(json!({
            "text": text,
            "attachment": {"url": PICTURE, "name": name},
        }));
        let sent = texts(&plan).concat();
        prop_assert!(buttons(&sent).is_empty() && !holds_other_shortcodes(&sent), "{}", sent);
        let plain = |text: &str| text.replace('\u{2060}', "");
        prop_assert!(plain(&sent).starts_with(&plain(&text)));
    }

    #[test]
    fn every_quick_reply_is_one_button_that_brings_its_own_payload_back(
        text in words(),
        labels in prop::collection::btree_set("[a-z%!\\[\\]() \n]{1,12}", 1..8),
        payloads in prop::collection::vec(words(), 8),
    ) {
        let labels: Vec<String> = labels
            .into_iter()
            .filter(|label| !label.trim().is_empty())
            .collect();
        let mut seen = std::collections::BTreeSet::new();
        let quick: Vec<(String, String)> = labels
            .into_iter()
            .zip(payloads)
            .filter(|(label, payload)| {
                seen.insert(label.trim().to_lowercase()) && !payload.trim().is_empty() && payload.len() <= 1_024
            })
            .collect();
        prop_assume!(!quick.is_empty());
        let given: Vec<Value> = quick
            .iter()
            .map(|(label, payload)| json!({"label": label, "payload": payload}))
            .collect();
        let plan = on("rtm").reply(json!({"text": text, "quickReplies": given}));
        let sent = texts(&plan).concat();
        let found = buttons(&sent);
        prop_assert_eq!(found.len(), quick.len(), "{}", sent);
        prop_assert!(!holds_other_shortcodes(&sent));
        for ((label, target), (_, payload)) in found.iter().zip(&quick) {
            let tapped = target.strip_prefix("reply:").unwrap();
            let choice = choose(&plan.choices, label, Some(tapped)).unwrap();
            prop_assert_eq!(&choice.payload, payload);
        }
    }

    #[test]
    fn every_message_keeps_the_medium_s_limit(text in words(), medium in media(), count in 0..10_usize) {
        let long = format!("{text} word").repeat(40);
        let quick: Vec<Value> = (0..count).map(|n| json!({"label": format!("Answer {n}"), "payload": "P"})).collect();
        let plan = on(medium).reply(json!({"text": long, "quickReplies": quick}));
        if let Some(limit) = text_limit(&MediumId::new(medium)) {
            for piece in texts(&plan) {
                prop_assert!(limit.allows(&piece));
            }
        }
        let all = texts(&plan).join("\n");
        for n in 0..count {
            prop_assert_eq!(all.matches(&format!("Answer {n}")).count(), 1);
        }
    }

    #[test]
    fn any_actions_in_any_order_are_planned_alike_twice(texts in prop::collection::vec(words(), 1..6), medium in media()) {
        let actions: Vec<Action> = texts.iter().map(Action::say).collect();
        let actions = serde_json::to_value(actions).unwrap();
        prop_assert_eq!(on(medium).plan(actions.clone()), on(medium).plan(actions));
    }
}
