//! Settings as TOML. Problems are told with their place.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use conversation::AgentSettings;
use toml::Table;

use super::check;

/// Reads a whole settings file, and checks it.
pub(crate) fn read(file: &Path) -> Result<AgentSettings> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {shown}"))?;
    parse(&text).with_context(|| format!("settings in {shown}"))
}

/// Settings of a TOML text, checked.
pub(crate) fn parse(text: &str) -> Result<AgentSettings> {
    let settings: AgentSettings = toml::from_str(text).map_err(|error| placed(text, &error))?;
    check(&settings)?;
    Ok(settings)
}

/// Reads a settings file that may be a part.
pub(crate) fn table(file: &Path) -> Result<Table> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {shown}"))?;
    let table = toml::from_str(&text).map_err(|error| placed(&text, &error));
    table.with_context(|| format!("settings in {shown}"))
}

/// Settings that were put together, checked.
pub(crate) fn of_table(table: &Table) -> Result<AgentSettings> {
    let settings: AgentSettings = table.clone().try_into().map_err(|error: toml::de::Error| {
        // The place is the key, on a second line.
        let told = error.to_string();
        anyhow!("{}", told.trim().replace('\n', " "))
    })?;
    check(&settings)?;
    Ok(settings)
}

/// All settings, those that were never set included.
pub(crate) fn to_toml(settings: &AgentSettings) -> Result<String> {
    toml::to_string_pretty(settings).context("writing the settings as TOML")
}

fn placed(text: &str, error: &toml::de::Error) -> anyhow::Error {
    let line = error.span().map(|span| {
        let before = text.get(..span.start).unwrap_or_default();
        before.matches('\n').count() + 1
    });
    match line {
        Some(line) => anyhow!("line {line}: {}", error.message()),
        None => anyhow!("{}", error.message()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_read() {
        let all = include_str!("../../../../docs/agents.md");
        let all = all
            .split("```toml\n")
            .nth(1)
            .unwrap()
            .split("```")
            .next()
            .unwrap();
        let rules = "region = \"us\"\n[bot]\nkind = \"script\"\nrules = '''\n[[rules]]\nname = \"a\"\n'''\n";
        let model = "region = \"eu\"\n[bot]\nkind = \"bedrock\"\nmodel_id = \"m\"\nsystem_prompt = \"p\"\ntemperature = 0.7\n";
        for text in [all, rules, model] {
            let settings: AgentSettings = toml::from_str(text).unwrap();
            let written = to_toml(&settings).unwrap();
            assert_eq!(parse(&written).unwrap(), settings, "{written}");
            let table = Table::try_from(&settings).unwrap();
            assert_eq!(of_table(&table).unwrap(), settings);
        }
    }

    #[test]
    fn problems_are_told_with_their_place() {
        for (text, expected) in [
            (
                "region = \"us\"\nregion = \"eu\"\n",
                "line 2: duplicate key",
            ),
            (
                "region = \"mars\"\n[bot]\nkind = \"script\"\n",
                "line 1: unknown variant `mars`, expected `us` or `eu`",
            ),
            (
                "region = \"us\"\n\n[bot]\nkind = \"oracle\"\n",
                "unknown variant `oracle`, expected one of `script`",
            ),
            (
                "region = \"us\"\n[turns]\ntyping = 1\n[bot]\nkind = \"script\"\n",
                "line 3: invalid type",
            ),
            (
                "retention_days = 0\nregion = \"us\"\n[bot]\nkind = \"script\"\n",
                "retention_days = 0: must be 1 to 365",
            ),
            ("", "missing field `region`"),
        ] {
            let told = format!("{:#}", parse(text).unwrap_err());
            assert!(told.contains(expected), "{told}");
            assert_eq!(told.lines().count(), 1, "{told}");
        }
        let mut table: Table =
            toml::from_str("region = \"us\"\n[turns]\ntyping = 1\n[bot]\nkind = \"script\"\n")
                .unwrap();
        let told = of_table(&table).unwrap_err().to_string();
        assert!(
            told.contains("invalid type") && told.contains("turns"),
            "{told}"
        );
        table.remove("turns");
        assert!(of_table(&table).is_ok());
    }
}
