//! Carrying a reply's end over to its conversation.

use conversation::{Conversation, OutboundReply, QueueMessage, Work as Queued};
use platform::{Attempts, Commit, CommitError, Failed};
use time::OffsetDateTime;

use crate::consequence::Consequence;
use crate::send_reply::Sending;

impl Sending<'_> {
    /// Carries a reply's end over to its conversation. Safe to do again.
    pub(crate) async fn settle(&self, reply: &OutboundReply) -> Result<(), Failed> {
        let Some(consequence) = Consequence::of(reply) else {
            return Ok(());
        };
        let store = &self.deps.platform.store;
        let (name, id) = (&self.work.message.agent, &self.work.message.conversation_id);
        let mut attempts = Attempts::default();
        while attempts.next().await {
            let read = store.conversation(name, id, self.now).await;
            let Some(read) = read.map_err(|error| self.unavailable(&error))? else {
                return Ok(());
            };
            let mut conversation = read.clone();
            if reply.episode == read.episode {
                consequence.apply(&mut conversation, reply, OffsetDateTime::now_utc());
            }
            if conversation != read {
                let committed = store
                    .commit(Commit {
                        conversation: &conversation,
                        read: Some(&read),
                        events: &[],
                        replies: &[],
                        expires_at: self.agent.settings.expires_at(self.now),
                        now: self.now,
                    })
                    .await;
                match committed {
                    Ok(_) => {}
                    Err(CommitError::Store(error)) => return Err(self.unavailable(&error)),
                    Err(_) => continue,
                }
            }
            return self.queue_handover(reply, &conversation).await;
        }
        Err(self.retry("contended"))
    }

    /// Queues the handover that a failed reply asks for.
    async fn queue_handover(
        &self,
        reply: &OutboundReply,
        conversation: &Conversation,
    ) -> Result<(), Failed> {
        let asked = conversation
            .handover
            .as_ref()
            .filter(|asked| asked.id == reply.id);
        let Some(handover) = asked else {
            return Ok(());
        };
        let work = Queued::Handover {
            handover_id: handover.id.clone(),
        };
        let message = QueueMessage::new(&conversation.agent, &conversation.id, work);
        self.deps
            .platform
            .queues
            .send(&message)
            .await
            .map_err(|error| Failed::because("queue_unavailable", self.work, &error))
    }
}
