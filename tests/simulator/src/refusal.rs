//! Why something was not done, and how both faces say so.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

/// Why something was not done. The text is for people; the kind decides the HTTP status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// 400: not JSON, or against the vendor's contract.
    Malformed(String),
    /// 401.
    Unauthorized(String),
    /// 403: a human without the role for it.
    Forbidden(String),
    /// 404.
    NotFound(String),
    /// 409: can't be done in the state things are in.
    Conflict(String),
    /// 413.
    TooLarge(String),
    /// 422: read, but makes no sense.
    Invalid(String),
    /// 500: the simulator itself can't.
    Broken(String),
    /// A fault that was asked for.
    Fault(StatusCode),
}

impl Refusal {
    pub(crate) fn malformed(text: impl Into<String>) -> Self {
        Self::Malformed(text.into())
    }

    pub(crate) fn conflict(text: impl Into<String>) -> Self {
        Self::Conflict(text.into())
    }

    pub(crate) fn invalid(text: impl Into<String>) -> Self {
        Self::Invalid(text.into())
    }

    pub(crate) fn no_conversation(id: &str) -> Self {
        Self::NotFound(format!("conversation {id} does not exist"))
    }

    pub(crate) fn no_agent(id: &str) -> Self {
        Self::NotFound(format!("agent {id} does not exist"))
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Fault(status) => *status,
        }
    }

    pub(crate) fn text(&self) -> String {
        match self {
            Self::Malformed(text)
            | Self::Unauthorized(text)
            | Self::Forbidden(text)
            | Self::NotFound(text)
            | Self::Conflict(text)
            | Self::TooLarge(text)
            | Self::Invalid(text)
            | Self::Broken(text) => text.clone(),
            Self::Fault(status) => status.canonical_reason().unwrap_or("fault").to_lowercase(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status(), Json(json!({ "error": self.text() }))).into_response()
    }
}
