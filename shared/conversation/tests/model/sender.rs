//! reply-sender: one message of outbound.fifo.

use std::rc::Rc;

use conversation::{
    Claim, Conversation, Delivery, DropReason, Handover, HandoverReason, Move, OutboundReply,
    ReplySource, State,
};
use sparkcentral::Complete;
use time::OffsetDateTime;

use crate::kept::Kept;
use crate::setup::{Flaw, Setup, clock, lease_end};
use crate::table::{Commit, Saved};
use crate::world::{Actor, Message, QueueOf, Steps, World};

#[derive(Clone, Hash)]
pub(crate) struct Sending {
    id: Rc<str>,
    at: At,
}

#[derive(Clone, Hash)]
enum At {
    Read,
    /// Drops it, or says that nobody knows.
    End(Saved, Kept<OutboundReply>),
    Claim(Saved),
    Post(Saved, u8),
    /// Stores what came of the POST; true: and tries again.
    Store(Saved, Kept<OutboundReply>, bool),
    Settle,
    SettleIn(Kept<Conversation>),
    Queue(Rc<str>),
}

impl Sending {
    pub(crate) fn new(id: Rc<str>) -> Self {
        Self { id, at: At::Read }
    }

    /// What was read is stale: the write will meet a conflict, and it is read again.
    pub(crate) fn refresh(&mut self, version: Option<u64>) {
        if matches!(&self.at, At::SettleIn(read) if Some(read.version) != version) {
            self.at = At::Settle;
        }
    }

    pub(crate) fn has_begun(&self) -> bool {
        !matches!(self.at, At::Read)
    }

    pub(crate) fn lease(&self) -> Option<u8> {
        match self.at {
            At::Post(_, lease) => Some(lease),
            _ => None,
        }
    }

    pub(crate) fn steps(&self, setup: &Setup, world: &World, index: usize) -> Steps {
        let mut run = Run {
            setup,
            world,
            index,
            own: self,
            steps: Vec::new(),
        };
        match &self.at {
            At::Read => run.read(),
            At::End(read, reply) => {
                let mut world = world.clone();
                let saved = world.table.save_reply(read, OutboundReply::clone(reply));
                run.ends_in(world, "ends it unsent", saved);
            }
            At::Claim(read) => run.claim(read),
            At::Post(claimed, _) => run.post(claimed),
            At::Store(read, reply, again) => {
                let mut world = world.clone();
                match world.table.save_reply(read, OutboundReply::clone(reply)) {
                    true if *again => run.ends_in(world, "puts it back", false),
                    true => run.go_in(world, "stores what came of it", At::Settle),
                    false => run.ends_in(world, "finds it taken", false),
                }
            }
            At::Settle => run.settle(),
            At::SettleIn(read) => run.settle_in(read),
            At::Queue(id) => {
                let message = Message::Handover(Rc::clone(id));
                for world in world.send(setup, QueueOf::Handovers, &message) {
                    run.ends_in(world, "queues the handover", true);
                }
            }
        }
        run.steps
    }
}

struct Run<'a> {
    setup: &'a Setup,
    world: &'a World,
    index: usize,
    own: &'a Sending,
    steps: Steps,
}

impl Run<'_> {
    fn go_in(&mut self, mut world: World, what: &'static str, at: At) {
        let id = Rc::clone(&self.own.id);
        let next = Actor::Sender(Sending { id, at });
        let label = next.label(what);
        world.actors[self.index] = next;
        self.steps.push((label, world));
    }

    fn ends_in(&mut self, mut world: World, what: &'static str, done: bool) {
        let label = world.actors[self.index].label(what);
        world.end(self.index, done);
        self.steps.push((label, world));
    }

    fn read(&mut self) {
        let (Some(saved), Some(conversation)) = (
            self.world.table.reply(&self.own.id),
            self.world.conversation(),
        ) else {
            return self.ends_in(self.world.clone(), "finds nothing", true);
        };
        let now = clock(self.world.clock);
        let claim = saved.reply.claim(&conversation, now);
        let ended = |delivery| {
            let reply = OutboundReply {
                delivery,
                ..OutboundReply::clone(&saved.reply)
            };
            At::End(saved.clone(), Kept::of(reply))
        };
        let at = OffsetDateTime::UNIX_EPOCH;
        let next = match claim {
            Claim::Busy => return self.ends_in(self.world.clone(), "finds it busy", false),
            Claim::Done => At::Settle,
            Claim::Drop(reason) => ended(Delivery::Dropped { at, reason }),
            Claim::Uncertain if completes(&saved.reply) || self.setup.has(Flaw::SentAgain) => {
                At::Claim(saved.clone())
            }
            Claim::Uncertain | Claim::Outdated => ended(Delivery::Unknown { at }),
            Claim::Send => At::Claim(saved.clone()),
        };
        self.go_in(self.world.clone(), "reads reply and conversation", next);
    }

    fn claim(&mut self, read: &Saved) {
        let mut world = self.world.clone();
        if self.setup.has(Flaw::Unclaimed) {
            return self.go_in(world, "claims nothing", At::Post(read.clone(), 0));
        }
        world.leases += 1;
        let lease = world.leases;
        let reply = OutboundReply {
            delivery: Delivery::Sending {
                lease_until: lease_end(lease),
            },
            ..OutboundReply::clone(&read.reply)
        };
        if !world.table.save_reply(read, reply) {
            return self.ends_in(self.world.clone(), "finds it taken", false);
        }
        let Some(claimed) = world.table.reply(&self.own.id).cloned() else {
            return;
        };
        self.go_in(world, "claims it", At::Post(claimed, lease));
    }

    fn post(&mut self, claimed: &Saved) {
        let at = OffsetDateTime::UNIX_EPOCH;
        let came = |delivery, again| {
            let reply = OutboundReply {
                delivery,
                ..OutboundReply::clone(&claimed.reply)
            };
            At::Store(claimed.clone(), Kept::of(reply), again)
        };
        let complete = completes(&claimed.reply);
        let mut accepted = self.world.clone();
        if self.world.ghost.with_bot {
            accepted.posted(&self.own.id, complete);
            self.go_in(
                accepted.clone(),
                "posts it",
                came(Delivery::Sent { at }, false),
            );
        } else {
            let told = self.not_assigned(claimed);
            self.go_in(self.world.clone(), "is told 404", told);
        }
        if self.world.ghost.troubles == 0 {
            return;
        }
        let mut not_sent = self.world.clone();
        not_sent.ghost.troubles -= 1;
        self.go_in(
            not_sent.clone(),
            "can't post it",
            came(Delivery::Pending, true),
        );
        let problem = String::new();
        self.go_in(
            not_sent.clone(),
            "is refused",
            came(Delivery::Failed { at, problem }, false),
        );
        if self.world.ghost.with_bot {
            let told = self.not_assigned(claimed);
            self.go_in(not_sent, "is told 404 wrongly", told);
            accepted.ghost.troubles -= 1;
            let unknown = match complete || self.setup.has(Flaw::SentAgain) {
                true => came(Delivery::Pending, true),
                false => came(Delivery::Unknown { at }, false),
            };
            self.go_in(accepted, "posts it, and is not told", unknown);
        }
    }

    fn not_assigned(&self, claimed: &Saved) -> At {
        let mut reply = OutboundReply::clone(&claimed.reply);
        reply.doubted |= self.setup.has(Flaw::Believed);
        reply.not_assigned(OffsetDateTime::UNIX_EPOCH);
        let again = !reply.delivery.is_final();
        At::Store(claimed.clone(), Kept::of(reply), again)
    }

    fn settle(&mut self) {
        let Some(saved) = self.world.table.reply(&self.own.id) else {
            return;
        };
        match (consequence(&saved.reply), self.world.conversation()) {
            (Some(_), Some(read)) => {
                let at = At::SettleIn(Kept::of(read));
                self.go_in(self.world.clone(), "reads the conversation", at);
            }
            _ => self.ends_in(self.world.clone(), "is done", true),
        }
    }

    fn settle_in(&mut self, read: &Kept<Conversation>) {
        let Some(saved) = self.world.table.reply(&self.own.id).cloned() else {
            return;
        };
        let mut conversation = Conversation::clone(read);
        let now = clock(self.world.clock);
        if saved.reply.episode == read.episode {
            match consequence(&saved.reply) {
                Some(Consequence::Move(step)) => {
                    conversation.step(step, now);
                }
                Some(Consequence::AskPeople) => {
                    let reason = HandoverReason::DeliveryFailed;
                    let asked = Handover::new(&saved.reply.id, reason, OffsetDateTime::UNIX_EPOCH);
                    conversation.ask_handover(asked, now);
                }
                None => {}
            }
        }
        let mut world = self.world.clone();
        if conversation.state == State::WithAgent && world.ghost.with_bot {
            let rule = "a conversation is given up that never left the bot";
            world.ghost.broken.get_or_insert(rule);
        }
        if conversation != **read {
            let commit = Commit {
                conversation: &conversation,
                read: Some(read),
                events: &[],
                replies: &[],
                now,
            };
            if world.table.commit(self.setup, &commit).is_err() {
                return self.go_in(self.world.clone(), "meets a conflict", At::Settle);
            }
        }
        let asked = conversation.handover.as_ref();
        match asked.filter(|asked| *asked.id == *self.own.id) {
            Some(asked) => {
                let at = At::Queue(Rc::from(&*asked.id));
                self.go_in(world, "settles it", at);
            }
            None => self.ends_in(world, "settles it", true),
        }
    }
}

fn completes(reply: &OutboundReply) -> bool {
    reply.reply.complete == Some(Complete::Handover)
}

enum Consequence {
    Move(Move),
    AskPeople,
}

fn consequence(reply: &OutboundReply) -> Option<Consequence> {
    let is_ours = matches!(reply.source, ReplySource::Handover { .. });
    match &reply.delivery {
        Delivery::Sent { .. } if completes(reply) => Some(Consequence::Move(Move::HandedOver)),
        Delivery::Dropped {
            reason: DropReason::NotAssigned,
            ..
        } => Some(Consequence::Move(Move::TakenAway)),
        Delivery::Failed { .. } if !is_ours => Some(Consequence::AskPeople),
        _ => None,
    }
}
