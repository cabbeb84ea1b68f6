use conversation::MAX_MESSAGES;
use serde_json::json;
use sparkcentral::Dialect;

use crate::support::{On, buttons, holds_other_shortcodes, on, problem, texts, with_type};

#[test]
fn twelve_thousand_characters_become_eight_text_messages_in_order() {
    let sentence = "This is a sentence of exactly fifty characters ok. ";
    let text = sentence.repeat(12_000 / sentence.len() + 1)[..12_000].to_owned();
    let plan = on("sms").reply(json!({"text": text}));
    let sent = texts(&plan);
    assert_eq!(sent.len(), 8);
    assert_eq!(sent.concat(), text);
    let whole = |piece: &String| piece.ends_with(". ");
    assert!(sent[..7].iter().all(whole), "cut between sentences");
}

#[test]
fn more_messages_than_a_contact_should_get_are_refused() {
    let long = "word ".repeat(20_000);
    let reply = json!([with_type(json!({"text": long}))]);
    assert!(problem(&on("sms"), reply.clone()).contains(&format!("at most {MAX_MESSAGES}")));
    let whole = on("rtm").plan(reply).unwrap();
    assert_eq!(texts(&whole), [long]);
}

#[test]
fn emoji_stay_whole_and_alone_make_a_message() {
    let family = "👨‍👩‍👧‍👦";
    assert_eq!(texts(&on("sms").reply(json!({"text": family}))), [family]);
    let many = texts(&on("instagram").reply(json!({"text": family.repeat(100)})));
    assert!(many.len() > 1);
    assert!(
        many.iter()
            .all(|piece| piece.replace(family, "").is_empty()),
        "{many:?}"
    );
}

#[test]
fn shortcodes_meant_by_the_bot_are_never_cut() {
    let code =
        "%[Open the page that explains it](https://shop.example/a/very/long/address?with=much)";
    let text = format!("{} {code} {}", "word ".repeat(180), "word ".repeat(180));
    let plan = on("instagram").reply(json!({"text": text, "richText": true}));
    let sent = texts(&plan);
    assert!(sent.len() > 1);
    assert_eq!(sent.concat(), text);
    assert_eq!(
        sent.iter().map(|piece| buttons(piece).len()).sum::<usize>(),
        1
    );
}

#[test]
fn what_people_are_told_at_a_handover_forms_no_shortcode() {
    let features = Dialect::Inbox.default_features();
    let inbox = On {
        features,
        ..on("rtm")
    };
    let actions = json!([
        {"type": "note", "text": "Said: %[x](reply:y)"},
        {"type": "handover", "profile": "sales", "summary": "Wrote ![](https://a.example)"},
    ]);
    let plan = inbox.plan(actions).unwrap();
    let handover = plan.handover.unwrap();
    assert_eq!(handover.profile.as_deref(), Some("sales"));
    assert!(!holds_other_shortcodes(&handover.summary.unwrap()));
    let note = &plan.replies[0].reply.apply_conversation_notes[0].text;
    assert!(
        buttons(note).is_empty() && note.starts_with("Said: %"),
        "{note}"
    );
}

#[test]
fn a_note_of_the_longest_length_stays_one() {
    let inbox = On {
        features: Dialect::Inbox.default_features(),
        ..on("rtm")
    };
    let note = "%[".repeat(1_000);
    let plan = inbox.plan(json!([{"type": "note", "text": note}])).unwrap();
    let text = &plan.replies[0].reply.apply_conversation_notes[0].text;
    assert_eq!(text.chars().count(), 2_000);
}
