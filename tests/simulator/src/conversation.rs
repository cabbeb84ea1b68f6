//! A conversation and everything that is remembered about it. Serialises as the control face shows it.

use std::collections::{HashSet, VecDeque};

use serde::Serialize;
use uuid::Uuid;

use crate::{
    attachment::Attachment,
    contact::ContactKey,
    event::{Event, EventKind},
    history::{Change, Owner, Queue, Reason},
    moment::Moment,
    records::{RestCall, WebhookAttempt},
    survey::Survey,
};

pub(crate) use crate::message::{Author, Direction, Message, Via};

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppliedTag {
    pub(crate) message_id: String,
    pub(crate) tag: String,
    /// Id of the virtual agent.
    pub(crate) by: String,
    pub(crate) at: Moment,
}

/// A topic's application: the view shows the name alone.
#[derive(Clone, Debug)]
pub(crate) struct AppliedTopic {
    pub(crate) topic: String,
    /// Id of the virtual agent.
    pub(crate) by: String,
    pub(crate) at: Moment,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Note {
    pub(crate) text: String,
    pub(crate) at: Moment,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Channel {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// Since when the agent owes the contact a word, and what happens if it never comes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owed {
    pub(crate) since: Moment,
    /// After a delegation the handoff rule decides; otherwise it is the New queue.
    pub(crate) delegated: bool,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Conversation {
    pub(crate) id: String,
    pub(crate) queue: Queue,
    pub(crate) owner: Option<Owner>,
    /// The agent it was started for; the one that gets it when the contact writes again.
    pub(crate) agent: Option<String>,
    pub(crate) medium: String,
    pub(crate) channel: Channel,
    pub(crate) language: Option<String>,
    /// The view puts the contact itself in its place.
    #[serde(skip)]
    pub(crate) contact: ContactKey,
    pub(crate) messages: Vec<Message>,
    pub(crate) topics: Vec<String>,
    #[serde(skip)]
    pub(crate) applied_topics: Vec<AppliedTopic>,
    pub(crate) ignored_topics: Vec<String>,
    pub(crate) tags: Vec<AppliedTag>,
    pub(crate) notes: Vec<Note>,
    pub(crate) typing: bool,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) history: Vec<Change>,
    /// What the contact answered to the question how it was.
    pub(crate) csat: Option<Survey>,
    pub(crate) webhooks: Vec<WebhookAttempt>,
    pub(crate) rest: Vec<RestCall>,
    /// Counts the times a virtual agent got it: an event of an earlier time is stale.
    pub(crate) assignment: u32,
    /// Changes and messages so far.
    #[serde(skip)]
    steps: u32,
    #[serde(skip)]
    pub(crate) previous_human: Option<String>,
    #[serde(skip)]
    pub(crate) owed: Option<Owed>,
    /// Events that wait for their turn.
    #[serde(skip)]
    pub(crate) outbox: VecDeque<Event>,
    /// Whether a task is sending this conversation's events.
    #[serde(skip)]
    pub(crate) delivering: bool,
    /// Keys of events neither delivered nor given up.
    #[serde(skip)]
    pub(crate) undelivered: HashSet<String>,
    /// Keys of events that have had their answer.
    #[serde(skip)]
    pub(crate) answered: HashSet<String>,
}

impl Conversation {
    pub(crate) fn new(medium: String, channel: Channel, contact: ContactKey, now: Moment) -> Self {
        let mut conversation = Self {
            id: new_id(now),
            queue: Queue::New,
            owner: None,
            agent: None,
            medium,
            channel,
            language: None,
            contact,
            messages: Vec::new(),
            topics: Vec::new(),
            applied_topics: Vec::new(),
            ignored_topics: Vec::new(),
            tags: Vec::new(),
            notes: Vec::new(),
            typing: false,
            attachments: Vec::new(),
            history: Vec::new(),
            csat: None,
            webhooks: Vec::new(),
            rest: Vec::new(),
            assignment: 0,
            steps: 0,
            previous_human: None,
            owed: None,
            outbox: VecDeque::new(),
            delivering: false,
            undelivered: HashSet::new(),
            answered: HashSet::new(),
        };
        conversation.move_to(Queue::New, None, Reason::Created, now);
        conversation
    }

    /// The one place where queue and owner change.
    pub(crate) fn move_to(
        &mut self,
        queue: Queue,
        owner: Option<Owner>,
        reason: Reason,
        now: Moment,
    ) {
        if let Some(Owner::Human { name }) = &owner {
            self.previous_human = Some(name.clone());
        }
        if queue == Queue::Resolved {
            self.previous_human = None;
        }
        self.typing = false;
        self.owed = None;
        self.queue = queue;
        self.owner.clone_from(&owner);
        let step = self.next_step();
        self.history.push(Change {
            at: now,
            queue,
            owner,
            reason,
            step,
            resolution: None,
        });
    }

    fn next_step(&mut self) -> u32 {
        self.steps += 1;
        self.steps
    }

    pub(crate) fn assign(&mut self, agent: &str, reason: Reason, now: Moment) {
        self.assignment += 1;
        let owner = Owner::VirtualAgent { id: agent.into() };
        self.move_to(Queue::Pending, Some(owner), reason, now);
    }

    /// The last change of queue or owner, or message.
    pub(crate) fn last_activity(&self) -> Option<Moment> {
        let changed = self.history.last().map(|change| change.at);
        changed.max(self.messages.last().map(|message| message.at))
    }

    /// The virtual agent that has it now.
    pub(crate) fn virtual_agent(&self) -> Option<&str> {
        match &self.owner {
            Some(Owner::VirtualAgent { id }) => Some(id),
            _ => None,
        }
    }

    /// Puts an event for the current virtual agent into the line. Without one, nothing is told to anybody.
    pub(crate) fn tell(&mut self, kind: EventKind) {
        let Some(agent) = self.virtual_agent() else {
            return;
        };
        let event = Event::new(agent.into(), self.assignment, kind);
        self.undelivered.insert(event.key.clone());
        self.outbox.push_back(event);
    }

    pub(crate) fn owes_since(&mut self, now: Moment, delegated: bool) {
        // The first message that waits sets the clock; a second one doesn't give the agent more time.
        self.owed.get_or_insert(Owed {
            since: now,
            delegated,
        });
    }

    pub(crate) fn push_message(
        &mut self,
        author: Author,
        text: Option<String>,
        attachment: Option<String>,
        via: Option<Via>,
        now: Moment,
    ) -> &mut Message {
        let direction = match author {
            Author::Contact => Direction::Inbound,
            Author::VirtualAgent | Author::Human => Direction::Outbound,
        };
        let by = match &self.owner {
            Some(Owner::VirtualAgent { id: by } | Owner::Human { name: by }) => Some(by.clone()),
            None => None,
        };
        let step = self.next_step();
        self.messages.push_mut(Message {
            id: Uuid::new_v4().to_string(),
            direction,
            author,
            text,
            attachment,
            payload: None,
            at: now,
            via,
            by: by.filter(|_| author != Author::Contact),
            rendered: None,
            step,
        })
    }
}

/// Shaped like the vendor's: `0-`, 11 hex digits of time, `-000-`, 8 hex digits.
fn new_id(now: Moment) -> String {
    let unique = Uuid::new_v4().simple().to_string();
    format!("0-{:011x}-000-{}", now.unix_millis(), &unique[..8])
}
