//! A turn's deadline: where nobody answered, the contact is told that it takes longer, then people
//! are asked.
//!
//! ```text
//! event ────────── answer ──┬── holding_lead_secs ──┬── Sparkcentral takes it away
//!                          Hold                 HandOver
//! ```
//!
//! The queue delays a message for a quarter of an hour at most, and may deliver it twice: each
//! delivery looks at the clock and at the turn.

use conversation::{
    Conversation, DeadlineStep, OutboundReply, QueueMessage, StoredEvent, Work as Queued, own_text,
};
use platform::{
    Agent, Attempts, Commit, CommitError, Failed, Platform, Retry, StoreError, Unfinished, Work,
};
use time::OffsetDateTime;

use crate::hand_over::queue_on;
use crate::unanswered::{Turn, ask, judge, merged_into};

/// Keeps one deadline.
pub(crate) async fn keep(
    platform: &Platform,
    work: &Work,
    now: OffsetDateTime,
    record: &mut Unfinished,
) -> Result<&'static str, Failed> {
    let Queued::Deadline { turn_id, step, due } = &work.message.work else {
        return Err(Failed::misrouted(work));
    };
    record.id = Some(turn_id.clone());
    let agent = platform.agent_of(work, record).await?;
    let deadline = Deadline {
        platform,
        agent: &agent,
        work,
        turn_id,
        now,
    };
    if *due > now {
        deadline.look_again(*step, *due).await?;
        return Ok("not_due");
    }
    let mut attempts = Attempts::default();
    while attempts.next().await {
        let Some((event, turn, conversation)) = deadline.read().await? else {
            return Ok("expired");
        };
        let done = match (step, turn) {
            (_, Turn::InWork(until)) => {
                deadline.look_again(*step, until).await?;
                return Ok("in_work");
            }
            (DeadlineStep::Hold, turn) => deadline.hold(&turn, &event, &conversation).await?,
            (DeadlineStep::HandOver, turn) => deadline.hand_over(&turn, &conversation).await?,
        };
        if let Some(outcome) = done {
            return Ok(outcome);
        }
    }
    Err(Failed {
        outcome: "contended",
        retry: Retry::backed_off(work.received),
    })
}

/// One deadline under one message.
struct Deadline<'a> {
    platform: &'a Platform,
    agent: &'a Agent,
    work: &'a Work,
    turn_id: &'a str,
    now: OffsetDateTime,
}

impl Deadline<'_> {
    /// The event, how its turn stands, and its conversation; `None` where they are not kept any more.
    async fn read(&self) -> Result<Option<(StoredEvent, Turn, Conversation)>, Failed> {
        let store = &self.platform.store;
        let (name, id) = (&self.work.message.agent, &self.work.message.conversation_id);
        let (event, conversation) = tokio::join!(
            store.event(name, id, self.turn_id),
            store.conversation(name, id, self.now)
        );
        let unavailable = |error| self.unavailable(&error);
        let (Some(event), Some(conversation)) = (
            event.map_err(unavailable)?,
            conversation.map_err(unavailable)?,
        ) else {
            return Ok(None);
        };
        let merged = match merged_into(&event) {
            Some(into) => store.event(name, id, into).await.map_err(unavailable)?,
            None => None,
        };
        let turn = judge(merged.as_ref().unwrap_or(&event), &conversation, self.now);
        Ok(Some((event, turn, conversation)))
    }

    /// Tells the contact that it takes longer, and looks again when people are to be asked. `None`
    /// where the conversation was changed meanwhile.
    async fn hold(
        &self,
        turn: &Turn,
        event: &StoredEvent,
        read: &Conversation,
    ) -> Result<Option<&'static str>, Failed> {
        let settings = &self.agent.settings;
        let text = settings.turns.holding_text.as_ref();
        let text = text.and_then(|text| text.in_language(read.language.as_deref()));
        let id = format!("hold.{}", self.turn_id);
        let replies = text.map(|text| own_text(text, &id, self.turn_id, read, settings, self.now));
        let replies = replies.unwrap_or_default();
        let last = replies.last().map(|reply| reply.id.clone());
        if *turn != Turn::Unanswered {
            // Told by an earlier delivery, which may have died before queueing it: nothing may be
            // answered at once while it is not known to have arrived.
            if last.is_some() && last == read.last_reply {
                queue_on(self.platform, self.work, &replies).await?;
            }
            return Ok(Some("answered"));
        }
        if last.is_some() {
            let mut conversation = read.clone();
            conversation.last_reply = last;
            match self.commit(&conversation, read, &replies).await {
                // There already: told by an earlier delivery.
                Ok(()) | Err(CommitError::ReplyExists) => {}
                Err(CommitError::Store(error)) => return Err(self.unavailable(&error)),
                Err(_) => return Ok(None),
            }
            queue_on(self.platform, self.work, &replies).await?;
        }
        let due = event.answer_by(&settings.turns);
        self.look_again(DeadlineStep::HandOver, due).await?;
        Ok(Some("holding"))
    }

    /// Asks people. `None` where the conversation was changed meanwhile.
    async fn hand_over(
        &self,
        turn: &Turn,
        read: &Conversation,
    ) -> Result<Option<&'static str>, Failed> {
        let mut conversation = read.clone();
        let Some(handover) = ask(self.turn_id, turn, &mut conversation, self.now) else {
            return Ok(Some("answered"));
        };
        if conversation != *read {
            match self.commit(&conversation, read, &[]).await {
                Ok(()) => {}
                Err(CommitError::Store(error)) => return Err(self.unavailable(&error)),
                Err(_) => return Ok(None),
            }
        }
        let handover_id = handover.id;
        let message = self.message(Queued::Handover { handover_id });
        let queued = self.platform.queues.send(&message).await;
        queued.map_err(|error| Failed::because("queue_unavailable", self.work, &error))?;
        Ok(Some("handing_over"))
    }

    async fn look_again(&self, step: DeadlineStep, due: OffsetDateTime) -> Result<(), Failed> {
        let turn_id = self.turn_id.to_owned();
        let message = self.message(Queued::Deadline { turn_id, step, due });
        let queued = self.platform.queues.send_later(&message, self.now).await;
        queued.map_err(|error| Failed::because("queue_unavailable", self.work, &error))
    }

    async fn commit(
        &self,
        conversation: &Conversation,
        read: &Conversation,
        replies: &[OutboundReply],
    ) -> Result<(), CommitError> {
        let commit = Commit {
            conversation,
            read: Some(read),
            events: &[],
            replies,
            expires_at: self.agent.settings.expires_at(self.now),
            now: self.now,
        };
        self.platform.store.commit(commit).await.map(drop)
    }

    fn message(&self, work: Queued) -> QueueMessage {
        let QueueMessage {
            agent,
            conversation_id,
            ..
        } = &self.work.message;
        QueueMessage::new(agent, conversation_id, work)
    }

    fn unavailable(&self, error: &StoreError) -> Failed {
        Failed::because("store_unavailable", self.work, error)
    }
}
