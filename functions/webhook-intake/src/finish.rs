//! What is left to do once an event is stored, and the response to it.

use conversation::{EventStatus, NotAsked, QueueMessage, StoredEvent, Trigger, Work};
use sparkcentral::{Reply, Typing};
use time::OffsetDateTime;

use crate::delivery::{Accepted, Outcome, unavailable};
use crate::intake::Intake;

impl Intake<'_> {
    /// Queues what has to be queued, and answers.
    pub(crate) async fn finish(&self, event: &StoredEvent) -> Outcome {
        match &event.status {
            EventStatus::Queued { .. } => self.queue(event, "queued").await,
            EventStatus::Turned { later: true, .. } => self.watch(event, "answered_later").await,
            EventStatus::Answered { reply } => ("answered", Accepted::Answer(reply.clone())),
            EventStatus::NotAsked { reason } => (recorded(*reason), Accepted::empty()),
            _ => ("answered", Accepted::empty()),
        }
    }

    /// Queues the turn, and the look at its deadline. The event says already that it is queued: if
    /// this fails, Sparkcentral's retry comes here again.
    pub(crate) async fn queue(&self, event: &StoredEvent, outcome: &'static str) -> Outcome {
        let turn_id = event.key.clone();
        let turn = self.message(Work::Turn { turn_id });
        let deadline = self.message(event.deadline(&self.agent.settings.turns));
        let queues = &self.deps.platform.queues;
        match tokio::try_join!(
            queues.send(&turn),
            queues.send_later(&deadline, OffsetDateTime::now_utc())
        ) {
            Ok(((), ())) => (outcome, Accepted::Answer(Box::new(self.typing(event)))),
            Err(error) => unavailable("queue_unavailable", &error),
        }
    }

    /// Sees to it that somebody looks when the deadline of a turn comes that the bot answers later.
    pub(crate) async fn watch(&self, event: &StoredEvent, outcome: &'static str) -> Outcome {
        let deadline = self.message(event.deadline(&self.agent.settings.turns));
        let queues = &self.deps.platform.queues;
        match queues
            .send_later(&deadline, OffsetDateTime::now_utc())
            .await
        {
            Ok(()) => (outcome, Accepted::Answer(Box::new(self.typing(event)))),
            Err(error) => unavailable("queue_unavailable", &error),
        }
    }

    fn message(&self, work: Work) -> QueueMessage {
        QueueMessage::new(&self.agent.name, self.conversation_id, work)
    }

    /// The contact sees that an answer is being written, where the dialect can show it.
    fn typing(&self, event: &StoredEvent) -> Reply {
        let settings = &self.agent.settings;
        let shown = settings.turns.typing
            && settings.features().indicate_typing
            && matches!(event.trigger, Trigger::Message { .. });
        Reply {
            indicate_typing: shown.then_some(Typing::Start),
            ..Reply::default()
        }
    }
}

fn recorded(reason: NotAsked) -> &'static str {
    match reason {
        NotAsked::HandingOver => "recorded_handing_over",
        NotAsked::WithAgent => "recorded_with_agent",
        NotAsked::Resolved => "recorded_resolved",
        NotAsked::EarlierEpisode => "recorded_earlier_episode",
    }
}
