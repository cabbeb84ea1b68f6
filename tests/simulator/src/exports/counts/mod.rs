//! The simulator's own counts: from what it knows, not from the rows it writes, so that the one checks
//! the other.

mod history;
mod responses;
mod shown;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::{
    conversation::{Author, Conversation},
    exports::{cells::medium_name, scope::Window},
    moment::Moment,
    world::World,
};

/// How often each name came up.
#[derive(Default, Serialize)]
struct Tally(BTreeMap<String, u64>);

impl Tally {
    fn add(&mut self, name: impl Into<String>) {
        *self.0.entry(name.into()).or_default() += 1;
    }

    fn total(&self) -> u64 {
        self.0.values().sum()
    }
}

/// What one virtual agent did. As its export counts: conversations, but applications of topics and tags.
#[derive(Default, Serialize)]
struct VirtualAgent {
    conversations: u64,
    handovers: u64,
    handovers_due_to_error: u64,
    resolved: u64,
    topics: u64,
    messages_tagged: u64,
    tags: u64,
}

#[derive(Default, Serialize)]
struct User {
    replies: u64,
    resolves: u64,
}

/// Surveys with a score, of the conversations resolved.
#[derive(Default, Serialize)]
struct Scores {
    answered: u64,
    total: u64,
}

#[derive(Default)]
struct Counts {
    directions: Tally,
    authors: Tally,
    by_channel: Tally,
    by_medium: Tally,
    tagged: u64,
    begun: u64,
    resolved_by: Tally,
    open: Tally,
    handovers: Tally,
    started_by: Tally,
    handover_reasons: Tally,
    virtual_agents: BTreeMap<String, VirtualAgent>,
    users: BTreeMap<String, User>,
    topics: Tally,
    tags: Tally,
    csat: BTreeMap<String, Scores>,
    /// The rows of exports that have one per pair or triple.
    agent_channels: BTreeSet<[String; 3]>,
    topic_channels: BTreeSet<[String; 3]>,
    tag_channels: BTreeSet<[String; 3]>,
    acts: BTreeMap<String, Vec<Moment>>,
}

/// See the README for what is counted.
pub(crate) fn counts(world: &World, window: Window) -> Value {
    let mut counts = Counts::default();
    for conversation in world.conversations.values() {
        counts.messages(conversation, window);
        counts.history(conversation, window);
        counts.responses(conversation, window);
        counts.words(conversation, window);
    }
    counts.shown(world, window)
}

fn place(conversation: &Conversation, name: &str) -> [String; 3] {
    let medium = medium_name(&conversation.medium).to_owned();
    [name.into(), medium, conversation.channel.name.clone()]
}

impl Counts {
    fn agent(&mut self, conversation: &Conversation, id: &str) -> &mut VirtualAgent {
        self.agent_channels.insert(place(conversation, id));
        self.virtual_agents.entry(id.into()).or_default()
    }

    fn messages(&mut self, conversation: &Conversation, window: Window) {
        let mut spoke = BTreeSet::new();
        for message in &conversation.messages {
            let by = message.by.clone().unwrap_or_default();
            if message.author == Author::Human {
                self.acts.entry(by.clone()).or_default().push(message.at);
            }
            if !window.contains(message.at) {
                continue;
            }
            let (author, direction) = match message.author {
                Author::Contact => ("contact", "inbound"),
                Author::VirtualAgent => ("virtual_agent", "outbound"),
                Author::Human => ("human", "outbound"),
            };
            self.directions.add(direction);
            self.authors.add(author);
            self.by_channel.add(conversation.channel.name.as_str());
            self.by_medium.add(medium_name(&conversation.medium));
            let mut tags = conversation.tags.iter();
            self.tagged += u64::from(tags.any(|tag| tag.message_id == message.id));
            match message.author {
                Author::Human => self.users.entry(by).or_default().replies += 1,
                Author::VirtualAgent if spoke.insert(by.clone()) => {
                    self.agent(conversation, &by).conversations += 1;
                }
                _ => {}
            }
        }
    }

    fn words(&mut self, conversation: &Conversation, window: Window) {
        for topic in &conversation.applied_topics {
            if window.contains(topic.at) {
                self.topics.add(topic.topic.as_str());
                self.topic_channels
                    .insert(place(conversation, &topic.topic));
                self.agent(conversation, &topic.by).topics += 1;
            }
        }
        let mut tagged = BTreeSet::new();
        for tag in &conversation.tags {
            if window.contains(tag.at) {
                self.tags.add(tag.tag.as_str());
                self.tag_channels.insert(place(conversation, &tag.tag));
                let first = tagged.insert((&tag.by, &tag.message_id));
                let agent = self.agent(conversation, &tag.by);
                agent.tags += 1;
                agent.messages_tagged += u64::from(first);
            }
        }
    }
}

fn handover_reason(error: bool) -> &'static str {
    if error {
        "VA_ENCOUNTERED_ERROR"
    } else {
        "MANUALLY_BY_USER"
    }
}
