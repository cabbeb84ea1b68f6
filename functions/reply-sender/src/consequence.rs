//! What a reply's end means for its conversation.

use std::collections::BTreeMap;

use conversation::{
    Conversation, Delivery, DropReason, Handover, HandoverReason, Move, OutboundReply, ReplySource,
};
use sparkcentral::Complete;
use time::OffsetDateTime;

/// What happens to the conversation.
pub(crate) enum Consequence {
    Move(Move),
    AskPeople,
}

impl Consequence {
    /// None for most replies: they change nothing.
    pub(crate) fn of(reply: &OutboundReply) -> Option<Self> {
        match (&reply.delivery, reply.reply.complete) {
            (Delivery::Sent { .. }, Some(Complete::Handover)) => Some(Self::Move(Move::HandedOver)),
            (Delivery::Sent { .. }, Some(Complete::Resolved)) => Some(Self::Move(Move::Resolved)),
            (
                Delivery::Dropped {
                    reason: DropReason::NotAssigned,
                    ..
                },
                _,
            ) => Some(Self::Move(Move::TakenAway)),
            // A handover that can't be completed is not answered with another handover: Sparkcentral
            // gives an unanswered conversation to people by itself.
            (Delivery::Failed { .. }, _)
                if !matches!(reply.source, ReplySource::Handover { .. }) =>
            {
                Some(Self::AskPeople)
            }
            _ => None,
        }
    }

    pub(crate) fn apply(
        &self,
        conversation: &mut Conversation,
        reply: &OutboundReply,
        now: OffsetDateTime,
    ) {
        match self {
            Self::Move(step) => {
                conversation.step(*step, now);
            }
            Self::AskPeople => {
                let handover = Handover {
                    id: reply.id.clone(),
                    reason: HandoverReason::DeliveryFailed,
                    topics: Vec::new(),
                    attributes: BTreeMap::new(),
                    requested_at: now,
                };
                conversation.ask_handover(handover, now);
            }
        }
    }
}
