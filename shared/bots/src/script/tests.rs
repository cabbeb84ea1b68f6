#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use conversation::{Action, HandoverReason, Trigger};
use proptest::prelude::*;
use serde_json::json;
use sparkcentral::{ChannelDetails, SessionAttribute, SessionProfile, rich_text};

use super::*;
use crate::turns::{message, tap, turn};

fn demo() -> ScriptBot {
    ScriptBot::built_in().unwrap()
}

fn bot(rules: &str) -> ScriptBot {
    let head = r#"
        default_language = "en"
        no_text.en = "Text only."
        no_text.de = "Nur Text."
        fallback = { handover_after = 2, text.en = "Pardon?", text.de = "Wie bitte?", handover_text.en = "A person comes.", topics = ["lost"] }
    "#;
    ScriptBot::from_toml(&format!("{head}\n{rules}")).unwrap()
}

fn said(answer: &Answer) -> String {
    answer
        .actions
        .iter()
        .filter_map(|action| match action {
            Action::Reply(reply) => reply.text.clone(),
            _ => None,
        })
        .collect()
}

fn names(answer: &Answer) -> Vec<&'static str> {
    answer.actions.iter().map(Action::name).collect()
}

#[test]
fn the_demo_greets_when_a_conversation_starts_or_comes_back_in_the_language_detected() {
    for (language, started, delegated) in [
        (None, "Hello", "The virtual assistant"),
        (Some("en"), "Hello", "The virtual assistant"),
        (Some("de-AT"), "Guten Tag", "Der virtuelle Assistent"),
        (Some("fr"), "Bonjour", "L'assistant virtuel"),
        (Some("ES"), "Hola", "El asistente virtual"),
        (Some("ja"), "Hello", "The virtual assistant"),
    ] {
        for (trigger, start) in [(Trigger::Started, started), (Trigger::Delegated, delegated)] {
            let mut turn = turn(trigger);
            turn.language = language.map(str::to_owned);
            let answer = demo().answer_now(&turn);
            assert!(
                said(&answer).starts_with(start),
                "{language:?}: {}",
                said(&answer)
            );
            assert_eq!(answer.session, None);
        }
    }
}

#[test]
fn the_demo_understands_its_questions_in_four_languages() {
    for (text, holds) in [
        ("When do you open?", "Monday to Friday"),
        ("what are your OPENING HOURS", "Monday to Friday"),
        ("Wie sind eure ÖFFNUNGSZEITEN?", "Montag bis Freitag"),
        ("Quels sont vos horaires d’ouverture ?", "lundi au vendredi"),
        ("¿A qué hora abren mañana?", "lunes a viernes"),
        ("Where is my order #1234567?", "where order 1234567 is"),
        (
            "Wo bleibt meine Bestellung Nr. 1234567",
            "Wo die Bestellung 1234567 ist",
        ),
        ("Où est ma commande n° 1234567 ?", "la commande 1234567"),
        ("Mi pedido 1234567 no llega", "el pedido 1234567"),
        ("#1234567", "where order 1234567 is"),
        ("where is my parcel", "What is the order number?"),
        ("Wo ist mein Paket?", "Wie lautet die Bestellnummer?"),
        ("How do I return these shoes?", "within 30 days"),
        ("Ich möchte das umtauschen", "innerhalb von 30 Tagen"),
        ("Je veux un remboursement", "dans les 30 jours"),
        ("Quiero hacer una devolución", "en los 30 días"),
        ("hello!", "How can I help?"),
        ("Grüß Gott", "Wie kann ich helfen?"),
    ] {
        let answer = demo().answer_now(&message(text));
        assert!(said(&answer).contains(holds), "{text}: {}", said(&answer));
    }
}

#[test]
fn the_demo_hands_over_to_whoever_asks_for_a_person() {
    for text in [
        "agent",
        "I want to talk to a person",
        "Can I speak with somebody about order 1234567?",
        "Mitarbeiter bitte",
        "Kann ich mit einem Menschen sprechen?",
        "Je voudrais parler à quelqu’un",
        "un conseiller svp",
        "Quiero hablar con una persona",
    ] {
        let answer = demo().answer_now(&message(text));
        let reason = Some(HandoverReason::ContactAsked);
        assert_eq!(
            answer.actions.last(),
            Some(&Action::hand_over(reason)),
            "{text}"
        );
        assert!(!said(&answer).is_empty());
    }
}

#[test]
fn the_demo_closes_on_thanks_alone_but_not_on_thanks_with_a_question() {
    for text in [
        "Thanks!",
        "thank you so much",
        "No, that’s all",
        "Vielen Dank!",
        "Merci beaucoup",
        "¡Muchas gracias!",
        "bye",
    ] {
        let answer = demo().answer_now(&message(text));
        assert_eq!(answer.actions.last(), Some(&Action::Resolve), "{text}");
    }
    for text in [
        "Thanks, and where is my order 1234567?",
        "danke, und wo ist mein Paket",
    ] {
        let answer = demo().answer_now(&message(text));
        assert!(!names(&answer).contains(&"resolve"), "{text}");
    }
}

#[test]
fn the_demo_says_nothing_to_an_acknowledgement() {
    assert_eq!(demo().answer_now(&message("👍")), Answer::default());
}

#[test]
fn a_quick_reply_is_matched_by_its_payload_before_any_text() {
    let mut turn = tap("RETURNS");
    if let Trigger::Message { text, .. } = &mut turn.trigger {
        *text = "opening hours".to_owned();
    }
    assert!(said(&demo().answer_now(&turn)).contains("30 days"));
    assert!(said(&demo().answer_now(&tap("UNKNOWN"))).contains("did not understand"));
}

#[test]
fn misses_in_a_row_lead_to_a_person_and_an_understood_message_starts_over() {
    let bot = bot("[[rules]]\nname = \"yes\"\npatterns.any = ['yes']\ntext.en = \"Good.\"");
    let first = bot.answer_now(&message("asdf"));
    assert_eq!(said(&first), "Pardon?");
    assert_eq!(first.session, Some(json!({"misses": 1})));

    let mut second = message("qwer");
    second.session = first.session.clone().unwrap();
    let handed_over = bot.answer_now(&second);
    assert_eq!(names(&handed_over), ["reply", "topics", "handover"]);
    let reason = Some(HandoverReason::NotUnderstood);
    assert_eq!(handed_over.actions.last(), Some(&Action::hand_over(reason)));
    assert_eq!(
        handed_over.session,
        Some(json!({})),
        "the next episode starts from nothing"
    );

    let mut understood = message("yes");
    understood.session = first.session.clone().unwrap();
    assert_eq!(bot.answer_now(&understood).session, Some(json!({})));

    let mut again = turn(Trigger::Started);
    again.session = first.session.unwrap();
    assert_eq!(bot.answer_now(&again).session, Some(json!({})));
}

#[test]
fn nothing_is_stored_when_nothing_changed_whatever_the_session_holds() {
    for session in [
        json!(null),
        json!({}),
        json!("left by another bot"),
        json!({"misses": -1}),
    ] {
        let mut turn = message("opening hours");
        turn.language = Some("en".to_owned());
        turn.session = session;
        assert_eq!(demo().answer_now(&turn).session, None);
    }
}

#[test]
fn a_message_without_text_has_its_own_answer_and_counts_as_a_miss() {
    let bot = bot("");
    for text in ["", " \n\t"] {
        let answer = bot.answer_now(&message(text));
        assert_eq!(said(&answer), "Text only.");
        assert_eq!(answer.session, Some(json!({"misses": 1})));
    }
    let mut second = message("");
    second.session = json!({"misses": 1});
    assert_eq!(
        names(&bot.answer_now(&second)),
        ["reply", "topics", "handover"]
    );
}

#[test]
fn the_language_is_the_detected_one_then_the_patterns_then_the_remembered_then_the_default() {
    let bot = bot(
        "[[rules]]\nname = \"hi\"\npatterns.de = ['hallo']\npatterns.en = ['hello']\ntext.en = \"Hi\"\ntext.de = \"Tag\"",
    );
    let mut detected = message("hallo");
    detected.language = Some("en-GB".to_owned());
    let answer = bot.answer_now(&detected);
    assert_eq!((said(&answer).as_str(), answer.session), ("Hi", None));

    let answer = bot.answer_now(&message("hallo"));
    assert_eq!(said(&answer), "Tag");
    assert_eq!(answer.session, Some(json!({"language": "de"})));

    let mut later = message("asdf");
    later.session = json!({"language": "de"});
    assert_eq!(said(&bot.answer_now(&later)), "Wie bitte?");
    assert_eq!(said(&bot.answer_now(&message("asdf"))), "Pardon?");
}

#[test]
fn a_rule_carries_out_its_actions_in_order_with_what_it_captured() {
    let bot = bot(r#"
        [[rules]]
        name = "order"
        patterns.any = ['order (?<order>\w+)(?: for (?<who>\w+))?']
        text.en = "Order {order} for {who|you}."
        topics = ["orders"]
        attributes = { order_number = "{order}", recipient = "{who|}" }
        note = "Asked about {order}."
        handover = "bot_asked"
    "#);
    let answer = bot.answer_now(&message("ORDER A7 please"));
    let reply = |text: &str| Action::say(text);
    let attributes = |entries: &[(&str, &str)]| Action::Attributes {
        attributes: entries
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect::<BTreeMap<_, _>>(),
    };
    assert!(
        answer.actions
            == [
                reply("Order A7 for you."),
                Action::Topics {
                    topics: vec!["orders".into()]
                },
                attributes(&[("order_number", "A7")]),
                Action::Note {
                    text: "Asked about A7.".into()
                },
                Action::hand_over(Some(HandoverReason::BotAsked)),
            ]
    );
    assert_eq!(
        said(&bot.answer_now(&message("order A7 for Ö"))),
        "Order A7 for Ö."
    );
}

#[test]
fn what_sparkcentral_told_about_the_contact_is_used_where_present() {
    let bot = bot(r#"
        greeting.started.en = "Hello {contact.primary_identifier|there}, {contact.secondary_identifier|-}, {contact.attributes.tier|no tier}"
    "#);
    let mut turn = turn(Trigger::Started);
    assert_eq!(said(&bot.answer_now(&turn)), "Hello there, -, no tier");
    turn.internal.channel_details = Some(ChannelDetails {
        contact_profile: Some(SessionProfile {
            primary_identifier: "Contact\n One %[x](https://evil.example)".to_owned(),
            ..SessionProfile::default()
        }),
        contact_attributes: Some(vec![SessionAttribute {
            attribute: "tier".to_owned(),
            value: "gold".to_owned(),
            source: "AGENT".to_owned(),
        }]),
        ..ChannelDetails::default()
    });
    let said = said(&bot.answer_now(&turn));
    assert!(
        said.starts_with("Hello Contact One ") && said.ends_with(", -, gold"),
        "{said}"
    );
    assert!(!rich_text::has_opener(&said));
}

#[test]
fn debug_prints_no_rules() {
    assert_eq!(format!("{:?}", bot("")), "ScriptBot { rules: 0, .. }");
}

#[test]
fn a_text_of_100_kb_is_answered_in_bounded_time() {
    let bot = demo();
    for piece in [
        "a",
        "order ",
        "when ",
        "ö",
        "(?<",
        "  ",
        "1",
        "👍🏽",
        "when open ",
        "e\u{301}",
    ] {
        let turn = message(&piece.repeat(100_000 / piece.len()));
        let answer = bot.answer_now(&turn);
        assert!(said(&answer).len() < 2_000);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_payload_language_and_session_is_answered_without_a_panic(
        text in any::<String>(),
        payload in proptest::option::of(any::<String>()),
        language in proptest::option::of(any::<String>()),
        session in prop_oneof![Just(json!(null)), (0u32..=u32::MAX).prop_map(|misses| json!({"misses": misses}))],
    ) {
        let mut turn = turn(Trigger::Message { text, message_id: None, payload });
        turn.language = language;
        turn.session = session;
        let answer = demo().answer_now(&turn);
        prop_assert!(conversation::problems(&answer).is_empty());
    }

    #[test]
    fn no_captured_text_can_form_a_shortcode_with_itself_or_the_text_around_it(
        text in "[%!&$\\[\\](){}a \u{2060}]{0,12}",
    ) {
        let bot = bot(r#"
            [[rules]]
            name = "echo"
            patterns.any = ['^say (?<a>.+)$']
            text.en = "%{a}[{a}](x)!{a}{a}(( &({a}( &{a}{a}( ${a} %({a} %{{{a} {a}{{{{"
            note = "{a}{a}"
        "#);
        let answer = bot.answer_now(&message(&format!("say {text}")));
        for action in &answer.actions {
            let text = match action {
                Action::Reply(reply) => reply.text.clone().unwrap(),
                Action::Note { text } => text.clone(),
                _ => continue,
            };
            prop_assert!(!rich_text::has_opener(&text), "{text:?}");
        }
    }
}
