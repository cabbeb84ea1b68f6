//! Taking a reply: stored in all its parts, once, and queued; or refused because it comes too late,
//! and kept all the same, so that people see what the bot would have said.

use conversation::{Conversation, OutboundReply, ReplySource, Work};
use lambda_http::http::StatusCode;
use platform::{Attempts, Commit, CommitError};
use serde_json::json;

use crate::call::{Call, Success};
use crate::outgoing::{Outgoing, part_id, refused};
use crate::problem::Problem;

/// Most refused replies kept in one conversation: a bot that goes on talking to nobody must not
/// fill the table.
const MAX_KEPT: usize = 100;

impl Call<'_> {
    /// The stored parts of a reply; empty where there is none. Ids of the bot's replies, as the
    /// transcript shows them, are found too.
    pub(crate) async fn parts(&self, id: &str) -> Result<Vec<OutboundReply>, Problem> {
        let agent = &self.caller.agent;
        let read = async |id: &str| {
            let read = self
                .platform
                .store
                .reply(agent, &self.conversation_id, id)
                .await;
            read.map(|saved| saved.map(|saved| saved.reply))
                .map_err(|error| Problem::unavailable(&error))
        };
        let first = match read(&part_id(id, 1)).await? {
            Some(first) => first,
            None => return Ok(read(id).await?.into_iter().collect()),
        };
        let ReplySource::Api { parts, .. } = first.source else {
            return Ok(vec![first]);
        };
        let mut all = vec![first];
        for part in 2..=parts {
            all.extend(read(&part_id(id, part as usize)).await?);
        }
        Ok(all)
    }

    /// Stores a reply and queues it, or refuses it. Safe to repeat.
    pub(crate) async fn accept(
        &self,
        mut conversation: Conversation,
        outgoing: &Outgoing,
    ) -> Result<Success, Problem> {
        let mut attempts = Attempts::default();
        while attempts.next().await {
            let stored = self.parts(&outgoing.id).await?;
            if !stored.is_empty() {
                return self.again(outgoing, &stored).await;
            }
            let late = outgoing.late(&conversation);
            if let Some(reason) = late
                && !self.keeps(outgoing).await?
            {
                return Err(Problem::late(reason, false));
            }
            let token = &self.caller.token.name;
            let parts = outgoing.stored(&conversation, token, late, self.now);
            let taken = match late {
                Some(_) => conversation.clone(),
                None => outgoing.taken(&conversation, &parts),
            };
            let committed = self
                .platform
                .store
                .commit(Commit {
                    conversation: &taken,
                    read: Some(&conversation),
                    events: &[],
                    replies: &parts,
                    expires_at: self.caller.settings.expires_at(self.now),
                    now: self.now,
                })
                .await;
            match (committed, late) {
                (Ok(_), Some(reason)) => return Err(Problem::late(reason, true)),
                (Ok(_), None) => {
                    self.queue_replies(&parts).await?;
                    return Ok((StatusCode::ACCEPTED, json!(outgoing.summary(&parts))));
                }
                // Somebody was faster with the same id, or with something else: look again.
                (
                    Err(
                        CommitError::ReplyExists
                        | CommitError::Conflict
                        | CommitError::EventTaken(_),
                    ),
                    _,
                ) => conversation = self.conversation().await?,
                (Err(CommitError::Store(error)), _) => return Err(Problem::unavailable(&error)),
            }
        }
        Err(Problem::contended())
    }

    /// Whether a reply that comes too late is kept.
    async fn keeps(&self, outgoing: &Outgoing) -> Result<bool, Problem> {
        if !outgoing.kept || outgoing.parts.is_empty() {
            return Ok(false);
        }
        let (agent, id) = (&self.caller.agent, &self.conversation_id);
        let stored = self.platform.store.transcript(agent, id, self.now).await;
        let stored = stored.map_err(|error| Problem::unavailable(&error))?;
        let kept = stored.replies.iter().filter(|part| refused(part).is_some());
        Ok(kept.count() + outgoing.parts.len() <= MAX_KEPT)
    }

    /// The same id again: the same request, or a mistake.
    async fn again(
        &self,
        outgoing: &Outgoing,
        stored: &[OutboundReply],
    ) -> Result<Success, Problem> {
        if !outgoing.is(stored) {
            let detail = "A reply with this id and another content exists. Choose a new id.";
            return Err(Problem::new(StatusCode::CONFLICT, "id_taken", detail));
        }
        if let Some(reason) = stored.iter().find_map(refused) {
            return Err(Problem::late(reason, true));
        }
        // Whoever stored it may have died before queueing it.
        if stored.iter().any(|reply| !reply.delivery.is_final()) {
            self.queue_replies(stored).await?;
        }
        Ok((StatusCode::ACCEPTED, json!(outgoing.summary(stored))))
    }

    async fn queue_replies(&self, replies: &[OutboundReply]) -> Result<(), Problem> {
        for reply in replies {
            self.queue(Work::Reply {
                reply_id: reply.id.clone(),
            })
            .await?;
        }
        Ok(())
    }
}
