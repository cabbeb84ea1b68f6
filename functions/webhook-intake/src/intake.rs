//! Storing one event of a conversation once, with its answer or as a queued turn.
//!
//! The event's record decides every race: of the inline answer and the queued turn exactly one
//! commits, and the other sees that it lost.

use std::time::Duration;

use conversation::{
    Answer, Conversation, EventStatus, IntakeMode, NotAsked, QueueMessage, Reception, Refused,
    StoredEvent, Work, lease_until,
};
use platform::{Agent, Attempts, Begin, Commit, CommitError, EventGuard, StoreError};
use sparkcentral::Envelope;
use time::OffsetDateTime;

use crate::answer::{Inline, answer_inline};
use crate::delivery::{Accepted, Delivery, Deps, Outcome, unavailable};

/// Pause between two looks at an event another invocation is working on.
const POLL: Duration = Duration::from_millis(150);

/// A verified delivery of an event that belongs to a conversation.
pub(crate) struct Intake<'a> {
    pub(crate) deps: &'a Deps,
    pub(crate) delivery: &'a Delivery<'a>,
    pub(crate) agent: &'a Agent,
    pub(crate) envelope: &'a Envelope,
    pub(crate) conversation_id: &'a str,
}

/// What shall be stored of an event.
enum Decision {
    /// The answer given in the response.
    Inline {
        inline: Inline,
        /// A reply before it that is not on its way any more.
        delivered: Option<String>,
    },
    /// bot-turn goes on, with the bot's answer where there is one already.
    Queue(Option<Box<Answer>>),
}

impl Intake<'_> {
    pub(crate) async fn run(&self) -> Result<Outcome, StoreError> {
        let attempt = self.delivery.attempt.clone();
        let status = EventStatus::InProgress {
            lease_until: lease_until(self.delivery.now, self.delivery.remaining),
            attempt: attempt.clone(),
        };
        let Some(event) = StoredEvent::of(self.envelope, self.delivery.now, status) else {
            return Ok(("unknown_type", Accepted::empty()));
        };
        if self.agent.settings.mode == IntakeMode::Queued {
            return self
                .commit(event, EventGuard::New, Decision::Queue(None), None)
                .await;
        }
        let store = &self.deps.platform.store;
        let (begun, read) = tokio::join!(
            store.begin(
                &self.agent.name,
                self.conversation_id,
                &event,
                self.expires_at(),
                self.delivery.now
            ),
            store.conversation(&self.agent.name, self.conversation_id, self.delivery.now),
        );
        if let Begin::Refused(refused) = begun? {
            return self.already_there(refused).await;
        }
        let read = read?;
        let (conversation, reception) = self.receive(read.as_ref());
        let delivered = self.delivered(&conversation).await?;
        let decision = match reception {
            // Committed as not asked, whatever the decision.
            Reception::Record(_) => Decision::Queue(None),
            // An answer now would overtake what is still on its way.
            Reception::AskBot if conversation.must_queue(delivered.as_deref()) => {
                Decision::Queue(None)
            }
            Reception::AskBot => match answer_inline(
                &self.deps.bots,
                self.agent,
                self.inline_until(),
                &event,
                &conversation,
            )
            .await
            {
                Ok(inline) => Decision::Inline { inline, delivered },
                Err(later) => Decision::Queue(later),
            },
        };
        self.commit(event, EventGuard::HeldBy(attempt), decision, Some(read))
            .await
    }

    /// The conversation's last reply over REST, where it is not on its way any more.
    async fn delivered(&self, conversation: &Conversation) -> Result<Option<String>, StoreError> {
        let Some(last) = &conversation.last_reply else {
            return Ok(None);
        };
        let store = &self.deps.platform.store;
        let reply = store
            .reply(&self.agent.name, self.conversation_id, last)
            .await?;
        let on_its_way = reply.is_some_and(|saved| !saved.reply.delivery.is_final());
        Ok((!on_its_way).then(|| last.clone()))
    }

    /// The conversation as it is once the event is in, and whether the bot is asked.
    fn receive(&self, read: Option<&Conversation>) -> (Conversation, Reception) {
        let mut conversation = read.cloned().unwrap_or_else(|| {
            Conversation::new(&self.agent.name, self.conversation_id, self.delivery.now)
        });
        let reception = conversation.receive(
            &self.envelope.data,
            self.envelope.timestamp,
            self.delivery.now,
        );
        (conversation, reception)
    }

    /// Writes event and conversation together; where somebody else changed the conversation
    /// meanwhile, reads it and decides again.
    async fn commit(
        &self,
        mut event: StoredEvent,
        guard: EventGuard,
        mut decision: Decision,
        mut read: Option<Option<Conversation>>,
    ) -> Result<Outcome, StoreError> {
        let store = &self.deps.platform.store;
        let mut attempts = Attempts::default();
        while attempts.next().await {
            let before = match read.take() {
                Some(before) => before,
                None => {
                    let (agent, now) = (&self.agent.name, self.delivery.now);
                    store.conversation(agent, self.conversation_id, now).await?
                }
            };
            let (mut conversation, reception) = self.receive(before.as_ref());
            // An answer now would overtake what somebody else has put on its way meanwhile.
            if let Decision::Inline { inline, delivered } = &decision
                && conversation.must_queue(delivered.as_deref())
            {
                decision = Decision::Queue(Some(Box::new(inline.answer.clone())));
            }
            event.episode = conversation.episode;
            let outcome = apply(
                &mut conversation,
                &mut event,
                &decision,
                reception,
                self.delivery.now,
            );
            let committed = store
                .commit(Commit {
                    conversation: &conversation,
                    read: before.as_ref(),
                    event: Some((&event, guard.clone())),
                    replies: &[],
                    expires_at: self.expires_at(),
                    now: self.delivery.now,
                })
                .await;
            match committed {
                Ok(_) => return Ok(self.finish(&event, outcome).await),
                Err(CommitError::Conflict) => {}
                Err(CommitError::EventTaken(Begin::Refused(refused))) => {
                    return self.already_there(refused).await;
                }
                Err(CommitError::EventTaken(Begin::Started) | CommitError::ReplyExists) => break,
                Err(CommitError::Store(error)) => return Err(error),
            }
        }
        Ok(("contended", Accepted::try_again()))
    }

    /// The event is stored; what is left to do, and the answer.
    async fn finish(&self, event: &StoredEvent, outcome: &'static str) -> Outcome {
        match &event.status {
            EventStatus::Queued { .. } => self.queue(outcome).await,
            EventStatus::Answered { reply } => (outcome, Accepted::Answer(reply.clone())),
            _ => (outcome, Accepted::empty()),
        }
    }

    /// Queues the turn. The event says already that it is queued: if this fails, Sparkcentral's
    /// retry comes here again.
    async fn queue(&self, outcome: &'static str) -> Outcome {
        let turn = Work::Turn {
            turn_id: self.envelope.idempotency_key.clone(),
        };
        let message = QueueMessage::new(&self.agent.name, self.conversation_id, turn);
        match self.deps.platform.queues.send(&message).await {
            Ok(()) => (outcome, Accepted::empty()),
            Err(error) => unavailable("queue_unavailable", &error),
        }
    }

    /// Another delivery of the event was first.
    async fn already_there(&self, refused: Refused) -> Result<Outcome, StoreError> {
        let found = match refused {
            Refused::InProgress | Refused::LeaseExpired => self.wait_for_the_first().await?,
            settled => settled,
        };
        Ok(match found {
            Refused::AlreadyAnswered(reply) => ("duplicate", Accepted::Answer(reply)),
            Refused::AlreadyDone => ("duplicate", Accepted::empty()),
            // The first delivery may have died between storing and queueing. SQS takes the same
            // turn once in five minutes, and bot-turn takes it once for ever.
            Refused::AlreadyQueued => self.queue("duplicate").await,
            Refused::PayloadMismatch => (
                "payload_mismatch",
                Accepted::refused(409, "This idempotency key came with another body before."),
            ),
            Refused::InProgress | Refused::LeaseExpired => {
                ("duplicate_in_progress", Accepted::try_again())
            }
        })
    }

    /// Waits for the delivery that is working on the event, to give the same answer. Only as long
    /// as an inline answer may take: Sparkcentral is waiting on both.
    async fn wait_for_the_first(&self) -> Result<Refused, StoreError> {
        let store = &self.deps.platform.store;
        let (agent, key) = (&self.agent.name, &self.envelope.idempotency_key);
        let hash = conversation::payload_hash(self.envelope);
        let mut found = Refused::InProgress;
        while found == Refused::InProgress && OffsetDateTime::now_utc() < self.inline_until() {
            tokio::time::sleep(POLL).await;
            let Some(event) = store.event(agent, self.conversation_id, key).await? else {
                break;
            };
            found = event.judge(&hash, OffsetDateTime::now_utc());
        }
        Ok(found)
    }

    /// When the inline budget is used up.
    fn inline_until(&self) -> OffsetDateTime {
        self.delivery.arrived + Duration::from_millis(self.agent.settings.inline_budget_ms)
    }

    fn expires_at(&self) -> i64 {
        self.agent.settings.expires_at(self.delivery.now)
    }
}

/// Fills in event and conversation for a decision; what it is called in metrics.
fn apply(
    conversation: &mut Conversation,
    event: &mut StoredEvent,
    decision: &Decision,
    reception: Reception,
    now: OffsetDateTime,
) -> &'static str {
    if let Reception::Record(reason) = reception {
        event.status = EventStatus::NotAsked { reason };
        return match reason {
            NotAsked::HandingOver => "recorded_handing_over",
            NotAsked::WithAgent => "recorded_with_agent",
            NotAsked::Resolved => "recorded_resolved",
            NotAsked::EarlierEpisode => "recorded_earlier_episode",
        };
    }
    match decision {
        Decision::Inline { inline, .. } => {
            // Delivered; nothing to look for the next time.
            conversation.last_reply = None;
            if let Some(session) = &inline.answer.session {
                conversation.session.clone_from(session);
            }
            if inline.resolves {
                conversation.step(conversation::Move::Resolved, now);
            }
            event.status = match &inline.reply {
                Some(reply) => EventStatus::Answered {
                    reply: reply.clone(),
                },
                None => EventStatus::Turned {
                    reply_ids: Vec::new(),
                    later: true,
                },
            };
            if inline.reply.is_some() {
                "answered"
            } else {
                "answered_later"
            }
        }
        Decision::Queue(answer) => {
            conversation.queued_turns = conversation.queued_turns.saturating_add(1);
            event.status = EventStatus::Queued {
                answer: answer.clone(),
            };
            "queued"
        }
    }
}
