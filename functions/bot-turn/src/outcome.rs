//! What a turn does to its conversation, once the bot has had its say.

use std::time::Duration;

use conversation::{
    AgentSettings, Answer, BadAnswer, Conversation, Delivery, DropReason, Early, EventStatus,
    Handover, HandoverReason, NotAsked, OutboundReply, Plan, PlannedReply, ReplySource,
    StoredEvent, for_rest,
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
    /// The events that were the turn, the one it is named after last.
    pub(crate) events: Vec<StoredEvent>,
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
    /// Decides what `said` makes of a turn: `turn`, which is `events` as the bot got them when the early
    /// answers were `asked`. Pure: decided again where the conversation was changed by somebody else
    /// meanwhile.
    pub(crate) fn of(
        said: &Said,
        before: &Conversation,
        turn: &StoredEvent,
        events: &[StoredEvent],
        asked: &Early,
        settings: &AgentSettings,
        now: OffsetDateTime,
    ) -> Self {
        let mut outcome = Self {
            name: "answered",
            reason: None,
            conversation: before.clone(),
            events: events.to_vec(),
            replies: Vec::new(),
        };
        let left_alone = leave_alone(before, turn);
        if left_alone.is_none() {
            outcome.conversation.turns = before.turns.saturating_add(1);
        }
        match (said, left_alone) {
            (Said::Answer(answer), Some(reason)) => {
                outcome.refuse(answer, reason, turn, settings, now);
            }
            (_, Some(reason)) => outcome.not_asked(reason),
            (Said::Answer(answer), None) => outcome.carry_out(answer, turn, settings, now),
            (Said::Paused, None) => {
                let asked = Answer::hand_over(HandoverReason::AgentPaused);
                outcome.carry_out(&asked, turn, settings, now);
            }
            (Said::Later, None) => {
                // It may have done so before this could be noted.
                let later = outcome.conversation.promised(&turn.key, asked);
                if later {
                    outcome.name = "answered_later";
                }
                outcome.end(EventStatus::Turned {
                    reply_ids: Vec::new(),
                    later,
                });
            }
            (Said::Failed(reason), None) => outcome.fail(*reason, now),
            // Not with the bot when it should have been asked, and with it now: in between it was
            // given back, which is an event of its own.
            (Said::NotAsked, None) => outcome.not_asked(NotAsked::EarlierEpisode),
        }
        let keys = events.iter().map(|event| event.key.as_str());
        outcome.conversation.done(keys);
        outcome
    }

    /// The event the turn is named after.
    pub(crate) fn turn(&self) -> &StoredEvent {
        // `merged` gives a turn of at least one event.
        &self.events[self.events.len() - 1]
    }

    /// Ends the turn: the last event has the status, those merged into it say so.
    fn end(&mut self, status: EventStatus) {
        let into = self.turn().key.clone();
        let last = self.events.len() - 1;
        for event in &mut self.events[..last] {
            event.status = EventStatus::Merged { into: into.clone() };
        }
        self.events[last].status = status;
    }

    fn not_asked(&mut self, reason: NotAsked) {
        self.name = "not_asked";
        self.reason = Some(reason.as_str().to_owned());
        for event in &mut self.events {
            event.status = EventStatus::NotAsked { reason };
        }
    }

    /// The bot answered, but the conversation is not its own any more: what it said is kept, and
    /// not sent.
    fn refuse(
        &mut self,
        answer: &Answer,
        reason: NotAsked,
        turn: &StoredEvent,
        settings: &AgentSettings,
        now: OffsetDateTime,
    ) {
        self.name = "too_late";
        self.reason = Some(reason.as_str().to_owned());
        let reason = match reason {
            NotAsked::HandingOver => DropReason::HandingOver,
            NotAsked::WithAgent => DropReason::WithAgent,
            NotAsked::Resolved => DropReason::Resolved,
            NotAsked::EarlierEpisode => DropReason::EarlierEpisode,
        };
        // An answer that could not have been carried out either is not worth keeping.
        let plan = self.plan(answer, turn, settings).unwrap_or_default();
        self.replies = outbound(plan.replies, turn, now);
        for reply in &mut self.replies {
            reply.delivery = Delivery::Dropped { at: now, reason };
        }
        let reply_ids = self.replies.iter().map(|reply| reply.id.clone()).collect();
        self.end(EventStatus::TooLate { reply_ids });
    }

    fn plan(
        &self,
        answer: &Answer,
        turn: &StoredEvent,
        settings: &AgentSettings,
    ) -> Result<Plan, BadAnswer> {
        let features = settings.features();
        let planned_for = self
            .conversation
            .plan_for(&features, &settings.messages, &turn.key);
        Plan::of(answer, &planned_for)
    }

    fn carry_out(
        &mut self,
        answer: &Answer,
        turn: &StoredEvent,
        settings: &AgentSettings,
        now: OffsetDateTime,
    ) {
        let plan = match self.plan(answer, turn, settings) {
            Ok(plan) => plan,
            Err(error) => {
                tracing::error!(agent = self.conversation.agent, %error, "the bot's answer is refused");
                return self.fail(HandoverReason::BotFailed, now);
            }
        };
        if let Some(session) = &answer.session {
            self.conversation.session.clone_from(session);
        }
        let speaks = plan.speaks();
        self.replies = outbound(plan.replies, turn, now);
        if speaks {
            self.conversation.awaiting.clear();
            self.conversation.choices = plan.choices;
        }
        if let Some(last) = self.replies.last() {
            self.conversation.last_reply = Some(last.id.clone());
        }
        let reply_ids = self.replies.iter().map(|reply| reply.id.clone()).collect();
        self.end(EventStatus::Turned {
            reply_ids,
            later: false,
        });
        if let Some(planned) = plan.handover {
            self.name = "handing_over";
            let handover = Handover {
                topics: planned.topics,
                attributes: planned.attributes,
                profiles: planned.profile.into_iter().collect(),
                summary: planned.summary,
                ..Handover::new(turn.key.clone(), planned.reason, now)
            };
            self.ask_people(handover, now);
        }
    }

    fn fail(&mut self, reason: HandoverReason, now: OffsetDateTime) {
        self.name = "failed";
        self.end(EventStatus::Failed);
        let handover = Handover::new(self.turn().key.clone(), reason, now);
        self.ask_people(handover, now);
    }

    fn ask_people(&mut self, handover: Handover, now: OffsetDateTime) {
        self.reason = Some(handover.reason.as_str().to_owned());
        self.conversation.ask_handover(handover, now);
    }
}

/// Replies to a turn, as they are stored.
fn outbound(
    replies: Vec<PlannedReply>,
    turn: &StoredEvent,
    now: OffsetDateTime,
) -> Vec<OutboundReply> {
    let numbered = replies.into_iter().enumerate();
    numbered
        .map(|(index, planned)| OutboundReply {
            id: format!("{}.{}", turn.key, index + 1),
            episode: turn.episode,
            source: ReplySource::Bot {
                turn_id: turn.key.clone(),
            },
            reply: for_rest(planned.reply, turn.message_id()),
            upload: planned.upload,
            // A nanosecond apart: the transcript is sorted by time.
            created_at: now + Duration::from_nanos(index as u64),
            attempts: 0,
            doubted: false,
            delivery: Delivery::Pending,
        })
        .collect()
}

#[cfg(test)]
#[path = "outcome_tests.rs"]
mod tests;
