//! What contacts, humans and the clock do to a conversation.

use crate::{
    agent::{Agent, HandoffRule, Kind},
    contact::ContactSpec,
    conversation::{Author, Channel, Conversation, Via},
    event::EventKind,
    history::{Change, How, Owner, Queue, Reason, Resolution},
    moment::Moment,
    refusal::Refusal,
    survey::SurveySpec,
    world::World,
};

/// A conversation to begin.
pub(crate) struct Beginning {
    /// Absent: the inception agent of the channel, if there is one.
    pub(crate) agent: Option<String>,
    pub(crate) medium: String,
    pub(crate) channel: Channel,
    pub(crate) contact: ContactSpec,
    pub(crate) language: Option<String>,
    pub(crate) message: Option<ContactMessage>,
}

/// What the contact writes. A picture has neither text nor payload, as far as is documented.
#[derive(Default)]
pub(crate) struct ContactMessage {
    pub(crate) text: Option<String>,
    pub(crate) payload: Option<String>,
}

impl World {
    /// Begins a conversation and returns its id. An inception agent with access to the channel gets it;
    /// otherwise it waits in New.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown agent; see [`World::inception_agent`].
    pub(crate) fn begin(&mut self, beginning: Beginning, now: Moment) -> Result<String, Refusal> {
        let agent = match &beginning.agent {
            Some(id) => Some(self.agent(id)?),
            None => self.inception_agent(&beginning.channel)?,
        };
        let agent = agent.map(|agent| agent.id.clone());
        let contact = self.contact_key(&beginning.medium, beginning.contact.fields());
        let mut conversation = Conversation::new(beginning.medium, beginning.channel, contact, now);
        conversation.language = beginning.language;
        conversation.agent = agent;
        if let Some(agent) = self.picks_up(&conversation) {
            conversation.assign(&agent, Reason::PickedUp, now);
            conversation.tell(EventKind::Started);
        }
        let id = conversation.id.clone();
        self.conversations.insert(id.clone(), conversation);
        if let Some(message) = beginning.message {
            self.write(&id, message, now)?;
        }
        Ok(id)
    }

    /// The contact writes.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub(crate) fn write(
        &mut self,
        id: &str,
        message: ContactMessage,
        now: Moment,
    ) -> Result<(), Refusal> {
        let picks_up = self.picks_up(self.conversation(id)?);
        let conversation = self.conversation_mut(id)?;
        if conversation.queue == Queue::Resolved {
            conversation.move_to(Queue::New, None, Reason::WrittenAgain, now);
            if let Some(agent) = picks_up {
                conversation.assign(&agent, Reason::PickedUp, now);
                conversation.tell(EventKind::Started);
            }
        }
        let written = conversation.push_message(Author::Contact, message.text, None, None, now);
        written.payload = message.payload;
        let message_id = written.id.clone();
        if conversation.virtual_agent().is_some() {
            conversation.tell(EventKind::Inbound { message_id });
            conversation.owes_since(now, false);
        }
        Ok(())
    }

    /// The agent that picks a conversation up by itself.
    fn picks_up(&self, conversation: &Conversation) -> Option<String> {
        let agent = self.agents.get(conversation.agent.as_ref()?)?;
        let channel = &conversation.channel;
        (agent.kind == Kind::Inception && agent.has_channel(&channel.id, &channel.name))
            .then(|| agent.id.clone())
    }

    /// A human takes a conversation, from wherever it is. The virtual agent isn't told.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub(crate) fn take(&mut self, id: &str, human: String, now: Moment) -> Result<(), Refusal> {
        let conversation = self.conversation_mut(id)?;
        let owner = Owner::Human { name: human };
        conversation.move_to(Queue::Pending, Some(owner), Reason::Taken, now);
        Ok(())
    }

    /// A human gives a conversation to a virtual agent of either kind: an inception agent that handed a
    /// conversation over can be given it back.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Conflict`] if the agent has no access to the channel,
    /// or the conversation is resolved or with a virtual agent already.
    pub(crate) fn delegate(
        &mut self,
        id: &str,
        agent: Option<String>,
        now: Moment,
    ) -> Result<(), Refusal> {
        let conversation = self.conversation(id)?;
        if conversation.queue == Queue::Resolved || conversation.virtual_agent().is_some() {
            return Err(Refusal::conflict(
                "only a conversation in New or with a human can be delegated",
            ));
        }
        let agent = match agent {
            Some(agent) => self.agent(&agent)?,
            None => self.delegation_agent(conversation)?,
        };
        let channel = &conversation.channel;
        if !agent.has_channel(&channel.id, &channel.name) {
            return Err(Refusal::conflict(format!(
                "agent {} has no access to this channel",
                agent.id
            )));
        }
        let agent = agent.id.clone();
        let conversation = self.conversation_mut(id)?;
        conversation.assign(&agent, Reason::Delegated, now);
        conversation.tell(EventKind::Delegated);
        conversation.owes_since(now, true);
        Ok(())
    }

    /// The agent that had the conversation before, otherwise the only delegation agent there is.
    fn delegation_agent(&self, conversation: &Conversation) -> Result<&Agent, Refusal> {
        let channel = &conversation.channel;
        let reaches = |agent: &&Agent| agent.has_channel(&channel.id, &channel.name);
        let own = conversation.agent.as_ref();
        if let Some(agent) = own.and_then(|id| self.agents.get(id)).filter(reaches) {
            return Ok(agent);
        }
        let for_delegation = |agent: &&Agent| agent.kind == Kind::Delegation && reaches(agent);
        let mut fitting = self.agents.values().filter(for_delegation);
        match (fitting.next(), fitting.next()) {
            (Some(agent), None) => Ok(agent),
            _ => Err(Refusal::conflict(
                "there is not exactly one delegation agent with access to this channel: name one as \"agent\"",
            )),
        }
    }

    /// The human who has the conversation writes.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Conflict`] if no human has it.
    pub(crate) fn human_reply(
        &mut self,
        id: &str,
        text: String,
        now: Moment,
    ) -> Result<(), Refusal> {
        let conversation = self.conversation_mut(id)?;
        if !matches!(conversation.owner, Some(Owner::Human { .. })) {
            return Err(Refusal::conflict(
                "no human has this conversation: take it first",
            ));
        }
        conversation.push_message(Author::Human, Some(text), None, Some(Via::Human), now);
        Ok(())
    }

    /// A conversation is resolved, from wherever it is.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Invalid`] for a human where none resolves it.
    pub(crate) fn resolve(
        &mut self,
        id: &str,
        mut resolution: Resolution,
        now: Moment,
    ) -> Result<(), Refusal> {
        let conversation = self.conversation_mut(id)?;
        if matches!(resolution.how, How::Agent | How::Bulk) {
            if let Some(Owner::Human { name }) = &conversation.owner {
                resolution.agent.get_or_insert_with(|| name.clone());
            }
        } else if resolution.agent.is_some() {
            return Err(Refusal::invalid("no agent resolves it in this way"));
        }
        conversation.move_to(Queue::Resolved, None, Reason::ResolvedByHuman, now);
        if let Some(change) = conversation.history.last_mut() {
            change.resolution = Some(resolution);
        }
        Ok(())
    }

    /// The contact answers the survey that follows the end. A later answer replaces an earlier one.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Conflict`] if the conversation has never been resolved; see
    /// [`SurveySpec::answered`].
    pub(crate) fn rate(
        &mut self,
        id: &str,
        survey: SurveySpec,
        now: Moment,
    ) -> Result<(), Refusal> {
        let conversation = self.conversation_mut(id)?;
        let resolved = |change: &Change| change.queue == Queue::Resolved;
        if !conversation.history.iter().any(resolved) {
            return Err(Refusal::conflict(
                "only a conversation that has been resolved is rated",
            ));
        }
        conversation.csat = Some(survey.answered(now)?);
        Ok(())
    }

    /// Takes conversations from agents that were silent for too long; true if there was one.
    pub(crate) fn expire(&mut self, now: Moment) -> bool {
        let mut any = false;
        for conversation in self.conversations.values_mut() {
            let agent = conversation
                .virtual_agent()
                .and_then(|id| self.agents.get(id));
            let (Some(agent), Some(owed)) = (agent, conversation.owed) else {
                continue;
            };
            if now < owed.since.plus(agent.reply_limit) {
                continue;
            }
            any = true;
            if owed.delegated {
                hand_off(conversation, agent.handoff_rule, Reason::NoReply, now);
            } else {
                conversation.move_to(Queue::New, None, Reason::NoReply, now);
            }
        }
        any
    }
}

/// Sends a conversation where the handoff rule says.
pub(crate) fn hand_off(
    conversation: &mut Conversation,
    rule: HandoffRule,
    reason: Reason,
    now: Moment,
) {
    let previous = match rule {
        HandoffRule::NoOne => None,
        HandoffRule::PreviousAgent => conversation.previous_human.clone(),
    };
    match previous {
        Some(name) => {
            let owner = Owner::Human { name };
            conversation.move_to(Queue::Pending, Some(owner), reason, now);
        }
        None => conversation.move_to(Queue::New, None, reason, now),
    }
}
