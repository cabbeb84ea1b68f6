//! handover: one message of handovers.fifo. Its gate always lets people have the conversation.

use std::rc::Rc;

use conversation::{Conversation, Delivery, OutboundReply, ReplySource, State};
use sparkcentral::{Complete, Reply};
use time::OffsetDateTime;

use crate::kept::Kept;
use crate::setup::{Flaw, Setup, clock};
use crate::table::Commit;
use crate::world::{Actor, Label, Message, QueueOf, Steps, World};

#[derive(Clone, Hash)]
pub(crate) struct HandingOver {
    id: Rc<str>,
    at: At,
}

#[derive(Clone, Hash)]
enum At {
    Read,
    Store(Kept<Conversation>),
    /// Queues these, in order.
    Queue(Vec<Rc<str>>),
}

impl HandingOver {
    pub(crate) fn new(id: Rc<str>) -> Self {
        Self { id, at: At::Read }
    }

    /// What was read is stale: the write will meet a conflict, and it is read again.
    pub(crate) fn refresh(&mut self, version: Option<u64>) {
        if matches!(&self.at, At::Store(read) if Some(read.version) != version) {
            self.at = At::Read;
        }
    }

    pub(crate) fn steps(&self, setup: &Setup, world: &World, index: usize) -> Steps {
        let id: Rc<str> = format!("handover.{}", self.id).into();
        match &self.at {
            At::Read => vec![self.read(setup, world, index, &id)],
            At::Store(read) => vec![self.store(setup, world, index, read, &id)],
            At::Queue(ids) => {
                let Some((first, rest)) = ids.split_first() else {
                    return Vec::new();
                };
                let ways = world.send(setup, QueueOf::Outbound, &Message::Reply(first.clone()));
                let queued = |mut world: World| {
                    if !rest.is_empty() {
                        return self.go(world, index, "queues", At::Queue(rest.to_vec()));
                    }
                    let label = world.actors[index].label("queues what completes");
                    world.end(index, true);
                    (label, world)
                };
                ways.into_iter().map(queued).collect()
            }
        }
    }

    fn go(&self, mut world: World, index: usize, what: &'static str, at: At) -> (Label, World) {
        let next = Actor::Handover(Self {
            id: Rc::clone(&self.id),
            at,
        });
        let label = next.label(what);
        world.actors[index] = next;
        (label, world)
    }

    fn read(&self, setup: &Setup, world: &World, index: usize, id: &str) -> (Label, World) {
        let next = world.clone();
        let ended = |mut next: World, what| {
            let label = next.actors[index].label(what);
            next.end(index, true);
            (label, next)
        };
        if let Some(decided) = world.table.reply(id) {
            return match decided.reply.delivery.is_final() {
                true => ended(next, "finds it completed"),
                false => {
                    let ids = behind(setup, world, id);
                    self.go(next, index, "finds it decided", At::Queue(ids))
                }
            };
        }
        let read = world.conversation().filter(|read| {
            let asked = read.handover.as_ref();
            read.state == State::HandingOver && asked.is_some_and(|asked| *asked.id == *self.id)
        });
        match read {
            Some(read) => self.go(next, index, "reads everything", At::Store(Kept::of(read))),
            None => ended(next, "is not needed"),
        }
    }

    fn store(
        &self,
        setup: &Setup,
        world: &World,
        index: usize,
        read: &Conversation,
        id: &str,
    ) -> (Label, World) {
        let reply = OutboundReply {
            id: id.to_owned(),
            episode: read.episode,
            source: ReplySource::Handover {
                handover_id: self.id.to_string(),
            },
            reply: Reply {
                complete: Some(Complete::Handover),
                ..Reply::default()
            },
            upload: None,
            created_at: OffsetDateTime::UNIX_EPOCH,
            attempts: 0,
            doubted: false,
            delivery: Delivery::Pending,
        };
        let commit = Commit {
            conversation: read,
            read: Some(read),
            events: &[],
            replies: &[reply],
            now: clock(world.clock),
        };
        let mut next = world.clone();
        match next.table.commit(setup, &commit) {
            Ok(_) => {
                let ids = behind(setup, world, id);
                self.go(next, index, "decides", At::Queue(ids))
            }
            Err(_) => self.go(world.clone(), index, "meets a conflict", At::Read),
        }
    }
}

/// What completes, behind all that is not delivered: whoever stored that may not have queued it yet.
fn behind(setup: &Setup, world: &World, completes: &str) -> Vec<Rc<str>> {
    let replies = world.table.replies.iter().map(|saved| &saved.reply);
    let mut ids: Vec<Rc<str>> = replies
        .filter(|reply| reply.id != completes && !reply.delivery.is_final())
        .filter(|_| !setup.has(Flaw::HandoverAlone))
        .map(|reply| Rc::from(&*reply.id))
        .collect();
    ids.push(Rc::from(completes));
    ids
}
