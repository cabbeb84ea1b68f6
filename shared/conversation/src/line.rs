//! The line of turns: one is in flight, the others wait, and messages that wait together are one turn.

use time::OffsetDateTime;

use crate::agent::WhileBusy;
use crate::event::{EventStatus, StoredEvent};
use crate::later::Early;
use crate::state::{Conversation, InFlight};
use crate::turn::Trigger;

/// Most messages that become one turn; the next ones are a turn of their own.
pub const MAX_MERGED: usize = 20;

impl Conversation {
    /// Whether another turn than this one is being answered in a webhook's response now.
    pub fn is_busy_for(&self, turn_id: &str, now: OffsetDateTime) -> bool {
        self.in_flight
            .as_ref()
            .is_some_and(|turn| turn.turn_id != turn_id && turn.until > now)
    }

    /// Takes the conversation for a turn that is answered in a webhook's response.
    pub fn take_off(&mut self, turn_id: &str, until: OffsetDateTime) {
        self.in_flight = Some(InFlight {
            turn_id: turn_id.to_owned(),
            until,
            event: None,
        });
        self.forget_early();
    }

    /// Gives the conversation free, if it is this turn's.
    pub fn land(&mut self, turn_id: &str) {
        if self
            .in_flight
            .as_ref()
            .is_some_and(|turn| turn.turn_id == turn_id)
        {
            self.in_flight = None;
        }
    }

    /// Puts a turn into the line: the one in flight in front, for the others came after it.
    pub fn wait(&mut self, turn_id: &str) {
        let was_first = self
            .in_flight
            .as_ref()
            .is_some_and(|turn| turn.turn_id == turn_id);
        self.land(turn_id);
        if self.queued.iter().any(|queued| queued == turn_id) {
            return;
        }
        let place = if was_first { 0 } else { self.queued.len() };
        self.queued.insert(place, turn_id.to_owned());
    }

    /// Takes turns out of the line: the bot has had its say, or is not asked.
    pub fn done<'a>(&mut self, turn_ids: impl IntoIterator<Item = &'a str>) {
        for turn_id in turn_ids {
            self.queued.retain(|queued| queued != turn_id);
            self.land(turn_id);
        }
        self.forget_early();
    }
}

/// How many of the waiting events, from the first on, are the next turn.
///
/// Only messages are merged, and only such as nothing is known of yet: a greeting, a tap and an event
/// the bot has answered already are turns of their own. Where one of them was asked before and is answered
/// `early`, the turn ends with it: what came after it is another one.
pub fn together(waiting: &[StoredEvent], while_busy: WhileBusy, early: &Early) -> usize {
    let mergeable = |event: &StoredEvent| {
        matches!(&event.status, EventStatus::Queued { answer: None })
            && matches!(&event.trigger, Trigger::Message { payload: None, .. })
    };
    let Some(first) = waiting.first() else {
        return 0;
    };
    if while_busy == WhileBusy::Queue || !mergeable(first) {
        return 1;
    }
    let count = waiting
        .iter()
        .take(MAX_MERGED)
        .take_while(|event| mergeable(event) && event.episode == first.episode)
        .count();
    let answered = waiting[..count]
        .iter()
        .position(|event| early.names(&event.key));
    answered.map_or(count, |place| place + 1)
}

/// Several messages as one: a line each, under the key of the last, arrived with the first.
///
/// The last one's key names exactly these messages, so that a bot which knows a turn again by its id
/// has seen all of it. `None` without events.
pub fn merged(events: &[StoredEvent]) -> Option<StoredEvent> {
    let (first, last) = (events.first()?, events.last()?);
    if events.len() == 1 {
        return Some(last.clone());
    }
    let lines: Vec<&str> = events
        .iter()
        .filter_map(|event| match &event.trigger {
            Trigger::Message { text, .. } if !text.trim().is_empty() => Some(text.as_str()),
            _ => None,
        })
        .collect();
    let mut turn = last.clone();
    turn.received_at = first.received_at;
    if let Trigger::Message { text, .. } = &mut turn.trigger {
        *text = lines.join("\n");
    }
    Some(turn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::Duration;

    const T0: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn message(key: &str, text: &str) -> StoredEvent {
        let body = format!(
            r#"{{"type":"INBOUND_MESSAGE_RECEIVED","idempotencyKey":"{key}",
                "data":{{"conversationId":"c","message":{{"text":"{text}"}}}}}}"#
        );
        let envelope = sparkcentral::event::parse(body.as_bytes()).unwrap();
        let status = EventStatus::Queued { answer: None };
        StoredEvent::of(&envelope, T0, status).unwrap()
    }

    #[test]
    fn a_turn_in_flight_keeps_others_waiting_until_it_lands_or_its_invocation_is_dead() {
        let mut conversation = Conversation::new("demo", "c", T0);
        conversation.take_off("a", T0 + Duration::SECOND);
        assert!(conversation.is_busy_for("b", T0));
        assert!(!conversation.is_busy_for("a", T0), "its own retry goes on");
        assert!(!conversation.is_busy_for("b", T0 + Duration::SECOND));
        conversation.land("b");
        assert!(conversation.is_busy_for("b", T0), "only its own turn lands");
        conversation.land("a");
        assert!(!conversation.is_busy_for("b", T0));
    }

    #[test]
    fn a_turn_that_was_in_flight_waits_before_those_that_came_after_it() {
        let mut conversation = Conversation::new("demo", "c", T0);
        conversation.take_off("a", T0 + Duration::SECOND);
        conversation.wait("b");
        conversation.wait("c");
        conversation.wait("a");
        conversation.wait("a");
        assert_eq!(conversation.queued, ["a", "b", "c"]);
        assert_eq!(conversation.in_flight, None);
        conversation.done(["a", "c"]);
        assert_eq!(conversation.queued, ["b"]);
    }

    #[test]
    fn messages_that_wait_together_are_one_turn_and_nothing_else_is() {
        let started = StoredEvent {
            trigger: Trigger::Started,
            ..message("s", "")
        };
        let tapped = StoredEvent {
            trigger: Trigger::Message {
                text: "Yes".into(),
                message_id: None,
                payload: Some("YES".into()),
            },
            ..message("t", "")
        };
        let answered = StoredEvent {
            status: EventStatus::Queued {
                answer: Some(Box::default()),
            },
            ..message("k", "")
        };
        let later = StoredEvent {
            episode: 2,
            ..message("l", "")
        };
        let (a, b) = (message("a", "one"), message("b", "two"));
        let of = |events: &[&StoredEvent]| {
            let events: Vec<_> = events.iter().map(|event| (*event).clone()).collect();
            together(&events, WhileBusy::Merge, &Early::default())
        };
        assert_eq!(of(&[]), 0);
        assert_eq!(of(&[&a, &b]), 2);
        assert_eq!(of(&[&started, &a]), 1);
        assert_eq!(of(&[&a, &tapped, &b]), 1);
        assert_eq!(of(&[&tapped, &a]), 1);
        assert_eq!(of(&[&answered, &a]), 1);
        assert_eq!(of(&[&a, &later]), 1);
        let both = [a.clone(), b];
        assert_eq!(together(&both, WhileBusy::Queue, &Early::default()), 1);
        let early = Early {
            turns: vec!["a".into()],
            unnamed: false,
        };
        assert_eq!(together(&both, WhileBusy::Merge, &early), 1);
        assert_eq!(
            together(
                &vec![a; MAX_MERGED + 1],
                WhileBusy::Merge,
                &Early::default()
            ),
            MAX_MERGED
        );
    }

    #[test]
    fn a_merged_turn_has_a_line_for_each_message_and_the_last_ones_key() {
        let mut events = [message("a", "one"), message("b", ""), message("c", "two")];
        events[2].received_at = T0 + Duration::SECOND;
        let turn = merged(&events).unwrap();
        assert_eq!(turn.key, "c");
        assert_eq!(turn.received_at, T0);
        assert!(matches!(&turn.trigger, Trigger::Message { text, .. } if text == "one\ntwo"));
        assert_eq!(merged(&events[..1]), Some(events[0].clone()));
        assert_eq!(merged(&[]), None);
    }
}
