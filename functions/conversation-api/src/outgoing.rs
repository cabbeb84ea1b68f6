//! A reply as it shall be stored: to be sent, or refused because it comes too late.

use std::time::Duration;

use conversation::{
    Answers, Choice, Conversation, Delivery, DropReason, OutboundReply, PlannedReply, ReplySource,
    State,
};
use time::OffsetDateTime;

use crate::entry::reply_entry;
use crate::view::{DeliveryStatus, ReplyView};

/// A reply to be taken.
pub(crate) struct Outgoing {
    /// Chosen by the caller.
    pub(crate) id: String,
    /// Its parts, in order.
    pub(crate) parts: Vec<PlannedReply>,
    /// Answers it offers; `None` where the contact reads nothing new.
    pub(crate) choices: Option<Vec<Choice>>,
    /// Which of the turns that wait for the bot are answered by it.
    pub(crate) answers: Answers,
    /// Episode of the turn it answers, where it names one.
    pub(crate) episode: Option<u32>,
    /// What the agent's dialect or the medium can't carry, by name.
    pub(crate) left_out: Vec<&'static str>,
    /// Whether it is kept where it comes too late.
    pub(crate) kept: bool,
}

impl Outgoing {
    /// Why it comes too late, if it does.
    pub(crate) fn late(&self, conversation: &Conversation) -> Option<DropReason> {
        let earlier = self.episode.is_some_and(|of| of != conversation.episode);
        match conversation.state {
            State::HandingOver => Some(DropReason::HandingOver),
            State::WithAgent => Some(DropReason::WithAgent),
            State::Resolved => Some(DropReason::Resolved),
            State::WithBot => earlier.then_some(DropReason::EarlierEpisode),
        }
    }

    /// Its parts as they are stored: to be sent, or refused.
    pub(crate) fn stored(
        &self,
        conversation: &Conversation,
        token: &str,
        refused: Option<DropReason>,
        now: OffsetDateTime,
    ) -> Vec<OutboundReply> {
        let source = ReplySource::Api {
            token: token.to_owned(),
            parts: u32::try_from(self.parts.len()).unwrap_or(u32::MAX),
        };
        let parts = self.parts.iter().enumerate();
        parts
            .map(|(index, part)| {
                // A nanosecond apart: the transcript is sorted by time.
                let at = now + Duration::from_nanos(index as u64);
                OutboundReply {
                    id: part_id(&self.id, index + 1),
                    episode: self.episode.unwrap_or(conversation.episode),
                    source: source.clone(),
                    reply: part.reply.clone(),
                    // Nobody will upload it.
                    upload: part.upload.clone().filter(|_| refused.is_none()),
                    created_at: at,
                    attempts: 0,
                    doubted: false,
                    delivery: match refused {
                        Some(reason) => Delivery::Dropped { at, reason },
                        None => Delivery::Pending,
                    },
                }
            })
            .collect()
    }

    /// The conversation once it is taken.
    pub(crate) fn taken(&self, before: &Conversation, parts: &[OutboundReply]) -> Conversation {
        let mut conversation = before.clone();
        if let Some(last) = parts.last() {
            conversation.last_reply = Some(last.id.clone());
        }
        if let Some(choices) = &self.choices {
            conversation.choices.clone_from(choices);
        }
        conversation.answered(&self.answers);
        conversation
    }

    /// Whether the stored parts are this reply.
    pub(crate) fn is(&self, stored: &[OutboundReply]) -> bool {
        stored.len() == self.parts.len()
            && stored.iter().zip(&self.parts).all(|(stored, part)| {
                let same_file = match (&stored.upload, &part.upload) {
                    (Some(stored), Some(wanted)) => stored.asks_the_same(wanted),
                    (stored, wanted) => stored.is_some() == wanted.is_some(),
                } || refused(stored).is_some();
                stored.reply == part.reply && same_file
            })
    }

    pub(crate) fn summary<'a>(&'a self, parts: &'a [OutboundReply]) -> ReplyView<'a> {
        ReplyView {
            left_out: &self.left_out,
            ..summary(&self.id, parts)
        }
    }
}

/// Why a part was never taken, if it wasn't. A part that was taken is dropped some time later.
pub(crate) fn refused(part: &OutboundReply) -> Option<DropReason> {
    match part.delivery {
        Delivery::Dropped { at, reason } if at == part.created_at => Some(reason),
        _ => None,
    }
}

/// Id of one part in the store. The prefix keeps callers' ids apart from the bot's.
pub(crate) fn part_id(id: &str, part: usize) -> String {
    format!("{}.{part}", in_store(id))
}

/// A caller's id, apart from those of turns.
pub(crate) fn in_store(id: &str) -> String {
    format!("api.{id}")
}

/// A reply as callers see it: as far as its least advanced part.
pub(crate) fn summary<'a>(id: &'a str, parts: &'a [OutboundReply]) -> ReplyView<'a> {
    let statuses = parts
        .iter()
        .map(|part| DeliveryStatus::from(&part.delivery));
    ReplyView {
        id,
        status: statuses.max().unwrap_or(DeliveryStatus::Sent),
        parts: parts.iter().map(reply_entry).collect(),
        left_out: &[],
    }
}

#[cfg(test)]
#[path = "outgoing_tests.rs"]
mod tests;
