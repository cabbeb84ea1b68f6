//! What runs as processes of their own to be measured: ours.

use std::fs::File;
use std::path::Path;

use anyhow::{Result, ensure};
use chrono::DateTime;
use export_tables::Source;
use exports::{FileName, Settings, Stamps};
use sftp::{Credential, Server, Session};

use crate::options::Fetch;

/// Converts a file, and prints how many rows there were.
pub(crate) fn convert(file: &Path, table: &Path) -> Result<()> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let settings = Settings::new("", "");
    let source = Source {
        file: &name,
        hint: FileName::parse(&name).export,
        stamps: Stamps::None,
        exported_at: DateTime::UNIX_EPOCH,
        settings: &settings,
        time_zone: None,
        hash_key: None,
    };
    let opened = export_tables::open(File::open(file)?, source)?;
    let rejects = table.with_extension("rejects.parquet");
    let converted = opened.run(File::create(table)?, || File::create(rejects))?;
    let report = converted.report;
    ensure!(
        report.rejected == 0,
        "{} rows were rejected",
        report.rejected
    );
    println!("{}", report.rows);
    Ok(())
}

/// Reads a file to its end, and prints how many bytes it had.
#[tokio::main(flavor = "current_thread")]
pub(crate) async fn fetch(from: &Fetch) -> Result<()> {
    let server = Server {
        host: "127.0.0.1".into(),
        port: from.port,
        user: from.user.clone(),
        credential: Credential::Key {
            private_key: std::fs::read_to_string(&from.key)?.into(),
            passphrase: None,
        },
        host_key: from.host_key.clone(),
    };
    let session = Session::connect(&server).await?;
    let mut download = session.open(&from.path, 0).await?;
    let mut bytes = 0;
    while let Some(part) = download.next().await? {
        bytes += part.len();
    }
    drop(download);
    session.close().await;
    println!("{bytes}");
    Ok(())
}
