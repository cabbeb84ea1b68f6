//! A conversation that a person gave to the bot: its contact waits for the bot's first word.

use crate::action::Action;
use crate::agent::TurnSettings;
use crate::turn::{Answer, BotAnswer, Trigger};

/// The bot's answer, such that a delegated contact hears something: where the bot has nothing to say,
/// the operator's `delegated_text` is said; without one, a bot that did nothing at all counts as one
/// that answers later, so that people are asked when it never does.
pub fn first_word(
    said: BotAnswer,
    trigger: &Trigger,
    settings: &TurnSettings,
    language: Option<&str>,
) -> BotAnswer {
    let BotAnswer::Now(answer) = said else {
        return said;
    };
    let heard = |action: &Action| {
        matches!(
            action,
            Action::Reply(_) | Action::Handover { .. } | Action::Resolve
        )
    };
    if *trigger != Trigger::Delegated || answer.actions.iter().any(heard) {
        return BotAnswer::Now(answer);
    }
    let text = settings.delegated_text.as_ref();
    match text.and_then(|text| text.in_language(language)) {
        Some(text) => {
            let mut actions = vec![Action::say(text)];
            actions.extend(answer.actions);
            BotAnswer::Now(Answer { actions, ..answer })
        }
        None if answer.actions.is_empty() => BotAnswer::Later,
        None => BotAnswer::Now(answer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(said: BotAnswer, trigger: &Trigger, text: Option<&str>) -> BotAnswer {
        let settings = TurnSettings {
            delegated_text: text.map(Into::into),
            ..TurnSettings::default()
        };
        first_word(said, trigger, &settings, Some("en"))
    }

    fn now(actions: Vec<Action>) -> BotAnswer {
        BotAnswer::Now(Answer {
            actions,
            session: None,
        })
    }

    #[test]
    fn a_bot_that_speaks_is_left_alone_and_so_is_any_other_turn() {
        for actions in [vec![Action::say("back")], vec![Action::Resolve]] {
            let said = now(actions);
            assert_eq!(heard(said.clone(), &Trigger::Delegated, Some("hi")), said);
        }
        assert_eq!(
            heard(now(vec![]), &Trigger::Started, Some("hi")),
            now(vec![])
        );
    }

    #[test]
    fn a_silent_bot_is_spoken_for_or_counts_as_answering_later() {
        let topics = Action::Topics {
            topics: vec!["t".into()],
        };
        assert_eq!(
            heard(now(vec![topics.clone()]), &Trigger::Delegated, Some("hi")),
            now(vec![Action::say("hi"), topics])
        );
        assert_eq!(
            heard(now(vec![]), &Trigger::Delegated, None),
            BotAnswer::Later
        );
    }
}
