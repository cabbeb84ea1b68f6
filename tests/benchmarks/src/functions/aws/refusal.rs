//! Requests that are not carried out, as DynamoDB and its neighbours tell it.

use serde_json::{Value, json};

use super::attribute::Item;
use super::expression::Invalid;

#[derive(Debug)]
pub(crate) enum Refusal {
    /// Any exception without further fields.
    Plain { code: &'static str, message: String },
    /// The condition of a single write; with the item, where that was asked for.
    Condition(Option<Item>),
    /// A transaction: of each of its parts whether its condition failed, and the item if asked for.
    Transaction(Vec<Option<Option<Item>>>),
}

impl Refusal {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Plain {
            code: "ValidationException",
            message: message.into(),
        }
    }

    /// The code alone.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Plain { code, .. } => code,
            Self::Condition(_) => "ConditionalCheckFailedException",
            Self::Transaction(_) => "TransactionCanceledException",
        }
    }

    /// The answer's body.
    pub(crate) fn body(&self) -> Value {
        const FAILED: &str = "The conditional request failed";
        let kind = format!("com.amazonaws.dynamodb.v20120810#{}", self.code());
        match self {
            Self::Plain { message, .. } => json!({"__type": kind, "message": message}),
            Self::Condition(None) => json!({"__type": kind, "message": FAILED}),
            Self::Condition(Some(item)) => json!({"__type": kind, "message": FAILED, "Item": item}),
            Self::Transaction(parts) => {
                let reasons = parts.iter().map(|part| match part {
                    None => json!({"Code": "None"}),
                    Some(None) => json!({"Code": "ConditionalCheckFailed", "Message": FAILED}),
                    Some(Some(item)) => {
                        json!({"Code": "ConditionalCheckFailed", "Message": FAILED, "Item": item})
                    }
                });
                let codes = parts.iter().map(|part| match part {
                    None => "None",
                    Some(_) => "ConditionalCheckFailed",
                });
                let codes = codes.collect::<Vec<_>>().join(", ");
                let message = format!(
                    "Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
                );
                json!({
                    "__type": kind,
                    "Message": message,
                    "CancellationReasons": reasons.collect::<Vec<_>>(),
                })
            }
        }
    }
}

impl From<Invalid> for Refusal {
    fn from(Invalid(problem): Invalid) -> Self {
        Self::invalid(problem)
    }
}

/// A request of another form than is known here: fields that are not listed are refused too.
impl From<serde_json::Error> for Refusal {
    fn from(error: serde_json::Error) -> Self {
        Self::invalid(format!("not understood here: {error}"))
    }
}
