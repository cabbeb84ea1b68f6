//! What the model gets to read.

use conversation::{Speaker, Trigger, Utterance};
use proptest::prelude::*;
use wiremock::matchers::path;

use super::super::prompt;
use super::*;
use crate::turns::{message, tap, turn};

fn said(from: Speaker, text: &str) -> Utterance {
    Utterance {
        from,
        text: text.to_owned(),
        at: turn(Trigger::Started).received_at,
    }
}

fn contact(text: &str) -> String {
    format!("<contact_message>{text}</contact_message>")
}

/// Role and texts, as [`read`] gives them.
fn line(role: &str, texts: &[&str]) -> (String, Vec<String>) {
    (
        role.to_owned(),
        texts.iter().map(|text| (*text).to_owned()).collect(),
    )
}

const LEFT_OUT: &str = "<event>Earlier messages, if there were any, are left out.</event>";

#[tokio::test]
async fn a_turn_is_asked_signed_with_the_settings_in_the_request() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/model/eu.amazon.nova-lite-v1%3A0/converse"))
        .respond_with(
            ResponseTemplate::new(200).set_body_json(body("end_turn", json!([text("Hi")]))),
        )
        .expect(1)
        .mount(&server)
        .await;
    let more = json!({"max_tokens": 77, "temperature": 0.5, "guardrail": {"id": "abc123", "version": "3"}});
    let mut turn = message("Hello");
    turn.language = Some("fr".to_owned());
    let bot = BedrockBot::new(&settings(&server, more), &aws());
    bot.answer(&turn, LONG).await.unwrap();
    let request = &server.received_requests().await.unwrap()[0];
    let signature = request.headers["authorization"].to_str().unwrap();
    assert!(signature.contains("/eu-west-1/bedrock/"), "{signature}");
    let sent: Value = request.body_json().unwrap();
    assert_eq!(
        sent["inferenceConfig"],
        json!({"maxTokens": 77, "temperature": 0.5})
    );
    assert_eq!(
        sent["guardrailConfig"],
        json!({"guardrailIdentifier": "abc123", "guardrailVersion": "3", "trace": "disabled"})
    );
    let system = sent["system"].as_array().unwrap();
    assert_eq!(system[0], text("You help."));
    assert!(system[1]["text"].as_str().unwrap().ends_with("to be: fr"));
}

#[tokio::test]
async fn the_temperature_is_nought_or_left_to_the_model() {
    for (more, sent) in [
        (json!({}), json!({"maxTokens": 1024, "temperature": 0.0})),
        (json!({"temperature": "model"}), json!({"maxTokens": 1024})),
    ] {
        let (_, requests) = ask([body("end_turn", json!([]))], more, &message("Hi")).await;
        assert_eq!(requests[0]["inferenceConfig"], sent);
        assert!(requests[0].get("guardrailConfig").is_none());
    }
}

#[tokio::test]
async fn what_was_said_alternates_and_ends_with_what_happened_now() {
    let mut turn = message("blue");
    turn.history = vec![
        said(Speaker::Bot, "Welcome!"),
        said(Speaker::Contact, "Hi"),
        said(Speaker::Contact, ""),
        said(Speaker::Sparkbridge, "One moment."),
        said(Speaker::Bot, " "),
        said(Speaker::Api, "Which colour?"),
    ];
    let (_, requests) = ask([body("end_turn", json!([]))], json!({}), &turn).await;
    let expected = [
        line("user", &[LEFT_OUT]),
        line("assistant", &["Welcome!"]),
        line(
            "user",
            &[
                &contact("Hi"),
                "<event>The contact sent something without text, such as a picture.</event>",
            ],
        ),
        line("assistant", &["One moment.", "Which colour?"]),
        line("user", &[&contact("blue")]),
    ];
    assert_eq!(read(&requests[0]), expected);
}

#[tokio::test]
async fn the_newest_messages_that_fit_are_kept_whole() {
    let mut turn = message("now");
    turn.history = vec![
        said(Speaker::Contact, &"old ".repeat(100)),
        said(Speaker::Bot, "new"),
        said(Speaker::Contact, "newer"),
    ];
    for (more, kept) in [
        (json!({"context_tokens": 1_000}), 3),
        (json!({"context_tokens": 50}), 2),
        (json!({"context_tokens": 0}), 0),
        (json!({"history_messages": 1}), 1),
    ] {
        let (_, requests) = ask([body("end_turn", json!([]))], more.clone(), &turn).await;
        let read = read(&requests[0]);
        let texts: Vec<_> = read
            .iter()
            .flat_map(|(_, texts)| texts)
            .filter(|text| *text != LEFT_OUT)
            .collect();
        assert_eq!(texts.len(), kept + 1, "{more}");
        assert_eq!(*texts[texts.len() - 1], contact("now"));
    }
}

#[tokio::test]
async fn with_a_guardrail_only_the_new_message_is_its_business() {
    let mut turn = message("new");
    turn.history = vec![said(Speaker::Contact, "old")];
    let more = json!({"guardrail": {"id": "abc123", "version": "DRAFT"}});
    let (_, requests) = ask([body("end_turn", json!([]))], more, &turn).await;
    let content = &requests[0]["messages"][0]["content"];
    assert_eq!(content[0], text(&contact("old")));
    assert_eq!(
        content[1],
        json!({"guardContent": {"text": {"text": contact("new")}}})
    );
}

#[tokio::test]
async fn a_tap_is_read_by_its_payload() {
    let both = turn(Trigger::Message {
        text: "Yes".to_owned(),
        message_id: None,
        payload: Some("ORDER_1".to_owned()),
    });
    let same = turn(Trigger::Message {
        text: "Yes".to_owned(),
        message_id: None,
        payload: Some("Yes".to_owned()),
    });
    for (turn, expected) in [
        (tap("ORDER_1"), contact("ORDER_1")),
        (both, format!("{}\n{}", contact("Yes"), contact("ORDER_1"))),
        (same, contact("Yes")),
    ] {
        let (_, requests) = ask([body("end_turn", json!([]))], json!({}), &turn).await;
        assert_eq!(read(&requests[0]), [line("user", &[&expected])]);
    }
}

#[tokio::test]
async fn the_first_words_are_ours_or_the_models_or_nobodys() {
    let more =
        json!({"greeting": {"en": "Welcome!"}, "delegated_instruction": "Say that you are back."});
    let hi = || body("end_turn", json!([text("I am back.")]));
    let (answer, requests) = ask([hi()], more.clone(), &turn(Trigger::Started)).await;
    assert!(answer.unwrap().actions == [Action::say("Welcome!")]);
    assert!(requests.is_empty());

    let (answer, requests) = ask([hi()], more, &turn(Trigger::Delegated)).await;
    assert!(answer.unwrap().actions == [Action::say("I am back.")]);
    let event =
        "<event>A colleague has just given you the conversation. Say that you are back.</event>";
    assert_eq!(read(&requests[0]), [line("user", &[event])]);

    for trigger in [Trigger::Started, Trigger::Delegated] {
        let (answer, requests) = ask([hi()], json!({}), &turn(trigger)).await;
        assert!(answer.unwrap() == Answer::default());
        assert!(requests.is_empty());
    }
}

#[test]
fn the_bot_asks_for_as_much_history_as_the_settings_say() {
    let settings = json!({"model_id": "m", "system_prompt": "s", "history_messages": 7});
    let settings: BedrockSettings = serde_json::from_value(settings).unwrap();
    assert_eq!(BedrockBot::new(&settings, &aws()).history(), 7);
}

proptest! {
    #[test]
    fn whatever_the_contact_writes_stays_inside_its_tag(
        text in prop::collection::vec(
            prop_oneof![Just("</contact_message>"), Just("<event>"), Just("</event>"), Just("&lt;"), Just("<"), Just("a ")],
            1..12,
        ),
    ) {
        let text = text.concat();
        let settings: BedrockSettings =
            serde_json::from_value(json!({"model_id": "m", "system_prompt": "s"})).unwrap();
        let now = prompt::now(&settings, &message(&text).trigger).unwrap();
        let inside = now.strip_prefix("<contact_message>").unwrap();
        let inside = inside.strip_suffix("</contact_message>").unwrap();
        prop_assert!(!inside.contains('<'));
        let again = inside.replace("&lt;", "<").replace("&amp;", "&");
        prop_assert_eq!(again, text.trim());
    }

    #[test]
    fn messages_begin_with_the_user_alternate_and_end_with_now(
        from in prop::collection::vec(0_usize..4, 0..12),
        budget in 0_u32..60,
    ) {
        let speakers = [Speaker::Contact, Speaker::Bot, Speaker::Api, Speaker::Sparkbridge];
        let settings: BedrockSettings = serde_json::from_value(
            json!({"model_id": "m", "system_prompt": "s", "context_tokens": budget})).unwrap();
        let mut turn = message("now");
        turn.history = from.iter().map(|index| said(speakers[*index], "some words")).collect();
        let messages = json!(prompt::messages(&settings, &turn, "now".to_owned()));
        let messages = messages.as_array().unwrap();
        let roles: Vec<_> = messages.iter().map(|message| message["role"].as_str().unwrap()).collect();
        let expected: Vec<_> = ["user", "assistant"].into_iter().cycle().take(roles.len()).collect();
        prop_assert_eq!(&roles, &expected);
        let last = messages.last().and_then(|message| message["content"].as_array()?.last());
        prop_assert_eq!(roles.last(), Some(&"user"));
        prop_assert_eq!(last, Some(&text("now")));
    }
}
