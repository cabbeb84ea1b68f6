//! What is remembered only to judge: what the contact and Sparkcentral have seen.

use std::rc::Rc;

use conversation::{EventStatus, State};

use crate::intake::Intake;
use crate::setup::{KEYS, Setup, number};
use crate::table::attempt;
use crate::world::{Actor, World};

#[derive(Clone, Hash)]
pub(crate) struct Ghost {
    pub(crate) deliveries: [u8; 4],
    pub(crate) restamped: u8,
    pub(crate) api_replies: u8,
    pub(crate) api_handovers: u8,
    /// Troubles with POSTs that may still come.
    pub(crate) troubles: u8,
    /// Times a sender may still die: each claim is a lease of its own, so this has to end.
    pub(crate) deaths: u8,
    /// What the first 200 of each event said.
    bodies: [Option<Body>; 4],
    /// Events in the order in which they were taken in, as of their last beginning.
    order: Vec<u8>,
    /// Turns that the bot was asked.
    pub(crate) asked: [bool; 4],
    /// Those of them it answered through conversation-api, and those it named.
    answered: [bool; 4],
    named: [bool; 4],
    /// Replies that Sparkcentral took.
    posted: Vec<Rc<str>>,
    /// The conversation is the bot's, in Sparkcentral's eyes.
    pub(crate) with_bot: bool,
    /// The first rule that was broken.
    pub(crate) broken: Option<&'static str>,
}

/// What a 200 says: nothing to read, or the answer of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Body {
    Empty,
    Answer(u8),
}

impl Ghost {
    pub(crate) fn new(setup: &Setup) -> Self {
        Self {
            deliveries: [0; 4],
            restamped: 0,
            api_replies: 0,
            api_handovers: 0,
            troubles: setup.troubles,
            deaths: 1,
            bodies: [None; 4],
            order: Vec::new(),
            asked: [false; 4],
            answered: [false; 4],
            named: [false; 4],
            posted: Vec::new(),
            with_bot: true,
            broken: None,
        }
    }

    fn breaks(&mut self, rule: &'static str) {
        self.broken.get_or_insert(rule);
    }

    /// An event was begun, queued or recorded.
    pub(crate) fn taken_in(&mut self, event: u8) {
        self.order.retain(|other| *other != event);
        self.order.push(event);
    }

    pub(crate) fn is_accepted(&self, event: usize) -> bool {
        self.bodies[event].is_some()
    }
}

impl World {
    /// An invocation has begun to ask the bot.
    pub(crate) fn asks(&mut self, setup: &Setup, by: usize) {
        let about = match &self.actors[by] {
            Actor::Intake(intake) => Some(intake.event),
            Actor::Turn(turn) => turn.asks_about(),
            _ => None,
        };
        if let Some(event) = about {
            self.ghost.asked[event as usize] = true;
        }
        let asking = |actor: &Actor| match actor {
            // Dead, as far as others can know.
            Actor::Intake(intake) if intake.number <= self.clock => false,
            // A retry that is stamped anew can't be told from a new event where another one was heard
            // meanwhile: the bot is asked in vain, and the contact gets the answer that is there.
            Actor::Intake(intake) if setup.restamped && self.is_in_vain(intake) => false,
            Actor::Intake(intake) => intake.is_asking(),
            Actor::Turn(turn) => turn.is_asking(),
            _ => false,
        };
        let asked = self.actors.iter().filter(|actor| asking(actor)).count();
        if asking(&self.actors[by]) && asked > 1 {
            self.ghost.breaks("the bot is given two turns at once");
        }
    }

    fn is_in_vain(&self, intake: &Intake) -> bool {
        let record = self.table.events[intake.event as usize].as_ref();
        record.is_some_and(|record| attempt(record) != Some(&intake.number.to_string()))
    }

    /// An inline answer to an event is about to be stored.
    pub(crate) fn answers_inline(&mut self, event: &str) {
        let own = number(event) as u8;
        let state = self.table.state.as_ref();
        let is_away = state.is_some_and(|item| item.conversation.state != State::WithBot);
        if is_away {
            self.ghost
                .breaks("an inline answer is decided on after people were asked");
        }
        let place = self.ghost.order.iter().position(|other| *other == own);
        let before = &self.ghost.order[..place.unwrap_or(0)];
        let waits = before.iter().any(|other| {
            let other = *other as usize;
            let record = self.table.events[other].as_ref();
            self.ghost.is_accepted(other)
                && matches!(
                    record.map(|record| &record.status),
                    None | Some(EventStatus::Queued { .. } | EventStatus::InProgress { .. })
                )
        });
        if waits {
            self.ghost
                .breaks("an inline answer overtakes an event that was accepted before");
        }
        // Of replies by different makers the one that is stored first can be queued last. Then nobody
        // knows of it who looks at the last one.
        let replies = self.table.replies.iter().rev();
        let mut last = replies.take_while(|saved| !saved.reply.delivery.is_final());
        if last.next().is_some() {
            self.ghost.breaks("an inline answer overtakes a reply");
        }
    }

    /// A reply through conversation-api is taken: to a turn and those before it, or to all.
    pub(crate) fn hears_through_the_api(&mut self, awaiting: &[String], turn: Option<&str>) {
        let place = turn.and_then(|turn| awaiting.iter().position(|id| id == turn));
        let before = place.map_or(awaiting.len(), |place| place + 1);
        for id in &awaiting[..before] {
            self.ghost.answered[number(id)] = true;
        }
        match turn {
            Some(turn) => {
                self.ghost.answered[number(turn)] = true;
                self.ghost.named[number(turn)] = true;
            }
            None => {
                for (event, asked) in self.ghost.asked.iter().enumerate() {
                    self.ghost.answered[event] |= asked;
                }
            }
        }
    }

    /// A 200 is on its way.
    pub(crate) fn responds(&mut self, event: u8, body: Body) {
        let said = &mut self.ghost.bodies[event as usize];
        if *said.get_or_insert(body) != body {
            self.ghost.breaks("two responses of one event differ");
        }
        let is_read = |id: &Rc<str>| self.answers_of(id).contains(&event);
        if body != Body::Empty && self.ghost.posted.iter().any(is_read) {
            self.ghost
                .breaks("an event is answered inline and by a reply");
        }
    }

    /// Events that a reply to a turn answers.
    fn answers_of(&self, reply: &str) -> Vec<u8> {
        let turn = reply.split('.').next().unwrap_or_default();
        let mut answered = Vec::new();
        for (event, key) in KEYS.iter().enumerate() {
            let merged = self.table.events[event].as_ref().is_some_and(
                |record| matches!(&record.status, EventStatus::Merged { into } if into == turn),
            );
            if *key == turn || merged {
                answered.push(event as u8);
            }
        }
        answered
    }

    /// Sparkcentral takes a reply.
    pub(crate) fn posted(&mut self, id: &Rc<str>, completes: bool) {
        if self.ghost.posted.contains(id) && !completes {
            self.ghost.breaks("a reply is sent twice");
        }
        let answered = self.answers_of(id);
        let turn = id.split('.').next();
        for event in answered {
            let inline = matches!(self.ghost.bodies[event as usize], Some(Body::Answer(_)));
            let by_another = self.ghost.posted.iter().any(|other| {
                other.split('.').next() != turn && self.answers_of(other).contains(&event)
            });
            if inline || by_another {
                self.ghost.breaks("an event is answered twice");
            }
        }
        if completes {
            let mut replies = self.table.replies.iter();
            if replies.any(|saved| *saved.reply.id != **id && !saved.reply.delivery.is_final()) {
                self.ghost
                    .breaks("a handover is completed before a reply is delivered");
            }
            self.ghost.with_bot = false;
        }
        self.ghost.posted.push(Rc::clone(id));
        self.ghost.posted.sort();
    }

    /// What an end of everything leaves undone.
    pub(crate) fn undone(&self, setup: &Setup) -> Option<&'static str> {
        for event in 0..setup.events {
            if !self.ghost.is_accepted(event) {
                continue;
            }
            let Some(record) = &self.table.events[event] else {
                return Some("an accepted event has no record");
            };
            match &record.status {
                EventStatus::InProgress { .. } => return Some("an accepted event is in progress"),
                EventStatus::Queued { .. } => return Some("an accepted event waits for ever"),
                EventStatus::Turned { reply_ids, .. } if reply_ids.is_empty() => {
                    let read = self.conversation();
                    let Some(with_bot) = read.filter(|read| read.state == State::WithBot) else {
                        continue;
                    };
                    let waits = with_bot.awaiting.contains(&record.key);
                    if !waits && !self.ghost.answered[event] {
                        return Some("a turn that the bot owes an answer is not waited for");
                    }
                    if waits && self.ghost.named[event] {
                        return Some("a turn that was answered is waited for");
                    }
                }
                EventStatus::Turned { reply_ids, .. } => {
                    let ends = |id: &String| {
                        let saved = self.table.reply(id);
                        saved.is_some_and(|saved| saved.reply.delivery.is_final())
                    };
                    if !reply_ids.iter().all(ends) {
                        return Some("a reply of an accepted event is never sent");
                    }
                }
                _ => {}
            }
        }
        None
    }
}
