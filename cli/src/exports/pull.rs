//! `sparkbridge exports pull`: everything new on the SFTP server, into the tables.

use anyhow::{Context, Result, bail};
use exports::{EXPORTS, Export};
use futures::{StreamExt, TryStreamExt, stream};
use lake::{FileVersion, Ledger, Origin};
use serde_json::json;

use super::files::{self, FileReport};
use super::sync::{Pulled, Summary, sync};
use super::wait::{self, Awaited};
use crate::output::{self, count};
use crate::place::Place;
use crate::progress;

/// Questions to the ledger at once.
const AT_ONCE: usize = 16;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only this export, by its table's name; may be given several times.
    #[arg(long, value_name = "TABLE", value_parser = table_name)]
    table: Vec<String>,
    /// Don't wait until the files are loaded.
    #[arg(long)]
    no_wait: bool,
}

/// A table's name, as an argument.
pub(crate) fn table_name(name: &str) -> Result<String, String> {
    let known = Export::by_table(name).map(|export| export.table.to_owned());
    known.ok_or_else(|| {
        let names: Vec<_> = EXPORTS.iter().map(|export| export.table).collect();
        format!("no such table: write one of {}", names.join(", "))
    })
}

pub(crate) async fn run(place: &Place, args: Args, json: bool) -> Result<()> {
    let bar = progress::spinner("pulling");
    let summary = sync(place, &args.table, &bar).await?;
    drop(bar);
    let ledger = place.ledger();
    let mut files = versions(&ledger, &summary.pulled).await?;
    let reports = if args.no_wait {
        let known = files.iter().map(|(path, version)| match version {
            Some(record) => FileReport::of(record),
            None => FileReport::missing(path),
        });
        known.collect()
    } else {
        let awaited: Vec<_> = files
            .iter()
            .filter_map(|(_, record)| Some(Awaited::new(record.as_ref()?.version.clone())))
            .collect();
        let bar = progress::bar(awaited.len(), "loading");
        let waited = wait::settle(&ledger, &awaited, &bar).await?;
        files.retain(|(_, record)| record.is_none());
        let missing = files.iter().map(|(path, _)| FileReport::missing(path));
        let mut reports = files::reports(&waited);
        reports.extend(missing);
        reports
    };
    if json {
        output::json(&json!({ "sync": summary, "files": reports }))?;
    } else if summary.stopped.is_none() {
        output::print(&files::render(&reports))?;
        output::print(&told(&summary))?;
    }
    judge(&summary)?;
    if args.no_wait {
        return Ok(());
    }
    files::judge(&reports)
}

/// The ledger's records of pulled files, in order. The answer of export-sync names path and size; of a
/// path's versions, the newest of this size is the one.
async fn versions(
    ledger: &Ledger,
    pulled: &[Pulled],
) -> Result<Vec<(String, Option<lake::FileRecord>)>> {
    let looks = pulled.iter().map(async |pulled| {
        let of_path = FileVersion {
            path: pulled.path.clone(),
            origin: Origin::Sftp {
                modified: 0,
                size: 0,
            },
        };
        let versions = ledger.versions(&of_path).await.context("reading the ledger")?;
        let newest = versions.into_iter().rev().map(|saved| saved.record).find(
            |record| matches!(record.version.origin, Origin::Sftp { size, .. } if size == pulled.bytes),
        );
        anyhow::Ok((pulled.path.clone(), newest))
    });
    stream::iter(looks).buffered(AT_ONCE).try_collect().await
}

/// The run in words: one line of counts, then what somebody should know.
fn told(summary: &Summary) -> String {
    let mut text = format!(
        "{} on the server: {} pulled, {} known before, {} unchanged, {} waiting, {} changing, {} busy, {} failed\n",
        count(
            usize::try_from(summary.listed).unwrap_or(usize::MAX),
            "file"
        ),
        summary.pulled.len(),
        summary.known,
        summary.unchanged.len(),
        summary.waiting.len(),
        summary.outgrown.len(),
        summary.busy.len(),
        summary.failed.len(),
    );
    let mut say = |what: &str, path: &str| {
        text.push_str(&format!("{what}: {}\n", output::visible(path)));
    };
    for path in &summary.waiting {
        say("waiting for its last line to be whole", path);
    }
    for path in &summary.outgrown {
        say("changed while it was read; the next pull takes it", path);
    }
    for path in &summary.busy {
        say("being pulled by another run", path);
    }
    for path in &summary.unknown_directories {
        say(
            "directory of an unknown export; the files' headers decide",
            path,
        );
    }
    for path in &summary.unreadable_directories {
        say("directory that the FTP user may not list", path);
    }
    for failed in &summary.failed {
        say("failed", &format!("{}: {}", failed.path, failed.error));
    }
    if summary.deleted > 0 {
        text.push_str(&format!(
            "{} loaded files removed from the server\n",
            summary.deleted
        ));
    }
    text
}

fn judge(summary: &Summary) -> Result<()> {
    if let Some(stopped) = &summary.stopped {
        bail!(
            "nothing was pulled ({}): {}",
            stopped.reason,
            stopped.message
        );
    }
    if !summary.failed.is_empty() {
        let failed = count(summary.failed.len(), "file");
        bail!("{failed} could not be pulled; what was reached is kept, so pull again");
    }
    if summary.unfinished {
        bail!("not everything was pulled; what was reached is kept, so pull again");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::sync::{Failed, Stopped};
    use super::*;

    #[test]
    fn only_tables_of_exports_are_taken() {
        assert_eq!(table_name("messages").as_deref(), Ok("messages"));
        let refused = table_name("message").unwrap_err();
        assert!(refused.contains("contact_attributes"), "{refused}");
    }

    #[test]
    fn what_could_not_be_pulled_is_an_error_with_what_to_do() {
        assert!(judge(&Summary::default()).is_ok());
        let stopped = Summary {
            stopped: Some(Stopped {
                reason: "login_refused".into(),
                message: "check the password".into(),
            }),
            ..Summary::default()
        };
        let said = judge(&stopped).unwrap_err().to_string();
        assert_eq!(
            said,
            "nothing was pulled (login_refused): check the password"
        );
        let failed = Summary {
            failed: vec![Failed {
                path: "/export/tag/x.csv".into(),
                error: "it is gone".into(),
            }],
            ..Summary::default()
        };
        assert!(judge(&failed).is_err());
        assert!(told(&failed).contains("failed: /export/tag/x.csv: it is gone"));
        let locked = Summary {
            unreadable_directories: vec!["/export/audit".into()],
            ..Summary::default()
        };
        assert!(told(&locked).contains("may not list: /export/audit"));
        let unfinished = Summary {
            unfinished: true,
            ..Summary::default()
        };
        assert!(judge(&unfinished).is_err());
    }
}
