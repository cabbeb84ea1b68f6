//! `sparkbridge contact erase`: finds everything of a contact, removes it, and looks again until a look
//! finds nothing.
//!
//! The lake goes first, then queues, and the conversations' table last: it is where conversations are
//! found by their contact, so that a run that is killed leaves the next one what it needs.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chrono::{SecondsFormat, Utc};
use serde_json::json;

use super::ask::{confirmed, plan};
use super::pass::content_of;
use super::receipt::Receipt;
use super::rewrite::{Outcome, rewrite, stray};
use super::shelf::{Entry, is_settled};
use super::subject::Subject;
use super::survey::{Stores, Survey, survey};
use super::table;
use super::{queues, store};
use crate::output::{self, count};
use crate::place::Place;
use crate::progress;

/// How long files that are being loaded are waited for.
const PATIENCE: Duration = Duration::from_secs(180);
const PAUSE: Duration = Duration::from_secs(2);
/// Rounds in which everything could be done and something was found again.
const ROUNDS: usize = 5;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The contact's id at Sparkcentral, its id at the medium, or its primary or secondary identifier, as
    /// it is written there; e-mail addresses in any case.
    id: String,
    /// Only count what would be removed.
    #[arg(long)]
    dry_run: bool,
    /// Don't ask.
    #[arg(long)]
    yes: bool,
    /// Erase every contact that has this identifier, where several do.
    #[arg(long)]
    every_contact: bool,
    /// Who asks for it, for the receipt. Left out: whoever the AWS credentials are of.
    #[arg(long, value_name = "NAME")]
    operator: Option<String>,
}

pub(crate) async fn run(place: &Place, args: Args, json: bool) -> Result<()> {
    ensure!(
        !args.id.trim().is_empty(),
        "the contact's id is empty: give one"
    );
    let stores = Stores {
        lake: place.lake().await?,
        ledger: place.ledger(),
        table: store(place),
        queues: aws_sdk_sqs::Client::new(place.aws()),
        stage: place.stage().to_owned(),
    };
    let hash_key = match place.secrets().hash_key().await {
        Ok(key) => Some(key),
        Err(error) if error.is_absent() => None,
        Err(error) => return Err(error).context("reading the key of hashed columns"),
    };
    let subject = Subject::new(&args.id, hash_key);
    let bar = progress::spinner("looking for the contact");
    let survey = survey(&stores, subject, args.every_contact).await?;
    drop(bar);
    if args.dry_run {
        return plan(&survey, json);
    }
    if !args.yes {
        ensure!(confirmed(&survey)?, "nothing was removed");
    }
    let mut receipt = Receipt {
        state: "begun".into(),
        begun_at: now(),
        operator: match args.operator {
            Some(operator) => operator,
            None => caller(place).await?,
        },
        ..Receipt::default()
    };
    let id = format!("{}#{}", receipt.begun_at, random()?);
    save(&stores, &id, &receipt).await?;
    let bar = progress::spinner("erasing the contact");
    let erased = erase(&stores, survey, &mut receipt).await;
    drop(bar);
    if let Err(error) = &erased {
        // Errors name files and calls, never people.
        receipt
            .open
            .push(format!("stopped: {error:#}; run this again"));
    }
    receipt.state = if receipt.open.is_empty() {
        "done"
    } else {
        "unfinished"
    }
    .into();
    receipt.ended_at = Some(now());
    save(&stores, &id, &receipt).await?;
    match json {
        true => output::json(&json!({"id": id, "receipt": receipt}))?,
        false => output::print(&format!("{}receipt: {id}\n", receipt.render()))?,
    }
    erased?;
    let open = receipt.open.len();
    ensure!(
        open == 0,
        "{} open: see the receipt, then run this again",
        is_or_are(open)
    );
    Ok(())
}

async fn erase(stores: &Stores, mut survey: Survey, receipt: &mut Receipt) -> Result<()> {
    let started = Instant::now();
    let mut rounds = 0;
    loop {
        let subject = &survey.eye.subject;
        receipt.conversations = receipt.conversations.max(subject.conversations() as u64);
        receipt.other_contacts_with_an_identifier = subject.others() as u64;
        let busy = from_lake(stores, &survey, receipt).await?;
        let removed = &mut receipt.removed;
        let mut open = queues::sweep(&stores.queues, &stores.stage, subject, removed).await?;
        open.extend(table::delete(&stores.table, &survey.held, removed).await?);
        let subject = subject.clone();
        survey = super::survey::survey(stores, subject, true).await?;
        rounds += usize::from(busy == 0);
        if !survey.found() && busy == 0 {
            // What was queued while the table was emptied finds nothing there any more.
            let subject = &survey.eye.subject;
            let removed = &mut receipt.removed;
            receipt.open = queues::sweep(&stores.queues, &stores.stage, subject, removed).await?;
            return Ok(());
        }
        if started.elapsed() > PATIENCE || rounds >= ROUNDS {
            receipt.open = open;
            if busy > 0 {
                let files = count(busy, "file");
                receipt.open.push(format!(
                    "{files} not loaded yet: run this again once they are"
                ));
            }
            let left = survey.pass.hits() + survey.held.partitions.len();
            if left > 0 {
                receipt
                    .open
                    .push(format!("found again in {left} places: run this again"));
            }
            return Ok(());
        }
        if busy > 0 {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Removes what a look found in the lake; how many files somebody else is at.
async fn from_lake(stores: &Stores, survey: &Survey, receipt: &mut Receipt) -> Result<usize> {
    let Survey {
        eye, shelf, pass, ..
    } = survey;
    let Stores { lake, ledger, .. } = stores;
    let removed = &mut receipt.removed;
    let mut busy = 0;
    for number in &pass.entries {
        let entry = &shelf.entries[*number];
        let lines = pass
            .lines
            .get(content_of(entry))
            .cloned()
            .unwrap_or_default();
        let outcome = rewrite(lake, ledger, eye, entry, &lines, removed).await?;
        busy += usize::from(outcome == Outcome::Busy);
    }
    for thing in &pass.stray_tables {
        stray(lake, eye, thing, removed).await?;
    }
    for thing in &pass.stray_raw {
        lake.delete(&thing.key).await.context("removing a file")?;
        removed.raw_files += 1;
    }
    for dropped in &pass.inbox {
        if dropped
            .csv
            .iter()
            .all(|sha256| is_loaded(&shelf.entries, sha256))
        {
            lake.delete(&dropped.key).await.context("removing a file")?;
            removed.inbox_files += 1;
        } else {
            busy += 1;
        }
    }
    for thing in &pass.quarantine {
        lake.delete(&thing.key).await.context("removing a file")?;
        removed.quarantined_files += 1;
    }
    for thing in &shelf.results {
        let deleted = lake.delete(&thing.key).await;
        deleted.context("removing the answer of a query")?;
        removed.query_results += 1;
    }
    Ok(busy)
}

/// Whether a dropped CSV is needed no more.
fn is_loaded(entries: &[Entry], sha256: &str) -> bool {
    let mut of = entries.iter().filter(|entry| content_of(entry) == sha256);
    of.next().is_some_and(|entry| is_settled(&entry.record))
}

/// Whoever the AWS credentials are of.
async fn caller(place: &Place) -> Result<String> {
    let client = aws_sdk_sts::Client::new(place.aws());
    let identity = client.get_caller_identity().send().await;
    let identity = identity.context("finding out who asks; or say it with --operator")?;
    Ok(identity.arn.unwrap_or_default())
}

async fn save(stores: &Stores, id: &str, receipt: &Receipt) -> Result<()> {
    let saved = stores.table.put_receipt(id, &json!(receipt)).await;
    saved.context("saving the receipt")
}

fn now() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn random() -> Result<String> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).context("making a random number")?;
    Ok(hex::encode(bytes))
}

fn is_or_are(things: usize) -> String {
    let verb = if things == 1 { "is" } else { "are" };
    format!("{} {verb}", count(things, "thing"))
}
