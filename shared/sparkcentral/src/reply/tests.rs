use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::attachment::AttachmentProblem;
use crate::dialect::{Dialect, Features};
use crate::media::{MediumId, TextLimit};

const FULL: &str = include_str!("../../fixtures/reply_full.json");
const REST: &str = include_str!("../../fixtures/reply_rest.json");

fn all() -> Features {
    Dialect::Inbox.default_features()
}

fn problems(reply: &Reply, features: &Features, medium: Option<&str>) -> Vec<(String, ReplyRule)> {
    let medium = medium.map(MediumId::from);
    match reply.validate(features, medium.as_ref()) {
        Ok(()) => vec![],
        Err(problems) => problems
            .into_iter()
            .map(|problem| (problem.field, problem.rule))
            .collect(),
    }
}

fn message(text: Option<&str>, attachment: Option<&str>) -> Reply {
    Reply {
        send_message: Some(OutgoingMessage {
            text: text.map(str::to_owned),
            attachment: attachment.map(str::to_owned),
        }),
        ..Reply::default()
    }
}

#[test]
fn every_fixture_comes_back_as_it_is() {
    for fixture in [FULL, REST, "{}"] {
        let reply: Reply = serde_json::from_str(fixture).unwrap();
        let sent: Value = serde_json::from_str(fixture).unwrap();
        assert_eq!(serde_json::to_value(&reply).unwrap(), sent);
        assert_eq!(reply.validate(&all(), None), Ok(()));
    }
}

#[test]
fn the_list_of_fields_is_complete() {
    let full: Value = serde_json::from_str(FULL).unwrap();
    for field in Reply::FIELDS {
        assert!(full.get(field).is_some(), "{field}");
    }
    assert_eq!(full.as_object().unwrap().len(), Reply::FIELDS.len());
}

#[test]
fn an_empty_reply_is_an_empty_object() {
    assert_eq!(serde_json::to_string(&Reply::default()).unwrap(), "{}");
    assert!(Reply::default().is_empty());
    assert!(!Reply::text("Hi").is_empty());
}

#[test]
fn nulls_count_as_absent() {
    let nulls: serde_json::Map<String, Value> = Reply::FIELDS
        .iter()
        .map(|field| ((*field).to_owned(), Value::Null))
        .collect();
    let reply: Reply = serde_json::from_value(Value::Object(nulls)).unwrap();
    assert!(reply.is_empty());
}

#[test]
fn tags_are_read_in_both_forms() {
    let reply: Reply = serde_json::from_str(REST).unwrap();
    assert!(matches!(reply.apply_tags, Some(Tags::OnMessages(tags)) if tags.len() == 1));
    let reply: Reply = serde_json::from_value(json!({"applyTags": ["Happy"]})).unwrap();
    assert_eq!(
        reply.apply_tags,
        Some(Tags::OnThisMessage(vec!["Happy".to_owned()]))
    );
}

#[test]
fn messages_come_in_the_order_they_are_sent() {
    let reply: Reply = serde_json::from_str(FULL).unwrap();
    let names: Vec<_> = reply
        .messages()
        .map(|message| message.attachment.as_deref())
        .collect();
    assert_eq!(names, [Some("map.png"), None, Some("two.pdf")]);
}

#[test]
fn sparkcentral_takes_only_the_fields_it_documents() {
    let reply: Reply = serde_json::from_str(FULL).unwrap();
    let refused = problems(&reply, &Dialect::Sparkcentral.default_features(), None);
    let fields: Vec<_> = refused.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "sendMessages",
            "indicateTyping",
            "applyTags",
            "applyConversationNotes"
        ]
    );
    assert!(
        refused
            .iter()
            .all(|(_, rule)| *rule == ReplyRule::NotEnabled)
    );
}

#[test]
fn a_message_needs_text_or_attachment() {
    for reply in [
        message(None, None),
        message(Some(""), None),
        message(Some(" \n"), None),
    ] {
        assert_eq!(
            problems(&reply, &all(), None),
            [("sendMessage".to_owned(), ReplyRule::EmptyMessage)]
        );
    }
    assert!(problems(&message(None, Some("map.png")), &all(), None).is_empty());
    assert!(problems(&message(Some(""), Some("map.png")), &all(), None).is_empty());
}

#[test]
fn an_attachment_needs_a_possible_name() {
    assert_eq!(
        problems(&message(None, Some("my map.png")), &all(), None),
        [(
            "sendMessage.attachment".to_owned(),
            ReplyRule::Attachment(AttachmentProblem::NameCharacters)
        )]
    );
}

#[test]
fn a_text_is_measured_against_its_medium() {
    let long = "x".repeat(2_001);
    let reply = message(Some(&long), None);
    assert!(problems(&reply, &all(), None).is_empty());
    assert!(problems(&reply, &all(), Some("whatsapp")).is_empty());
    assert_eq!(
        problems(&reply, &all(), Some("fb")),
        [(
            "sendMessage.text".to_owned(),
            ReplyRule::TextTooLong {
                limit: TextLimit::chars(2_000),
                length: 2_001
            }
        )]
    );
}

#[test]
fn attribute_keys_notes_topics_and_tags_are_checked() {
    let reply: Reply = serde_json::from_value(json!({
        "setContactAttributes": {"": "v", "fine_1": "v", "not-fine": "v"},
        "applyConversationNotes": [{"text": "é".repeat(2_000)}, {"text": "é".repeat(2_001)}],
        "applyTopics": ["Topic", " "],
        "applyTags": [{"messageId": "", "tag": ""}],
    }))
    .unwrap();
    assert_eq!(
        problems(&reply, &all(), None),
        [
            ("applyTopics[1]".to_owned(), ReplyRule::EmptyText),
            ("applyTags[0].messageId".to_owned(), ReplyRule::EmptyText),
            ("applyTags[0].tag".to_owned(), ReplyRule::EmptyText),
            (
                "setContactAttributes".to_owned(),
                ReplyRule::AttributeKey { place: 1 }
            ),
            (
                "setContactAttributes".to_owned(),
                ReplyRule::AttributeKey { place: 3 }
            ),
            (
                "applyConversationNotes[1].text".to_owned(),
                ReplyRule::NoteTooLong { length: 2_001 }
            ),
        ]
    );
}

#[test]
fn a_reply_too_large_as_a_whole_is_refused() {
    let reply = Reply::text("x".repeat(MAX_REPLY_BYTES));
    let refused = problems(&reply, &all(), None);
    assert!(matches!(
        refused.as_slice(),
        [(field, ReplyRule::TooLarge { .. })] if field == "(reply)"
    ));
}

#[test]
fn problems_and_debug_output_say_what_to_do_and_quote_nothing() {
    const WORD: &str = "Wilhelmina";
    let text = format!("{WORD} ").repeat(300);
    let reply: Reply = serde_json::from_value(json!({
        "sendMessage": {"text": text, "attachment": format!("{WORD} .png")},
        "setContactAttributes": {format!("{WORD}!"): WORD},
        "applyConversationNotes": [{"text": text}],
    }))
    .unwrap();
    let refused = reply
        .validate(&Features::default(), Some(&MediumId::from("fb")))
        .unwrap_err();
    assert_eq!(refused.len(), 5);
    for problem in &refused {
        assert!(!format!("{problem} {problem:?}").contains(WORD));
        assert!(problem.to_string().contains(": "), "{problem}");
    }
    assert!(!format!("{reply:?} {:?}", reply.apply_conversation_notes).contains(WORD));
}

proptest! {
    #[test]
    fn any_text_survives_the_way_to_json_and_back(text in ".*", name in ".*") {
        let reply = message(Some(&text), Some(&name));
        let json = serde_json::to_string(&reply).unwrap();
        prop_assert_eq!(reply.json_len(), json.len());
        prop_assert_eq!(serde_json::from_str::<Reply>(&json).unwrap(), reply);
    }
}
