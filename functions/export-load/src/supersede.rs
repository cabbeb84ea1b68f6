//! Only the last version of a path stands in the table.

use lake::{FileRecord, FileVersion, Saved, Services, State};

use crate::outcome::LoadError;

/// Takes the rows of earlier versions out of the table, now that a later one is in it. Whether
/// `file` itself is such an earlier version.
///
/// Whoever loads a version first notes it in the ledger and then looks here. So of two that load
/// versions of one path at the same time, at least one sees the other.
pub(crate) async fn supersede(services: &Services, file: &FileVersion) -> Result<bool, LoadError> {
    let versions = services.ledger.versions(file).await?;
    let loaded: Vec<(&Saved, &lake::Table)> = versions
        .iter()
        .filter_map(|saved| match &saved.record.state {
            State::Loaded(table) => Some((saved, table)),
            _ => None,
        })
        .collect();
    let Some(((newest, stands), earlier)) = loaded.split_last() else {
        return Ok(false);
    };
    tidy(services, newest, &stands.keys).await?;
    let mut own = false;
    for (saved, table) in earlier {
        // A file that was changed back has its old objects' names again.
        for key in table.keys.iter().filter(|key| !stands.keys.contains(key)) {
            services.lake.delete(key).await?;
        }
        let record = FileRecord {
            state: State::Superseded((*table).clone()),
            ..saved.record.clone()
        };
        own |= saved.record.version == *file;
        match services.ledger.save(saved, record).await {
            // Another loader of the same path did the same.
            Err(error) if error.is_conflict() => {}
            saved => {
                saved?;
            }
        }
    }
    Ok(own)
}

/// Removes what an earlier load of the same bytes published and this one did not: rejects that are
/// none any more, or the table that other settings led to.
pub(crate) async fn tidy(
    services: &Services,
    saved: &Saved,
    stands: &[String],
) -> Result<(), LoadError> {
    let published = &saved.record.published;
    if published.is_empty() {
        return Ok(());
    }
    for key in published.iter().filter(|key| !stands.contains(key)) {
        services.lake.delete(key).await?;
    }
    let record = FileRecord {
        published: Vec::new(),
        ..saved.record.clone()
    };
    match services.ledger.save(saved, record).await {
        // Another loader of the same file did the same.
        Err(error) if error.is_conflict() => Ok(()),
        saved => Ok(saved.map(drop)?),
    }
}
