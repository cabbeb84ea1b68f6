//! What can go wrong, by meaning. Causes are kept; bodies, texts, file names and tokens are not.

use std::sync::Arc;
use std::time::Duration;

/// Why a reply or an attachment was not, or not certainly, accepted.
///
/// Ask [`may_have_arrived`](Self::may_have_arrived) first: a repeat after such a failure can show
/// the contact a message twice. [`is_retryable`](Self::is_retryable) is only true where that can't
/// happen.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Refused with 400, or by our own checks before sending. `problem` says what is known about
    /// the reason, without any of the request's text.
    #[error("the request is malformed: {problem}")]
    Malformed { problem: String },
    /// The credentials were refused, or the API refused two tokens in a row. `source` is there in
    /// the first case.
    #[error("Sparkcentral refuses the agent's credentials or tokens (401)")]
    Unauthorized {
        #[source]
        source: Option<TokenError>,
    },
    /// 404: the conversation doesn't exist or isn't the agent's any more. Final: the bot stops here.
    #[error("the conversation is not assigned to the agent (404)")]
    NotAssigned,
    /// 429, from the API or its token endpoint. Sparkcentral is known to leave `Retry-After` out.
    #[error("too many requests (429)")]
    RateLimited { retry_after: Option<Duration> },
    /// 413, or an attachment over the documented size.
    #[error("the request is too large")]
    TooLarge,
    /// A server error; 408 counts as one.
    #[error("Sparkcentral is unavailable (status {status})")]
    Unavailable {
        status: u16,
        retry_after: Option<Duration>,
    },
    /// Nothing of the request was sent.
    #[error("the request was not sent")]
    NotSent {
        #[source]
        source: NotSentCause,
    },
    /// The request was at least begun to be written, and no answer came.
    #[error("the request may have arrived, but there was no answer")]
    MayHaveArrived {
        #[source]
        source: reqwest::Error,
    },
    /// Any other status, among them redirects, which are never followed.
    #[error("unexpected answer (status {status})")]
    UnexpectedStatus { status: u16 },
}

/// Why nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum NotSentCause {
    /// Name resolution, TCP or TLS failed or took too long.
    #[error("no connection to Sparkcentral's API")]
    Connect(#[source] reqwest::Error),
    /// The request can't even be put together: a repeat won't help.
    #[error("the request can't be built")]
    Build(#[source] reqwest::Error),
    /// There was no token to send it with.
    #[error("no access token")]
    Token(#[source] TokenError),
}

/// Why there is no token. Cheap to clone: callers who wait for one token request share its failure.
#[derive(Clone, Debug, thiserror::Error)]
pub enum TokenError {
    /// Client id or secret are wrong or withdrawn. `code` is OAuth2's error code, if one came.
    #[error("the token endpoint refuses the credentials (status {status}, code {})", code.as_deref().unwrap_or("none"))]
    Unauthorized { status: u16, code: Option<String> },
    /// The endpoint refuses the request for another reason, such as an unknown scope.
    #[error("the token endpoint refuses the request (status {status}, code {})", code.as_deref().unwrap_or("none"))]
    Refused { status: u16, code: Option<String> },
    #[error("too many token requests (429)")]
    RateLimited { retry_after: Option<Duration> },
    #[error("the token endpoint is unavailable (status {status})")]
    Unavailable { status: u16 },
    /// A 200 that isn't JSON with a usable `access_token`. No cause is kept: it could quote the
    /// token.
    #[error("the token endpoint's answer holds no usable token")]
    Unreadable,
    /// No connection, no answer in time, or a broken one.
    #[error("no answer from the token endpoint")]
    NoAnswer(#[source] Arc<reqwest::Error>),
}

impl SendError {
    /// Whether a repeat of the same request is safe and may succeed.
    ///
    /// False for [`MayHaveArrived`](Self::MayHaveArrived) and for server errors that leave it open
    /// whether the request was processed: there the agent's policy decides, not this crate.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::RateLimited { .. } => true,
            Self::Unavailable { .. } => !self.may_have_arrived(),
            Self::NotSent { source } => match source {
                NotSentCause::Connect(_) => true,
                NotSentCause::Build(_) => false,
                NotSentCause::Token(error) => error.is_retryable(),
            },
            Self::Malformed { .. }
            | Self::Unauthorized { .. }
            | Self::NotAssigned
            | Self::TooLarge
            | Self::MayHaveArrived { .. }
            | Self::UnexpectedStatus { .. } => false,
        }
    }

    /// How long Sparkcentral asks to wait, when it says.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } | Self::Unavailable { retry_after, .. } => {
                *retry_after
            }
            Self::NotSent {
                source: NotSentCause::Token(error),
            } => error.retry_after(),
            _ => None,
        }
    }

    /// Whether Sparkcentral may have acted on the request all the same.
    ///
    /// With 500 the application itself says that it failed to carry the request out, with 503 it
    /// turns the request away (overload, maintenance), and 408 says that the request never came in
    /// whole: these count as not processed, and a repeat is what gets the message to the contact.
    /// 502 and 504 are a gateway's words about a server it did hand the request to, which may have
    /// carried it out unheard; they and every rarer one count as may-have-arrived.
    pub fn may_have_arrived(&self) -> bool {
        match self {
            Self::MayHaveArrived { .. } => true,
            Self::Unavailable { status, .. } => !matches!(status, 408 | 500 | 503),
            _ => false,
        }
    }
}

impl TokenError {
    /// Whether a later attempt may succeed with the same credentials.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::RateLimited { .. }
            | Self::Unavailable { .. }
            | Self::Unreadable
            | Self::NoAnswer(_) => true,
            Self::Unauthorized { .. } | Self::Refused { .. } => false,
        }
    }

    /// How long the token endpoint asks to wait, when it says.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } => *retry_after,
            _ => None,
        }
    }
}

/// A token failure, seen from the request that needed the token: nothing was sent in any case.
impl From<TokenError> for SendError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Unauthorized { .. } => Self::Unauthorized {
                source: Some(error),
            },
            TokenError::RateLimited { retry_after } => Self::RateLimited { retry_after },
            _ => Self::NotSent {
                source: NotSentCause::Token(error),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_errors_are_repeated_only_where_the_request_was_turned_away() {
        for (status, arrived) in [
            (408, false),
            (500, false),
            (502, true),
            (503, false),
            (504, true),
            (599, true),
        ] {
            let error = SendError::Unavailable {
                status,
                retry_after: None,
            };
            assert_eq!(error.may_have_arrived(), arrived, "{status}");
            assert_eq!(error.is_retryable(), !arrived, "{status}");
        }
    }

    #[test]
    fn a_token_failure_means_that_nothing_was_sent() {
        let refused = SendError::from(TokenError::Refused {
            status: 400,
            code: Some("invalid_scope".to_owned()),
        });
        assert!(!refused.may_have_arrived() && !refused.is_retryable());
        let unavailable = SendError::from(TokenError::Unavailable { status: 500 });
        assert!(!unavailable.may_have_arrived() && unavailable.is_retryable());
        let wait = Some(Duration::from_secs(7));
        let limited = SendError::from(TokenError::RateLimited { retry_after: wait });
        assert_eq!(limited.retry_after(), wait);
    }
}
