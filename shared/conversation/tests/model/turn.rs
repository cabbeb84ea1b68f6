//! bot-turn: one message of turns.fifo.

use std::rc::Rc;

use conversation::{
    Action, Answer, Conversation, Delivery, DropReason, Early, EventStatus, Handover,
    HandoverReason, NotAsked, OutboundReply, ReplySource, State, StoredEvent, WhileBusy, merged,
    together,
};
use sparkcentral::Reply;
use time::OffsetDateTime;

use crate::kept::Kept;
use crate::setup::{Flaw, KEYS, Says, Setup, clock, number};
use crate::table::{Commit, Guard, Refusal};
use crate::world::{Actor, Message, QueueOf, Steps, World};

#[derive(Clone, Hash)]
pub(crate) struct TakingTurn {
    pub(crate) event: u8,
    at: At,
}

#[derive(Clone, Hash)]
enum At {
    /// Reads event and conversation; true once a turn was taken.
    Read(bool),
    Line(Kept<StoredEvent>, Kept<Conversation>),
    Asking(Kept<Conversation>, Given),
    Store(Kept<Conversation>, Given, Said),
    Reread(Given, Said),
    /// Queues what the turn became; true: and looks for its own event then.
    Queue(Vec<Message>, bool),
}

/// What the bot is given.
#[derive(Clone, Hash)]
struct Given {
    events: Vec<Kept<StoredEvent>>,
    /// Answers that were there before.
    early: Early,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Said {
    Answer(Says),
    /// Nothing to say: an answer all the same.
    Empty,
    Later,
    Failed,
    NotAsked,
}

impl TakingTurn {
    pub(crate) fn new(event: u8) -> Self {
        Self {
            event,
            at: At::Read(false),
        }
    }

    pub(crate) fn is_asking(&self) -> bool {
        matches!(self.at, At::Asking(..))
    }

    /// The event that the turn which is being asked is named after.
    pub(crate) fn asks_about(&self) -> Option<u8> {
        let At::Asking(_, given) = &self.at else {
            return None;
        };
        given.events.last().map(|event| number(&event.key) as u8)
    }

    /// What was read is stale: the write will meet a conflict, and it is read again.
    pub(crate) fn refresh(&mut self, version: Option<u64>) {
        match &self.at {
            At::Store(read, given, said) if Some(read.version) != version => {
                self.at = At::Reread(given.clone(), *said);
            }
            _ => {}
        }
    }

    pub(crate) fn has_begun(&self) -> bool {
        !matches!(self.at, At::Read(false))
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
            At::Read(taken) => run.read(*taken),
            At::Line(own, conversation) => run.line(own, conversation),
            At::Asking(conversation, given) => {
                for says in setup.queued {
                    let said = match says {
                        Says::Nothing => Said::Failed,
                        Says::Later => Said::Later,
                        says => Said::Answer(*says),
                    };
                    run.says(conversation, given, said);
                }
            }
            At::Store(conversation, given, said) => run.store(conversation, given, *said),
            At::Reread(given, said) => {
                if let Some(read) = world.conversation() {
                    let at = At::Store(Kept::of(read), given.clone(), *said);
                    run.go_in(world.clone(), "reads the conversation again", at);
                }
            }
            At::Queue(messages, more) => run.queue(messages, *more),
        }
        run.steps
    }
}

struct Run<'a> {
    setup: &'a Setup,
    world: &'a World,
    index: usize,
    own: &'a TakingTurn,
    steps: Steps,
}

impl Run<'_> {
    fn go_in(&mut self, mut world: World, what: &'static str, at: At) {
        let asks = matches!(at, At::Asking(..));
        let next = Actor::Turn(TakingTurn {
            at,
            event: self.own.event,
        });
        let label = next.label(what);
        world.actors[self.index] = next;
        if asks {
            world.asks(self.setup, self.index);
        }
        self.steps.push((label, world));
    }

    fn ends(&mut self, what: &'static str, done: bool) {
        let mut world = self.world.clone();
        let label = world.actors[self.index].label(what);
        world.end(self.index, done);
        self.steps.push((label, world));
    }

    fn read(&mut self, taken: bool) {
        let key = KEYS[self.own.event as usize];
        let (Some(event), Some(read)) = (self.world.table.event(key), self.world.conversation())
        else {
            return self.ends("finds nothing", true);
        };
        if !matches!(event.status, EventStatus::Queued { .. }) {
            if taken {
                return self.ends("is done", true);
            }
            let turn = match &event.status {
                EventStatus::Merged { into } => self.world.table.event(into),
                _ => Some(event),
            };
            let messages = turn.map_or_else(Vec::new, |turn| queued_on(turn, &read));
            return self.go_in(
                self.world.clone(),
                "finds the turn taken",
                At::Queue(messages, false),
            );
        }
        let now = clock(self.world.clock);
        if read.is_busy_for(key, now) && !self.setup.has(Flaw::LineUnchecked) {
            return self.ends("waits for the turn in flight", false);
        }
        if !self.setup.split {
            return self.line(event, &Kept::of(read));
        }
        let at = At::Line(event.clone(), Kept::of(read));
        self.go_in(self.world.clone(), "reads event and conversation", at);
    }

    /// `line::next`, and what is known without asking.
    fn line(&mut self, own: &Kept<StoredEvent>, read: &Kept<Conversation>) {
        let mut conversation = Conversation::clone(read);
        let mut waiting = Vec::new();
        for key in read.queued.clone() {
            let event = match key == own.key {
                true => Some(own),
                false => self.world.table.event(&key),
            };
            match event {
                Some(event) if matches!(event.status, EventStatus::Queued { .. }) => {
                    waiting.push(StoredEvent::clone(event));
                }
                _ => conversation.done([key.as_str()]),
            }
        }
        if waiting.is_empty() {
            waiting.push(StoredEvent::clone(own));
        }
        let early = read.early.clone();
        waiting.truncate(together(&waiting, WhileBusy::Merge, &early));
        let Some(turn) = merged(&waiting) else {
            return;
        };
        let said = match &turn.status {
            EventStatus::Queued {
                answer: Some(answer),
            } => Some(said(answer)),
            _ if left_alone(&conversation, &turn).is_some() => Some(Said::NotAsked),
            _ if early.names(&turn.key) => Some(Said::Empty),
            _ => None,
        };
        let conversation = Kept::of(conversation);
        let events = waiting.into_iter().map(Kept::of).collect();
        let given = Given { events, early };
        let at = match said {
            Some(said) => At::Store(conversation, given, said),
            None => At::Asking(conversation, given),
        };
        self.go_in(self.world.clone(), "takes the first in the line", at);
    }

    /// The bot has had its say. What it says later may be heard before this is stored.
    fn says(&mut self, before: &Kept<Conversation>, given: &Given, said: Said) {
        match said {
            Said::Later => {
                let at = At::Store(before.clone(), given.clone(), said);
                self.go_in(self.world.clone(), "is promised an answer", at);
            }
            said => self.store(before, given, said),
        }
    }

    fn store(&mut self, before: &Kept<Conversation>, given: &Given, said: Said) {
        let any_reply_counts = self.setup.has(Flaw::AnyReplyCounts);
        let said = match said {
            Said::Later if any_reply_counts && before.last_reply.is_some() => Said::Empty,
            said => said,
        };
        let outcome = Outcome::of(said, before, given);
        let guarded: Vec<_> = outcome
            .events
            .iter()
            .map(|event| (event.clone(), Guard::Queued))
            .collect();
        let commit = Commit {
            conversation: &outcome.conversation,
            read: Some(before),
            events: &guarded,
            replies: &outcome.replies,
            now: clock(self.world.clock),
        };
        let mut world = self.world.clone();
        match world.table.commit(self.setup, &commit) {
            Ok(_) => {
                let turn = &outcome.events[outcome.events.len() - 1];
                let messages = queued_on(turn, &outcome.conversation);
                self.go_in(world, "stores the turn", At::Queue(messages, true));
            }
            Err(Refusal::Conflict) => {
                let at = At::Reread(given.clone(), said);
                self.go_in(self.world.clone(), "meets a conflict", at);
            }
            Err(Refusal::Taken(_) | Refusal::ReplyExists) => {
                self.ends("finds the event taken", false);
            }
        }
    }

    fn queue(&mut self, messages: &[Message], more: bool) {
        let Some((first, rest)) = messages.split_first() else {
            return match more {
                true => {
                    let next = Self {
                        steps: Vec::new(),
                        ..*self
                    };
                    self.steps.extend(next.looks_on());
                }
                false => self.ends("is done", true),
            };
        };
        let to = match first {
            Message::Handover(_) => QueueOf::Handovers,
            _ => QueueOf::Outbound,
        };
        for world in self.world.send(self.setup, to, first) {
            let at = At::Queue(rest.to_vec(), more);
            self.go_in(world, "queues what it became", at);
        }
    }

    fn looks_on(mut self) -> Steps {
        self.read(true);
        self.steps
    }
}

/// `queue_on`: replies in order, then the handover that was asked for.
fn queued_on(turn: &StoredEvent, conversation: &Conversation) -> Vec<Message> {
    let mut messages = Vec::new();
    if let EventStatus::Turned { reply_ids, .. } = &turn.status {
        messages.extend(reply_ids.iter().map(|id| Message::Reply(Rc::from(&**id))));
    }
    let asked = conversation.handover.as_ref();
    if let Some(asked) = asked.filter(|asked| asked.id == turn.key) {
        messages.push(Message::Handover(Rc::from(&*asked.id)));
    }
    messages
}

/// What a kept answer was.
fn said(answer: &Answer) -> Said {
    let replies = answer.actions.iter();
    let replies = replies.filter(|action| matches!(action, Action::Reply(_)));
    Said::Answer(match (replies.count(), answer.actions.len()) {
        (0, 0) => return Said::Empty,
        (1, 1) => Says::One,
        (2, 2) => Says::Two,
        _ => Says::People,
    })
}

fn left_alone(conversation: &Conversation, event: &StoredEvent) -> Option<NotAsked> {
    let earlier = event.episode != conversation.episode;
    conversation
        .not_asked()
        .or(earlier.then_some(NotAsked::EarlierEpisode))
}

struct Outcome {
    conversation: Conversation,
    events: Vec<StoredEvent>,
    replies: Vec<OutboundReply>,
}

impl Outcome {
    fn of(said: Said, before: &Conversation, given: &Given) -> Self {
        let events = given.events.iter();
        let mut outcome = Self {
            conversation: before.clone(),
            events: events.map(|event| StoredEvent::clone(event)).collect(),
            replies: Vec::new(),
        };
        let last = outcome.events.len() - 1;
        let turn = outcome.events[last].clone();
        let left_alone = left_alone(before, &turn);
        if left_alone.is_none() {
            outcome.conversation.turns += 1;
        }
        let not_asked = |reason| EventStatus::NotAsked { reason };
        match (said, left_alone) {
            (Said::Answer(says), Some(reason)) => {
                outcome.replies = replies(says, &turn);
                let reason = match reason {
                    NotAsked::HandingOver => DropReason::HandingOver,
                    NotAsked::WithAgent => DropReason::WithAgent,
                    NotAsked::Resolved => DropReason::Resolved,
                    NotAsked::EarlierEpisode => DropReason::EarlierEpisode,
                };
                let at = OffsetDateTime::UNIX_EPOCH;
                for reply in &mut outcome.replies {
                    reply.delivery = Delivery::Dropped { at, reason };
                }
                let reply_ids = outcome.reply_ids();
                outcome.end(EventStatus::TooLate { reply_ids });
            }
            (Said::Empty, Some(_)) => outcome.end(EventStatus::TooLate {
                reply_ids: Vec::new(),
            }),
            (_, Some(reason)) => outcome.all(&not_asked(reason)),
            (Said::Answer(says), None) => {
                outcome.replies = replies(says, &turn);
                if !outcome.replies.is_empty() {
                    outcome.conversation.awaiting.clear();
                }
                let reply_ids = outcome.reply_ids();
                if let Some(id) = reply_ids.last() {
                    outcome.conversation.last_reply = Some(id.clone());
                }
                outcome.end(EventStatus::Turned {
                    reply_ids,
                    later: false,
                });
                if says == Says::People {
                    outcome.ask_people(&turn.key, HandoverReason::BotAsked);
                }
            }
            (Said::Empty, None) => outcome.end(EventStatus::Turned {
                reply_ids: Vec::new(),
                later: false,
            }),
            (Said::Later, None) => {
                let later = outcome.conversation.promised(&turn.key, &given.early);
                outcome.end(EventStatus::Turned {
                    reply_ids: Vec::new(),
                    later,
                });
            }
            (Said::Failed, None) => {
                outcome.end(EventStatus::Failed);
                outcome.ask_people(&turn.key, HandoverReason::BotFailed);
            }
            (Said::NotAsked, None) => outcome.all(&not_asked(NotAsked::EarlierEpisode)),
        }
        let keys = given.events.iter().map(|event| event.key.as_str());
        outcome.conversation.done(keys);
        outcome
    }

    fn reply_ids(&self) -> Vec<String> {
        self.replies.iter().map(|reply| reply.id.clone()).collect()
    }

    fn all(&mut self, status: &EventStatus) {
        for event in &mut self.events {
            event.status = status.clone();
        }
    }

    fn end(&mut self, status: EventStatus) {
        let last = self.events.len() - 1;
        let into = self.events[last].key.clone();
        self.all(&EventStatus::Merged { into });
        self.events[last].status = status;
    }

    fn ask_people(&mut self, id: &str, reason: HandoverReason) {
        let now = OffsetDateTime::UNIX_EPOCH;
        debug_assert_eq!(self.conversation.state, State::WithBot);
        self.conversation
            .ask_handover(Handover::new(id, reason, now), now);
    }
}

fn replies(says: Says, turn: &StoredEvent) -> Vec<OutboundReply> {
    let count = match says {
        Says::Two => 2,
        _ => 1,
    };
    (1..=count)
        .map(|part| OutboundReply {
            id: format!("{}.{part}", turn.key),
            episode: turn.episode,
            source: ReplySource::Bot {
                turn_id: turn.key.clone(),
            },
            reply: Reply::text("x"),
            upload: None,
            created_at: OffsetDateTime::UNIX_EPOCH,
            attempts: 0,
            doubted: false,
            delivery: Delivery::Pending,
        })
        .collect()
}
