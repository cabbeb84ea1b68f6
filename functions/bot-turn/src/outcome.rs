//! What a turn does to its conversation, once the bot has had its say.

use std::collections::BTreeMap;
use std::time::Duration;

use conversation::{
    AgentSettings, Conversation, Delivery, EventStatus, Handover, HandoverReason, NotAsked,
    OutboundReply, Plan, ReplySource, StoredEvent, for_rest,
};
use time::OffsetDateTime;

use crate::ask::Said;

/// A turn's outcome as it shall be stored.
pub(crate) struct Outcome {
    /// What it is called in metrics.
    pub(crate) name: &'static str,
    /// Why, where the name has several reasons.
    pub(crate) reason: Option<String>,
    pub(crate) conversation: Conversation,
    pub(crate) event: StoredEvent,
    /// Replies, in order.
    pub(crate) replies: Vec<OutboundReply>,
}

/// Why the bot is not asked about the event after all, if it isn't.
pub(crate) fn leave_alone(conversation: &Conversation, event: &StoredEvent) -> Option<NotAsked> {
    let earlier = event.episode != conversation.episode;
    conversation
        .not_asked()
        .or(earlier.then_some(NotAsked::EarlierEpisode))
}

impl Outcome {
    /// Decides what `said` makes of a queued event. Pure: decided again where the conversation was
    /// changed by somebody else meanwhile.
    pub(crate) fn of(
        said: &Said,
        before: &Conversation,
        event: &StoredEvent,
        settings: &AgentSettings,
        now: OffsetDateTime,
    ) -> Self {
        let mut outcome = Self {
            name: "answered",
            reason: None,
            conversation: before.clone(),
            event: event.clone(),
            replies: Vec::new(),
        };
        let queued = &mut outcome.conversation.queued_turns;
        *queued = queued.saturating_sub(1);
        if let Some(reason) = leave_alone(before, event) {
            outcome.name = "not_asked";
            outcome.reason = Some(reason.as_str().to_owned());
            outcome.event.status = EventStatus::NotAsked { reason };
            return outcome;
        }
        match said {
            Said::Answer(answer) => match Plan::of(answer, &settings.features(), before.medium()) {
                Ok(plan) => {
                    if let Some(session) = &answer.session {
                        outcome.conversation.session.clone_from(session);
                    }
                    outcome.carry_out(plan, now);
                }
                Err(error) => {
                    tracing::error!(agent = before.agent, %error, "the bot's answer is refused");
                    outcome.fail(HandoverReason::BotFailed, now);
                }
            },
            Said::Later => {
                outcome.name = "answered_later";
                outcome.event.status = EventStatus::Turned {
                    reply_ids: Vec::new(),
                    later: true,
                };
            }
            Said::Failed(reason) => outcome.fail(*reason, now),
        }
        outcome
    }

    fn carry_out(&mut self, plan: Plan, now: OffsetDateTime) {
        let (event, episode) = (&self.event, self.conversation.episode);
        let replies = plan.replies.into_iter().enumerate();
        self.replies = replies
            .map(|(index, reply)| OutboundReply {
                id: format!("{}.{}", event.key, index + 1),
                episode,
                source: ReplySource::Bot {
                    turn_id: event.key.clone(),
                },
                reply: for_rest(reply, event.message_id()),
                // A nanosecond apart: the transcript is sorted by time.
                created_at: now + Duration::from_nanos(index as u64),
                attempts: 0,
                delivery: Delivery::Pending,
            })
            .collect();
        if let Some(last) = self.replies.last() {
            self.conversation.last_reply = Some(last.id.clone());
        }
        let reply_ids = self.replies.iter().map(|reply| reply.id.clone()).collect();
        self.event.status = EventStatus::Turned {
            reply_ids,
            later: false,
        };
        if let Some(planned) = plan.handover {
            self.name = "handing_over";
            self.ask_people(planned.reason, planned.topics, planned.attributes, now);
        }
    }

    fn fail(&mut self, reason: HandoverReason, now: OffsetDateTime) {
        self.name = "failed";
        self.event.status = EventStatus::Failed;
        self.ask_people(reason, Vec::new(), BTreeMap::new(), now);
    }

    fn ask_people(
        &mut self,
        reason: HandoverReason,
        topics: Vec<String>,
        attributes: BTreeMap<String, String>,
        now: OffsetDateTime,
    ) {
        self.reason = Some(reason.as_str().to_owned());
        let id = self.event.key.clone();
        let handover = Handover {
            id,
            reason,
            topics,
            attributes,
            requested_at: now,
        };
        self.conversation.ask_handover(handover, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use conversation::{Action, Answer, State};

    fn settings() -> AgentSettings {
        serde_json::from_str(r#"{"region":"us","bot":{"kind":"script"}}"#).unwrap()
    }

    fn conversation() -> Conversation {
        let mut conversation = Conversation::new("demo", "c", OffsetDateTime::UNIX_EPOCH);
        conversation.queued_turns = 2;
        conversation
    }

    fn event() -> StoredEvent {
        let body = br#"{"type":"INBOUND_MESSAGE_RECEIVED","idempotencyKey":"k",
            "data":{"conversationId":"c","message":{"text":"hi"}}}"#;
        let envelope = sparkcentral::event::parse(body).unwrap();
        let status = EventStatus::Queued { answer: None };
        let mut event = StoredEvent::of(&envelope, OffsetDateTime::UNIX_EPOCH, status).unwrap();
        event.episode = 1;
        event
    }

    fn outcome(said: &Said, before: &Conversation) -> Outcome {
        Outcome::of(
            said,
            before,
            &event(),
            &settings(),
            OffsetDateTime::UNIX_EPOCH,
        )
    }

    fn answer(actions: Vec<Action>) -> Said {
        Said::Answer(Box::new(Answer {
            actions,
            session: None,
        }))
    }

    fn say(text: &str) -> Action {
        Action::Reply {
            text: Some(text.into()),
            attachment: None,
            rich_text: false,
        }
    }

    #[test]
    fn an_answer_becomes_replies_with_ids_that_a_retry_finds_again() {
        let said = answer(vec![say("one"), say("two")]);
        let outcome = outcome(&said, &conversation());
        let ids: Vec<_> = outcome
            .replies
            .iter()
            .map(|reply| reply.id.as_str())
            .collect();
        assert_eq!(ids, ["k.1", "k.2"]);
        assert_eq!(outcome.conversation.queued_turns, 1);
        assert_eq!(outcome.conversation.state, State::WithBot);
    }

    #[test]
    fn a_handover_keeps_the_replies_said_before_it() {
        let said = answer(vec![
            say("a person will help"),
            Action::Handover { reason: None },
        ]);
        let outcome = outcome(&said, &conversation());
        assert_eq!(outcome.replies.len(), 1);
        assert_eq!(outcome.conversation.state, State::HandingOver);
        assert_eq!(
            outcome.conversation.handover.unwrap().reason,
            HandoverReason::BotAsked
        );
    }

    #[test]
    fn an_answer_that_cannot_be_carried_out_and_a_failed_bot_ask_people() {
        let unusable = answer(vec![Action::Resolve, say("after the end")]);
        for said in [unusable, Said::Failed(HandoverReason::BotFailed)] {
            let outcome = outcome(&said, &conversation());
            assert_eq!((outcome.name, outcome.replies.len()), ("failed", 0));
            assert_eq!(outcome.conversation.state, State::HandingOver);
            assert!(matches!(outcome.event.status, EventStatus::Failed));
        }
    }

    #[test]
    fn whatever_the_bot_said_nothing_is_sent_into_a_conversation_that_left_it() {
        for state in [State::HandingOver, State::WithAgent, State::Resolved] {
            let before = Conversation {
                state,
                ..conversation()
            };
            let outcome = outcome(&answer(vec![say("too late")]), &before);
            assert_eq!(
                (outcome.name, outcome.replies.len()),
                ("not_asked", 0),
                "{state:?}"
            );
            assert_eq!(
                outcome.conversation.queued_turns, 1,
                "the turn is over all the same"
            );
        }
        let next = Conversation {
            episode: 2,
            ..conversation()
        };
        assert_eq!(
            outcome(&answer(vec![say("too late")]), &next).name,
            "not_asked"
        );
    }
}
