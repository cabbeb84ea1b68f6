//! `sparkbridge agent rotate`: a new secret beside the old one, and the end of the old one.

mod contract;
mod told;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use conversation::AgentSettings;
use platform::OldSecret;
use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;

use super::credentials;
use super::prompt::Terminal;
use super::secret::{self, Found, Source, Stored, Vault, Versions};
use super::{command_line, known};
use crate::place::Place;
use told::Rotated;

pub(crate) use contract::{UnderWay, differing, finish_line, last_use, one_token, under_way};
pub(crate) use told::{name, parts};

#[derive(clap::Subcommand)]
pub(crate) enum What {
    /// The shared secret that Sparkcentral signs webhooks with.
    WebhookSecret {
        /// Name of the agent.
        name: String,
        /// The new secret, hex; - reads standard input. Or set SPARKBRIDGE_WEBHOOK_SECRET.
        #[arg(long, value_name = "FILE", conflicts_with = "finish")]
        webhook_secret_file: Option<PathBuf>,
        #[command(flatten)]
        how: How,
    },
    /// The API key (client id and client secret) that replies are sent with.
    ClientSecret {
        /// Name of the agent.
        name: String,
        /// The new client id. Left out: as before.
        #[arg(long, value_name = "ID", conflicts_with = "finish")]
        client_id: Option<String>,
        /// The new client secret; - reads standard input. Or set SPARKBRIDGE_CLIENT_SECRET.
        #[arg(long, value_name = "FILE", conflicts_with = "finish")]
        client_secret_file: Option<PathBuf>,
        #[command(flatten)]
        how: How,
    },
    /// A bearer token of the conversation API: a new one is made, and printed once.
    Token {
        /// Name of the agent.
        name: String,
        /// Name of the token.
        token: String,
        #[command(flatten)]
        how: How,
    },
}

#[derive(clap::Args, Clone, Copy)]
pub(crate) struct How {
    /// End the rotation: the old one is good no longer.
    #[arg(long)]
    finish: bool,
    /// Go on though an old one may still be in use: it is good no longer.
    #[arg(long)]
    force: bool,
}

pub(crate) async fn run(place: &Place, what: What, json: bool) -> Result<()> {
    let now = OffsetDateTime::now_utc();
    let (agent, part, how, given) = match what {
        What::WebhookSecret {
            name,
            webhook_secret_file,
            how,
        } => {
            let given = Given::WebhookSecret(webhook_secret_file);
            (name, OldSecret::WebhookSecret, how, given)
        }
        What::ClientSecret {
            name,
            client_id,
            client_secret_file,
            how,
        } => {
            let given = Given::ClientSecret(client_id, client_secret_file);
            (name, OldSecret::ClientSecret, how, given)
        }
        What::Token { name, token, how } => (name, OldSecret::Token(token), how, Given::Token),
    };
    // What can't be right needs no look at the agent.
    let given = if how.finish {
        None
    } else {
        Some(given.read()?)
    };
    let task = Task {
        place,
        agent,
        part,
        how,
        json,
        now,
    };
    task.carry_out(given).await
}

/// One rotation, or the end of one.
struct Task<'a> {
    place: &'a Place,
    agent: String,
    part: OldSecret,
    how: How,
    json: bool,
    now: OffsetDateTime,
}

impl Task<'_> {
    async fn carry_out(&self, given: Option<New>) -> Result<()> {
        let Self {
            place,
            agent,
            part,
            how,
            ..
        } = self;
        let store = place.store();
        let settings = known(&store, agent).await?.settings;
        let vault = Vault::of(place, agent);
        let Found::Here(versions) = vault.find().await? else {
            bail!("agent {agent} has no secret: `sparkbridge agent put` gives it one");
        };
        if let OldSecret::Token(token) = part {
            contract::one_token(agent, token, &versions)?;
        }
        let Some(given) = given else {
            let used = store.old_secrets(agent).await;
            let used = used.context("reading when old secrets were last used")?;
            return self
                .finish(under_way(&versions, &used), &versions, &vault)
                .await;
        };

        let current = &versions.current.stored;
        let (stored, token) = given.rotated(part, current, &settings).await?;
        // The way back from a mistake loses nothing that is good.
        let before = versions.previous.as_ref();
        let is_back = before.is_some_and(|before| before.stored == stored);
        if !how.force && !is_back {
            check_none(place, agent, &versions).await?;
        }
        vault.put(&stored).await?;
        let rotated = Rotated {
            agent,
            part,
            at: OffsetDateTime::now_utc(),
            token,
        };
        rotated.print(place, self.json)
    }

    /// Makes both versions equal.
    async fn finish(
        &self,
        under_way: Option<UnderWay>,
        versions: &Versions,
        vault: &Vault,
    ) -> Result<()> {
        let under_way = contract::to_finish(&self.agent, &self.part, under_way)?;
        if !self.how.force {
            contract::not_in_use(&self.agent, &under_way, self.now)?;
        }
        vault.put(&versions.current.stored).await?;
        told::finished(&self.agent, &under_way, self.now, self.json)
    }
}

/// Refuses while a rotation is under way: a new version of the secret would end it.
pub(crate) async fn check_none(place: &Place, agent: &str, versions: &Versions) -> Result<()> {
    let used = place.store().old_secrets(agent).await;
    let used = used.context("reading when old secrets were last used")?;
    if let Some(under_way) = under_way(versions, &used) {
        let now = OffsetDateTime::now_utc();
        bail!(contract::refusal(agent, &under_way, now, |rest| {
            command_line(place, rest)
        }));
    }
    Ok(())
}

/// What a rotation begins with.
enum Given {
    WebhookSecret(Option<PathBuf>),
    ClientSecret(Option<String>, Option<PathBuf>),
    Token,
}

/// The same, read and checked.
enum New {
    WebhookSecret(SecretString),
    ClientSecret(Option<String>, SecretString),
    Token(SecretString),
}

impl Given {
    fn read(self) -> Result<New> {
        Ok(match self {
            Self::WebhookSecret(file) => {
                let source = Source {
                    flag: "--webhook-secret-file",
                    file: file.as_deref(),
                    variable: Some("SPARKBRIDGE_WEBHOOK_SECRET"),
                };
                let check = secret::check_webhook_secret;
                New::WebhookSecret(asked(source, "The new shared secret", check)?)
            }
            Self::ClientSecret(id, file) => {
                let source = Source {
                    flag: "--client-secret-file",
                    file: file.as_deref(),
                    variable: Some("SPARKBRIDGE_CLIENT_SECRET"),
                };
                let given = source.read()?;
                let id = match (id, &given, Terminal::here()) {
                    (None, None, Some(terminal)) => {
                        terminal.ask("The new client id (empty: as before)", None, |id| {
                            Ok(Some(id.to_owned()).filter(|id| !id.is_empty()))
                        })?
                    }
                    (id, _, _) => id,
                };
                let secret = match given {
                    Some(secret) => secret,
                    None => asked(source, "The new client secret", |secret| {
                        if secret.is_empty() {
                            bail!("the client secret is empty");
                        }
                        Ok(())
                    })?,
                };
                New::ClientSecret(id, secret)
            }
            Self::Token => New::Token(secret::token()?),
        })
    }
}

/// The secret as given, or asked for on a terminal.
fn asked(
    source: Source<'_>,
    what: &str,
    check: impl Fn(&str) -> Result<()>,
) -> Result<SecretString> {
    if let Some(given) = source.read()? {
        check(given.expose_secret())?;
        return Ok(given);
    }
    match Terminal::here() {
        Some(terminal) => terminal.secret(what, check),
        None => bail!("missing: {}", source.how()),
    }
}

impl New {
    /// The secret with the new part, and a new token for whoever shall have it.
    async fn rotated(
        self,
        part: &OldSecret,
        current: &Stored,
        settings: &AgentSettings,
    ) -> Result<(Stored, Option<SecretString>)> {
        let (stored, token) = match self {
            Self::WebhookSecret(new) => (
                current.with(|json| json["webhook_secret"] = new.expose_secret().into())?,
                None,
            ),
            Self::ClientSecret(id, new) => {
                let id = id.unwrap_or_else(|| current.secret().client_id.clone());
                credentials::check(settings, &id, &new).await?;
                let stored = current.with(|json| {
                    json["client_id"] = id.into();
                    json["client_secret"] = new.expose_secret().into();
                })?;
                (stored, None)
            }
            Self::Token(new) => (contract::with_token(current, part, &new)?, Some(new)),
        };
        if stored == *current {
            bail!(
                "that is the {} in use already: there is nothing to rotate",
                name(part)
            );
        }
        Ok((stored, token))
    }
}
