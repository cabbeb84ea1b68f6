//! Sparkcentral's Virtual Agent protocol: events in, replies out, signatures. Pure: no I/O.
//!
//! A webhook request is verified with [`Verifier`], read with [`event::parse()`] into an
//! [`Envelope`], and answered with a [`Reply`]. [`Dialect`] holds what differs between Sparkcentral
//! and its sister product, Hootsuite Inbox 2.0.
//!
//! Types that can hold a customer's words, name or address print `<redacted>` in `Debug`, and no
//! error of this crate quotes its input.

#![cfg_attr(
    test,
    allow(clippy::unwrap_used, reason = "a failed step is a failed test")
)]

pub mod attachment;
pub mod dialect;
pub mod event;
mod lenient;
pub mod media;
mod redact;
pub mod reply;
pub mod rich_text;
pub mod session;
pub mod signature;

pub use attachment::{AttachmentProblem, MAX_ATTACHMENT_BYTES};
pub use dialect::{Dialect, Features, Region};
pub use event::{
    AgeError, Assigned, Channel, ContactAttribute, ContactProfile, Envelope, Event, Inbound,
    Medium, Message, ParseError, Trigger,
};
pub use media::{
    CannotCarry, MediumId, MediumKind, TextLimit, TextUnit, carries, renders_shortcodes,
    split_text, split_text_around, text_limit,
};
pub use reply::{
    Complete, ConversationNote, MessageTag, OutgoingMessage, Reply, ReplyProblem, ReplyRule, Tags,
    Typing,
};
pub use session::{ChannelDetails, SessionAttribute, SessionProfile};
pub use signature::{SecretError, SecretVersion, SignatureError, Verifier, WebhookSecret, sign};
