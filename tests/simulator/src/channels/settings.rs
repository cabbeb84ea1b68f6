//! A channel and what an admin can set on it.

use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

use crate::{
    channels::access::{Access, AccessEdit, Role, Teams},
    history::Queue,
    moment::Moment,
    refusal::Refusal,
};

/// A display name holds so many characters.
const DISPLAY_NAME_LIMIT: usize = 255;
/// 30 days.
const AUTO_RESOLVE: Duration = Duration::from_secs(30 * 86_400);

/// A channel that carries conversations. Serialises as the control face shows it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) medium: String,
    pub(crate) name: String,
    pub(crate) display_name: String,
    /// Only Twitter's channels have one.
    pub(crate) url: Option<String>,
    /// Whether the first human who replies becomes the owner. The vendor names no default; it is on.
    pub(crate) auto_ownership: bool,
    pub(crate) auto_resolve: AutoResolve,
    pub(crate) access: Access,
    /// It came with a conversation, not through an admin.
    pub(crate) implicit: bool,
    pub(crate) added_at: Moment,
}

/// How long nothing may happen in a conversation before it is resolved.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct AutoResolve {
    #[serde(rename = "new_seconds", serialize_with = "as_seconds")]
    new: Duration,
    #[serde(rename = "pending_seconds", serialize_with = "as_seconds")]
    pending: Duration,
}

fn as_seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}

impl AutoResolve {
    pub(crate) fn after(self, queue: Queue) -> Option<Duration> {
        match queue {
            Queue::New => Some(self.new),
            Queue::Pending => Some(self.pending),
            Queue::Resolved => None,
        }
    }
}

/// A channel an admin adds. Twitter's takes the medium alone: the rest comes from the handle, or later.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Addition {
    pub(crate) medium: String,
    /// By default made from the name.
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    display_name: Option<String>,
    auto_ownership: Option<bool>,
    auto_resolve: Option<AutoResolveEdit>,
    access: Option<AccessEdit>,
}

impl Addition {
    /// What is set, apart from what the channel is.
    pub(crate) fn edit(self) -> Edit {
        Edit {
            display_name: self.display_name,
            auto_ownership: self.auto_ownership,
            auto_resolve: self.auto_resolve,
            access: self.access,
        }
    }

    /// Whether nothing but the medium is given.
    pub(crate) fn is_bare(&self) -> bool {
        self.id.is_none()
            && self.name.is_none()
            && self.display_name.is_none()
            && self.auto_ownership.is_none()
            && self.auto_resolve.is_none()
            && self.access.is_none()
    }
}

/// A change of a channel's settings: what isn't mentioned stays.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    display_name: Option<String>,
    auto_ownership: Option<bool>,
    auto_resolve: Option<AutoResolveEdit>,
    access: Option<AccessEdit>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AutoResolveEdit {
    new_seconds: Option<f64>,
    pending_seconds: Option<f64>,
}

impl Entry {
    /// A channel nobody has access to yet.
    pub(crate) fn new(id: String, medium: String, name: String, now: Moment) -> Self {
        Self {
            id,
            medium,
            display_name: name.clone(),
            name,
            url: None,
            auto_ownership: true,
            auto_resolve: AutoResolve {
                new: AUTO_RESOLVE,
                pending: AUTO_RESOLVE,
            },
            access: Access::default(),
            implicit: false,
            added_at: now,
        }
    }

    /// A channel that comes with a conversation: everybody may reply in it.
    pub(crate) fn implicit(id: String, medium: String, name: String, now: Moment) -> Self {
        Self {
            access: Access::all_users(Role::Contributor),
            implicit: true,
            ..Self::new(id, medium, name, now)
        }
    }

    /// The display name, where one was set; otherwise the name a conversation has for the channel.
    pub(crate) fn shown_as<'a>(&'a self, name: &'a str) -> &'a str {
        if self.display_name == self.name {
            name
        } else {
            &self.display_name
        }
    }

    /// All of the change, or nothing.
    ///
    /// # Errors
    /// [`Refusal::Invalid`]: an empty or long display name, a time that is none, or an unknown team.
    pub(crate) fn edit(&mut self, edit: Edit, teams: &Teams) -> Result<(), Refusal> {
        let mut edited = self.clone();
        if let Some(name) = edit.display_name {
            let length = name.chars().count();
            if name.trim().is_empty() || length > DISPLAY_NAME_LIMIT {
                return Err(Refusal::invalid(format!(
                    "display_name has {length} characters: it has 1 to {DISPLAY_NAME_LIMIT}, and not only spaces"
                )));
            }
            edited.display_name = name;
        }
        edited.auto_ownership = edit.auto_ownership.unwrap_or(edited.auto_ownership);
        if let Some(times) = edit.auto_resolve {
            let AutoResolve { new, pending } = &mut edited.auto_resolve;
            set(new, times.new_seconds)?;
            set(pending, times.pending_seconds)?;
        }
        if let Some(access) = edit.access {
            edited.access.edit(access, teams)?;
        }
        *self = edited;
        Ok(())
    }
}

fn set(time: &mut Duration, seconds: Option<f64>) -> Result<(), Refusal> {
    if let Some(seconds) = seconds {
        *time = Duration::try_from_secs_f64(seconds)
            .ok()
            .filter(|time| !time.is_zero())
            .ok_or_else(|| Refusal::invalid("auto_resolve takes seconds, more than 0"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn edited(edit: Value) -> Result<Entry, Refusal> {
        let now = Moment::from_unix(0);
        let mut entry = Entry::new("c".into(), "rtm".into(), "Shop".into(), now);
        entry.edit(serde_json::from_value(edit).unwrap(), &Teams::default())?;
        Ok(entry)
    }

    #[test]
    fn a_display_name_holds_255_characters_and_no_more() {
        let name = |length| json!({"display_name": "ä".repeat(length)});
        assert_eq!(edited(name(255)).unwrap().display_name.len(), 510);
        for bad in [name(256), name(0), json!({"display_name": "  "})] {
            assert!(edited(bad).is_err());
        }
    }

    #[test]
    fn both_queues_are_resolved_after_thirty_days_unless_set() {
        let entry = edited(json!({"auto_resolve": {"pending_seconds": 1.5}})).unwrap();
        let after = |queue| {
            entry
                .auto_resolve
                .after(queue)
                .map(|time| time.as_secs_f64())
        };
        assert_eq!(after(Queue::New), Some(2_592_000.0));
        assert_eq!(after(Queue::Pending), Some(1.5));
        assert_eq!(after(Queue::Resolved), None);
    }

    #[test]
    fn a_time_that_is_none_is_refused() {
        for seconds in [0.0, -1.0, 1e300] {
            assert!(edited(json!({"auto_resolve": {"new_seconds": seconds}})).is_err());
        }
    }
}
