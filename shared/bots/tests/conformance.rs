//! What every adapter keeps to, whatever is behind it.
//!
//! A new adapter joins by one line in `conformance!` at the end: a function that makes a [`Setup`]
//! whose bot plays the small conversation described at [`Setup`].
#![allow(clippy::unwrap_used)]

mod turns;

use std::any::Any;
use std::time::Duration;

use bots::Bot;
use conversation::{Action, Answer, BotAnswer, BotSettings, HandoverReason, Trigger, Turn};
use secrecy::SecretString;
use serde_json::json;
use turns::{message, turn};
use wiremock::matchers::{body_partial_json, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// A bot that answers
/// - the start of a conversation with the reply `Welcome!`,
/// - `question` with the reply `Answer.` and the topic `questions`,
/// - `person` with the reply `One moment.` and a handover for `contact_asked`,
/// - `thanks` with the reply `Goodbye!` and resolves,
/// - `ok` with nothing.
struct Setup {
    bot: Box<dyn Bot>,
    /// What must live as long as the bot: the service it asks.
    _service: Box<dyn Any>,
}

const WITHIN: Duration = Duration::from_secs(10);

async fn actions(bot: &dyn Bot, turn: &Turn) -> Vec<Action> {
    match bot.answer(turn, WITHIN).await.unwrap() {
        BotAnswer::Now(Answer { actions, .. }) => actions,
        BotAnswer::Later => panic!("expected an answer now"),
    }
}

fn reply(text: &str) -> Action {
    Action::Reply {
        text: Some(text.to_owned()),
        attachment: None,
        rich_text: false,
    }
}

macro_rules! conformance {
    ($($adapter:ident: $setup:expr;)+) => {$(
        mod $adapter {
            use super::*;

            #[tokio::test]
            async fn greets_when_a_conversation_starts() {
                let setup = $setup.await;
                let actions = actions(&*setup.bot, &turn(Trigger::Started)).await;
                assert!(actions == [reply("Welcome!")]);
            }

            #[tokio::test]
            async fn answers_a_question_and_says_what_it_is_about() {
                let setup = $setup.await;
                let actions = actions(&*setup.bot, &message("question")).await;
                let topics = Action::Topics { topics: vec!["questions".to_owned()] };
                assert!(actions == [reply("Answer."), topics]);
            }

            #[tokio::test]
            async fn hands_over_with_the_reason_after_it_has_spoken() {
                let setup = $setup.await;
                let actions = actions(&*setup.bot, &message("person")).await;
                let handover = Action::Handover { reason: Some(HandoverReason::ContactAsked) };
                assert!(actions == [reply("One moment."), handover]);
            }

            #[tokio::test]
            async fn resolves_after_it_has_spoken() {
                let setup = $setup.await;
                let actions = actions(&*setup.bot, &message("thanks")).await;
                assert!(actions == [reply("Goodbye!"), Action::Resolve]);
            }

            #[tokio::test]
            async fn may_have_nothing_to_say() {
                let setup = $setup.await;
                assert!(actions(&*setup.bot, &message("ok")).await.is_empty());
            }

            #[tokio::test]
            async fn answers_the_same_turn_again_as_before() {
                let setup = $setup.await;
                let turn = message("question");
                let first = setup.bot.answer(&turn, WITHIN).await.unwrap();
                assert!(first == setup.bot.answer(&turn, WITHIN).await.unwrap());
            }

            #[tokio::test]
            async fn answers_turns_at_the_same_time() {
                let setup = $setup.await;
                let (question, thanks) = (message("question"), message("thanks"));
                let (one, two) = tokio::join!(
                    actions(&*setup.bot, &question),
                    actions(&*setup.bot, &thanks),
                );
                assert!(one.first() == Some(&reply("Answer.")));
                assert!(two.first() == Some(&reply("Goodbye!")));
            }

            #[tokio::test]
            async fn debug_prints_no_words() {
                let setup = $setup.await;
                let shown = format!("{:?}", setup.bot);
                assert!(!shown.contains("Welcome") && !shown.contains("whsec_"), "{shown}");
            }
        }
    )+};
}

async fn script() -> Setup {
    let rules = r#"
        default_language = "en"
        greeting.started.en = "Welcome!"
        no_text.en = "Text only."
        fallback = { handover_after = 1 }
        rules = [
            { name = "question", patterns.any = ['^question$'], text.en = "Answer.", topics = ["questions"] },
            { name = "person", patterns.any = ['^person$'], text.en = "One moment.", handover = "contact_asked" },
            { name = "thanks", patterns.any = ['^thanks$'], text.en = "Goodbye!", resolve = true },
            { name = "ok", patterns.any = ['^ok$'], silent = true },
        ]
    "#;
    let settings = BotSettings::Script {
        rules: Some(rules.to_owned()),
    };
    Setup {
        bot: bots::build(&settings, None).unwrap(),
        _service: Box::new(()),
    }
}

async fn http() -> Setup {
    let server = MockServer::start().await;
    let reply = |text: &str| json!({"type": "reply", "text": text});
    for (trigger, actions) in [
        (json!({"type": "started"}), json!([reply("Welcome!")])),
        (
            json!({"text": "question"}),
            json!([reply("Answer."), {"type": "topics", "topics": ["questions"]}]),
        ),
        (
            json!({"text": "person"}),
            json!([reply("One moment."), {"type": "handover", "reason": "contact_asked"}]),
        ),
        (
            json!({"text": "thanks"}),
            json!([reply("Goodbye!"), {"type": "resolve"}]),
        ),
    ] {
        Mock::given(method("POST"))
            .and(body_partial_json(json!({ "trigger": trigger })))
            .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "actions": actions })))
            .mount(&server)
            .await;
    }
    Mock::given(method("POST"))
        .and(body_partial_json(json!({"trigger": {"text": "ok"}})))
        .respond_with(ResponseTemplate::new(204))
        .mount(&server)
        .await;
    let settings = BotSettings::Http {
        url: server.uri().parse().unwrap(),
        timeout_ms: 5_000,
        allow_private_addresses: true,
    };
    let key = SecretString::from("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    Setup {
        bot: bots::build(&settings, Some(&key)).unwrap(),
        _service: Box::new(server),
    }
}

conformance! {
    script: script();
    http: http();
}
