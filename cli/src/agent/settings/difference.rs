//! What differs between two settings, setting by setting.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use conversation::AgentSettings;
use serde::Serialize;
use serde_json::Value;

use crate::output::one_line;

/// One setting that has changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Change {
    /// Its path, as `--set` takes it.
    setting: String,
    /// What it was; null where it was not set.
    from: Value,
    /// What it is; null where it is not set any more.
    to: Value,
}

/// Every setting that has changed, by path.
pub(crate) fn changes(before: &AgentSettings, after: &AgentSettings) -> Result<Vec<Change>> {
    let flat = |settings: &AgentSettings| -> Result<BTreeMap<String, Value>> {
        let json = serde_json::to_value(settings).context("writing the settings as JSON")?;
        let mut found = BTreeMap::new();
        flatten("", json, &mut found);
        Ok(found)
    };
    let (mut before, after) = (flat(before)?, flat(after)?);
    let mut changes = Vec::new();
    for (setting, to) in after {
        let from = before.remove(&setting).unwrap_or_default();
        if from != to {
            changes.push(Change { setting, from, to });
        }
    }
    changes.extend(before.into_iter().map(|(setting, from)| Change {
        setting,
        from,
        to: Value::Null,
    }));
    changes.sort_by(|a, b| a.setting.cmp(&b.setting));
    Ok(changes)
}

fn flatten(path: &str, value: Value, found: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
                let name = if !name.is_empty() && name.chars().all(bare) {
                    name
                } else {
                    format!("{name:?}")
                };
                let path = if path.is_empty() {
                    name
                } else {
                    format!("{path}.{name}")
                };
                flatten(&path, value, found);
            }
        }
        value => {
            found.insert(path.to_owned(), value);
        }
    }
}

/// A line for each change.
pub(crate) fn told(changes: &[Change]) -> String {
    let mut text = String::new();
    for Change { setting, from, to } in changes {
        let line = match (from, to) {
            (Value::Null, to) => format!("{setting} = {}", shown(to)),
            (from, Value::Null) => format!("{setting} is not set any more (was {})", shown(from)),
            (from, to) => format!("{setting} = {} (was {})", shown(to), shown(from)),
        };
        text.extend(["  ", &line, "\n"]);
    }
    text
}

/// Text of several lines, such as rules, is told by its size.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if text.trim_end().contains('\n') => {
            format!("{} lines", text.lines().count())
        }
        value => one_line(&value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> AgentSettings {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn each_setting_that_changed_is_told_by_its_path() {
        let before = settings(
            "region = \"us\"\norganization_id = \"o\"\n[handover.topics]\nbot_failed = \"x\"\n[bot]\nkind = \"script\"\nrules = \"a\\nb\"\n",
        );
        let after = settings(
            "region = \"us\"\nmode = \"queued\"\n[turns]\nholding_text = { en = \"Wait\" }\n[handover.topics]\nbot_failed = \"y\"\n[bot]\nkind = \"script\"\nrules = \"a\\nb\\nc\"\n",
        );
        let changes = changes(&before, &after).unwrap();
        assert_eq!(
            told(&changes),
            "  bot.rules = 3 lines (was 2 lines)\n  \
             handover.topics.bot_failed = \"y\" (was \"x\")\n  \
             mode = \"queued\" (was \"inline\")\n  \
             organization_id is not set any more (was \"o\")\n  \
             turns.holding_text.en = \"Wait\"\n"
        );
        let json = serde_json::to_value(&changes).unwrap();
        assert_eq!(
            json[2],
            serde_json::json!({"setting": "mode", "from": "inline", "to": "queued"})
        );
    }

    #[test]
    fn equal_settings_differ_in_nothing_and_odd_names_are_quoted() {
        let one = settings("region = \"us\"\n[bot]\nkind = \"script\"\n");
        assert!(changes(&one, &one).unwrap().is_empty());
        let mut found = BTreeMap::new();
        flatten(
            "",
            serde_json::json!({"a b": {"c": 1}, "d": {}}),
            &mut found,
        );
        let paths: Vec<_> = found.keys().map(String::as_str).collect();
        assert_eq!(paths, ["\"a b\".c", "d"]);
    }
}
