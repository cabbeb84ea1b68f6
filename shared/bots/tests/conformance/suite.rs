//! The tests, and what an adapter's file provides for them.

use std::any::Any;
use std::time::Duration;

use bots::Bot;
use conversation::{Action, Answer, BotAnswer, HandoverReason, Turn};

/// More than any bot needs: a test that gets here has failed.
pub(crate) const WITHIN: Duration = Duration::from_secs(20);

/// Less than any bot with [`Fault::Slow`] takes.
pub(crate) const SHORT: Duration = Duration::from_millis(250);

/// A bot that answers
/// - the start of a conversation with the reply `Welcome!`,
/// - a delegated conversation with the reply `Back again.`,
/// - `question` with the reply `Answer.` and the topic `questions`,
/// - `person` with the reply `One moment.` and a handover for `contact_asked`,
/// - `thanks` with the reply `Goodbye!` and resolves,
/// - `ok` with nothing,
/// - anything else, and a message without text, with the reply `Sorry?`.
pub(crate) struct Setup {
    pub(crate) bot: Box<dyn Bot>,
    /// What must live as long as the bot: the service it asks.
    pub(crate) _service: Box<dyn Any>,
}

/// What is wrong with the service behind a bot.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// Nobody listens there.
    Down,
    /// It answers every call in its own way of saying "too many".
    Throttled,
    /// Its answer takes longer than anybody waits.
    Slow,
    /// It answers with something that is not an answer.
    Garbage,
}

/// What a bot with [`Fault::Slow`] takes to answer.
pub(crate) const FOREVER: Duration = Duration::from_secs(600);

/// Where nobody listens: port 1 needs privileges that no test has.
pub(crate) const NOBODY: &str = "http://127.0.0.1:1/";

/// What no bot's Debug may show: words, and the secrets that the setups use.
pub(crate) const HIDDEN: [&str; 5] = ["Welcome", "whsec_", "token-1", "PRIVATE", "AKIA"];

/// The bot's actions.
pub(crate) async fn actions(bot: &dyn Bot, turn: &Turn) -> Vec<Action> {
    match bot.answer(turn, WITHIN).await.unwrap() {
        BotAnswer::Now(Answer { actions, .. }) => actions,
        BotAnswer::Later => panic!("expected an answer now"),
    }
}

/// The texts of the replies among the actions.
pub(crate) fn said(actions: &[Action]) -> Vec<&str> {
    let texts = actions.iter().filter_map(|action| match action {
        Action::Reply(reply) => reply.text.as_deref(),
        _ => None,
    });
    texts.collect()
}

/// The topics among the actions.
pub(crate) fn topics(actions: &[Action]) -> Vec<&str> {
    let topics = actions.iter().filter_map(|action| match action {
        Action::Topics { topics } => Some(topics),
        _ => None,
    });
    topics.flatten().map(String::as_str).collect()
}

/// Why the actions ask for people, where they do so and end there.
pub(crate) fn handover(actions: &[Action]) -> Option<HandoverReason> {
    match actions.last() {
        Some(Action::Handover { reason, .. }) => *reason,
        _ => None,
    }
}

/// The tests of a bot: the file has `async fn playing() -> Setup`.
macro_rules! conversation_tests {
    () => {
        #[tokio::test]
        async fn greets_when_a_conversation_starts() {
            let setup = playing().await;
            let turn = $crate::turns::turn(conversation::Trigger::Started);
            let actions = $crate::suite::actions(&*setup.bot, &turn).await;
            assert_eq!($crate::suite::said(&actions), ["Welcome!"]);
        }

        #[tokio::test]
        async fn speaks_first_in_a_delegated_conversation() {
            let setup = playing().await;
            let turn = $crate::turns::turn(conversation::Trigger::Delegated);
            let actions = $crate::suite::actions(&*setup.bot, &turn).await;
            assert_eq!($crate::suite::said(&actions), ["Back again."]);
        }

        #[tokio::test]
        async fn answers_a_question_and_says_what_it_is_about() {
            let setup = playing().await;
            let turn = $crate::turns::message("question");
            let actions = $crate::suite::actions(&*setup.bot, &turn).await;
            assert_eq!($crate::suite::said(&actions), ["Answer."]);
            assert_eq!($crate::suite::topics(&actions), ["questions"]);
        }

        #[tokio::test]
        async fn hands_over_with_the_reason_after_it_has_spoken() {
            let setup = playing().await;
            let turn = $crate::turns::message("person");
            let actions = $crate::suite::actions(&*setup.bot, &turn).await;
            assert_eq!($crate::suite::said(&actions), ["One moment."]);
            let asked = conversation::HandoverReason::ContactAsked;
            assert_eq!($crate::suite::handover(&actions), Some(asked));
        }

        #[tokio::test]
        async fn resolves_after_it_has_spoken() {
            let setup = playing().await;
            let turn = $crate::turns::message("thanks");
            let actions = $crate::suite::actions(&*setup.bot, &turn).await;
            assert_eq!($crate::suite::said(&actions), ["Goodbye!"]);
            assert!(actions.last() == Some(&conversation::Action::Resolve));
        }

        #[tokio::test]
        async fn may_have_nothing_to_say() {
            let setup = playing().await;
            let turn = $crate::turns::message("ok");
            let actions = $crate::suite::actions(&*setup.bot, &turn).await;
            assert!(actions.is_empty(), "{actions:?}");
        }

        #[tokio::test]
        async fn answers_empty_odd_and_endless_messages() {
            let setup = playing().await;
            let endless = "every word of it ".repeat(100 * 1024 / 17);
            for text in ["", " \n", "👍🏽", "🏳️‍🌈🏳️‍🌈", "\u{0}\u{202e}", &endless]
            {
                let turn = $crate::turns::message(text);
                let actions = $crate::suite::actions(&*setup.bot, &turn).await;
                assert_eq!(
                    $crate::suite::said(&actions),
                    ["Sorry?"],
                    "{} bytes",
                    text.len()
                );
            }
        }

        #[tokio::test]
        async fn answers_the_same_turn_again_as_before() {
            let setup = playing().await;
            let turn = $crate::turns::message("question");
            let within = $crate::suite::WITHIN;
            let first = setup.bot.answer(&turn, within).await.unwrap();
            assert!(first == setup.bot.answer(&turn, within).await.unwrap());
        }

        #[tokio::test]
        async fn answers_turns_at_the_same_time() {
            let setup = playing().await;
            let (question, thanks) = (
                $crate::turns::message("question"),
                $crate::turns::message("thanks"),
            );
            let (one, two) = tokio::join!(
                $crate::suite::actions(&*setup.bot, &question),
                $crate::suite::actions(&*setup.bot, &thanks),
            );
            assert_eq!($crate::suite::said(&one), ["Answer."]);
            assert_eq!($crate::suite::said(&two), ["Goodbye!"]);
        }

        #[tokio::test]
        async fn debug_prints_neither_words_nor_secrets() {
            let setup = playing().await;
            let shown = format!("{:?}", setup.bot);
            for hidden in $crate::suite::HIDDEN {
                assert!(!shown.contains(hidden), "{shown}");
            }
        }
    };
}

/// The tests of a bot with a service behind it: the file has
/// `async fn failing(fault: Fault) -> Setup`.
macro_rules! fault_tests {
    () => {
        /// The error of a bot whose service has the fault. It must not show what the contact wrote.
        async fn error(fault: $crate::suite::Fault, within: std::time::Duration) -> bots::BotError {
            let setup = failing(fault).await;
            let turn = $crate::turns::message("my card number is 4111");
            let error = setup.bot.answer(&turn, within).await.unwrap_err();
            assert!(!format!("{error:?} {error}").contains("4111"));
            error
        }

        #[tokio::test]
        async fn a_service_that_is_down_is_asked_again() {
            let error = error($crate::suite::Fault::Down, $crate::suite::WITHIN).await;
            assert!(matches!(error, bots::BotError::Unavailable { .. }), "{error:?}");
            assert!(error.is_retryable());
        }

        #[tokio::test]
        async fn a_service_that_throttles_is_asked_again() {
            let error = error($crate::suite::Fault::Throttled, $crate::suite::WITHIN).await;
            assert!(matches!(error, bots::BotError::Unavailable { .. }), "{error:?}");
            assert!(error.is_retryable());
        }

        #[tokio::test]
        async fn a_service_that_is_slow_is_given_up_in_time() {
            let error = error($crate::suite::Fault::Slow, $crate::suite::SHORT).await;
            let short = $crate::suite::SHORT;
            assert!(
                matches!(error, bots::BotError::TimedOut { after } if after <= short),
                "{error:?}"
            );
            assert!(error.is_retryable());
        }
    };
}

/// The test of a bot whose service gives answers, behind [`fault_tests`].
macro_rules! nonsense_tests {
    () => {
        #[tokio::test]
        async fn a_service_that_answers_nonsense_is_not_asked_again() {
            let error = error($crate::suite::Fault::Garbage, $crate::suite::WITHIN).await;
            assert!(
                matches!(error, bots::BotError::InvalidAnswer { .. }),
                "{error:?}"
            );
            assert!(!error.is_retryable());
        }
    };
}
