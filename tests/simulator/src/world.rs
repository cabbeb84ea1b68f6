//! Everything the simulator knows, and how to find it. No clock and no network here.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    agent::{Agent, AgentSpec, Kind},
    channels::Channels,
    config::Config,
    contact::{Attribute, Contact, ContactFields, ContactKey, ContactProfile},
    conversation::{Channel, Conversation},
    faults::Faults,
    history::Queue,
    presence::Presence,
    refusal::Refusal,
    tokens::Tokens,
};

/// Everything the simulator knows.
pub(crate) struct World {
    pub(crate) config: Config,
    pub(crate) agents: BTreeMap<String, Agent>,
    /// By id. Ids begin with the time, so this is the order they began in, to the millisecond.
    pub(crate) conversations: BTreeMap<String, Conversation>,
    pub(crate) contacts: BTreeMap<ContactKey, Contact>,
    pub(crate) channels: Channels,
    pub(crate) presence: Presence,
    pub(crate) topics: Vec<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) tokens: Tokens,
    pub(crate) faults: Faults,
}

/// A conversation as the control face shows it.
#[derive(Serialize)]
pub(crate) struct View<'a> {
    #[serde(flatten)]
    conversation: &'a Conversation,
    /// The queue by its other name: Sparkcentral's exports call it the conversation's status.
    status: Queue,
    contact: Option<&'a ContactProfile>,
    attributes: &'a [Attribute],
    /// Events that are not delivered yet.
    undelivered_webhooks: usize,
}

impl World {
    /// # Errors
    /// The first agent of the configuration that can't be used.
    pub(crate) fn new(config: Config) -> Result<Self, Refusal> {
        let mut world = Self {
            agents: BTreeMap::new(),
            conversations: BTreeMap::new(),
            contacts: BTreeMap::new(),
            channels: Channels::default(),
            presence: Presence::default(),
            topics: config.topics.clone(),
            tags: config.tags.clone(),
            tokens: Tokens::default(),
            faults: Faults::default(),
            config,
        };
        for spec in world.config.agents.clone() {
            world.register(spec)?;
        }
        Ok(world)
    }

    /// Registers or updates an agent; true when it is new.
    ///
    /// # Errors
    /// See [`Agent::from_spec`]; also a client id that is known with another secret.
    pub(crate) fn register(&mut self, spec: AgentSpec) -> Result<(Agent, bool), Refusal> {
        let agent = Agent::from_spec(spec, &self.config)?;
        let contradicts = |other: &Agent| {
            other.id != agent.id
                && other.client_id == agent.client_id
                && other.client_secret != agent.client_secret
        };
        let shared_with_other_secret = agent.client_id == self.config.client_id
            && agent.client_secret != self.config.client_secret;
        if shared_with_other_secret || self.agents.values().any(contradicts) {
            return Err(Refusal::invalid(
                "client_id is in use with another client_secret",
            ));
        }
        let new = self
            .agents
            .insert(agent.id.clone(), agent.clone())
            .is_none();
        Ok((agent, new))
    }

    pub(crate) fn client_secret(&self, client_id: &str) -> Option<String> {
        if client_id == self.config.client_id {
            return Some(self.config.client_secret.clone());
        }
        self.agents
            .values()
            .find(|agent| agent.client_id == client_id)
            .map(|agent| agent.client_secret.clone())
    }

    /// The agents an OAuth client speaks for.
    pub(crate) fn agents_of(&self, client_id: &str) -> Vec<String> {
        let agents = self.agents.values();
        agents
            .filter(|agent| agent.client_id == client_id)
            .map(|agent| agent.id.clone())
            .collect()
    }

    /// The agent a call on a conversation can be for: the one that has it, or the one it was started for.
    pub(crate) fn agents_about(&self, conversation: &str) -> Vec<String> {
        let Ok(found) = self.conversation(conversation) else {
            return Vec::new();
        };
        let agent = found.virtual_agent().or(found.agent.as_deref());
        agent.map(String::from).into_iter().collect()
    }

    pub(crate) fn conversation(&self, id: &str) -> Result<&Conversation, Refusal> {
        self.conversations
            .get(id)
            .ok_or_else(|| Refusal::no_conversation(id))
    }

    pub(crate) fn conversation_mut(&mut self, id: &str) -> Result<&mut Conversation, Refusal> {
        self.conversations
            .get_mut(id)
            .ok_or_else(|| Refusal::no_conversation(id))
    }

    pub(crate) fn agent(&self, id: &str) -> Result<&Agent, Refusal> {
        self.agents.get(id).ok_or_else(|| Refusal::no_agent(id))
    }

    /// The agent that picks up what starts in a channel: an inception agent with access to it. One that
    /// lists the channel goes before one that has access to all.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] if several have the same claim: the vendor doesn't allow that.
    pub(crate) fn inception_agent(&self, channel: &Channel) -> Result<Option<&Agent>, Refusal> {
        let candidates: Vec<_> = self
            .agents
            .values()
            .filter(|agent| agent.kind == Kind::Inception)
            .filter(|agent| agent.has_channel(&channel.id, &channel.name))
            .collect();
        let listed: Vec<_> = candidates
            .iter()
            .copied()
            .filter(|agent| agent.channels.is_some())
            .collect();
        let claims = if listed.is_empty() {
            candidates
        } else {
            listed
        };
        match claims[..] {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            _ => Err(Refusal::conflict(
                "several inception agents have access to this channel: name one as \"agent\"",
            )),
        }
    }

    /// The contact `fields` describe, who may be new; adds the attributes nobody knew.
    pub(crate) fn contact_key(&mut self, medium: &str, fields: ContactFields) -> ContactKey {
        let key = fields.key(medium);
        let contact = self
            .contacts
            .entry(key.clone())
            .or_insert_with(|| Contact::new(&fields));
        for attribute in fields.attributes {
            contact.learn(attribute);
        }
        key
    }

    /// # Errors
    /// [`Refusal::NotFound`].
    pub(crate) fn view(&self, id: &str) -> Result<View<'_>, Refusal> {
        self.conversation(id).map(|found| self.show(found))
    }

    pub(crate) fn views(&self, queue: Option<Queue>) -> Vec<View<'_>> {
        self.conversations
            .values()
            .filter(|conversation| queue.is_none_or(|queue| conversation.queue == queue))
            .map(|conversation| self.show(conversation))
            .collect()
    }

    fn show<'a>(&'a self, conversation: &'a Conversation) -> View<'a> {
        let contact = self.contacts.get(&conversation.contact);
        View {
            conversation,
            status: conversation.queue,
            contact: contact.map(|contact| &contact.profile),
            attributes: contact.map_or(&[], |contact| &contact.attributes),
            undelivered_webhooks: conversation.undelivered.len(),
        }
    }

    /// Forgets conversations and contacts. Everything else stays.
    pub(crate) fn forget_conversations(&mut self) {
        self.conversations.clear();
        self.contacts.clear();
    }
}
