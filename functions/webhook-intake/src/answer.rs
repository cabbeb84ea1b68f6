//! Answering an event in the webhook's response, or leaving it to bot-turn.

use conversation::{
    Answer, Conversation, Early, EventStatus, HandoverReason, Move, Refused, State, StoredEvent,
};
use platform::{Attempts, Commit, CommitError, EventGuard, StoreError};
use sparkcentral::Reply;
use time::OffsetDateTime;

use crate::ask::{Inline, ask};
use crate::delivery::{Accepted, Outcome};
use crate::intake::{Intake, is_by};

/// What became of an event that was begun.
enum Decision {
    /// The answer is given in the response.
    Inline(Inline),
    /// bot-turn goes on, with the bot's answer where there is one already.
    Queue(Option<Box<Answer>>),
}

impl Intake<'_> {
    /// Asks the bot about an event this invocation has begun, or leaves it to `people`, and stores what
    /// came of it. `stored` is the conversation as it stands in the table, and the event in it.
    pub(crate) async fn answer(
        &self,
        mut event: StoredEvent,
        mut stored: Conversation,
        mut conversation: Conversation,
        people: Option<HandoverReason>,
    ) -> Result<Outcome, StoreError> {
        let asked = Asked::of(&conversation);
        let mut decision = match people {
            // Carried out by bot-turn, behind everything that waits.
            Some(reason) => Decision::Queue(Some(Box::new(Answer::hand_over(reason)))),
            None => match ask(self, &event, &conversation).await? {
                Ok(inline) => Decision::Inline(inline),
                Err(later) => Decision::Queue(later),
            },
        };
        let store = &self.deps.platform.store;
        let guard = EventGuard::HeldBy(self.delivery.attempt.clone());
        let mut attempts = Attempts::default();
        while attempts.next().await {
            // Somebody else spoke, or took the conversation, while the bot was thinking: bot-turn
            // judges what its answer is worth now.
            if let Decision::Inline(inline) = &decision
                && !asked.is_still_ours(&conversation, inline)
            {
                decision = Decision::Queue(Some(Box::new(inline.answer.clone())));
            }
            // After the lease the next turn may have taken the begun event's place unseen.
            let is_held = stored.begun().is_some_and(|begun| begun.key == event.key)
                && asked
                    .until
                    .is_some_and(|until| OffsetDateTime::now_utc() < until);
            apply(
                &mut conversation,
                &mut event,
                &decision,
                &asked.early,
                self.delivery.now,
            );
            let is_answer = matches!(event.status, EventStatus::Answered { .. });
            let refused = if is_answer && is_held && conversation.only_landed_since(&stored) {
                let answering =
                    store.answer_begun(&conversation, &event, self.expires_at(), self.delivery.now);
                match answering.await? {
                    None => return Ok(self.finish(&event).await),
                    // Somebody changed the conversation meanwhile: its record says that it is still ours.
                    Some(found) if is_by(&found, &self.delivery.attempt) => None,
                    Some(found) => Some(found.judge(&event.payload_hash, self.delivery.now)),
                }
            } else {
                let events = [(event.clone(), guard.clone())];
                let commit = Commit {
                    conversation: &conversation,
                    read: Some(&stored),
                    events: &events,
                    replies: &[],
                    expires_at: self.expires_at(),
                    now: self.delivery.now,
                };
                match Box::pin(store.commit(commit)).await {
                    Ok(_) => return Ok(self.finish(&event).await),
                    Err(CommitError::Conflict) => None,
                    Err(CommitError::EventTaken(refused)) => Some(refused),
                    Err(CommitError::ReplyExists) => break,
                    Err(CommitError::Store(error)) => return Err(error),
                }
            };
            match refused {
                None => match self.read().await? {
                    Some(changed) => stored = changed,
                    // Erased meanwhile: there is nobody to answer any more.
                    None => return Ok(("erased", Accepted::empty())),
                },
                // The lease ran out and another delivery has begun it: that one answers.
                Some(Refused::AlreadyAnswered(reply)) => {
                    return Ok(("duplicate", Accepted::Answer(reply)));
                }
                Some(refused) => return Box::pin(self.already_there(&event, refused)).await,
            }
            conversation = stored.clone();
            conversation.learn(&self.envelope.data);
        }
        Ok(("contended", Accepted::try_again()))
    }
}

/// Where the conversation was when the bot was asked.
struct Asked {
    /// When the turn's lease ends.
    until: Option<OffsetDateTime>,
    episode: u32,
    last_reply: Option<String>,
    early: Early,
}

impl Asked {
    fn of(conversation: &Conversation) -> Self {
        Self {
            until: conversation.in_flight.as_ref().map(|turn| turn.until),
            episode: conversation.episode,
            last_reply: conversation.last_reply.clone(),
            early: conversation.early.clone(),
        }
    }

    /// Whether the conversation is there still, as far as the contact can tell. Where nothing is said yet,
    /// nothing can be overtaken.
    fn is_still_ours(&self, now: &Conversation, inline: &Inline) -> bool {
        now.state == State::WithBot
            && now.episode == self.episode
            && (inline.reply.is_none() || now.last_reply == self.last_reply)
    }
}

/// Fills in event and conversation for a decision. `asked`: answers that were there when the bot was asked.
fn apply(
    conversation: &mut Conversation,
    event: &mut StoredEvent,
    decision: &Decision,
    asked: &Early,
    now: OffsetDateTime,
) {
    match decision {
        Decision::Inline(inline) => {
            if let Some(session) = &inline.answer.session {
                conversation.session.clone_from(session);
            }
            event.status = match &inline.reply {
                Some(reply) => {
                    speak(conversation, inline, reply, now);
                    EventStatus::Answered {
                        reply: reply.clone(),
                    }
                }
                None => {
                    let later = conversation.promised(&event.key, asked);
                    EventStatus::Turned {
                        reply_ids: Vec::new(),
                        later,
                    }
                }
            };
            conversation.done([event.key.as_str()]);
        }
        Decision::Queue(answer) => {
            conversation.uncount(&event.key);
            conversation.wait(&event.key);
            event.status = EventStatus::Queued {
                answer: answer.clone(),
            };
        }
    }
}

fn speak(conversation: &mut Conversation, inline: &Inline, reply: &Reply, now: OffsetDateTime) {
    if reply.messages().next().is_some() {
        conversation.awaiting.clear();
        conversation.choices.clone_from(&inline.choices);
    }
    if inline.resolves {
        conversation.step(Move::Resolved, now);
    }
}
