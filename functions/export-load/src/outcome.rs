//! What became of a landed file, and how that is told.

use export_tables::ConvertError;
use lake::{LakeError, LedgerError, SecretError, Unfinished};
use telemetry::Causes;

/// What became of a file.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Its rows are in the table.
    Loaded(lake::Table),
    /// They were there before.
    Known,
    /// A later version of the same path is there already.
    Superseded,
    /// It is being pulled anew; its object will be written again.
    PulledAnew,
    /// Nothing can be had from it.
    Quarantined { reason: String },
}

/// A file that could not be dealt with now. The queue delivers it again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error("the ledger")]
    Ledger(#[from] LedgerError),
    #[error("the lake")]
    Lake(#[from] LakeError),
    #[error("the key of hashed columns")]
    Secret(#[from] SecretError),
    #[error("reading the file's object")]
    Read(#[source] std::io::Error),
    #[error("writing the table's object")]
    Write(#[source] std::io::Error),
    #[error("the conversion")]
    Convert(#[source] ConvertError),
    #[error("the object is not what was landed: SHA-256 {found}, expected {expected}")]
    NotWhatWasLanded { found: String, expected: String },
    #[error("the object is not in the ledger; drop files by hand into inbox/ instead of raw/")]
    NotInTheLedger,
    #[error("the conversion ended without a result")]
    Lost(#[from] tokio::task::JoinError),
}

/// Records what became of a file; whether it is dealt with.
pub(crate) fn told(result: Result<Outcome, LoadError>, mut record: Unfinished) -> bool {
    match result {
        Ok(Outcome::Loaded(table)) => {
            record.table =
                exports::Export::by_table(&table.table).map_or("-", |export| export.table);
            record.rows = Some(table.rows);
            record.rejects = Some(table.rejected);
            record.bytes = Some(table.landing.bytes);
            record.drift = (!table.drift.is_empty()).then_some(table.drift.len() as u64);
            record.finish("loaded");
            true
        }
        Ok(Outcome::Known) => {
            record.finish("known");
            true
        }
        Ok(Outcome::Superseded) => {
            record.finish("superseded");
            true
        }
        Ok(Outcome::PulledAnew) => {
            record.finish("pulled_anew");
            true
        }
        Ok(Outcome::Quarantined { reason }) => {
            record.reason = Some(reason);
            record.finish("quarantined");
            true
        }
        Err(error) => {
            tracing::error!(error = %Causes(&error), "a landed file is put back into its queue");
            record.finish("failed");
            false
        }
    }
}
