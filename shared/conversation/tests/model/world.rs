//! A state of everything, and what can happen next.

use std::rc::Rc;

use conversation::{Conversation, Delivery, EventStatus};

use crate::api::Api;
use crate::deadline::Deadline;
use crate::ghost::Ghost;
use crate::handover::HandingOver;
use crate::intake::Intake;
use crate::sender::Sending;
use crate::setup::{KEYS, Setup};
use crate::table::Table;
use crate::turn::TakingTurn;

#[derive(Clone, Hash)]
pub(crate) struct World {
    pub(crate) table: Table,
    /// Leases that have ended, of those given.
    pub(crate) clock: u8,
    pub(crate) leases: u8,
    /// Invocations under way.
    pub(crate) actors: Vec<Actor>,
    pub(crate) queues: [Queue; 3],
    /// Turns whose deadline is watched.
    pub(crate) deadlines: Vec<u8>,
    pub(crate) ghost: Ghost,
}

/// One step, for a trace.
#[derive(Clone, Copy)]
pub(crate) struct Label {
    pub(crate) who: &'static str,
    pub(crate) number: u8,
    pub(crate) what: &'static str,
}

/// What can happen next.
pub(crate) type Steps = Vec<(Label, World)>;

#[derive(Clone, Hash)]
pub(crate) enum Actor {
    Intake(Intake),
    Turn(TakingTurn),
    Sender(Sending),
    Handover(HandingOver),
    Api(Api),
    Deadline(Deadline),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum QueueOf {
    Turns,
    Outbound,
    Handovers,
}

/// A FIFO queue's one message group: one consumer at a time, who takes the first message.
#[derive(Clone, Default, Hash)]
pub(crate) struct Queue {
    pub(crate) waiting: Vec<Message>,
    pub(crate) taken: bool,
    /// Deduplication ids of all that was ever sent.
    seen: Vec<Message>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Message {
    Turn(u8),
    Reply(Rc<str>),
    Handover(Rc<str>),
}

impl World {
    pub(crate) fn new(setup: &Setup) -> Self {
        Self {
            table: Table::default(),
            clock: 0,
            leases: 0,
            actors: Vec::new(),
            queues: Default::default(),
            deadlines: Vec::new(),
            ghost: Ghost::new(setup),
        }
    }

    pub(crate) fn next(&self, setup: &Setup) -> Steps {
        let mut steps = Vec::new();
        self.deliver(setup, &mut steps);
        self.surroundings(setup, &mut steps);
        for index in 0..3 {
            let queue = &self.queues[index];
            let Some(first) = queue.waiting.first().filter(|_| !queue.taken) else {
                continue;
            };
            let mut world = self.clone();
            world.queues[index].taken = true;
            world.actors.push(match first {
                Message::Turn(event) => Actor::Turn(TakingTurn::new(*event)),
                Message::Reply(id) => Actor::Sender(Sending::new(Rc::clone(id))),
                Message::Handover(id) => Actor::Handover(HandingOver::new(Rc::clone(id))),
            });
            steps.extend(world.last_steps(setup));
        }
        for index in 0..self.actors.len() {
            steps.extend(self.steps_of(setup, index));
            let is_sender = matches!(self.actors[index], Actor::Sender(_));
            if self.actors[index].has_begun() && (!is_sender || self.ghost.deaths > 0) {
                let mut world = self.clone();
                world.ghost.deaths -= u8::from(is_sender);
                world.end(index, false);
                steps.push((self.actors[index].label("dies"), world));
            }
        }
        if !setup.split {
            for (_, world) in &mut steps {
                world.refresh();
            }
        }
        steps
    }

    /// Whoever read what has changed since would only meet a conflict: they are to read again.
    fn refresh(&mut self) {
        let item = self.table.state.as_ref();
        let version = item.map(|item| item.conversation.version);
        for actor in &mut self.actors {
            match actor {
                Actor::Intake(actor) => actor.refresh(version),
                Actor::Turn(actor) => actor.refresh(version),
                Actor::Sender(actor) => actor.refresh(version),
                Actor::Handover(actor) => actor.refresh(version),
                Actor::Api(actor) => actor.refresh(version),
                Actor::Deadline(actor) => actor.refresh(version),
            }
        }
    }

    /// The steps of the actor that was added last: it takes its first at once.
    fn last_steps(&self, setup: &Setup) -> Steps {
        self.steps_of(setup, self.actors.len() - 1)
    }

    fn steps_of(&self, setup: &Setup, index: usize) -> Steps {
        match &self.actors[index] {
            Actor::Intake(actor) => actor.steps(setup, self, index),
            Actor::Turn(actor) => actor.steps(setup, self, index),
            Actor::Sender(actor) => actor.steps(setup, self, index),
            Actor::Handover(actor) => actor.steps(setup, self, index),
            Actor::Api(actor) => actor.steps(setup, self, index),
            Actor::Deadline(actor) => actor.steps(setup, self, index),
        }
    }

    /// Sparkcentral sends an event, for the first time or again.
    fn deliver(&self, setup: &Setup, steps: &mut Steps) {
        let is_intake = |actor: &&Actor| matches!(actor, Actor::Intake(_));
        if self.actors.iter().filter(is_intake).count() >= setup.at_once || !self.ghost.with_bot {
            return;
        }
        for event in 0..setup.events {
            let before = self.ghost.deliveries[event];
            if before >= setup.deliveries {
                continue;
            }
            let mut stamps = vec![0];
            if before > 0 && setup.restamped {
                stamps.push(self.ghost.restamped + 1);
            }
            for stamp in stamps {
                let mut world = self.clone();
                world.ghost.deliveries[event] += 1;
                world.ghost.restamped = world.ghost.restamped.max(stamp);
                world.leases += 1;
                let intake = Intake::new(world.leases, event as u8, stamp, world.clock);
                world.actors.push(Actor::Intake(intake));
                steps.extend(world.last_steps(setup));
            }
        }
    }

    /// What happens around the product.
    fn surroundings(&self, setup: &Setup, steps: &mut Steps) {
        let mut happens = |what, world: World| {
            let label = Label {
                who: "world",
                number: 0,
                what,
            };
            steps.push((label, world));
        };
        if let Some(lease) = self.next_lease()
            && (setup.zombies || !self.actors.iter().any(|actor| actor.lease() == Some(lease)))
        {
            let mut world = self.clone();
            world.clock = lease;
            happens("a lease ends", world);
        }
        if setup.person && self.ghost.with_bot {
            let mut world = self.clone();
            world.ghost.with_bot = false;
            happens("a person takes the conversation", world);
        }
        let mut starts = Vec::new();
        if self.table.state.is_some() {
            let is_api = |actor: &Actor| matches!(actor, Actor::Api(_));
            let free = !self.actors.iter().any(is_api);
            if free && self.ghost.api_replies < setup.api_replies {
                let mut named = vec![None];
                if setup.api_names {
                    let asked = (0..setup.events).filter(|event| self.ghost.asked[*event]);
                    named.extend(asked.map(|event| Some(event as u8)));
                }
                for names in named {
                    let mut world = self.clone();
                    world.ghost.api_replies += 1;
                    world.actors.push(Actor::Api(Api::reply(names)));
                    starts.push(world);
                }
            }
            if free && self.ghost.api_handovers < setup.api_handovers {
                let mut world = self.clone();
                world.ghost.api_handovers += 1;
                world.actors.push(Actor::Api(Api::handover()));
                starts.push(world);
            }
        }
        for place in 0..self.deadlines.len() {
            let mut world = self.clone();
            let event = world.deadlines.remove(place);
            world.actors.push(Actor::Deadline(Deadline::new(event)));
            starts.push(world);
        }
        for world in starts {
            steps.extend(world.last_steps(setup));
        }
    }

    /// The next lease to end that somebody or something holds.
    fn next_lease(&self) -> Option<u8> {
        let held = |lease: &u8| {
            let end = crate::setup::lease_end(*lease);
            let state = self.table.state.as_ref();
            let in_flight = state.and_then(|item| item.conversation.in_flight.as_ref());
            let mut events = self.table.events.iter().flatten();
            let mut replies = self.table.replies.iter();
            self.actors
                .iter()
                .any(|actor| actor.lease() == Some(*lease))
                || in_flight.is_some_and(|turn| turn.until == end)
                || events.any(|event| {
                    matches!(&event.status, EventStatus::InProgress { lease_until, .. }
                        if *lease_until == end)
                })
                || replies.any(|saved| {
                    matches!(&saved.reply.delivery, Delivery::Sending { lease_until }
                        if *lease_until == end)
                })
        };
        (self.clock + 1..=self.leases).find(held)
    }

    /// Ends an invocation. A queue's message is gone if it is `done`, and comes again if not.
    pub(crate) fn end(&mut self, index: usize, done: bool) {
        let actor = self.actors.remove(index);
        let queue = match &actor {
            Actor::Turn(_) => QueueOf::Turns,
            Actor::Sender(_) => QueueOf::Outbound,
            Actor::Handover(_) => QueueOf::Handovers,
            Actor::Deadline(deadline) if !done => {
                self.watch(deadline.event);
                return;
            }
            _ => return,
        };
        let queue = &mut self.queues[queue as usize];
        queue.taken = false;
        if done {
            queue.waiting.remove(0);
        }
    }

    /// Sends a message, in each way that may go: SQS takes the same one once, if it remembers it.
    pub(crate) fn send(&self, setup: &Setup, to: QueueOf, message: &Message) -> Vec<Self> {
        let queue = &self.queues[to as usize];
        let seen = queue.seen.contains(message);
        let mut ways = Vec::new();
        if seen {
            ways.push(self.clone());
        }
        if !seen || (setup.forgets && !queue.waiting.contains(message)) {
            let mut world = self.clone();
            let queue = &mut world.queues[to as usize];
            queue.waiting.push(message.clone());
            if !seen {
                queue.seen.push(message.clone());
            }
            ways.push(world);
        }
        ways
    }

    /// Sends the look at a turn's deadline.
    pub(crate) fn watch(&mut self, event: u8) {
        if !self.deadlines.contains(&event) {
            self.deadlines.push(event);
            self.deadlines.sort_unstable();
        }
    }

    pub(crate) fn conversation(&self) -> Option<Conversation> {
        self.table.conversation()
    }

    /// What stands where, for a trace.
    pub(crate) fn told(&self) -> String {
        let state = self.table.state.as_ref().map(|item| {
            let of = &item.conversation;
            let in_flight = of.in_flight.as_ref();
            format!(
                "v{} {} flight={:?} queued={:?} last={:?}",
                of.version,
                of.state.as_str(),
                in_flight.map(|turn| (&turn.turn_id, turn.event.is_some())),
                of.queued,
                of.last_reply,
            )
        });
        let events = KEYS.iter().zip(&self.table.events);
        let events: Vec<String> = events
            .filter_map(|(key, event)| {
                let status = event.as_ref()?.status.name();
                Some(format!("{key}={status}"))
            })
            .collect();
        let replies = self.table.replies.iter();
        let replies: Vec<String> = replies
            .map(|saved| format!("{}={}", saved.reply.id, saved.reply.delivery.name()))
            .collect();
        format!(
            "{} | {} | {}",
            state.unwrap_or_default(),
            events.join(" "),
            replies.join(" ")
        )
    }
}

impl Actor {
    /// Whether it has done anything that its death would not undo.
    fn has_begun(&self) -> bool {
        match self {
            Self::Sender(actor) => actor.has_begun(),
            Self::Turn(actor) => actor.has_begun(),
            Self::Intake(actor) => actor.has_begun(),
            _ => true,
        }
    }

    fn lease(&self) -> Option<u8> {
        match self {
            Self::Intake(intake) => Some(intake.number),
            Self::Sender(sending) => sending.lease(),
            _ => None,
        }
    }

    pub(crate) fn label(&self, what: &'static str) -> Label {
        let (who, number) = match self {
            Self::Intake(intake) => (KEYS[intake.event as usize], intake.number),
            Self::Turn(turn) => ("bot-turn", turn.event),
            Self::Sender(_) => ("reply-sender", 0),
            Self::Handover(_) => ("handover", 0),
            Self::Api(api) => (api.name(), 0),
            Self::Deadline(deadline) => ("deadline", deadline.event),
        };
        Label { who, number, what }
    }
}
