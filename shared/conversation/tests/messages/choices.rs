use conversation::{Choice, MessageSettings, choose};
use serde_json::{Value, json};

use crate::support::{On, buttons, on, texts};

fn yes_or_no() -> Value {
    json!({
        "text": "Is that right?",
        "quickReplies": [{"label": "Yes", "payload": "RIGHT"}, {"label": "No"}],
        "links": [{"label": "Terms", "url": "https://shop.example/terms"}],
    })
}

#[test]
fn answers_to_choose_from_are_buttons_in_the_in_web_chat_and_numbers_elsewhere() {
    let web = on("rtm").reply(yes_or_no());
    assert_eq!(
        texts(&web),
        [
            "Is that right?\n%[Terms](https://shop.example/terms)\n%[Yes](reply:RIGHT)\n%[No](reply:No)"
        ]
    );
    let lines = "Is that right?\nTerms: https://shop.example/terms\n1. Yes\n2. No";
    for medium in ["sms", "fb", "whatsapp", "carrier-pigeon"] {
        assert_eq!(texts(&on(medium).reply(yes_or_no())), [lines], "{medium}");
    }
    let unknown = On {
        medium: None,
        ..on("")
    };
    assert_eq!(texts(&unknown.reply(yes_or_no())), [lines]);
}

#[test]
fn settings_say_otherwise_where_buttons_are_shown() {
    let with = |media: &[&str]| MessageSettings {
        rich_text_media: Some(media.iter().map(|id| (*id).to_owned()).collect()),
        ..MessageSettings::default()
    };
    let shown = On {
        messages: with(&["WhatsApp"]),
        ..on("whatsapp")
    };
    assert_eq!(buttons(&texts(&shown.reply(yes_or_no()))[0]).len(), 3);
    let hidden = On {
        messages: with(&[]),
        ..on("rtm")
    };
    assert!(buttons(&texts(&hidden.reply(yes_or_no()))[0]).is_empty());
}

#[test]
fn what_the_contact_answers_finds_the_payload_on_every_medium() {
    let payload = |choices: &[Choice], text: &str, tapped: Option<&str>| {
        choose(choices, text, tapped).map(|choice| choice.payload.clone())
    };
    let numbered = on("sms").reply(yes_or_no()).choices;
    assert_eq!(payload(&numbered, "1", None).as_deref(), Some("RIGHT"));
    assert_eq!(payload(&numbered, "no", None).as_deref(), Some("No"));
    let tapped = on("rtm").reply(yes_or_no()).choices;
    assert_eq!(
        payload(&tapped, "Yes", Some("RIGHT")).as_deref(),
        Some("RIGHT")
    );
    assert_eq!(payload(&tapped, "Yes", None).as_deref(), Some("RIGHT"));
    assert_eq!(payload(&tapped, "1", None), None);
}

#[test]
fn an_answer_that_says_nothing_leaves_earlier_choices_alone() {
    let quiet = on("sms")
        .plan(json!([{"type": "topics", "topics": ["Orders"]}]))
        .unwrap();
    assert!(!quiet.speaks());
    assert!(on("sms").reply(json!({"text": "Hello"})).speaks());
}
