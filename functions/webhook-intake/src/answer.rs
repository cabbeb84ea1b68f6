//! Answering an event in the webhook's response, or leaving it to bot-turn.

use conversation::{Answer, Conversation, EventStatus, Move, Refused, State, StoredEvent};
use platform::{Attempts, Commit, CommitError, EventGuard, StoreError};
use sparkcentral::Reply;

use crate::ask::{Inline, ask};
use crate::delivery::{Accepted, Outcome};
use crate::intake::Intake;

/// What became of an event that was begun.
enum Decision {
    /// The answer is given in the response.
    Inline(Inline),
    /// bot-turn goes on, with the bot's answer where there is one already.
    Queue(Option<Box<Answer>>),
}

impl Intake<'_> {
    /// Asks the bot about an event this invocation has begun, and stores what came of it.
    pub(crate) async fn answer(
        &self,
        mut event: StoredEvent,
        mut conversation: Conversation,
    ) -> Result<Outcome, StoreError> {
        let begun = conversation.clone();
        let mut decision = match ask(self, &event, &conversation).await? {
            Ok(inline) => Decision::Inline(inline),
            Err(later) => Decision::Queue(later),
        };
        let guard = EventGuard::HeldBy(self.delivery.attempt.clone());
        let mut attempts = Attempts::default();
        while attempts.next().await {
            let read = conversation.clone();
            // Somebody else spoke, or took the conversation, while the bot was thinking: bot-turn
            // judges what its answer is worth now.
            if let Decision::Inline(inline) = &decision
                && !still_ours(&begun, &read)
            {
                decision = Decision::Queue(Some(Box::new(inline.answer.clone())));
            }
            apply(&mut conversation, &mut event, &decision, self.delivery.now);
            let committed = self
                .deps
                .platform
                .store
                .commit(Commit {
                    conversation: &conversation,
                    read: Some(&read),
                    events: &[(event.clone(), guard.clone())],
                    replies: &[],
                    expires_at: self.expires_at(),
                    now: self.delivery.now,
                })
                .await;
            match committed {
                Ok(_) => return Ok(self.finish(&event).await),
                Err(CommitError::Conflict) => match self.read().await? {
                    Some(changed) => conversation = changed,
                    // Erased meanwhile: there is nobody to answer any more.
                    None => return Ok(("erased", Accepted::empty())),
                },
                // The lease ran out and another delivery has begun it: that one answers.
                Err(CommitError::EventTaken(Refused::AlreadyAnswered(reply))) => {
                    return Ok(("duplicate", Accepted::Answer(reply)));
                }
                Err(CommitError::EventTaken(_) | CommitError::ReplyExists) => break,
                Err(CommitError::Store(error)) => return Err(error),
            }
        }
        Ok(("contended", Accepted::try_again()))
    }
}

/// Whether the conversation is where it was when the bot was asked, as far as the contact can tell.
fn still_ours(begun: &Conversation, now: &Conversation) -> bool {
    now.state == State::WithBot
        && now.episode == begun.episode
        && now.last_reply == begun.last_reply
}

/// Fills in event and conversation for a decision.
fn apply(
    conversation: &mut Conversation,
    event: &mut StoredEvent,
    decision: &Decision,
    now: time::OffsetDateTime,
) {
    match decision {
        Decision::Inline(inline) => {
            conversation.land(&event.key);
            conversation.turns = conversation.turns.saturating_add(1);
            // Delivered; nothing to look for the next time.
            conversation.last_reply = None;
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
                    conversation.awaiting.push(event.key.clone());
                    EventStatus::Turned {
                        reply_ids: Vec::new(),
                        later: true,
                    }
                }
            };
        }
        Decision::Queue(answer) => {
            conversation.wait(&event.key);
            event.status = EventStatus::Queued {
                answer: answer.clone(),
            };
        }
    }
}

fn speak(
    conversation: &mut Conversation,
    inline: &Inline,
    reply: &Reply,
    now: time::OffsetDateTime,
) {
    if reply.messages().next().is_some() {
        conversation.awaiting.clear();
        conversation.choices.clone_from(&inline.choices);
    }
    if inline.resolves {
        conversation.step(Move::Resolved, now);
    }
}
