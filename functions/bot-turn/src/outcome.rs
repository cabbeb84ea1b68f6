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
