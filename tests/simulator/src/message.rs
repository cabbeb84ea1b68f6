//! A message of a conversation.

use serde::Serialize;

use crate::{moment::Moment, shortcodes::Rendered};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Direction {
    Inbound,
    Outbound,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Author {
    Contact,
    VirtualAgent,
    Human,
}

/// The way an outbound message came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Via {
    WebhookAnswer,
    Rest,
    Human,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) direction: Direction,
    pub(crate) author: Author,
    pub(crate) text: Option<String>,
    /// File name. Of a virtual agent, that of an upload; of a contact, what the contact says it is.
    pub(crate) attachment: Option<String>,
    /// What a quick reply or button carried back.
    pub(crate) payload: Option<String>,
    pub(crate) at: Moment,
    /// Absent for the contact's own messages.
    pub(crate) via: Option<Via>,
    /// Id of the virtual agent or name of the human who wrote it.
    pub(crate) by: Option<String>,
    /// What the contact sees of an outbound text, on a medium that knows shortcodes.
    pub(crate) rendered: Option<Rendered>,
    /// See [`crate::history::Change::step`].
    #[serde(skip)]
    pub(crate) step: u32,
}
