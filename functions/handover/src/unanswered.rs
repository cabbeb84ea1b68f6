//! Whether a turn was answered: pure.

use conversation::{Conversation, EventStatus, Handover, HandoverReason, State, StoredEvent};
use time::OffsetDateTime;

/// How a turn stands at its deadline.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Answered, or not the bot's to answer any more.
    Answered,
    /// Somebody is at it until then: to be looked at again.
    InWork(OffsetDateTime),
    /// Nobody answered it.
    Unanswered,
}

/// Id of the handover that a missed deadline asks for.
pub(crate) fn handover_id(turn_id: &str) -> String {
    format!("deadline.{turn_id}")
}

/// The turn that an event became part of, where it is not one of its own.
pub(crate) fn merged_into(event: &StoredEvent) -> Option<&str> {
    match &event.status {
        EventStatus::Merged { into } => Some(into),
        _ => None,
    }
}

/// Judges the turn of an event.
pub(crate) fn judge(event: &StoredEvent, conversation: &Conversation, now: OffsetDateTime) -> Turn {
    // An event has no episode before its first attempt has come that far.
    let is_earlier = event.episode != 0 && event.episode != conversation.episode;
    if conversation.state != State::WithBot || is_earlier {
        return Turn::Answered;
    }
    match &event.status {
        EventStatus::InProgress { lease_until, .. } if *lease_until > now => {
            Turn::InWork(*lease_until)
        }
        EventStatus::InProgress { .. } | EventStatus::Queued { .. } => Turn::Unanswered,
        EventStatus::Turned { later: true, .. } if conversation.awaiting.contains(&event.key) => {
            Turn::Unanswered
        }
        _ => Turn::Answered,
    }
}

/// The handover of a missed deadline, if there is to be one: asked for now, or by an earlier delivery
/// of the same message. One that the bot was told to keep is not asked for twice.
pub(crate) fn ask(
    turn_id: &str,
    turn: &Turn,
    conversation: &mut Conversation,
    now: OffsetDateTime,
) -> Option<Handover> {
    let id = handover_id(turn_id);
    let asked = conversation
        .handover
        .as_ref()
        .filter(|asked| asked.id == id);
    match (asked, conversation.state) {
        (Some(asked), State::HandingOver) => return Some(asked.clone()),
        (Some(_), _) => return None,
        (None, _) => {}
    }
    if *turn != Turn::Unanswered {
        return None;
    }
    conversation.ask_handover(Handover::new(id, HandoverReason::Deadline, now), now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use conversation::{Move, NotAsked, Trigger};
    use time::Duration;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn event(status: EventStatus) -> StoredEvent {
        StoredEvent {
            key: "k".into(),
            payload_hash: String::new(),
            trigger: Trigger::Started,
            episode: 1,
            received_at: NOW,
            topics: Vec::new(),
            other: serde_json::Map::new(),
            status,
        }
    }

    fn queued() -> EventStatus {
        EventStatus::Queued { answer: None }
    }

    fn later() -> EventStatus {
        EventStatus::Turned {
            reply_ids: Vec::new(),
            later: true,
        }
    }

    fn in_progress(seconds: i64) -> EventStatus {
        EventStatus::InProgress {
            lease_until: NOW + Duration::seconds(seconds),
            attempt: "a".into(),
        }
    }

    fn conversation() -> Conversation {
        Conversation::new("demo", "c", NOW)
    }

    #[test]
    fn a_turn_is_unanswered_while_it_waits_and_while_the_bot_owes_its_answer() {
        let owing = Conversation {
            awaiting: vec!["other".into(), "k".into()],
            ..conversation()
        };
        let until = NOW + Duration::SECOND;
        for (status, conversation, turn) in [
            (queued(), conversation(), Turn::Unanswered),
            (later(), owing.clone(), Turn::Unanswered),
            (later(), conversation(), Turn::Answered),
            (in_progress(0), conversation(), Turn::Unanswered),
            (in_progress(1), conversation(), Turn::InWork(until)),
            (EventStatus::Failed, owing.clone(), Turn::Answered),
            (
                EventStatus::Answered {
                    reply: Box::default(),
                },
                owing,
                Turn::Answered,
            ),
            (
                EventStatus::NotAsked {
                    reason: NotAsked::WithAgent,
                },
                conversation(),
                Turn::Answered,
            ),
        ] {
            let event = event(status);
            assert_eq!(judge(&event, &conversation, NOW), turn, "{event:?}");
        }
    }

    #[test]
    fn a_conversation_that_left_the_bot_misses_no_deadline() {
        for state in [State::HandingOver, State::WithAgent, State::Resolved] {
            let conversation = Conversation {
                state,
                ..conversation()
            };
            assert_eq!(judge(&event(queued()), &conversation, NOW), Turn::Answered);
        }
        let next = Conversation {
            episode: 2,
            ..conversation()
        };
        assert_eq!(judge(&event(queued()), &next, NOW), Turn::Answered);
        let unread = StoredEvent {
            episode: 0,
            ..event(in_progress(0))
        };
        assert_eq!(judge(&unread, &next, NOW), Turn::Unanswered);
    }

    #[test]
    fn a_missed_deadline_asks_once_however_often_it_is_told() {
        let mut conversation = conversation();
        assert_eq!(ask("k", &Turn::Answered, &mut conversation, NOW), None);
        let asked = ask("k", &Turn::Unanswered, &mut conversation, NOW).unwrap();
        assert_eq!(
            (asked.id.as_str(), asked.reason),
            ("deadline.k", HandoverReason::Deadline)
        );
        assert_eq!(conversation.state, State::HandingOver);

        // Told again before it was queued: the same one.
        let before = conversation.clone();
        let again = judge(&event(queued()), &conversation, NOW);
        assert_eq!(ask("k", &again, &mut conversation, NOW), Some(asked));
        assert_eq!(conversation, before);

        // Told again after the bot was told to go on: none.
        conversation.step(Move::Kept, NOW);
        let again = judge(&event(queued()), &conversation, NOW);
        assert_eq!(again, Turn::Unanswered);
        assert_eq!(ask("k", &again, &mut conversation, NOW), None);
        assert_eq!(conversation.state, State::WithBot);

        // Another turn's is another one.
        assert!(ask("l", &Turn::Unanswered, &mut conversation, NOW).is_some());
    }

    #[test]
    fn a_handover_under_way_is_left_to_whoever_asked_for_it() {
        let mut conversation = conversation();
        let bots = Handover::new("k", HandoverReason::BotAsked, NOW);
        conversation.ask_handover(bots.clone(), NOW);
        let turn = judge(&event(queued()), &conversation, NOW);
        assert_eq!(ask("k", &turn, &mut conversation, NOW), None);
        assert_eq!(conversation.handover, Some(bots));
    }
}
