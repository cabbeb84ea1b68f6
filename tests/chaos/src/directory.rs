//! Which conversation of the simulator's is which of the plan's: ids there are new in every run.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// A conversation of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// Its number in the plan.
    pub(crate) number: usize,
    pub(crate) agent: String,
}

/// All that have begun.
#[derive(Default)]
pub(crate) struct Directory(Mutex<HashMap<String, Known>>);

/// Shape of the simulator's ids: `0-`, 11 hex digits, `-000-`, 8 hex digits.
const LENGTH: usize = 26;

impl Directory {
    pub(crate) fn add(&self, id: &str, number: usize, agent: &str) {
        let known = Known {
            number,
            agent: agent.to_owned(),
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(id.to_owned(), known);
    }

    pub(crate) fn get(&self, id: &str) -> Option<Known> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(id).cloned()
    }

    /// The first id in a text, whatever it is in.
    pub(crate) fn named_in(text: &str) -> Option<&str> {
        text.match_indices("-000-").find_map(|(middle, _)| {
            let start = middle.checked_sub(13)?;
            let id = text.get(start..start + LENGTH)?;
            let is_id = id.starts_with("0-")
                && id
                    .bytes()
                    .all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
            is_id.then_some(id)
        })
    }

    /// Another conversation of the same agent.
    pub(crate) fn sibling(&self, id: &str) -> Option<String> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = all.get(id)?;
        all.iter()
            .find(|(other, known)| *other != id && known.agent == own.agent)
            .map(|(other, _)| other.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_found_in_whatever_it_stands_in() {
        let id = "0-01e67a8c216-000-8c9ea98e";
        let text = format!(r#"{{"Key":{{"pk":{{"S":"agent#{id}"}}}}}}"#);
        assert_eq!(Directory::named_in(&text), Some(id));
        assert_eq!(Directory::named_in("0-1-000-2"), None);
        assert_eq!(Directory::named_in(""), None);
    }
}
