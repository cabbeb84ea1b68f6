//! What a script bot remembers between turns.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Kept in the conversation's session. Empty at first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Session {
    /// Messages in a row that no rule understood.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) misses: u32,
    /// Language of the last pattern that matched, for turns whose language nobody detected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) language: Option<String>,
}

// serde's `skip_serializing_if` wants a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(misses: &u32) -> bool {
    *misses == 0
}

impl Session {
    /// Reads a turn's session. What another kind of bot left there counts as nothing.
    pub(super) fn read(value: &Value) -> Self {
        Self::deserialize(value).unwrap_or_default()
    }

    /// The session to store, or `None` where `before` says the same already.
    pub(super) fn changed(&self, before: &Self) -> Option<Value> {
        if self == before {
            None
        } else {
            serde_json::to_value(self).ok()
        }
    }
}
