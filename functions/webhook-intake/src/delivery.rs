//! One delivery of a webhook, and the answers to it.

use std::time::Duration;

use platform::{Causes, Platform};
use sparkcentral::Reply;
use time::OffsetDateTime;

use crate::handler::Headers;

/// What accepting needs.
pub(crate) struct Deps {
    pub(crate) platform: Platform,
    pub(crate) bots: bots::Bots,
}

/// One HTTP request of Sparkcentral's.
pub(crate) struct Delivery<'a> {
    pub(crate) agent: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) headers: &'a Headers<'a>,
    /// When API Gateway got it.
    pub(crate) arrived: OffsetDateTime,
    pub(crate) now: OffsetDateTime,
    /// Unique to this invocation.
    pub(crate) attempt: String,
    /// Until Lambda ends this invocation.
    pub(crate) remaining: Duration,
}

/// The answer to a delivery.
#[derive(Debug)]
pub(crate) enum Accepted {
    /// 200: the event is stored.
    Answer(Box<Reply>),
    /// Not stored, or not by this delivery.
    Refused { status: u16, detail: &'static str },
}

impl Accepted {
    pub(crate) fn empty() -> Self {
        Self::Answer(Box::default())
    }

    pub(crate) fn refused(status: u16, detail: &'static str) -> Self {
        Self::Refused { status, detail }
    }

    pub(crate) fn try_again() -> Self {
        Self::refused(503, "Not accepted for the moment. Send the event again.")
    }
}

/// What became of a delivery, as metrics call it, and the answer.
pub(crate) type Outcome = (&'static str, Accepted);

/// Logs the cause; Sparkcentral is asked to try again.
pub(crate) fn unavailable(outcome: &'static str, error: &dyn std::error::Error) -> Outcome {
    tracing::error!(outcome, error = %Causes(error), "webhook not accepted");
    (outcome, Accepted::try_again())
}
