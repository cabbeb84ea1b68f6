//! What human agents do to a conversation, and whether they may.

use crate::{
    agent::{Agent, Kind},
    channels::access::HumanAct,
    conversation::{Author, Conversation, Via},
    event::EventKind,
    history::{How, Owner, Queue, Reason, Resolution},
    moment::Moment,
    refusal::Refusal,
    shortcodes,
    world::World,
};

impl World {
    /// A human takes a conversation, from wherever it is. The virtual agent isn't told.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Forbidden`].
    pub(crate) fn take(&mut self, id: &str, human: String, now: Moment) -> Result<(), Refusal> {
        self.permit(id, &human, HumanAct::Move)?;
        let conversation = self.conversation_mut(id)?;
        let owner = Owner::Human { name: human };
        conversation.move_to(Queue::Pending, Some(owner), Reason::Taken, now);
        Ok(())
    }

    /// A human gives a conversation to a virtual agent of either kind: an inception agent that handed a
    /// conversation over can be given it back.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Forbidden`]; [`Refusal::Conflict`] if the agent has no access to
    /// the channel, or the conversation is resolved or with a virtual agent already.
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
        if let Some(Owner::Human { name }) = &conversation.owner {
            self.permit(id, name, HumanAct::Move)?;
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

    /// A human writes: the one who has the conversation, or `human` into one that no human has. That takes
    /// it from a virtual agent, and where the channel has auto-ownership, the human has it from then on.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Forbidden`]; [`Refusal::Conflict`] if it is resolved, another human
    /// has it, or nobody is named.
    pub(crate) fn human_reply(
        &mut self,
        id: &str,
        human: Option<String>,
        text: String,
        now: Moment,
    ) -> Result<(), Refusal> {
        let conversation = self.conversation(id)?;
        if conversation.queue == Queue::Resolved {
            return Err(Refusal::conflict(
                "the conversation is resolved: take it first",
            ));
        }
        let owner = match &conversation.owner {
            Some(Owner::Human { name }) => Some(name.clone()),
            Some(Owner::VirtualAgent { .. }) | None => None,
        };
        let human = match (&owner, human) {
            (Some(owner), Some(human)) if *owner != human => {
                return Err(Refusal::conflict(
                    "another human has this conversation: take it first",
                ));
            }
            (_, Some(human)) => human,
            (Some(owner), None) => owner.clone(),
            (None, None) => {
                return Err(Refusal::conflict(
                    "no human has this conversation: take it first, or name who replies as \"agent\"",
                ));
            }
        };
        self.permit(id, &human, HumanAct::Reply)?;
        let auto_ownership = self.channels.get(&conversation.channel.id)?.auto_ownership;
        let media = &self.config.shortcodes;
        let rendered = shortcodes::rendered(media, &conversation.medium, Some(&text));

        let conversation = self.conversation_mut(id)?;
        if owner.is_none() && auto_ownership {
            let owner = Owner::Human {
                name: human.clone(),
            };
            conversation.move_to(Queue::Pending, Some(owner), Reason::Taken, now);
        } else if conversation.virtual_agent().is_some() {
            conversation.move_to(Queue::New, None, Reason::Taken, now);
        }
        let via = Some(Via::Human);
        let written = conversation.push_message(Author::Human, Some(text), None, via, now);
        written.by = Some(human);
        written.rendered = rendered;
        Ok(())
    }

    /// A conversation is resolved, from wherever it is. Nobody has it then.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Refusal::Forbidden`]; [`Refusal::Invalid`] for a human where none resolves it.
    pub(crate) fn resolve(
        &mut self,
        id: &str,
        mut resolution: Resolution,
        now: Moment,
    ) -> Result<(), Refusal> {
        let conversation = self.conversation(id)?;
        if matches!(resolution.how, How::Agent | How::Bulk) {
            if let Some(Owner::Human { name }) = &conversation.owner {
                resolution.agent.get_or_insert_with(|| name.clone());
            }
        } else if resolution.agent.is_some() {
            return Err(Refusal::invalid("no agent resolves it in this way"));
        }
        if let Some(human) = &resolution.agent {
            self.permit(id, human, HumanAct::Move)?;
        }
        let conversation = self.conversation_mut(id)?;
        conversation.move_to(Queue::Resolved, None, Reason::ResolvedByHuman, now);
        if let Some(change) = conversation.history.last_mut() {
            change.resolution = Some(resolution);
        }
        Ok(())
    }

    fn permit(&self, id: &str, human: &str, act: HumanAct) -> Result<(), Refusal> {
        let channel = &self.conversation(id)?.channel;
        self.channels.permit(&channel.id, human, act)
    }
}
