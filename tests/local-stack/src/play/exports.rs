//! What was said, as Sparkcentral exports it and SQL counts it.

use std::{collections::BTreeMap, time::Instant};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{STEP_WITHIN, answer};
use crate::{
    StackInfo,
    command_line::{self, sparkbridge},
};

const QUESTION: &str = "SELECT direction, count(*) AS messages FROM messages_latest \
                        GROUP BY direction ORDER BY direction";

/// The simulator's answer to an order of exports, as far as the play looks.
#[derive(Debug, Deserialize)]
struct Exported {
    files: Vec<File>,
    counts: Counts,
}

#[derive(Debug, Deserialize)]
struct File {
    rows: u64,
}

#[derive(Debug, Deserialize)]
struct Counts {
    messages: MessageCounts,
}

#[derive(Debug, Deserialize)]
struct MessageCounts {
    inbound: u64,
    outbound: u64,
}

/// A row of the answer to [`QUESTION`].
#[derive(Debug, Deserialize)]
struct Row {
    direction: String,
    messages: u64,
}

/// Sparkcentral writes its exports, we pull them and count; `say` is given each line.
pub(super) async fn play(
    stack: &StackInfo,
    http: &reqwest::Client,
    say: &impl Fn(&str),
) -> Result<()> {
    let order = http.post(format!("{}/sim/exports", stack.simulator_url));
    let exported: Exported = answer(order.json(&json!({})))
        .await
        .context("Sparkcentral writes its exports")?;
    let rows: u64 = exported.files.iter().map(|file| file.rows).sum();
    let files = exported.files.len();
    say(&format!("Sparkcentral: {files} files with {rows} rows"));

    let started = Instant::now();
    let _told: Value = told(stack, &["exports", "pull", "--json"]).await?;
    let seconds = started.elapsed().as_secs_f64();
    say(&format!(
        "sparkbridge exports pull: {seconds:.1} s until they are tables"
    ));

    say(&format!("sparkbridge exports query: {QUESTION}"));
    let counted: Vec<Row> = told(stack, &["exports", "query", QUESTION, "--json"]).await?;
    for row in &counted {
        say(&format!("{:>12}: {} messages", row.direction, row.messages));
    }
    same(&counted, &exported.counts.messages)
}

/// What the command line answers.
async fn told<T: DeserializeOwned>(stack: &StackInfo, arguments: &[&str]) -> Result<T> {
    let step = format!("sparkbridge {}", arguments.join(" "));
    let mut command = sparkbridge(stack)?;
    let text = tokio::time::timeout(STEP_WITHIN, command_line::answer(command.args(arguments)))
        .await
        .with_context(|| format!("{step}: not within {} s", STEP_WITHIN.as_secs()))?
        .with_context(|| step.clone())?;
    serde_json::from_str(&text).with_context(|| format!("{step} answers {text}"))
}

fn same(counted: &[Row], said: &MessageCounts) -> Result<()> {
    let counted: BTreeMap<&str, u64> = counted
        .iter()
        .map(|row| (row.direction.as_str(), row.messages))
        .collect();
    // A direction nobody wrote in has no row.
    let said: BTreeMap<&str, u64> = [("Inbound", said.inbound), ("Outbound", said.outbound)]
        .into_iter()
        .filter(|&(_, messages)| messages > 0)
        .collect();
    ensure!(
        counted == said,
        "the tables have {counted:?}, but the simulator counts {said:?}"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(direction: &str, messages: u64) -> Row {
        Row {
            direction: direction.into(),
            messages,
        }
    }

    #[test]
    fn counts_that_are_not_the_simulators_own_fail_the_play() {
        let said = MessageCounts {
            inbound: 2,
            outbound: 4,
        };
        same(&[row("Inbound", 2), row("Outbound", 4)], &said).unwrap();
        for counted in [
            vec![],
            vec![row("Inbound", 2)],
            vec![row("Inbound", 2), row("Outbound", 5)],
            vec![row("Inbound", 2), row("Outbound", 4), row("", 1)],
        ] {
            assert!(same(&counted, &said).is_err(), "{counted:?}");
        }
    }

    #[test]
    fn a_direction_nobody_wrote_in_has_no_row() {
        let said = MessageCounts {
            inbound: 0,
            outbound: 1,
        };
        same(&[row("Outbound", 1)], &said).unwrap();
        assert!(same(&[], &said).is_err());
    }
}
