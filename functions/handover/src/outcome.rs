//! What a handover becomes: pure, decided again where the conversation was changed meanwhile.
//!
//! ```text
//! hand over   text? ─▶ note? ─▶ topics, attributes, complete: HANDOVER
//! resolve     text  ─▶ note? ─▶ topics, attributes, complete: RESOLVED
//! keep bot    text                                                       WithBot again
//! ```
//!
//! Each is a reply of its own. What completes holds no words: it may be repeated where nobody knows
//! whether it arrived, and a conversation stays with nobody while it has not.

use conversation::{
    AgentSettings, Brief, Conversation, Delivery, GateAction, Handover, Moment, Move,
    OutboundReply, ReplySource, RoutingFacts, State, StoredEvent, gate, is_vip, own_text, route,
};
use sparkcentral::{Complete, ConversationNote, Reply};
use time::{Duration, OffsetDateTime};

/// The last intents that people see as topics, where there are no notes.
const INTENTS: usize = 5;

/// What it is called in metrics that people get the conversation.
const HANDED_ON: &str = "handed_on";

/// What a handover becomes, as it shall be stored.
pub(crate) struct Outcome {
    /// What it is called in metrics.
    pub(crate) name: &'static str,
    /// Why people were asked, and what decided.
    pub(crate) reason: String,
    pub(crate) conversation: Conversation,
    /// Replies, in order.
    pub(crate) replies: Vec<OutboundReply>,
}

impl Outcome {
    /// Whether people get the conversation.
    pub(crate) fn is_handed_on(&self) -> bool {
        self.name == HANDED_ON
    }
}

/// Everything that is stored of a conversation with a handover under way.
#[derive(Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) handover: &'a Handover,
    pub(crate) conversation: &'a Conversation,
    pub(crate) events: &'a [StoredEvent],
    pub(crate) replies: &'a [OutboundReply],
}

impl<'a> Case<'a> {
    /// The handover `id`, if it is the one under way.
    pub(crate) fn of(
        id: &str,
        conversation: &'a Conversation,
        events: &'a [StoredEvent],
        replies: &'a [OutboundReply],
    ) -> Option<Self> {
        let asked = conversation.handover.as_ref();
        let handover = asked.filter(|asked| asked.id == id)?;
        (conversation.state == State::HandingOver).then_some(Self {
            handover,
            conversation,
            events,
            replies,
        })
    }
}

/// Ids of the replies a handover becomes.
fn completing_id(handover_id: &str) -> String {
    format!("handover.{handover_id}")
}

/// The replies that a handover became already: it was decided on, and its maker may have died before
/// queueing them.
pub(crate) fn decided<'a>(
    handover_id: &'a str,
    replies: &'a [OutboundReply],
) -> impl Iterator<Item = &'a OutboundReply> {
    let completing = completing_id(handover_id);
    replies.iter().filter(move |reply| {
        let of = match &reply.source {
            ReplySource::Handover { handover_id } => handover_id,
            ReplySource::Sparkbridge { about } => about,
            ReplySource::Bot { .. } | ReplySource::Api { .. } => return false,
        };
        // A holding text is about a turn, whose handover can have the same id.
        of == handover_id && reply.id.starts_with(&completing)
    })
}

/// Decides on a handover.
pub(crate) fn decide(
    case: &Case<'_>,
    settings: &AgentSettings,
    moment: Moment,
    now: OffsetDateTime,
) -> Outcome {
    let Case {
        handover,
        conversation,
        ..
    } = *case;
    let language = conversation.language.as_deref();
    let decision = gate(&settings.handover, handover.reason, moment, language);
    let id = completing_id(&handover.id);
    let mut outcome = Outcome {
        name: HANDED_ON,
        reason: format!("{}; {}", handover.reason.as_str(), decision.why.as_str()),
        conversation: conversation.clone(),
        replies: Vec::new(),
    };
    if let Some(text) = decision.text {
        let text_id = format!("{id}.text");
        let replies = own_text(text, &text_id, &handover.id, conversation, settings, now);
        outcome.replies = replies;
    }
    let complete = match decision.action {
        GateAction::HandOver => Complete::Handover,
        GateAction::Resolve => {
            outcome.name = "resolving";
            Complete::Resolved
        }
        GateAction::KeepBot => {
            outcome.name = "kept_with_bot";
            outcome.conversation.step(Move::Kept, now);
            let last = outcome.replies.last().map(|reply| reply.id.clone());
            outcome.conversation.last_reply = last.or(outcome.conversation.last_reply);
            return outcome;
        }
    };
    let end = End {
        id,
        complete,
        settings,
        now,
    };
    let unknown = end.add(case, &mut outcome.replies);
    if unknown > 0 {
        outcome.reason.push_str("; unknown_profile");
    }
    outcome
}

/// The end of the bot's part.
struct End<'a> {
    id: String,
    complete: Complete,
    settings: &'a AgentSettings,
    now: OffsetDateTime,
}

impl End<'_> {
    /// Adds what people are told and what completes. How many profiles were asked for that the
    /// settings don't have.
    fn add(&self, case: &Case<'_>, replies: &mut Vec<OutboundReply>) -> usize {
        let (settings, conversation) = (&self.settings.handover, case.conversation);
        let hours = settings.hours_of(conversation.channel_id());
        let zone = hours.map(|hours| hours.time_zone);
        let brief = Brief::of(case.handover, conversation, case.events, case.replies, zone);
        let told = case.events.iter().flat_map(|event| &event.topics);
        let facts = RoutingFacts {
            language: conversation.language.as_deref(),
            medium: conversation.medium(),
            channel: conversation.channel_id(),
            topics: told.chain(brief.topics()).map(String::as_str).collect(),
            vip: is_vip(conversation),
        };
        let routed = route(&settings.routing, case.handover, &facts);
        let mut topics: Vec<String> = settings.topic(case.handover.reason).into_iter().collect();
        let mut attributes = routed.attributes;
        let mut more = routed.topics;
        if self.settings.features().conversation_notes {
            let note = Reply {
                apply_conversation_notes: vec![ConversationNote { text: brief.note() }],
                ..Reply::default()
            };
            let about = ReplySource::Sparkbridge {
                about: case.handover.id.clone(),
            };
            replies.push(self.reply(format!("{}.note", self.id), about, note, case));
        } else {
            let known = brief.topics();
            more.extend_from_slice(&known[known.len().saturating_sub(INTENTS)..]);
            if let Some(alias) = &settings.context_attribute {
                let line = attributes.entry(alias.clone());
                line.or_insert_with(|| brief.line());
            }
        }
        for topic in more {
            if !topics.contains(&topic) {
                topics.push(topic);
            }
        }
        // Attributes travel with `complete`, as the vendor advises: its routing reads them then.
        let completing = Reply {
            apply_topics: topics,
            set_contact_attributes: attributes,
            complete: Some(self.complete),
            ..Reply::default()
        };
        let ours = ReplySource::Handover {
            handover_id: case.handover.id.clone(),
        };
        replies.push(self.reply(self.id.clone(), ours, completing, case));
        routed.unknown
    }

    fn reply(
        &self,
        id: String,
        source: ReplySource,
        reply: Reply,
        case: &Case<'_>,
    ) -> OutboundReply {
        let step = match source {
            ReplySource::Handover { .. } => 2,
            _ => 1,
        };
        OutboundReply {
            id,
            episode: case.conversation.episode,
            source,
            reply,
            upload: None,
            // Behind the texts: the transcript is sorted by time.
            created_at: self.now + Duration::microseconds(step),
            attempts: 0,
            doubted: false,
            delivery: Delivery::Pending,
        }
    }
}

#[cfg(test)]
#[path = "outcome_tests.rs"]
mod tests;
