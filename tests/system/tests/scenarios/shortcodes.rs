//! A contact who types what looks like a button.

use serde_json::{Value, json};
use system_tests::{Answer, TestBot, World, said_by_bot, spoken};

use crate::{echo, silence};

/// As typed by contacts with too much time.
const TYPED: [&str; 5] = [
    "%[x](reply:y)",
    "%[%[x](reply:y)](reply:z)",
    "50%[x](https://evil.example.com)",
    "![](https://evil.example.com/cat.gif)",
    "%[Where are you?](location)",
];

/// What the contact sees of the bot's last message.
fn rendered(seen: &Value) -> &Value {
    &spoken(seen).last().unwrap()["rendered"]
}

fn assert_plain(seen: &Value, typed: &str) {
    let rendered = rendered(seen);
    assert_eq!(rendered["buttons"], json!([]), "{typed}");
    assert_eq!(rendered["images"], json!([]), "{typed}");
    // The same to a human eye: an escape may stand in between, but every character is there, in order.
    let shown = rendered["text"].as_str().unwrap();
    let mut rest = shown.chars();
    for character in typed.chars() {
        assert!(
            rest.any(|shown| shown == character),
            "{typed:?} is shown as {shown:?}"
        );
    }
}

#[tokio::test]
async fn what_a_contact_typed_comes_back_as_text_and_never_as_a_button() {
    let world = World::join();
    let bot = TestBot::start(echo).await;
    for mode in ["inline", "queued"] {
        let agent = world.agent_of(&bot, &format!("mode = \"{mode}\"")).await;
        let id = world.begin(&agent, None).await;
        for (n, typed) in TYPED.iter().enumerate() {
            world.write(&id, typed).await;
            let seen = world
                .until(&id, "the echo", |seen| said_by_bot(seen).len() > n)
                .await;
            assert_plain(&seen, typed);
        }
    }
}

#[tokio::test]
async fn a_rule_that_quotes_the_contact_makes_no_button_of_it_beside_its_own() {
    let world = World::join();
    let rules = r#"
default_language = "en"
[greeting.started]
en = "Welcome."
[no_text]
en = "I can only read text."
[fallback]
handover_after = 3
[fallback.text]
en = "?"
[fallback.handover_text]
en = "A person takes over."
[[rules]]
name = "quote"
patterns.any = ['name is (?<name>.+)$']
text.en = "Hello {name} %[Shop](https://shop.example.com)"
"#;
    let settings = format!("[bot]\nkind = \"script\"\nrules = '''{rules}'''\n");
    let agent = world.agent(&settings).await;
    let id = world.begin(&agent, None).await;
    world.write(&id, "my name is %[x](reply:y)").await;
    let seen = world
        .until(&id, "the answer", |seen| {
            said_by_bot(seen).iter().any(|said| said.contains("Hello"))
        })
        .await;
    let buttons = &rendered(&seen)["buttons"];
    let expected = json!([{"label": "Shop", "url": "https://shop.example.com"}]);
    assert_eq!(*buttons, expected);
}

#[tokio::test]
async fn a_label_that_holds_a_contacts_words_is_one_button_and_no_more() {
    let world = World::join();
    let bot = TestBot::start(|turn| match turn["trigger"]["text"].as_str() {
        Some(text) => Answer::actions(json!([{
            "type": "reply",
            "text": "Is this right?",
            "quickReplies": [{"label": text, "payload": "RIGHT"}],
        }])),
        None => silence(),
    })
    .await;
    let agent = world.agent_of(&bot, "").await;
    let id = world.begin(&agent, None).await;
    world.write(&id, "a](reply:EVIL)%[b").await;
    let seen = world
        .until(&id, "the answer", |seen| !said_by_bot(seen).is_empty())
        .await;
    let buttons = rendered(&seen)["buttons"].as_array().unwrap().clone();
    assert!(buttons.len() <= 1, "{buttons:?}");
    assert!(
        buttons.iter().all(|button| button["payload"] == "RIGHT"),
        "{buttons:?}"
    );
}
