//! What a reply's end means for its conversation.

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
                let reason = HandoverReason::DeliveryFailed;
                let handover = Handover::new(&reply.id, reason, now);
                conversation.ask_handover(handover, now);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use conversation::State;
    use sparkcentral::Reply;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn reply(complete: Option<Complete>, source: ReplySource, delivery: Delivery) -> OutboundReply {
        OutboundReply {
            id: "r".into(),
            episode: 1,
            source,
            reply: Reply {
                complete,
                ..Reply::text("hello")
            },
            upload: None,
            created_at: NOW,
            attempts: 1,
            doubted: false,
            delivery,
        }
    }

    fn bot() -> ReplySource {
        ReplySource::Bot {
            turn_id: "t".into(),
        }
    }

    /// The state of a conversation with the bot after the reply's end.
    fn after(reply: &OutboundReply) -> State {
        let mut conversation = Conversation::new("demo", "c", NOW);
        if let Some(consequence) = Consequence::of(reply) {
            consequence.apply(&mut conversation, reply, NOW);
        }
        conversation.state
    }

    #[test]
    fn the_end_of_a_reply_moves_its_conversation_where_it_says_something_about_it() {
        let sent = || Delivery::Sent { at: NOW };
        let dropped = |reason| Delivery::Dropped { at: NOW, reason };
        let failed = || Delivery::Failed {
            at: NOW,
            problem: "refused".into(),
        };
        let handover = || ReplySource::Handover {
            handover_id: "h".into(),
        };
        let cases = [
            (reply(None, bot(), sent()), State::WithBot),
            (
                reply(Some(Complete::Handover), handover(), sent()),
                State::WithAgent,
            ),
            (
                reply(Some(Complete::Resolved), bot(), sent()),
                State::Resolved,
            ),
            (
                reply(None, bot(), dropped(DropReason::NotAssigned)),
                State::WithAgent,
            ),
            (
                reply(None, bot(), dropped(DropReason::EarlierEpisode)),
                State::WithBot,
            ),
            (reply(None, bot(), failed()), State::HandingOver),
            (
                reply(Some(Complete::Handover), handover(), failed()),
                State::WithBot,
            ),
            (
                reply(None, bot(), Delivery::Unknown { at: NOW }),
                State::WithBot,
            ),
        ];
        for (reply, expected) in cases {
            assert_eq!(after(&reply), expected, "{:?}", reply.delivery);
        }
    }
}
