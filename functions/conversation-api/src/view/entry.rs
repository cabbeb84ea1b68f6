//! Entries of a transcript.

use std::borrow::Cow;

use conversation::{Delivery, EventStatus, NotAsked, ReplySource, Trigger};
use serde::Serialize;
use sparkcentral::Reply;

/// One entry of a transcript.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
#[expect(clippy::large_enum_variant, reason = "most entries are the larger one")]
pub(crate) enum Entry<'a> {
    /// What the contact wrote, or Sparkcentral told.
    Event(EventEntry<'a>),
    /// What was said to the contact, or was to be.
    Reply(ReplyEntry<'a>),
}

/// What the contact wrote, or Sparkcentral told, and what became of it.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventEntry<'a> {
    /// When it arrived.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    pub(crate) at: String,
    /// Whose it is.
    pub(crate) from: Sender,
    /// Sparkcentral's idempotency key.
    pub(crate) turn_id: &'a str,
    /// Episode of the conversation it belongs to; 0 until that was read.
    pub(crate) episode: u32,
    /// What happened.
    pub(crate) event: EventKind,
    /// What became of it.
    pub(crate) outcome: Outcome,
    /// What the contact wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<&'a str>,
    /// Payload of the button tapped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payload: Option<&'a str>,
    /// Why the bot was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<NotAsked>,
    /// Ids of the replies it became.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reply_ids: Option<&'a [String]>,
    /// Whether the bot took it to answer later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) later: Option<bool>,
    /// The turn it became part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) merged_into: Option<&'a str>,
}

/// Whose an event is.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sender {
    Contact,
    Sparkcentral,
}

/// What happened: the conversation was started with the bot, given back to it, or written to.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum EventKind {
    Started,
    Delegated,
    Message,
}

impl From<&Trigger> for EventKind {
    fn from(trigger: &Trigger) -> Self {
        match trigger {
            Trigger::Started => Self::Started,
            Trigger::Delegated => Self::Delegated,
            Trigger::Message { .. } => Self::Message,
        }
    }
}

/// What became of an event.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// Being answered in the webhook's response.
    InProgress,
    /// Waits for the bot.
    Queued,
    /// Answered in the webhook's response.
    Answered,
    /// Answered by replies of their own, or by none.
    Turned,
    /// Kept, and the bot left alone.
    NotAsked,
    /// Given to the bot together with another message.
    Merged,
    /// Answered after people had been asked; the answer is kept and not sent.
    TooLate,
    /// The bot failed for good; people were asked.
    Failed,
}

impl From<&EventStatus> for Outcome {
    fn from(status: &EventStatus) -> Self {
        match status {
            EventStatus::InProgress { .. } => Self::InProgress,
            EventStatus::Queued { .. } => Self::Queued,
            EventStatus::Answered { .. } => Self::Answered,
            EventStatus::Turned { .. } => Self::Turned,
            EventStatus::NotAsked { .. } => Self::NotAsked,
            EventStatus::Merged { .. } => Self::Merged,
            EventStatus::TooLate { .. } => Self::TooLate,
            EventStatus::Failed => Self::Failed,
        }
    }
}

/// What was said to the contact, or was to be.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReplyEntry<'a> {
    /// When it was decided on.
    #[cfg_attr(feature = "schema", schemars(extend("format" = "date-time")))]
    pub(crate) at: String,
    /// Whose it is.
    pub(crate) from: Speaker,
    /// As Sparkcentral takes it.
    pub(crate) reply: Cow<'a, Reply>,
    /// The first text of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
    /// Its id in the store: of a reply sent here, one of its parts.
    pub(crate) reply_id: String,
    /// The turn it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) turn_id: Option<&'a str>,
    /// Episode of the conversation it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) episode: Option<u32>,
    /// Attempts to send it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attempts: Option<u32>,
    /// Where it is.
    pub(crate) delivery: DeliveryView<'a>,
    /// The file that goes with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) upload: Option<UploadView<'a>>,
    /// Name of the token it was sent with: only Supervisors see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<&'a str>,
}

/// Whose a reply is: the bot's, of somebody here, a text of the agent's settings, a handover's.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum Speaker {
    Bot,
    Api,
    Sparkbridge,
    Handover,
}

impl From<&ReplySource> for Speaker {
    fn from(source: &ReplySource) -> Self {
        match source {
            ReplySource::Bot { .. } => Self::Bot,
            ReplySource::Api { .. } => Self::Api,
            ReplySource::Sparkbridge { .. } => Self::Sparkbridge,
            ReplySource::Handover { .. } => Self::Handover,
        }
    }
}

/// Where a reply is.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "DeliveryOfReply"))]
#[serde(untagged)]
pub(crate) enum DeliveryView<'a> {
    /// It went in the webhook's response.
    InTheAnswer(WebhookAnswer),
    /// It went, or goes, through the outbox.
    ByOutbox(&'a Delivery),
}

/// A reply that went in the webhook's response.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct WebhookAnswer {
    /// Always the same.
    pub(crate) status: SentStatus,
    /// Always the same.
    pub(crate) via: AnswerWay,
}

/// Sent.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum SentStatus {
    Sent,
}

/// The webhook's response.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum AnswerWay {
    WebhookAnswer,
}

/// A file: where it comes from and never what is in it.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Upload"))]
#[serde(rename_all = "camelCase")]
pub(crate) struct UploadView<'a> {
    /// Name it is uploaded under.
    pub(crate) name: &'a str,
    /// Media type, where it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_type: Option<&'a str>,
    /// Where it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<UploadSource>,
    /// Length of the base64 it was given as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) base64_chars: Option<usize>,
    /// Its address as far as the query, which may be a signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<&'a str>,
    /// Why it was not sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<&'a str>,
}

/// Where a file comes from.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(crate) enum UploadSource {
    Data,
    Url,
    S3,
}
