//! What we remember of a Dialogflow session between turns.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Bytes of a session's parameters beyond which they are not remembered: the conversation's state
/// has room for 16 KiB.
const MAX_PARAMETER_BYTES: usize = 12 * 1024;

/// What we remember.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Session {
    /// Messages in a row that no intent matched.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) misses: u32,
    /// Contact attributes set before, so that each is set once.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) attributes: BTreeMap<String, String>,
    /// Where the last turn left the agent: only where turns restore it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) place: Option<Place>,
}

/// A page, and the parameters there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) page: String,
    pub(super) parameters: Map<String, Value>,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Session {
    /// Reads what was remembered; whatever else stands there counts as nothing.
    pub(super) fn read(session: &Value) -> Self {
        Self::deserialize(session).unwrap_or_default()
    }

    /// What to remember, if that is anything new.
    pub(super) fn changed(self, before: &Self) -> Option<Value> {
        if self == *before {
            return None;
        }
        serde_json::to_value(self).ok()
    }
}

impl Place {
    /// The place, where it is one a turn can begin at and not too big to remember.
    pub(super) fn new(page: &str, parameters: Map<String, Value>) -> Option<Self> {
        // At these the flow, or the session, is over: Dialogflow begins anew by itself.
        let over = ["END_SESSION", "END_FLOW"]
            .iter()
            .any(|end| page.ends_with(end));
        let place = Self {
            page: page.to_owned(),
            parameters,
        };
        let bytes = serde_json::to_vec(&place).map_or(usize::MAX, |json| json.len());
        (!over && !page.is_empty() && bytes <= MAX_PARAMETER_BYTES).then_some(place)
    }
}
