//! Refusals, as RFC 9457 problem documents.

use conversation::{Conversation, DropReason, State};
use lambda_http::http::{StatusCode, header};
use lambda_http::{Body, Error, Response};
use platform::Causes;
use serde_json::json;

use crate::view::ProblemView;

/// A refusal: what was wrong and what to do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    /// A word for programs.
    pub(crate) code: &'static str,
    /// A sentence for people.
    pub(crate) detail: String,
    /// Each wrong field, where the body was wrong.
    pub(crate) errors: Vec<String>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
        }
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "Send a token of this agent: `Authorization: Bearer …`.",
        )
    }

    pub(crate) fn unknown_conversation() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown_conversation",
            "The agent has no conversation with this id, or it is older than the agent's retention.",
        )
    }

    pub(crate) fn unknown_reply() -> Self {
        let detail = "The conversation has no reply with this id.";
        Self::new(StatusCode::NOT_FOUND, "unknown_reply", detail)
    }

    /// Also where it is there and not for the caller: ids are not for guessing.
    pub(crate) fn unknown_channel() -> Self {
        let detail = "The agent has no channel with this id that the token may see. Channels are learned with their first event.";
        Self::new(StatusCode::NOT_FOUND, "unknown_channel", detail)
    }

    /// Nothing can be said in a conversation that is not the bot's.
    pub(crate) fn not_with_bot(conversation: &Conversation) -> Self {
        let detail = match conversation.state {
            State::HandingOver => "The conversation is being handed over to people.",
            State::WithAgent => "People have the conversation; answer it in Sparkcentral.",
            State::Resolved | State::WithBot => "The conversation is resolved.",
        };
        Self::new(StatusCode::CONFLICT, conversation.state.as_str(), detail)
    }

    /// A reply that came too late. It is in the transcript all the same, if it is kept.
    pub(crate) fn late(reason: DropReason, kept: bool) -> Self {
        let (code, why) = match reason {
            DropReason::HandingOver => (
                "handing_over",
                "The conversation is being handed over to people.",
            ),
            DropReason::WithAgent | DropReason::NotAssigned => (
                "with_agent",
                "People have the conversation; answer it in Sparkcentral.",
            ),
            DropReason::Resolved => ("resolved", "The conversation is resolved."),
            DropReason::EarlierEpisode => (
                "earlier_episode",
                "The turn is of an earlier episode: the conversation left the bot and came back since.",
            ),
        };
        let kept = if kept {
            " The reply is not sent; the transcript keeps it as dropped."
        } else {
            " The reply is not sent."
        };
        Self::new(StatusCode::CONFLICT, code, format!("{why}{kept}"))
    }

    pub(crate) fn invalid(errors: Vec<String>) -> Self {
        let detail = "The request can't be carried out as it is; see errors.";
        Self {
            errors,
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail)
        }
    }

    /// Others changed the conversation each time it was tried.
    pub(crate) fn contended() -> Self {
        Self {
            code: "contended",
            ..Self::try_again()
        }
    }

    /// Logs the cause and answers without it.
    pub(crate) fn unavailable(error: &dyn std::error::Error) -> Self {
        tracing::error!(error = %Causes(error), "request not carried out");
        Self::try_again()
    }

    fn try_again() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Not possible for the moment. Repeat the request; with the same id it is carried out once.",
        )
    }

    pub(crate) fn into_response(self) -> Result<Response<Body>, Error> {
        let body = json!(ProblemView {
            title: self.status.canonical_reason(),
            status: self.status.as_u16(),
            code: self.code,
            detail: &self.detail,
            errors: &self.errors,
        });
        let mut response = Response::builder()
            .status(self.status)
            .header(header::CONTENT_TYPE, "application/problem+json");
        if self.status == StatusCode::UNAUTHORIZED {
            response = response.header(header::WWW_AUTHENTICATE, "Bearer");
        }
        Ok(response.body(body.to_string().into())?)
    }
}
