//! One file that export-sync landed: to its table, or to quarantine.

use chrono::Utc;
use exports::FileName;
use lake::{FileRecord, FileVersion, Landing, LedgerError, Saved, Services, State, Telemetry};
use tokio::runtime::Handle;

use crate::convert::{About, Converted, convert};
use crate::fetch::stream;
use crate::outcome::{LoadError, Outcome, told};
use crate::supersede::{supersede, tidy};

/// Loads a landed file; whether it is dealt with.
pub(crate) async fn load_raw(
    services: &Services,
    telemetry: &Telemetry,
    file: &FileVersion,
) -> bool {
    let mut record = telemetry.begin();
    record.file = Some(file.path.clone());
    told(load(services, file).await, record)
}

async fn load(services: &Services, file: &FileVersion) -> Result<Outcome, LoadError> {
    let saved = services.ledger.file(file).await?;
    let saved = saved.ok_or(LoadError::NotInTheLedger)?;
    match &saved.record.state {
        // The notification came twice, or the first attempt ended before it had tidied up.
        State::Loaded(_) => {
            supersede(services, file).await?;
            Ok(Outcome::Known)
        }
        State::Superseded(_) | State::Quarantined { .. } => Ok(Outcome::Known),
        // An attempt that died after its object appeared is being made again.
        State::Waiting | State::Pulling { .. } | State::Outgrown | State::Unchanged { .. } => {
            Ok(Outcome::PulledAnew)
        }
        State::Landing { landing, .. } | State::Landed(landing) => {
            let landing = landing.clone();
            let key = file.raw_key().unwrap_or_default();
            let mut about = About::of(services).await?;
            let directory = file.path.rsplit('/').nth(1).unwrap_or_default();
            about.hint = about
                .settings
                .export_of_directory(directory)
                .or_else(|| FileName::parse(file.name()).export);

            let object = services.lake.read(&key).await?;
            let (record, lake, handle) = (
                saved.record.clone(),
                services.lake.clone(),
                Handle::current(),
            );
            let taken = landing.clone();
            let converted = tokio::task::spawn_blocking(move || {
                let reader = stream(object, &handle);
                convert(reader, &record, &taken, &about, &lake, &handle, Utc::now())
            })
            .await??;
            conclude(services, saved, landing, &key, converted).await
        }
    }
}

/// Notes in the ledger what became of a file, and puts it in order with its other versions.
pub(crate) async fn conclude(
    services: &Services,
    saved: Saved,
    landing: Landing,
    key: &str,
    converted: Converted,
) -> Result<Outcome, LoadError> {
    let file = saved.record.version.clone();
    match converted {
        Converted::Published(table) => {
            note(services, saved, State::Loaded(table.clone())).await?;
            Ok(match supersede(services, &file).await? {
                true => Outcome::Superseded,
                false => Outcome::Loaded(table),
            })
        }
        Converted::Faulty { reason } => {
            let kept = quarantine_key(key, &landing);
            services.lake.copy(key, &kept).await?;
            let state = State::Quarantined {
                landing,
                reason: reason.clone(),
                key: kept,
            };
            note(services, saved, state).await?;
            if let Some(saved) = services.ledger.file(&file).await? {
                tidy(services, &saved, &[]).await?;
            }
            Ok(Outcome::Quarantined { reason })
        }
    }
}

/// Beside its old place, under its content: a later file of the same name takes nothing away.
fn quarantine_key(key: &str, landing: &Landing) -> String {
    format!("quarantine/{key}/{}", landing.sha256)
}

/// Saves a state whoever else saved the same file's in the meantime: export-sync its `Landed`, or
/// another loader, which came to the same end.
async fn note(services: &Services, saved: Saved, state: State) -> Result<(), LoadError> {
    let record = |of: &FileRecord| FileRecord {
        state: state.clone(),
        ..of.clone()
    };
    match services.ledger.save(&saved, record(&saved.record)).await {
        Err(LedgerError::Conflict { .. }) => {
            let now = services.ledger.file(&saved.record.version).await?;
            let now = now.ok_or(LoadError::NotInTheLedger)?;
            match now.record.state {
                State::Landing { .. } | State::Landed(_) => {
                    services.ledger.save(&now, record(&now.record)).await?;
                    Ok(())
                }
                _ => Ok(()),
            }
        }
        saved => {
            saved?;
            Ok(())
        }
    }
}
