//! conversation-api: a reply, and asking people.

use std::rc::Rc;

use conversation::{
    Answers, Conversation, Delivery, DropReason, Early, EventStatus, Handover, HandoverReason,
    OutboundReply, ReplySource, State,
};
use sparkcentral::Reply;
use time::OffsetDateTime;

use crate::kept::Kept;
use crate::setup::{Flaw, KEYS, Setup, clock};
use crate::table::Commit;
use crate::world::{Actor, Label, Message, QueueOf, Steps, World};

/// The one reply that is asked for.
const REPLY: &str = "api.1";

#[derive(Clone, Hash)]
pub(crate) struct Api {
    replies: bool,
    /// The event whose turn it names.
    names: Option<u8>,
    /// The turn of that, once it was looked up.
    turn: Option<Rc<str>>,
    at: At,
}

#[derive(Clone, Hash)]
enum At {
    Read,
    Store(Kept<Conversation>),
    Queue(Message),
}

impl Api {
    pub(crate) fn reply(names: Option<u8>) -> Self {
        Self {
            replies: true,
            names,
            turn: None,
            at: At::Read,
        }
    }

    pub(crate) fn handover() -> Self {
        Self {
            replies: false,
            names: None,
            turn: None,
            at: At::Read,
        }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self.replies {
            true => "api reply",
            false => "api handover",
        }
    }

    /// What was read is stale: the write will meet a conflict, and it is read again.
    pub(crate) fn refresh(&mut self, version: Option<u64>) {
        if matches!(&self.at, At::Store(read) if Some(read.version) != version) {
            self.at = At::Read;
        }
    }

    pub(crate) fn steps(&self, setup: &Setup, world: &World, index: usize) -> Steps {
        match &self.at {
            At::Read if self.replies => vec![self.read_reply(world, index)],
            At::Read => vec![self.read(world, index)],
            At::Store(read) if self.replies => vec![self.store_reply(setup, world, index, read)],
            At::Store(read) => vec![self.store_handover(setup, world, index, read)],
            At::Queue(message) => {
                let to = match message {
                    Message::Handover(_) => QueueOf::Handovers,
                    _ => QueueOf::Outbound,
                };
                let ways = world.send(setup, to, message);
                let ways = ways.into_iter();
                ways.map(|world| ended(world, index, "queues and answers 202"))
                    .collect()
            }
        }
    }

    fn go(&self, mut world: World, index: usize, what: &'static str, at: At) -> (Label, World) {
        let turn = self.turn.clone().or_else(|| self.answered(&world));
        let next = Actor::Api(Self {
            at,
            turn,
            ..self.clone()
        });
        let label = next.label(what);
        world.actors[index] = next;
        (label, world)
    }

    fn read(&self, world: &World, index: usize) -> (Label, World) {
        let world = world.clone();
        match world.conversation() {
            Some(read) if matches!(read.state, State::WithBot | State::HandingOver) => self.go(
                world,
                index,
                "reads the conversation",
                At::Store(Kept::of(read)),
            ),
            _ => ended(world, index, "is refused"),
        }
    }

    /// The turn that is named: what was merged into a later one stands for that.
    fn answered(&self, world: &World) -> Option<Rc<str>> {
        let key = KEYS[self.names? as usize];
        let record = world.table.event(key).map(|event| &event.status);
        Some(match record {
            Some(EventStatus::Merged { into }) => Rc::from(&**into),
            _ => Rc::from(key),
        })
    }

    fn read_reply(&self, world: &World, index: usize) -> (Label, World) {
        let world = world.clone();
        match (world.table.reply(REPLY), world.conversation()) {
            (Some(stored), _) if stored.reply.delivery.is_final() => {
                ended(world, index, "finds it done")
            }
            (Some(_), _) => {
                let message = Message::Reply(REPLY.into());
                self.go(world, index, "finds it stored", At::Queue(message))
            }
            (None, Some(read)) => self.go(
                world,
                index,
                "reads the conversation",
                At::Store(Kept::of(read)),
            ),
            (None, None) => ended(world, index, "is refused"),
        }
    }

    fn store_reply(
        &self,
        setup: &Setup,
        world: &World,
        index: usize,
        read: &Conversation,
    ) -> (Label, World) {
        let at = OffsetDateTime::UNIX_EPOCH;
        let reason = match read.state {
            State::WithBot => None,
            State::HandingOver => Some(DropReason::HandingOver),
            State::WithAgent => Some(DropReason::WithAgent),
            State::Resolved => Some(DropReason::Resolved),
        };
        let reply = OutboundReply {
            id: REPLY.to_owned(),
            episode: read.episode,
            source: ReplySource::Api {
                token: "bot".into(),
                parts: 1,
            },
            reply: Reply::text("x"),
            upload: None,
            created_at: at,
            attempts: 0,
            doubted: false,
            delivery: match reason {
                Some(reason) => Delivery::Dropped { at, reason },
                None => Delivery::Pending,
            },
        };
        let mut taken = read.clone();
        if reason.is_none() {
            taken.last_reply = Some(REPLY.to_owned());
            let answers = match &self.turn {
                Some(turn) => Answers::UpTo(turn.to_string()),
                None => Answers::All,
            };
            taken.answered(&answers);
            if setup.has(Flaw::EarlyForgotten) {
                taken.early = Early::default();
            }
        }
        let commit = Commit {
            conversation: &taken,
            read: Some(read),
            events: &[],
            replies: &[reply],
            now: clock(world.clock),
        };
        let mut next = world.clone();
        match (next.table.commit(setup, &commit), reason) {
            (Ok(_), Some(_)) => ended(next, index, "comes too late"),
            (Ok(_), None) => {
                next.hears_through_the_api(&read.awaiting, self.turn.as_deref());
                let message = Message::Reply(REPLY.into());
                self.go(next, index, "stores it", At::Queue(message))
            }
            (Err(_), _) => self.go(world.clone(), index, "meets a conflict", At::Read),
        }
    }

    fn store_handover(
        &self,
        setup: &Setup,
        world: &World,
        index: usize,
        read: &Conversation,
    ) -> (Label, World) {
        let id = format!("api-{}-{}", read.episode, read.version);
        let at = OffsetDateTime::UNIX_EPOCH;
        let mut conversation = read.clone();
        let wanted = Handover::new(id, HandoverReason::ApiAsked, at);
        let now = clock(world.clock);
        let Some(asked) = conversation.ask_handover(wanted, now) else {
            return ended(world.clone(), index, "is refused");
        };
        conversation.awaiting.clear();
        let commit = Commit {
            conversation: &conversation,
            read: Some(read),
            events: &[],
            replies: &[],
            now,
        };
        let mut next = world.clone();
        match next.table.commit(setup, &commit) {
            Ok(_) => {
                let message = Message::Handover(Rc::from(&*asked.id));
                self.go(next, index, "asks people", At::Queue(message))
            }
            Err(_) => self.go(world.clone(), index, "meets a conflict", At::Read),
        }
    }
}

fn ended(mut world: World, index: usize, what: &'static str) -> (Label, World) {
    let label = world.actors[index].label(what);
    world.end(index, true);
    (label, world)
}
