//! Changes of a channel: what is left out stays, null takes away.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::Channel;
use crate::agent::problem::Problems;
use crate::agent::{Role, SettingsProblem};

/// A change of what was entered for a channel; what Sparkcentral tells of it can't be changed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ChannelPatch {
    /// [`Channel::display_name`]; `Some(None)` takes it away.
    pub display_name: Option<Option<String>>,
    /// [`AutoResolve::new_secs`](super::AutoResolve::new_secs).
    pub new_secs: Option<u32>,
    /// [`AutoResolve::pending_secs`](super::AutoResolve::pending_secs).
    pub pending_secs: Option<u32>,
    /// [`Channel::auto_ownership`].
    pub auto_ownership: Option<bool>,
    /// [`ChannelAccess::all_users`](super::ChannelAccess::all_users); `Some(None)` takes it away.
    pub all_users: Option<Option<Role>>,
    /// [`ChannelAccess::all_teams`](super::ChannelAccess::all_teams); `Some(None)` takes it away.
    pub all_teams: Option<Option<Role>>,
    /// Teams to be given a role, or none.
    pub teams: BTreeMap<String, Option<Role>>,
    /// Users to be given a role, or none.
    pub users: BTreeMap<String, Option<Role>>,
}

impl fmt::Debug for ChannelPatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelPatch").finish_non_exhaustive()
    }
}

impl ChannelPatch {
    /// Reads a change from JSON, shaped like the [`Channel`] it changes.
    ///
    /// # Errors
    /// Every field that is unknown or of the wrong type, not just the first; values aren't quoted.
    pub fn from_json(body: &Value) -> Result<Self, Vec<SettingsProblem>> {
        let mut patch = Self::default();
        let mut reader = Reader::default();
        for (field, value) in reader.object("the body", body) {
            match field.as_str() {
                "displayName" => {
                    let text = |value: &Value| value.as_str().map(str::to_owned);
                    patch.display_name = reader.nullable(field, value, text, "a text or null");
                }
                "autoOwnership" => {
                    let flag = Value::as_bool;
                    patch.auto_ownership = reader.value(field, value, flag, "true or false");
                }
                "autoResolve" => {
                    for (inner, value) in reader.object(field, value) {
                        let path = format!("{field}.{inner}");
                        let read = |reader: &mut Reader| {
                            reader.value(&path, value, whole_number, "a whole number of seconds")
                        };
                        match inner.as_str() {
                            "newSecs" => patch.new_secs = read(&mut reader),
                            "pendingSecs" => patch.pending_secs = read(&mut reader),
                            _ => reader.unknown(&path),
                        }
                    }
                }
                "access" => patch.read_access(&mut reader, value),
                "id" | "medium" | "name" | "learnedAt" | "changedAt" => {
                    let rule = "can't be changed here: it is what Sparkcentral tells";
                    reader.problem(field, "given", rule);
                }
                _ => reader.unknown(field),
            }
        }
        let problems = reader.problems.0;
        if problems.is_empty() {
            Ok(patch)
        } else {
            Err(problems)
        }
    }

    fn read_access(&mut self, reader: &mut Reader, value: &Value) {
        for (inner, value) in reader.object("access", value) {
            let path = format!("access.{inner}");
            match inner.as_str() {
                "allUsers" => self.all_users = reader.role(&path, value),
                "allTeams" => self.all_teams = reader.role(&path, value),
                "teams" => self.teams = reader.members(&path, value),
                "users" => self.users = reader.members(&path, value),
                _ => reader.unknown(&path),
            }
        }
    }

    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The channel with the change made.
    ///
    /// # Errors
    /// [`Channel::problems`] of the changed channel.
    pub fn apply(
        &self,
        channel: &Channel,
        now: OffsetDateTime,
    ) -> Result<Channel, Vec<SettingsProblem>> {
        let mut changed = channel.clone();
        if let Some(name) = &self.display_name {
            changed.display_name.clone_from(name);
        }
        let times = &mut changed.auto_resolve;
        times.new_secs = self.new_secs.unwrap_or(times.new_secs);
        times.pending_secs = self.pending_secs.unwrap_or(times.pending_secs);
        changed.auto_ownership = self.auto_ownership.unwrap_or(changed.auto_ownership);
        let access = &mut changed.access;
        access.all_users = self.all_users.unwrap_or(access.all_users);
        access.all_teams = self.all_teams.unwrap_or(access.all_teams);
        for (members, changes) in [
            (&mut access.teams, &self.teams),
            (&mut access.users, &self.users),
        ] {
            for (name, role) in changes {
                match role {
                    Some(role) => members.insert(name.clone(), *role),
                    None => members.remove(name),
                };
            }
        }
        if changed != *channel {
            changed.changed_at = now;
        }
        let problems = changed.problems();
        if problems.is_empty() {
            Ok(changed)
        } else {
            Err(problems)
        }
    }
}

const ROLES: &str = "must be viewer, contributor, supervisor or null";

/// Reads JSON field by field, and notes what is wrong.
#[derive(Default)]
struct Reader {
    problems: Problems,
}

impl Reader {
    fn problem(&mut self, path: &str, found: &str, rule: &str) {
        self.problems.check(false, path, &found, rule);
    }

    fn unknown(&mut self, path: &str) {
        self.problem(path, "given", "is no field of a channel");
    }

    /// The fields of an object; none, and a problem, where it is something else.
    fn object<'a>(&mut self, path: &str, value: &'a Value) -> Vec<(&'a String, &'a Value)> {
        match value.as_object() {
            Some(fields) => Map::iter(fields).collect(),
            None => {
                self.problem(path, kind(value), "must be an object");
                Vec::new()
            }
        }
    }

    fn value<T>(
        &mut self,
        path: &str,
        value: &Value,
        read: impl Fn(&Value) -> Option<T>,
        what: &str,
    ) -> Option<T> {
        let read = read(value);
        if read.is_none() {
            self.problem(path, kind(value), &format!("must be {what}"));
        }
        read
    }

    fn nullable<T>(
        &mut self,
        path: &str,
        value: &Value,
        read: impl Fn(&Value) -> Option<T>,
        what: &str,
    ) -> Option<Option<T>> {
        if value.is_null() {
            return Some(None);
        }
        self.value(path, value, read, what).map(Some)
    }

    fn role(&mut self, path: &str, value: &Value) -> Option<Option<Role>> {
        let read = serde_json::from_value(value.clone()).ok();
        if read.is_none() {
            self.problem(path, kind(value), ROLES);
        }
        read
    }

    fn members(&mut self, path: &str, value: &Value) -> BTreeMap<String, Option<Role>> {
        let mut members = BTreeMap::new();
        for (place, (name, value)) in self.object(path, value).into_iter().enumerate() {
            // By place: users are often named by their e-mail addresses.
            let path = format!("{path}, entry {}", place + 1);
            if let Some(role) = self.role(&path, value) {
                members.insert(name.clone(), role);
            }
        }
        members
    }
}

/// Also `60.0`, which is as whole a number as `60`.
fn whole_number(value: &Value) -> Option<u32> {
    let decimal = || {
        let number = value.as_f64()?;
        let fits = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
        fits.then_some(number as u64)
    };
    u32::try_from(value.as_u64().or_else(decimal)?).ok()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn seconds_are_whole_numbers_however_they_are_written() {
        for (written, secs) in [
            (json!(96_207), Some(96_207)),
            (json!(96_207.0), Some(96_207)),
            (json!(9.6e4), Some(96_000)),
            (json!(60.5), None),
            (json!(-60.0), None),
            (json!(1e20), None),
            (json!("60"), None),
            (json!(null), None),
        ] {
            let read = ChannelPatch::from_json(&json!({"autoResolve": {"newSecs": written}}));
            let read = read.ok().and_then(|patch| patch.new_secs);
            assert_eq!(read, secs, "{written}");
        }
    }
}
