//! `sparkbridge exports configure`: settings into the ledger, secrets into Secrets Manager.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use exports::{Settings, Treatment};
use lake::Secrets;
use serde::Serialize;

use super::secret_file::{self, Given, new_hash_key, stored_hash_key};
use crate::output;
use crate::place::Place;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Settings, TOML; see docs/exports.md.
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// Secrets, JSON; see docs/exports.md. Left out: the secrets stay as they are.
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

/// What became of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kept {
    /// There is none.
    Missing,
    /// It is what it was.
    Unchanged,
    /// Taken from the secret file.
    Stored,
    /// Taken from the secret file; it was another one before.
    Replaced,
    /// Made now.
    Created,
}

#[derive(Debug, Serialize)]
struct Configured {
    host: String,
    port: u16,
    user: String,
    host_key: Option<String>,
    credential: Kept,
    hash_key: Kept,
}

pub(crate) async fn run(place: &Place, args: Args, json: bool) -> Result<()> {
    let mut settings = read_settings(&args.file)?;
    let given = args.secret_file.as_deref().map(secret_file::read);
    let given = given.transpose()?.unwrap_or(Given {
        credential: None,
        hash_key: None,
    });
    let before = place.settings().await?;
    let had_key = before.as_ref().is_some_and(|b| b.host_key.is_some());
    keep_host_key(&mut settings, before.as_ref());
    let secrets = place.secrets();
    let hash_key = keep_hash_key(&secrets, given.hash_key, asks_for_hashes(&settings)).await?;
    let credential = keep_credential(&secrets, given.credential).await?;
    let saved = place.ledger().put_settings(&settings).await;
    saved.context("saving the settings")?;
    let configured = Configured {
        host: settings.host,
        port: settings.port,
        user: settings.user,
        host_key: settings.host_key,
        credential,
        hash_key,
    };
    if json {
        output::json(&configured)
    } else {
        output::print(&told(&configured, had_key))
    }
}

fn read_settings(file: &Path) -> Result<Settings> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {shown}"))?;
    let settings: Settings = toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| {
            let before = text.get(..span.start).unwrap_or_default();
            before.matches('\n').count() + 1
        });
        anyhow!("settings in {shown}, line {line}: {}", error.message())
    })?;
    let problems = settings.problems();
    if !problems.is_empty() {
        bail!("settings in {shown}: {}", problems.join("; "));
    }
    Ok(settings)
}

/// A file that names no key means the one there is, as long as the server is the same.
fn keep_host_key(settings: &mut Settings, before: Option<&Settings>) {
    let before = before.filter(|b| (&b.host, b.port) == (&settings.host, settings.port));
    if let (None, Some(before)) = (&settings.host_key, before) {
        settings.host_key.clone_from(&before.host_key);
    }
}

fn asks_for_hashes(settings: &Settings) -> bool {
    let mut exports = settings.exports.values();
    exports.any(|own| own.columns.values().any(|&how| how == Treatment::Hash))
}

async fn keep_credential(secrets: &Secrets, given: Option<serde_json::Value>) -> Result<Kept> {
    if let Some(value) = given {
        secrets.put("sftp", &value).await?;
        return Ok(Kept::Stored);
    }
    match secrets.credential().await {
        Ok(_) => Ok(Kept::Unchanged),
        Err(error) if error.is_absent() => Ok(Kept::Missing),
        Err(error) => Err(error.into()),
    }
}

async fn keep_hash_key(secrets: &Secrets, given: Option<Vec<u8>>, wanted: bool) -> Result<Kept> {
    let there = match secrets.hash_key().await {
        Ok(key) => Some(key),
        Err(error) if error.is_absent() => None,
        // One that can't be used may be replaced.
        Err(lake::SecretError::Shape { .. }) if given.is_some() => None,
        Err(error) => return Err(error.into()),
    };
    let (key, kept) = match (given, there) {
        (Some(given), Some(there)) if given == there => return Ok(Kept::Unchanged),
        (Some(given), Some(_)) => (given, Kept::Replaced),
        (Some(given), None) => (given, Kept::Stored),
        (None, Some(_)) => return Ok(Kept::Unchanged),
        (None, None) if wanted => (new_hash_key()?, Kept::Created),
        (None, None) => return Ok(Kept::Missing),
    };
    secrets.put("hash-key", &stored_hash_key(&key)).await?;
    Ok(kept)
}

fn told(configured: &Configured, had_key: bool) -> String {
    let Configured {
        host, port, user, ..
    } = configured;
    let mut text = format!("exports come from {user}@{host}:{port}\n");
    match configured.credential {
        Kept::Missing => text.push_str("no credential is stored: add --secret-file\n"),
        Kept::Unchanged => text.push_str("the credential stays as it is\n"),
        _ => text.push_str("the credential is stored\n"),
    }
    match configured.hash_key {
        Kept::Created => text.push_str("a new key for hashed columns was made and stored\n"),
        Kept::Stored => text.push_str("the key for hashed columns is stored\n"),
        Kept::Replaced => text.push_str(
            "the key for hashed columns is replaced: what was hashed before stays as it is, and does not \
             match, until it is loaded again\n",
        ),
        Kept::Missing | Kept::Unchanged => {}
    }
    match &configured.host_key {
        Some(key) => text.push_str(&format!("trusted host key: {key}\n")),
        None if had_key => text.push_str(
            "the server is another one: its key must be trusted, `sparkbridge exports trust-host`\n",
        ),
        None => text.push_str("next: `sparkbridge exports trust-host`\n"),
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_key(host: &str, port: u16, key: Option<&str>) -> Settings {
        let mut settings = Settings::new(host, "u");
        settings.port = port;
        settings.host_key = key.map(str::to_owned);
        settings
    }

    #[test]
    fn a_pinned_key_stays_as_long_as_the_server_is_the_same() {
        let before = with_key("a", 22, Some("old"));
        for (mut settings, expected) in [
            (with_key("a", 22, None), Some("old")),
            (with_key("a", 22, Some("new")), Some("new")),
            (with_key("a", 23, None), None),
            (with_key("b", 22, None), None),
        ] {
            keep_host_key(&mut settings, Some(&before));
            assert_eq!(settings.host_key.as_deref(), expected);
        }
        let mut first = with_key("a", 22, None);
        keep_host_key(&mut first, None);
        assert_eq!(first.host_key, None);
    }

    #[test]
    fn hashes_need_a_key_and_other_treatments_do_not() {
        let asks = |columns: &str| {
            let text =
                format!("host = \"h\"\nuser = \"u\"\n[exports.messages]\ncolumns = {columns}\n");
            asks_for_hashes(&toml::from_str(&text).unwrap())
        };
        assert!(asks("{ contact_primary_identifier = \"hash\" }"));
        assert!(!asks("{ content = \"drop\", direction = \"keep\" }"));
    }

    #[test]
    fn the_next_step_is_told() {
        let mut configured = Configured {
            host: "h".into(),
            port: 22,
            user: "u".into(),
            host_key: None,
            credential: Kept::Missing,
            hash_key: Kept::Created,
        };
        let text = told(&configured, false);
        assert!(
            text.contains("--secret-file") && text.contains("new key"),
            "{text}"
        );
        assert!(text.contains("trust-host"), "{text}");
        assert!(told(&configured, true).contains("another one"));
        configured.host_key = Some("SHA256:a".into());
        assert!(!told(&configured, true).contains("trust-host"));
    }
}
