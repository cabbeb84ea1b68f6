//! The page: one table of settings for each table of the file.

use std::fmt::Write;

use conversation::AgentSettings;
use schemars::schema_for;
use serde_json::Value;

use crate::setting::{Setting, settings, text};

const BEGIN: &str = "# Configuration

Every setting, as the code reads it; unknown ones are refused, and all problems of a file are told at once. The page is
written by `cargo run -p reference`; what is set when a stack is deployed stands in [infra/README.md](../infra/README.md).

";
const AGENT: &str = "## An agent

`sparkbridge agent add` asks for the first of these; `sparkbridge agent edit NAME` opens all of them in an editor, and
`sparkbridge agent put NAME --file FILE` reads them from a TOML file. A change is in force within 30 seconds.

";
const EXPORTS: &str = "## Exports

`sparkbridge exports configure --file exports.toml` reads them; [exports.md](exports.md) goes through it.

";

/// The text of docs/configuration.md.
pub(crate) fn configuration() -> String {
    let mut page = BEGIN.to_owned();
    page.push_str(AGENT);
    let agent = schema_for!(AgentSettings).to_value();
    object(&mut page, "", &agent, &agent);
    page.push_str(EXPORTS);
    let exports = schema_for!(exports::Settings).to_value();
    object(&mut page, "", &exports, &exports);
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

/// An object's settings, and after them those of the tables inside it.
fn object(page: &mut String, path: &str, object: &Value, root: &Value) {
    let settings = settings(object, root);
    table(page, &settings);
    for setting in &settings {
        let Some(name) = &setting.table else {
            continue;
        };
        let inner = &root["$defs"][name];
        let path = match path {
            "" => setting.name.clone(),
            path => format!("{path}.{}", setting.name),
        };
        let path = match setting.takes.as_str() {
            takes if takes.starts_with("table: name") => format!("{path}.NAME"),
            _ => path,
        };
        let heading = match setting.takes.starts_with("list of") {
            true => format!("[[{path}]]"),
            false => format!("[{path}]"),
        };
        match inner["oneOf"].as_array() {
            Some(kinds) => variants(page, &heading, &path, kinds, root),
            None => {
                section(page, &heading, text(inner));
                self::object(page, &path, inner, root);
            }
        }
    }
}

/// An object whose `kind` says what else it has.
fn variants(page: &mut String, heading: &str, path: &str, kinds: &[Value], root: &Value) {
    for variant in kinds {
        let kind = variant["properties"]["kind"]["const"].as_str();
        let heading = format!("{heading} with kind = \"{}\"", kind.unwrap_or_default());
        section(page, &heading, text(variant));
        object(page, path, variant, root);
    }
}

fn section(page: &mut String, heading: &str, about: Option<String>) {
    // Writing to a String can't fail.
    let _ = writeln!(page, "### `{heading}`\n");
    if let Some(about) = about {
        let _ = writeln!(page, "{about}\n");
    }
}

fn table(page: &mut String, settings: &[Setting]) {
    page.push_str("| setting | takes | default | |\n|---|---|---|---|\n");
    for setting in settings {
        let default = match (&setting.default, setting.required) {
            (_, true) => "must be set".to_owned(),
            (Some(default), _) => default.clone(),
            (None, _) => String::new(),
        };
        let cells = [
            format!("`{}`", setting.name),
            setting.takes.clone(),
            default,
            setting.about.clone(),
        ];
        let cells = cells.map(|cell| cell.replace('|', "\\|"));
        let _ = writeln!(page, "| {} |", cells.join(" | "));
    }
    page.push('\n');
}
