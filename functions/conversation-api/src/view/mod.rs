//! What callers are told, as it is serialised. The published schemas are written from these types.

mod entry;

use std::collections::BTreeMap;

use conversation::{AutoResolve, ChannelAccess, Delivery, HandoverReason, Role, State};
use serde::Serialize;
use sparkcentral::{ChannelDetails, MediumId};

pub(crate) use entry::*;

/// A conversation, and everything said in it.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Conversation"))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConversationView<'a> {
    /// Name of the agent.
    pub(crate) agent: &'a str,
    /// Sparkcentral's id.
    pub(crate) conversation_id: &'a str,
    /// Who it is with.
    pub(crate) state: State,
    /// 1 for the first time with the bot; one more each time it comes back.
    pub(crate) episode: u32,
    /// Turns given to the bot in this episode.
    pub(crate) turns: u32,
    /// The turn being answered in a webhook's response.
    pub(crate) in_flight: Option<InFlightView<'a>>,
    /// How many turns wait for the bot.
    pub(crate) queued_turns: usize,
    /// Ids of the turns that wait for the bot, the next one first.
    pub(crate) waiting: &'a [String],
    /// Ids of the turns that the bot took to answer later.
    pub(crate) awaiting: &'a [String],
    /// As Sparkcentral detected it.
    pub(crate) language: Option<&'a str>,
    /// The registry's entry of its channel.
    pub(crate) channel: Option<ChannelName<'a>>,
    /// What events told about channel and contact.
    pub(crate) channel_details: Option<&'a ChannelDetails>,
    /// When the state last changed.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    pub(crate) changed_at: String,
    /// The last handover asked for.
    pub(crate) handover: Option<HandoverView<'a>>,
    /// Everything said and done, in order.
    pub(crate) transcript: Vec<Entry<'a>>,
}

/// A turn being answered in a webhook's response.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "InFlight"))]
#[serde(rename_all = "camelCase")]
pub(crate) struct InFlightView<'a> {
    /// Which.
    pub(crate) turn_id: &'a str,
    /// When its invocation is dead, whatever came of it.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    pub(crate) until: String,
}

/// A channel in short.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct ChannelName<'a> {
    /// Sparkcentral's id.
    pub(crate) id: &'a str,
    /// Which network it is on, as events name it.
    pub(crate) medium: Option<&'a MediumId>,
    /// The name that was entered, else Sparkcentral's, else the id.
    pub(crate) name: &'a str,
}

/// A handover asked for.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Handover"))]
#[serde(rename_all = "camelCase")]
pub(crate) struct HandoverView<'a> {
    /// The same, however often it is asked for.
    pub(crate) id: &'a str,
    /// Why.
    pub(crate) reason: HandoverReason,
    /// Topics to apply beside the reason's own.
    pub(crate) topics: &'a [String],
    /// Contact attributes set with it.
    pub(crate) attributes: &'a BTreeMap<String, String>,
    /// Routing profiles asked for by name.
    pub(crate) profiles: &'a [String],
    /// What people should know.
    pub(crate) summary: Option<&'a str>,
    /// When it was asked for.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    pub(crate) requested_at: String,
}

/// A reply, as far as its least advanced part.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "SentReply"))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReplyView<'a> {
    /// As the caller chose it.
    pub(crate) id: &'a str,
    /// Of several parts, the worst.
    pub(crate) status: DeliveryStatus,
    /// Its parts, in order.
    pub(crate) parts: Vec<ReplyEntry<'a>>,
    /// What the agent's dialect or the medium can't carry.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) left_out: &'a [&'static str],
}

/// Where a reply is, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryStatus {
    // Better ones first.
    /// Sparkcentral accepted it.
    Sent,
    /// A POST is under way.
    Sending,
    /// Not begun.
    Pending,
    /// Not sent, on purpose.
    Dropped,
    /// It may have arrived, and is not sent again.
    Unknown,
    /// Refused, or not delivered in all attempts.
    Failed,
}

impl From<&Delivery> for DeliveryStatus {
    fn from(delivery: &Delivery) -> Self {
        match delivery {
            Delivery::Sent { .. } => Self::Sent,
            Delivery::Sending { .. } => Self::Sending,
            Delivery::Pending => Self::Pending,
            Delivery::Dropped { .. } => Self::Dropped,
            Delivery::Unknown { .. } => Self::Unknown,
            Delivery::Failed { .. } => Self::Failed,
        }
    }
}

/// A handover that was asked for.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "HandoverTaken"))]
pub(crate) struct HandoverTaken<'a> {
    /// The same, however often it is asked for.
    pub(crate) id: &'a str,
    /// Why: of the handover under way, where there was one.
    pub(crate) reason: HandoverReason,
    /// The conversation's state.
    pub(crate) state: State,
}

/// A channel as a caller sees it.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Channel"))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChannelView<'a> {
    /// Sparkcentral's id.
    pub(crate) id: &'a str,
    /// Which network it is on, as events name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) medium: Option<&'a MediumId>,
    /// Its name as events tell it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<&'a str>,
    /// Its name for people, where one was entered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) display_name: Option<&'a str>,
    /// When Sparkcentral resolves conversations that nobody works on.
    pub(crate) auto_resolve: AutoResolve,
    /// Whether whoever replies first becomes the conversation's owner.
    pub(crate) auto_ownership: bool,
    /// Who has which role: only Supervisors see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) access: Option<&'a ChannelAccess>,
    /// When it was first heard of.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    pub(crate) learned_at: String,
    /// When anything of it last changed.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    pub(crate) changed_at: String,
    /// The caller's role in it.
    pub(crate) role: Role,
}

/// The channels the caller has a role in.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Channels"))]
pub(crate) struct ChannelsView<'a> {
    /// By id.
    pub(crate) channels: Vec<ChannelView<'a>>,
}

/// A refusal, as a problem document of RFC 9457.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Problem"))]
pub(crate) struct ProblemView<'a> {
    /// The status in words.
    pub(crate) title: Option<&'static str>,
    /// The status.
    pub(crate) status: u16,
    /// A word for programs.
    pub(crate) code: &'static str,
    /// A sentence for people.
    pub(crate) detail: &'a str,
    /// Each wrong field, where the body was wrong.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) errors: &'a [String],
}
