//! What would be removed, for whoever decides.

use std::io::{self, IsTerminal, Write};

use anyhow::{Result, bail};
use serde_json::json;

use super::survey::Survey;
use crate::output::{self, number};

pub(crate) fn plan(survey: &Survey, json: bool) -> Result<()> {
    let subject = &survey.eye.subject;
    if json {
        return output::json(&json!({
            "dry_run": true,
            "conversations": subject.conversations(),
            "table_items": survey.held.items,
            "files": survey.pass.hits(),
            "query_results": survey.shelf.results.len(),
            "other_contacts_with_an_identifier": subject.others(),
        }));
    }
    output::print(&format!("{}nothing was removed\n", counted(survey)))
}

fn counted(survey: &Survey) -> String {
    let subject = &survey.eye.subject;
    let mut text = format!(
        "conversations: {}\nitems in the conversations' table: {}\nfiles of the lake with something of the contact: {}\n\
         answers of queries, all of which go: {}\n",
        number(subject.conversations() as u64),
        number(survey.held.items),
        number(survey.pass.hits() as u64),
        number(survey.shelf.results.len() as u64),
    );
    if subject.others() > 0 {
        text.push_str(&format!(
            "{} other contacts have one of the identifiers too and keep it\n",
            number(subject.others() as u64)
        ));
    }
    text
}

/// Asks whoever sits at the terminal.
pub(crate) fn confirmed(survey: &Survey) -> Result<bool> {
    if !io::stdin().is_terminal() {
        bail!("not a terminal to ask on, so nothing was removed; add --yes, or --dry-run to look");
    }
    let mut terminal = io::stderr();
    write!(
        terminal,
        "{}This can't be undone. Erase? Write yes: ",
        counted(survey)
    )?;
    terminal.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}
