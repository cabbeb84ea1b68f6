//! Faults as they are ordered: the kinds, and what may be said about each.

use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

/// What can be made to go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FaultKind {
    /// Webhook: the event is sent `copies` more times, at the same time.
    DuplicateWebhook,
    /// Webhook: the event steps out of the line and is sent `delay_ms` later, so that later ones overtake it.
    ReorderWebhooks,
    /// REST: the request is carried out, then the connection closes without an answer.
    DropAfterAccept,
    /// REST: the request is looked at only after `delay_ms`.
    Slow,
    /// REST: 401, and the presented token is gone for good.
    TokenExpired,
    /// REST: 401.
    Unauthorized,
    /// REST: 404.
    NotFound,
    /// REST: 429, without Retry-After.
    RateLimited,
    /// REST: `status`, by default 500.
    ServerError,
}

/// What a fault can strike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    /// Calls on conversations and their attachments.
    #[default]
    Conversations,
    /// The token endpoints.
    Token,
    /// The inbox dialect's presence and queue endpoints.
    Presence,
}

/// A fault as asked for with `POST /sim/faults`. Without `count` and `seconds` it strikes once.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultSpec {
    pub(crate) fault: FaultKind,
    pub(crate) count: Option<u32>,
    pub(crate) seconds: Option<f64>,
    /// Conversation id; absent means every conversation.
    pub(crate) conversation: Option<String>,
    /// Virtual agent's id; absent means every one. On the token and presence endpoints an agent is known
    /// by its client, which others can share.
    pub(crate) agent: Option<String>,
    #[serde(default)]
    pub(crate) on: Target,
    pub(crate) status: Option<u16>,
    pub(crate) delay_ms: Option<u64>,
    pub(crate) copies: Option<u32>,
}

impl FaultSpec {
    /// # Errors
    /// [`Refusal::Invalid`] for a field that doesn't fit the kind of fault, or out of range.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        use FaultKind::{
            DuplicateWebhook, NotFound, RateLimited, ReorderWebhooks, ServerError, Slow,
            TokenExpired, Unauthorized,
        };
        let fits = match self.on {
            Target::Conversations => true,
            Target::Token => matches!(
                self.fault,
                Slow | TokenExpired | Unauthorized | NotFound | RateLimited | ServerError
            ),
            Target::Presence => {
                matches!(self.fault, Slow | Unauthorized | RateLimited | ServerError)
            }
        };
        let rules = [
            (
                self.count.is_none_or(|count| count > 0),
                "count is at least 1",
            ),
            (
                self.seconds.is_none_or(|s| s > 0.0 && s <= 86_400.0),
                "seconds is more than 0 and at most 86400",
            ),
            (
                self.status.is_none_or(|status| {
                    self.fault == ServerError && (500..=599).contains(&status)
                }),
                "status belongs to server_error and is 500 to 599",
            ),
            (
                self.delay_ms.is_none_or(|delay| {
                    matches!(self.fault, Slow | ReorderWebhooks) && delay <= 600_000
                }),
                "delay_ms belongs to slow and reorder_webhooks and is at most 600000",
            ),
            (
                self.copies.is_none_or(|copies| {
                    self.fault == DuplicateWebhook && (1..=20).contains(&copies)
                }),
                "copies belongs to duplicate_webhook and is 1 to 20",
            ),
            (fits, "this fault can't strike these endpoints"),
            (
                self.on == Target::Conversations || self.conversation.is_none(),
                "requests for tokens and presence are about no conversation: leave it out",
            ),
        ];
        match rules.iter().find(|(kept, _)| !kept) {
            Some((_, rule)) => Err(Refusal::invalid(*rule)),
            None => Ok(()),
        }
    }
}
