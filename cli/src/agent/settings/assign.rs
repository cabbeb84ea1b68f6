//! `--set KEY=VALUE` and `--unset KEY`: single settings from the command line.

use anyhow::{Context, Result, anyhow, bail};
use conversation::AgentSettings;
use toml::{Table, Value};

use super::of_table;

/// Numbers of one command line that are tried as text too.
const MAX_NUMBERS: usize = 8;

#[derive(clap::Args, Default)]
pub(crate) struct Assign {
    /// Set one setting, by its path: --set mode=queued --set turns.typing=false. May be repeated.
    #[arg(long, value_name = "KEY=VALUE", value_parser = assignment)]
    set: Vec<Assignment>,
    /// Take one setting back to its default. May be repeated.
    #[arg(long, value_name = "KEY", value_parser = path)]
    unset: Vec<Path>,
}

/// A setting's place, from the outermost table on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Path(Vec<String>);

#[derive(Clone, Debug, PartialEq)]
struct Assignment {
    path: Path,
    value: Value,
    /// The value as it was written.
    text: String,
}

impl Assign {
    /// Whether there is nothing to set.
    pub(crate) fn is_empty(&self) -> bool {
        self.set.is_empty() && self.unset.is_empty()
    }

    /// Carries them out. Another kind of bot starts without the settings of the one before.
    pub(crate) fn apply(&self, table: &mut Table) -> Result<()> {
        self.apply_as(table, &|_| false)
    }

    /// `is_text`: which of the assignments are taken for text, by their place.
    fn apply_as(&self, table: &mut Table, is_text: &dyn Fn(usize) -> bool) -> Result<()> {
        let kind = |table: &Table| Some(table.get("bot")?.get("kind")?.as_str()?.to_owned());
        let wanted = self.set.iter().rfind(|one| one.path.0 == ["bot", "kind"]);
        if let Some(wanted) = wanted
            && kind(table).is_some_and(|before| before != wanted.text)
        {
            table.remove("bot");
        }
        for Path(keys) in &self.unset {
            unset(table, keys);
        }
        for (place, one) in self.set.iter().enumerate() {
            let value = if is_text(place) {
                Value::String(one.text.clone())
            } else {
                one.value.clone()
            };
            set(table, &one.path.0, value)?;
        }
        Ok(())
    }
}

/// Settings with the assignments carried out, checked. What looks like a number where only text will do
/// is taken for text.
pub(crate) fn assigned(table: &Table, assign: &Assign) -> Result<AgentSettings> {
    let is_number = |one: &Assignment| {
        matches!(
            one.value,
            Value::Integer(_) | Value::Float(_) | Value::Boolean(_)
        )
    };
    let places = assign
        .set
        .iter()
        .enumerate()
        .filter(|(_, one)| is_number(one));
    let numbers: Vec<usize> = places.map(|(place, _)| place).take(MAX_NUMBERS).collect();
    let attempt = |texts: u32| {
        let is_text = |place| {
            let number = numbers.iter().position(|number| *number == place);
            number.is_some_and(|number| texts & 1 << number != 0)
        };
        let mut table = table.clone();
        assign.apply_as(&mut table, &is_text)?;
        of_table(&table)
    };
    let as_written = attempt(0);
    if as_written.is_ok() {
        return as_written;
    }
    let mut others = (1..1_u32 << numbers.len()).filter_map(|texts| attempt(texts).ok());
    others.next().map_or(as_written, Ok)
}

fn set(table: &mut Table, keys: &[String], value: Value) -> Result<()> {
    let Some((last, parents)) = keys.split_last() else {
        bail!("a setting needs a name");
    };
    let mut table = table;
    for key in parents {
        let inner = table
            .entry(key)
            .or_insert_with(|| Value::Table(Table::new()));
        table = inner
            .as_table_mut()
            .with_context(|| format!("{} is no table: {key} has a value", keys.join(".")))?;
    }
    table.insert(last.clone(), value);
    Ok(())
}

fn unset(table: &mut Table, keys: &[String]) {
    match keys {
        [] => {}
        [last] => {
            table.remove(last);
        }
        [key, rest @ ..] => {
            if let Some(Value::Table(inner)) = table.get_mut(key) {
                unset(inner, rest);
            }
        }
    }
}

fn assignment(text: &str) -> Result<Assignment, String> {
    let (key, value) = text
        .split_once('=')
        .ok_or_else(|| "give KEY=VALUE, such as mode=queued".to_owned())?;
    let value = value.trim();
    Ok(Assignment {
        path: path(key)?,
        value: toml_value(value).unwrap_or_else(|| Value::String(value.to_owned())),
        text: value.to_owned(),
    })
}

/// A value in TOML's spelling; else it is text that needs no quotes here.
fn toml_value(text: &str) -> Option<Value> {
    let mut table: Table = toml::from_str(&format!("value = {text}")).ok()?;
    // A line break in the text could have brought more keys.
    let value = table.remove("value")?;
    table.is_empty().then_some(value)
}

fn path(text: &str) -> Result<Path, String> {
    let wrong =
        || anyhow!("{text:?} names no setting: give its path, such as turns.typing").to_string();
    let mut table: Table = toml::from_str(&format!("{text} = 0")).map_err(|_| wrong())?;
    let mut keys = Vec::new();
    loop {
        let mut entries = table.into_iter();
        let (Some((key, value)), None) = (entries.next(), entries.next()) else {
            return Err(wrong());
        };
        keys.push(key);
        match value {
            Value::Table(inner) => table = inner,
            Value::Integer(0) => return Ok(Path(keys)),
            _ => return Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use proptest::prelude::*;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        assign: Assign,
    }

    fn line(arguments: &[&str]) -> Result<Assign, String> {
        let line = Line::try_parse_from(std::iter::once(&"edit").chain(arguments));
        line.map(|line| line.assign)
            .map_err(|error| error.to_string())
    }

    fn applied(settings: &str, arguments: &[&str]) -> Result<AgentSettings, String> {
        let table = toml::from_str(settings).unwrap();
        assigned(&table, &line(arguments)?).map_err(|error| format!("{error:#}"))
    }

    const SETTINGS: &str = "region = \"us\"\n[bot]\nkind = \"script\"\nrules = \"\"\n";

    #[test]
    fn values_are_toml_or_plain_text() {
        let settings = applied(
            SETTINGS,
            &[
                "--set",
                "mode=queued",
                "--set",
                "turns.typing = false",
                "--set",
                "turns.debounce_ms=250",
                "--set",
                "handover.topics.bot_failed=Bot failed",
                "--set",
                "messages.rich_text_media=[\"fb\", \"rtm\"]",
                "--set",
                "organization_id=4711",
                "--set",
                "turns.holding_text={ en = \"One moment\" }",
            ],
        );
        let settings = settings.unwrap();
        let json = serde_json::to_value(&settings).unwrap();
        assert_eq!(json["mode"], "queued");
        assert_eq!(json["turns"]["typing"], false);
        assert_eq!(json["turns"]["debounce_ms"], 250);
        assert_eq!(json["handover"]["topics"]["bot_failed"], "Bot failed");
        assert_eq!(json["messages"]["rich_text_media"][1], "rtm");
        assert_eq!(json["organization_id"], "4711");
        assert_eq!(json["turns"]["holding_text"]["en"], "One moment");
    }

    #[test]
    fn another_kind_of_bot_starts_anew_and_the_same_keeps_its_settings() {
        let other = [
            "--set",
            "bot.kind=rasa",
            "--set",
            "bot.url=https://rasa.example.com",
        ];
        let settings = applied(SETTINGS, &other).unwrap();
        assert_eq!(settings.bot.kind(), "rasa");
        let same = applied(SETTINGS, &["--set", "bot.kind=script"]).unwrap();
        assert_eq!(serde_json::to_value(&same.bot).unwrap()["rules"], "");
        let without = applied(SETTINGS, &["--unset", "bot.rules"]).unwrap();
        assert!(
            serde_json::to_value(&without.bot)
                .unwrap()
                .get("rules")
                .is_none()
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (arguments, named) in [
            (&["--set", "mode"][..], "KEY=VALUE"),
            (&["--set", "=1"], "names no setting"),
            (&["--set", "a b=1"], "names no setting"),
            (&["--set", "a.=1"], "names no setting"),
            (&["--unset", "a = 1\nb"], "names no setting"),
            (&["--set", "mode.deep=1"], "has a value"),
            (&["--set", "mood=1"], "unknown field `mood`"),
            (&["--set", "inline_budget_ms=soon"], "inline_budget_ms"),
            (&["--set", "region=mars"], "expected `us` or `eu`"),
            (&["--set", "retention_days=0"], "must be 1 to 365"),
            (&["--unset", "region"], "missing field `region`"),
        ] {
            let with_mode = format!("mode = \"inline\"\n{SETTINGS}");
            let told = applied(&with_mode, arguments).unwrap_err();
            assert!(told.contains(named), "{arguments:?}: {told}");
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_set_as_it_is(text in "[^\r\n]{0,40}") {
            let given = format!("a.\"b c\"={text}");
            let one = assignment(&given).unwrap();
            prop_assert_eq!(&one.path.0, &["a", "b c"]);
            prop_assert_eq!(&one.text, text.trim());
            if let Value::String(set) = &one.value {
                // Either it was quoted or it is as written.
                prop_assert!(set == text.trim() || text.trim().starts_with(['"', '\'']));
            }
            let mut table = Table::new();
            set(&mut table, &one.path.0, one.value.clone()).unwrap();
            prop_assert_eq!(&table["a"]["b c"], &one.value);
            unset(&mut table, &one.path.0);
            prop_assert!(table["a"].as_table().unwrap().is_empty());
        }
    }
}
