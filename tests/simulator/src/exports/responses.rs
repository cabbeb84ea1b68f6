//! Human agents' responses: what each one answered, and since when it was due.

use crate::{
    conversation::{Author, Conversation, Direction, Message},
    exports::facts::{HandoverReason, Step, handover, steps},
    history::{Owner, Queue, Reason},
    moment::Moment,
};

/// "Started By".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StartedBy {
    NewConversation,
    HandedOver(HandoverReason),
    /// The virtual agent gave it to a human directly.
    Reassigned,
    InboundMessage,
}

impl StartedBy {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NewConversation => "NEW_CONVERSATION",
            Self::HandedOver(_) => "VA_HANDED_OVER_CONVERSATION",
            Self::Reassigned => "VA_REASSIGNED_CONVERSATION_TO_HUMAN_AGENT",
            Self::InboundMessage => "INBOUND_MESSAGE",
        }
    }
}

/// One response of a human agent.
pub(crate) struct Response<'a> {
    pub(crate) started_by: StartedBy,
    pub(crate) from: Moment,
    /// None where a virtual agent handed over before the contact wrote.
    pub(crate) inbound: Option<&'a Message>,
    pub(crate) outbound: &'a Message,
}

/// A response that is due.
struct Due<'a> {
    started_by: StartedBy,
    from: Moment,
    inbound: Option<&'a Message>,
}

/// Every response of a conversation. A second message of a human without a word of the contact between
/// them answers nothing; what a virtual agent writes is no agent's response.
pub(crate) fn responses(conversation: &Conversation) -> Vec<Response<'_>> {
    let mut responses = Vec::new();
    let mut due: Option<Due<'_>> = None;
    let mut inbound = None;
    let mut with_virtual_agent = false;
    for step in steps(conversation) {
        match step {
            Step::Change(change, before) => {
                with_virtual_agent = matches!(change.owner, Some(Owner::VirtualAgent { .. }));
                if with_virtual_agent || change.queue == Queue::Resolved {
                    due = None;
                } else if let Some((_, reason)) = handover(change, before) {
                    let given = change.owner.is_some() && change.reason != Reason::Taken;
                    let started_by = if given {
                        StartedBy::Reassigned
                    } else {
                        StartedBy::HandedOver(reason)
                    };
                    due = Some(Due {
                        started_by,
                        from: change.at,
                        inbound,
                    });
                }
            }
            Step::Message(message) if message.direction == Direction::Inbound => {
                let started_by = match inbound {
                    None => StartedBy::NewConversation,
                    Some(_) => StartedBy::InboundMessage,
                };
                inbound = Some(message);
                if !with_virtual_agent {
                    due.get_or_insert(Due {
                        started_by,
                        from: message.at,
                        inbound,
                    });
                }
            }
            Step::Message(message) if message.author == Author::Human => {
                responses.extend(due.take().map(|due| Response {
                    started_by: due.started_by,
                    from: due.from,
                    inbound: due.inbound,
                    outbound: message,
                }));
            }
            Step::Message(_) => {}
        }
    }
    responses
}
