//! webhook-intake: one delivery of an event, step by step. Each step is one access to the table or a queue.

use conversation::{
    Answer, Conversation, Early, EventStatus, Reception, Refused, State, StoredEvent,
};
use sparkcentral::Reply;
use time::OffsetDateTime;

use crate::ghost::Body;
use crate::kept::Kept;
use crate::setup::{Flaw, KEYS, Says, Setup, begun, clock, envelope, sent_at};
use crate::table::{Commit, Guard, Refusal, attempt};
use crate::world::{Actor, Label, Message, QueueOf, Steps, World};

type Read = Option<Kept<Conversation>>;
type Record = Option<Kept<StoredEvent>>;

#[derive(Clone, Hash)]
pub(crate) struct Intake {
    /// Of the attempt and of its lease.
    pub(crate) number: u8,
    pub(crate) event: u8,
    stamp: u8,
    /// The clock when it started: it does not look again.
    started: u8,
    at: At,
}

#[derive(Clone, Hash)]
enum At {
    Begin,
    /// Reads the conversation; the event's own record was read before, or will be after it.
    State(Option<Record>),
    /// Reads the record of the event that is begun there.
    Begun(Option<Record>, Kept<Conversation>),
    Own(Read),
    /// Looks whether the last reply was delivered.
    Reply(Read, bool),
    /// The last is true for an event that this attempt has begun: somebody wrote it a record since.
    Entry(Read, Kept<Conversation>, Kept<StoredEvent>, bool),
    Asking(Work),
    Store(Work, Decision),
    Reread(Work, Decision),
    RereadBegun(Work, Decision, Kept<Conversation>),
    Poll,
    Queue,
    /// Responds, or dies: whoever waits for a response can't tell when that was.
    Respond(Body),
}

/// An event that was begun.
#[derive(Clone, Hash)]
struct Work {
    event: Kept<StoredEvent>,
    stored: Kept<Conversation>,
    begun: Kept<Conversation>,
}

#[derive(Clone, Copy, Hash)]
enum Decision {
    Inline(Says),
    Queue(Option<Says>),
}

impl Intake {
    pub(crate) fn new(number: u8, event: u8, stamp: u8, started: u8) -> Self {
        Self {
            number,
            event,
            stamp,
            started,
            at: At::Begin,
        }
    }

    pub(crate) fn is_asking(&self) -> bool {
        matches!(self.at, At::Asking(_))
    }

    /// Whether it makes a difference if it dies.
    pub(crate) fn has_begun(&self) -> bool {
        match self.at {
            At::Begin
            | At::State(_)
            | At::Begun(..)
            | At::Own(_)
            | At::Reply(..)
            | At::Entry(..)
            | At::Respond(_) => false,
            At::Asking(_)
            | At::Store(..)
            | At::Reread(..)
            | At::RereadBegun(..)
            | At::Poll
            | At::Queue => true,
        }
    }

    /// What was read is stale: the write will meet a conflict, and all is read again.
    pub(crate) fn refresh(&mut self, version: Option<u64>) {
        let stale = |read: &Conversation| Some(read.version) != version;
        match &self.at {
            At::Entry(Some(read), ..) if stale(read) => self.at = At::State(None),
            At::Entry(None, ..) if version.is_some() => self.at = At::State(None),
            At::Store(work, decision) if stale(&work.stored) => {
                self.at = At::Reread(work.clone(), *decision);
            }
            _ => {}
        }
    }

    fn now(&self) -> OffsetDateTime {
        clock(self.started)
    }

    fn attempt(&self) -> String {
        self.number.to_string()
    }

    fn fresh(&self) -> StoredEvent {
        begun(self.event as usize, self.number)
    }

    fn sent(&self) -> Option<OffsetDateTime> {
        Some(sent_at(self.event as usize, self.stamp))
    }

    fn label(&self, what: &'static str) -> Label {
        Label {
            who: KEYS[self.event as usize],
            number: self.number,
            what,
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
            At::Begin => run.begin(),
            At::State(own) => run.state(own.as_ref()),
            At::Begun(own, read) => {
                let read = run.seen(read);
                run.have_read("reads the begun event's record", own.as_ref(), Some(read));
            }
            At::Own(read) => run.enter(
                "reads its record",
                world.table.event(run.key()).cloned(),
                read,
            ),
            At::Reply(read, again) => {
                let last = read.as_ref().and_then(|read| read.last_reply.as_deref());
                let saved = last.and_then(|last| world.table.reply(last));
                let waits = saved.is_some_and(|saved| !saved.reply.delivery.is_final());
                run.entered("looks at the last reply", read, *again, false, Some(waits));
            }
            At::Entry(read, conversation, event, own) => {
                run.entry(read, conversation, event, *own);
            }
            At::Asking(work) => {
                for says in setup.inline {
                    let decision = match says {
                        Says::One | Says::Remembering | Says::Later => Decision::Inline(*says),
                        Says::Two | Says::People => Decision::Queue(Some(*says)),
                        Says::Nothing => Decision::Queue(None),
                    };
                    run.store(work, decision);
                }
            }
            At::Store(work, decision) => run.store(work, *decision),
            At::Reread(work, decision) => run.reread(work, *decision),
            At::RereadBegun(work, decision, read) => {
                let stored = run.seen(read);
                let work = Work {
                    stored,
                    ..work.clone()
                };
                run.go("reads the begun event's record", At::Store(work, *decision));
            }
            At::Poll => run.poll(),
            At::Queue => run.queue(),
            At::Respond(_) => {}
        }
        run.steps
    }
}

/// One step of one attempt.
struct Run<'a> {
    setup: &'a Setup,
    world: &'a World,
    index: usize,
    own: &'a Intake,
    steps: Steps,
}

impl Run<'_> {
    fn key(&self) -> &'static str {
        KEYS[self.own.event as usize]
    }

    fn go(&mut self, what: &'static str, at: At) {
        self.go_in(self.world.clone(), what, at);
    }

    fn go_in(&mut self, mut world: World, what: &'static str, at: At) {
        if let At::Respond(body) = at {
            world.end(self.index, true);
            self.steps
                .push((self.own.label("dies before it responds"), world.clone()));
            world.responds(self.own.event, body);
            self.steps.push((self.own.label(what), world));
            return;
        }
        let asks = matches!(at, At::Asking(_));
        world.actors[self.index] = Actor::Intake(Intake {
            at,
            ..self.own.clone()
        });
        if asks {
            world.asks(self.setup, self.index);
        }
        self.steps.push((self.own.label(what), world));
    }

    fn begin(&mut self) {
        let (own, setup) = (self.own, self.setup);
        let envelope = envelope(own.event as usize);
        let now = own.now();
        let mut first = Conversation::new("demo", "c", OffsetDateTime::UNIX_EPOCH);
        first.receive(&envelope.data, own.sent(), now);
        first.hear(self.key(), own.sent());
        let event = own.fresh();
        let mut world = self.world.clone();
        let version = |world: &World| {
            world
                .table
                .state
                .as_ref()
                .map(|item| item.conversation.version)
        };
        let Some(stored) = world.table.begin_at_once(setup, &first, &event, now) else {
            return self.look("may not begin at once");
        };
        let wrote = version(&world) != version(self.world);
        if wrote {
            world.ghost.taken_in(own.event);
            if setup.lost {
                self.go_in(world.clone(), "begins at once, and is not told", At::Begin);
            }
        }
        let mut event = event;
        event.episode = stored.episode;
        // With what is known of its conversation by now.
        let mut begun = stored.clone();
        begun.learn(&envelope.data);
        let work = Work {
            event: Kept::of(event),
            stored: Kept::of(stored),
            begun: Kept::of(begun),
        };
        self.go_in(world, "begins at once", At::Asking(work));
    }

    /// The conversation, after a look at the record of its begun event.
    fn seen(&self, read: &Kept<Conversation>) -> Kept<Conversation> {
        let has_record = read
            .begun()
            .is_some_and(|begun| self.world.table.event(&begun.key).is_some());
        if !has_record {
            return read.clone();
        }
        let mut read = Conversation::clone(read);
        read.begun_is_over();
        Kept::of(read)
    }

    fn state(&mut self, own: Option<&Record>) {
        let item = self.world.table.state.as_ref();
        match item.map(|item| item.conversation.clone()) {
            Some(read) if read.begun().is_some() && self.setup.split => {
                self.go("reads the conversation", At::Begun(own.cloned(), read));
            }
            read => {
                let read = read.map(|read| self.seen(&read));
                self.have_read("reads the conversation", own, read);
            }
        }
    }

    fn have_read(&mut self, what: &'static str, own: Option<&Record>, read: Read) {
        match own {
            Some(own) => self.enter(what, own.clone(), &read),
            None if self.setup.split => self.go(what, At::Own(read)),
            None => {
                let record = self.world.table.event(self.key()).cloned();
                self.enter(what, record, &read);
            }
        }
    }

    /// `look_first`, once both have been read.
    fn enter(&mut self, what: &'static str, record: Record, read: &Read) {
        let own = self.own;
        let begun = read.as_ref().and_then(|read| read.begun());
        let begun = begun.filter(|begun| begun.key == self.key());
        let is_own = |event: &StoredEvent| attempt(event) == Some(&own.attempt());
        let mut again = false;
        let known = record.as_deref().or(begun);
        let has_own = record.as_deref().is_some_and(is_own) && !self.setup.has(Flaw::OwnRecord);
        if let Some(known) = known
            && !is_own(known)
        {
            match known.judge(&own.fresh().payload_hash, own.now()) {
                Refused::LeaseExpired => again = record.is_some(),
                refused => {
                    let at = there(self.setup, &refused);
                    return self.go(what, at);
                }
            }
        }
        if let Some(read) = read
            && begun.is_some_and(is_own)
        {
            let work = Work {
                event: Kept::of(StoredEvent {
                    episode: read.episode,
                    ..own.fresh()
                }),
                stored: read.clone(),
                begun: read.clone(),
            };
            return self.go(what, At::Asking(work));
        }
        self.entered(what, read, again, has_own, None);
    }

    /// `enter`: what becomes of the event; `waits` once the last reply was looked at.
    fn entered(
        &mut self,
        what: &'static str,
        read: &Read,
        again: bool,
        has_own: bool,
        waits: Option<bool>,
    ) {
        let own = self.own;
        let now = own.now();
        let envelope = envelope(own.event as usize);
        let mut conversation = match read {
            Some(read) => Conversation::clone(read),
            None => Conversation::new("demo", "c", OffsetDateTime::UNIX_EPOCH),
        };
        let reception = conversation.receive(&envelope.data, own.sent(), now);
        conversation.hear(self.key(), own.sent());
        let mut event = own.fresh();
        event.episode = conversation.episode;
        match reception {
            Reception::Record(reason) => {
                conversation.land(&event.key);
                event.status = EventStatus::NotAsked { reason };
            }
            Reception::AskBot => {
                let mut must_wait = has_own
                    || conversation.is_busy_for(&event.key, now)
                    || !conversation.queued.is_empty();
                if !must_wait && conversation.last_reply.is_some() {
                    match waits {
                        None => return self.go(what, At::Reply(read.clone(), again)),
                        Some(waits) => must_wait = waits,
                    }
                }
                if must_wait {
                    conversation.wait(&event.key);
                    event.status = EventStatus::Queued { answer: None };
                } else {
                    conversation.last_reply = None;
                    conversation.begin(&event, again);
                }
            }
        }
        let (conversation, event) = (Kept::of(conversation), Kept::of(event));
        let at = At::Entry(read.clone(), conversation, event, has_own);
        self.go(what, at);
    }

    fn entry(
        &mut self,
        read: &Read,
        conversation: &Kept<Conversation>,
        event: &Kept<StoredEvent>,
        own: bool,
    ) {
        let begins = conversation
            .begun()
            .is_some_and(|begun| begun.key == event.key);
        let guard = match own {
            true => Guard::HeldBy(self.own.attempt()),
            false => Guard::New,
        };
        let entry = [(StoredEvent::clone(event), guard)];
        let commit = Commit {
            conversation,
            read: read.as_deref(),
            events: if begins { &[] } else { &entry },
            replies: &[],
            now: self.own.now(),
        };
        let mut world = self.world.clone();
        match world.table.commit(self.setup, &commit) {
            Ok(version) => {
                world.ghost.taken_in(self.own.event);
                let alone = begins && read.as_ref().is_none_or(|read| read.begun().is_none());
                if alone && self.setup.lost {
                    let at = self.own.at.clone();
                    self.go_in(world.clone(), "enters, and is not told", at);
                }
                let stored = Kept::of(Conversation {
                    version,
                    ..Conversation::clone(conversation)
                });
                match &event.status {
                    EventStatus::InProgress { .. } => {
                        let work = Work {
                            event: event.clone(),
                            begun: stored.clone(),
                            stored,
                        };
                        self.go_in(world, "begins", At::Asking(work));
                    }
                    EventStatus::Queued { .. } => self.go_in(world, "stores it queued", At::Queue),
                    _ => self.go_in(world, "records it", At::Respond(Body::Empty)),
                }
            }
            Err(Refusal::Taken(refused)) => self.go("finds it taken", there(self.setup, &refused)),
            Err(Refusal::Conflict) => self.look("meets a conflict"),
            Err(Refusal::ReplyExists) => {}
        }
    }

    /// Looks first: at the conversation, then at the event's record.
    fn look(&mut self, what: &'static str) {
        self.go(what, At::State(None));
        if self.setup.has(Flaw::RecordBeside) {
            let record = self.world.table.event(self.key()).cloned();
            self.go(what, At::State(Some(record)));
        }
    }

    /// One round of `answer`'s loop.
    fn store(&mut self, work: &Work, decision: Decision) {
        let own = self.own;
        let mut conversation = Conversation::clone(&work.stored);
        conversation.learn(&envelope(own.event as usize).data);
        let begun = &work.begun;
        let is_said = !matches!(decision, Decision::Inline(Says::Later));
        let still_ours = conversation.state == State::WithBot
            && conversation.episode == begun.episode
            && (!is_said || conversation.last_reply == begun.last_reply);
        let decision = match decision {
            Decision::Inline(says) if !still_ours && !self.setup.has(Flaw::NotJudgedAgain) => {
                Decision::Queue(Some(says))
            }
            decision => decision,
        };
        let stored = &work.stored;
        let has_no_record = stored
            .begun()
            .is_some_and(|begun| begun.key == work.event.key);
        let mut event = StoredEvent::clone(&work.event);
        apply(
            &mut conversation,
            &mut event,
            decision,
            &begun.early,
            own.number,
        );
        let is_answer = matches!(event.status, EventStatus::Answered { .. });
        let mut world = self.world.clone();
        if is_answer {
            world.answers_inline(&event.key);
        }
        let in_time = own.number > self.world.clock || self.setup.has(Flaw::LateAnswer);
        if is_answer && has_no_record && in_time && conversation.only_landed_since(stored) {
            match world.table.answer_begun(self.setup, &event) {
                None => {
                    if self.setup.lost {
                        let at = At::Store(work.clone(), decision);
                        self.go_in(world.clone(), "answers, and is not told", at);
                    }
                    self.go_in(
                        world,
                        "answers by one write",
                        At::Respond(Body::Answer(own.number)),
                    );
                }
                Some(found) if attempt(&found) == Some(&own.attempt()) => {
                    self.go("finds its record", At::Reread(work.clone(), decision));
                }
                Some(found) => {
                    let refused = found.judge(&event.payload_hash, own.now());
                    self.go("finds another's record", there(self.setup, &refused));
                }
            }
            return;
        }
        let commit = Commit {
            conversation: &conversation,
            read: Some(stored),
            events: &[(event.clone(), Guard::HeldBy(own.attempt()))],
            replies: &[],
            now: own.now(),
        };
        match world.table.commit(self.setup, &commit) {
            Ok(_) if is_answer => {
                self.go_in(
                    world,
                    "answers by a transaction",
                    At::Respond(Body::Answer(own.number)),
                );
            }
            Ok(_) if matches!(event.status, EventStatus::Turned { .. }) => {
                if self.setup.deadlines {
                    world.watch(own.event);
                }
                self.go_in(world, "is promised an answer", At::Respond(Body::Empty));
            }
            Ok(_) => self.go_in(world, "leaves it to bot-turn", At::Queue),
            Err(Refusal::Conflict) => {
                self.go("meets a conflict", At::Reread(work.clone(), decision));
            }
            Err(Refusal::Taken(refused)) => self.go("finds it taken", there(self.setup, &refused)),
            Err(Refusal::ReplyExists) => {}
        }
    }

    fn reread(&mut self, work: &Work, decision: Decision) {
        let Some(item) = &self.world.table.state else {
            return;
        };
        let stored = item.conversation.clone();
        let at = match stored.begun() {
            Some(_) if self.setup.split => At::RereadBegun(work.clone(), decision, stored),
            _ => At::Store(
                Work {
                    stored: self.seen(&stored),
                    ..work.clone()
                },
                decision,
            ),
        };
        self.go("reads the conversation again", at);
    }

    /// Waits for whoever is at it: sees its end, or gives up some time.
    fn poll(&mut self) {
        let Some(record) = self.world.table.event(self.key()) else {
            return;
        };
        let now = clock(self.world.clock);
        match record.judge(&self.own.fresh().payload_hash, now) {
            Refused::InProgress | Refused::LeaseExpired => {}
            settled => self.go("sees its end", there(self.setup, &settled)),
        }
    }

    fn queue(&mut self) {
        let message = Message::Turn(self.own.event);
        for mut world in self.world.send(self.setup, QueueOf::Turns, &message) {
            if self.setup.deadlines {
                world.watch(self.own.event);
            }
            self.go_in(world, "queues the turn", At::Respond(Body::Empty));
        }
    }
}

/// `already_there`.
fn there(setup: &Setup, refused: &Refused) -> At {
    match refused {
        Refused::AlreadyAnswered(reply) => {
            let text = reply.messages().next().and_then(|said| said.text.as_ref());
            let number = text.and_then(|text| text.parse().ok());
            At::Respond(Body::Answer(number.unwrap_or(0)))
        }
        Refused::AlreadyQueued if setup.has(Flaw::NotQueuedAgain) => At::Respond(Body::Empty),
        Refused::AlreadyQueued => At::Queue,
        Refused::InProgress | Refused::LeaseExpired => At::Poll,
        Refused::AnsweredLater | Refused::AlreadyDone | Refused::PayloadMismatch => {
            At::Respond(Body::Empty)
        }
    }
}

/// `apply`.
fn apply(
    conversation: &mut Conversation,
    event: &mut StoredEvent,
    decision: Decision,
    asked: &Early,
    number: u8,
) {
    match decision {
        Decision::Inline(Says::Later) => {
            let later = conversation.promised(&event.key, asked);
            conversation.done([event.key.as_str()]);
            event.status = EventStatus::Turned {
                reply_ids: Vec::new(),
                later,
            };
        }
        Decision::Inline(says) => {
            conversation.done([event.key.as_str()]);
            if says == Says::Remembering {
                conversation.session = number.into();
            }
            conversation.awaiting.clear();
            event.status = EventStatus::Answered {
                reply: Box::new(Reply::text(number.to_string())),
            };
        }
        Decision::Queue(says) => {
            conversation.uncount(&event.key);
            conversation.wait(&event.key);
            let answer: Option<Answer> = says.and_then(Says::answer);
            event.status = EventStatus::Queued {
                answer: answer.map(Box::new),
            };
        }
    }
}
