//! `sparkbridge exports trust-host`: pins the key of the SFTP server, on purpose.

use std::io::{self, IsTerminal, Write};

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;

use crate::output;
use crate::place::Place;
use crate::progress;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Trust whatever key the server shows now.
    #[arg(long)]
    yes: bool,
    /// Trust this key and no other, as `ssh-keygen -l` prints it.
    #[arg(long, value_name = "SHA256:…", conflicts_with = "yes")]
    fingerprint: Option<String>,
}

/// What to do with the key that the server shows.
#[derive(Debug, PartialEq, Eq)]
enum Decision {
    /// It is pinned already.
    Known,
    Trust,
    Ask,
}

pub(crate) async fn run(place: &Place, args: Args, json: bool) -> Result<()> {
    let mut settings = place.configured().await?;
    let (host, port) = (settings.host.clone(), settings.port);
    let bar = progress::spinner(format!("asking {host}:{port} for its key"));
    let shown = sftp::host_key(&host, port).await;
    drop(bar);
    let shown = shown.with_context(|| format!("asking {host}:{port} for its key"))?;
    let old = settings.host_key.clone();
    let decision = decide(old.as_deref(), &shown, &args)?;
    let trusted = match decision {
        Decision::Known | Decision::Trust => true,
        Decision::Ask => ask(&host, port, old.as_deref(), &shown)?,
    };
    ensure!(trusted, "not trusted; nothing was changed");
    let changed = decision != Decision::Known;
    if changed {
        settings.host_key = Some(shown.clone());
        let saved = place.ledger().put_settings(&settings).await;
        saved.context("saving the settings")?;
    }
    if json {
        return output::json(&json!({
            "host": host, "port": port, "old": old, "new": shown, "changed": changed,
        }));
    }
    if let (true, Some(old)) = (changed, &old) {
        output::line(&format!("until now: {old}"))?;
    }
    output::line(&format!("trusted:   {shown} of {host}:{port}"))
}

fn decide(old: Option<&str>, shown: &str, args: &Args) -> Result<Decision> {
    if let Some(wanted) = &args.fingerprint {
        ensure!(
            wanted == shown,
            "the server shows {shown} and not {wanted}: nothing was changed; ask Sparkcentral which is right"
        );
    }
    Ok(if old == Some(shown) {
        Decision::Known
    } else if args.yes || args.fingerprint.is_some() {
        Decision::Trust
    } else {
        Decision::Ask
    })
}

/// Asks whoever sits at the terminal.
fn ask(host: &str, port: u16, old: Option<&str>, shown: &str) -> Result<bool> {
    if !io::stdin().is_terminal() {
        bail!(
            "{host}:{port} shows {shown}: not a terminal to ask on, so nothing was changed; \
             add --fingerprint {shown}, or --yes for whatever it shows"
        );
    }
    let mut terminal = io::stderr();
    writeln!(terminal, "server:    {host}:{port}")?;
    writeln!(terminal, "until now: {}", old.unwrap_or("none"))?;
    writeln!(terminal, "it shows:  {shown}")?;
    write!(terminal, "Trust this key? Write yes: ")?;
    terminal.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(yes: bool, fingerprint: Option<&str>) -> Args {
        Args {
            yes,
            fingerprint: fingerprint.map(str::to_owned),
        }
    }

    #[test]
    fn a_key_is_trusted_only_when_somebody_says_so() {
        let decide = |old, args: &Args| decide(old, "SHA256:a", args).unwrap();
        assert_eq!(decide(None, &args(false, None)), Decision::Ask);
        assert_eq!(decide(Some("SHA256:b"), &args(false, None)), Decision::Ask);
        assert_eq!(decide(Some("SHA256:b"), &args(true, None)), Decision::Trust);
        let named = args(false, Some("SHA256:a"));
        assert_eq!(decide(None, &named), Decision::Trust);
        assert_eq!(decide(Some("SHA256:a"), &named), Decision::Known);
    }

    #[test]
    fn another_key_than_the_one_named_is_refused() {
        let named = args(false, Some("SHA256:b"));
        let refused = decide(Some("SHA256:b"), "SHA256:a", &named).unwrap_err();
        let said = refused.to_string();
        assert!(said.contains("SHA256:a and not SHA256:b"), "{said}");
    }
}
