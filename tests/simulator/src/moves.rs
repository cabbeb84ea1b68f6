//! What contacts do to a conversation. Humans are in `humans.rs`, the clock in `deadlines.rs`.

use crate::{
    agent::{HandoffRule, Kind},
    contact::ContactSpec,
    conversation::{Author, Channel, Conversation},
    event::EventKind,
    history::{Change, Owner, Queue, Reason},
    moment::Moment,
    refusal::Refusal,
    shortcodes::{Button, Target},
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
    /// A file's name. No webhook carries it.
    pub(crate) attachment: Option<String>,
}

impl World {
    /// Begins a conversation and returns its id. An inception agent with access to the channel gets it;
    /// otherwise it waits in New.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown agent; see [`World::inception_agent`] and
    /// [`crate::channels::Channels::carry`].
    pub(crate) fn begin(&mut self, beginning: Beginning, now: Moment) -> Result<String, Refusal> {
        let agent = match &beginning.agent {
            Some(id) => Some(self.agent(id)?),
            None => self.inception_agent(&beginning.channel)?,
        };
        let agent = agent.map(|agent| agent.id.clone());
        let medium = &beginning.medium;
        let channel = self.channels.carry(beginning.channel, medium, now)?;
        let contact = self.contact_key(&beginning.medium, beginning.contact.fields());
        let mut conversation = Conversation::new(beginning.medium, channel, contact, now);
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
        let (text, file) = (message.text, message.attachment);
        let written = conversation.push_message(Author::Contact, text, file, None, now);
        written.payload = message.payload;
        let message_id = written.id.clone();
        if conversation.virtual_agent().is_some() {
            conversation.tell(EventKind::Inbound { message_id });
            conversation.owes_since(now, false);
        }
        Ok(())
    }

    /// The contact taps the newest button of this label.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]: the conversation or such a button doesn't exist; [`Refusal::Conflict`]: it
    /// sends no message.
    pub(crate) fn tap(&mut self, id: &str, label: &str, now: Moment) -> Result<(), Refusal> {
        let messages = self.conversation(id)?.messages.iter().rev();
        let shown = messages.filter_map(|message| message.rendered.as_ref());
        let mut buttons = shown.flat_map(|rendered| rendered.buttons.iter().rev());
        match buttons.find(|button| button.label == label) {
            Some(Button {
                leads_to: Target::Payload(payload),
                ..
            }) => {
                let message = ContactMessage {
                    text: Some(label.into()),
                    payload: Some(payload.clone()),
                    attachment: None,
                };
                self.write(id, message, now)
            }
            Some(_) => Err(Refusal::conflict(
                "this button opens a link or asks for a location: no message comes of it",
            )),
            None => Err(Refusal::NotFound("there is no button of this label".into())),
        }
    }

    /// The agent that picks a conversation up by itself.
    fn picks_up(&self, conversation: &Conversation) -> Option<String> {
        let agent = self.agents.get(conversation.agent.as_ref()?)?;
        let channel = &conversation.channel;
        (agent.kind == Kind::Inception && agent.has_channel(&channel.id, &channel.name))
            .then(|| agent.id.clone())
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
