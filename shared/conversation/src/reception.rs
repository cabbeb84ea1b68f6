//! What an event asks for, and what it says about who the conversation is with.

use serde::{Deserialize, Serialize};
use sparkcentral::{ChannelDetails, Event};
use time::{Duration, OffsetDateTime};

use crate::later::Early;
use crate::state::{Conversation, Move, State};

/// How long after a message Sparkcentral may still be trying to send an event from before it, stamped anew
/// each time: four attempts of ten seconds each, and up to two between.
const OVERTAKEN_FOR: Duration = Duration::seconds(46);

/// What an accepted event asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reception {
    /// Give the bot a turn.
    AskBot,
    /// Keep the message, leave the bot alone.
    Record(NotAsked),
}

/// Why the bot is not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NotAsked {
    /// People were asked to take over.
    HandingOver,
    /// People have the conversation.
    WithAgent,
    /// The conversation is closed.
    Resolved,
    /// The conversation left the bot and came back since the contact wrote.
    EarlierEpisode,
}

impl NotAsked {
    /// The name in JSON, logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HandingOver => "handing_over",
            Self::WithAgent => "with_agent",
            Self::Resolved => "resolved",
            Self::EarlierEpisode => "earlier_episode",
        }
    }
}

impl Conversation {
    /// Takes an event in: what it tells is remembered, and the answer says whether the bot is asked.
    ///
    /// `sent_at` is the sender's time stamp. Sparkcentral sends webhooks only for conversations that
    /// are the bot's, and not every account is told of a return by an event of its own; so a message
    /// *sent* after we learned that the conversation left the bot proves that it came back. One sent
    /// before is a late delivery and must not make the bot speak into a person's conversation.
    pub fn receive(
        &mut self,
        event: &Event,
        sent_at: Option<OffsetDateTime>,
        now: OffsetDateTime,
    ) -> Reception {
        match event {
            Event::ConversationStarted(assigned) | Event::ConversationDelegated(assigned) => {
                self.channel_details = Some(ChannelDetails::from_assigned(assigned));
                if assigned.language.is_some() {
                    self.language.clone_from(&assigned.language);
                }
                // Started while already with the bot: a message was faster, which began the episode. But
                // if the episode's own beginning is known, this is another one, and so is any delegation:
                // people had the conversation in between, which nobody told us. Sent before the episode
                // it is a late delivery.
                let is_another = self.assigned || matches!(event, Event::ConversationDelegated(_));
                let own_until = match is_another {
                    true => self.changed_at,
                    false => self.changed_at + OVERTAKEN_FOR,
                };
                let was_away =
                    self.version > 0 && sent_at.is_some_and(|sent_at| sent_at > own_until);
                if self.state != State::WithBot || was_away {
                    self.new_episode(now);
                }
                self.assigned = true;
                Reception::AskBot
            }
            Event::InboundMessageReceived(_) => {
                self.learn(event);
                match self.state {
                    State::WithBot => Reception::AskBot,
                    State::HandingOver => Reception::Record(NotAsked::HandingOver),
                    State::WithAgent | State::Resolved
                        if sent_at.unwrap_or(now) > self.changed_at =>
                    {
                        self.new_episode(now);
                        Reception::AskBot
                    }
                    State::WithAgent => Reception::Record(NotAsked::WithAgent),
                    State::Resolved => Reception::Record(NotAsked::Resolved),
                }
            }
            // Answered before it gets here: it names no conversation.
            Event::Unknown { .. } => Reception::Record(NotAsked::EarlierEpisode),
        }
    }

    /// Remembers what a message tells about its channel and contact. Twice is as good as once.
    pub fn learn(&mut self, event: &Event) {
        if let Event::InboundMessageReceived(inbound) = event {
            self.channel_details
                .get_or_insert_default()
                .merge_inbound(inbound);
        }
    }

    fn new_episode(&mut self, now: OffsetDateTime) {
        self.episode = self.episode.saturating_add(1);
        self.assigned = false;
        self.session = serde_json::Value::Null;
        self.handover = None;
        self.last_reply = None;
        self.awaiting.clear();
        self.early = Early::default();
        self.choices.clear();
        self.turns = 0;
        self.step(Move::Assigned, now);
    }

    /// Why the bot may not speak now, if it may not.
    pub fn not_asked(&self) -> Option<NotAsked> {
        match self.state {
            State::WithBot => None,
            State::HandingOver => Some(NotAsked::HandingOver),
            State::WithAgent => Some(NotAsked::WithAgent),
            State::Resolved => Some(NotAsked::Resolved),
        }
    }
}
