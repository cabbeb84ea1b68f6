//! handover's other part: a turn's deadline is missed.

use std::rc::Rc;

use conversation::{Conversation, EventStatus, Handover, HandoverReason, State};
use time::OffsetDateTime;

use crate::kept::Kept;
use crate::setup::{KEYS, Setup, clock};
use crate::table::Commit;
use crate::world::{Actor, Label, Message, QueueOf, Steps, World};

#[derive(Clone, Hash)]
pub(crate) struct Deadline {
    pub(crate) event: u8,
    at: At,
}

#[derive(Clone, Hash)]
enum At {
    Read,
    /// Asks people, if the turn is unanswered.
    Store(Kept<Conversation>, bool),
    Queue(Rc<str>),
}

impl Deadline {
    pub(crate) fn new(event: u8) -> Self {
        Self {
            event,
            at: At::Read,
        }
    }

    /// What was read is stale: the write will meet a conflict, and it is read again.
    pub(crate) fn refresh(&mut self, version: Option<u64>) {
        if matches!(&self.at, At::Store(read, _) if Some(read.version) != version) {
            self.at = At::Read;
        }
    }

    pub(crate) fn steps(&self, setup: &Setup, world: &World, index: usize) -> Steps {
        match &self.at {
            At::Read => vec![self.read(world, index)],
            At::Store(read, unanswered) => {
                vec![self.store(setup, world, index, read, *unanswered)]
            }
            At::Queue(id) => {
                let ways = world.send(setup, QueueOf::Handovers, &Message::Handover(id.clone()));
                let ways = ways.into_iter();
                ways.map(|world| ended(world, index, "queues the handover", true))
                    .collect()
            }
        }
    }

    fn go(&self, mut world: World, index: usize, what: &'static str, at: At) -> (Label, World) {
        let next = Actor::Deadline(Self {
            event: self.event,
            at,
        });
        let label = next.label(what);
        world.actors[index] = next;
        (label, world)
    }

    fn read(&self, world: &World, index: usize) -> (Label, World) {
        let world = world.clone();
        let event = world.table.event(KEYS[self.event as usize]);
        let (Some(event), Some(read)) = (event, world.conversation()) else {
            return ended(world, index, "finds nothing", true);
        };
        let turn = match &event.status {
            EventStatus::Merged { into } => world.table.event(into).unwrap_or(event),
            _ => event,
        };
        let is_earlier = turn.episode != 0 && turn.episode != read.episode;
        let unanswered = read.state == State::WithBot
            && !is_earlier
            && match &turn.status {
                EventStatus::InProgress { lease_until, .. }
                    if *lease_until > clock(world.clock) =>
                {
                    return ended(world, index, "finds it in work", false);
                }
                EventStatus::InProgress { .. } | EventStatus::Queued { .. } => true,
                EventStatus::Turned { later: true, .. } => read.awaiting.contains(&turn.key),
                _ => false,
            };
        let at = At::Store(Kept::of(read), unanswered);
        self.go(world, index, "reads event and conversation", at)
    }

    fn store(
        &self,
        setup: &Setup,
        world: &World,
        index: usize,
        read: &Conversation,
        unanswered: bool,
    ) -> (Label, World) {
        let id = format!("deadline.{}", KEYS[self.event as usize]);
        let mut conversation = read.clone();
        let now = clock(world.clock);
        let asked = read.handover.as_ref().filter(|asked| asked.id == id);
        let handover = match (asked, read.state) {
            (Some(asked), State::HandingOver) => Some(asked.clone()),
            (Some(_), _) => None,
            (None, _) if !unanswered => None,
            (None, _) => {
                let at = OffsetDateTime::UNIX_EPOCH;
                let asked = Handover::new(id, HandoverReason::Deadline, at);
                conversation.ask_handover(asked, now)
            }
        };
        let mut next = world.clone();
        let Some(handover) = handover else {
            return ended(next, index, "finds it answered", true);
        };
        if conversation != *read {
            let commit = Commit {
                conversation: &conversation,
                read: Some(read),
                events: &[],
                replies: &[],
                now,
            };
            if next.table.commit(setup, &commit).is_err() {
                return self.go(world.clone(), index, "meets a conflict", At::Read);
            }
        }
        self.go(
            next,
            index,
            "asks people",
            At::Queue(Rc::from(&*handover.id)),
        )
    }
}

fn ended(mut world: World, index: usize, what: &'static str, done: bool) -> (Label, World) {
    let label = world.actors[index].label(what);
    world.end(index, done);
    (label, world)
}
