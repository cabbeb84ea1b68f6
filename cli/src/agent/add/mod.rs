//! `sparkbridge agent add`: a new agent, in the order of Sparkcentral's screens. What the options leave
//! out is asked for on a terminal; without one it is an error.

mod given;
mod questions;
mod told;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use aws_config::SdkConfig;
use clap::builder::PossibleValuesParser;
use conversation::AgentSettings;
use url::Url;

use super::bot_secrets::BotSecretArgs;
use super::prompt::Terminal;
use super::secret::{Stored, Vault};
use super::settings::{self, Assign};
use super::tokens::{self, Wanted};
use super::{bot_kind, check_name, credentials};
use crate::place::Place;
use given::Given;
use told::Registered;

/// Secrets are never arguments, which everybody on the machine can read: they come from a file, from
/// standard input (-), or from the variable that an option names.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Name of the agent, which stands in its webhook URL: a-z, 0-9 and -.
    name: Option<String>,
    /// Where the Sparkcentral account lives.
    #[arg(long, value_parser = PossibleValuesParser::new(["us", "eu"]))]
    region: Option<String>,
    /// Client id of the API key, from Settings → Integrations.
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Client secret of the API key. Or set SPARKBRIDGE_CLIENT_SECRET.
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
    /// Shared secret of the Custom Virtual Agent, hex. Or set SPARKBRIDGE_WEBHOOK_SECRET.
    #[arg(long, value_name = "FILE")]
    webhook_secret_file: Option<PathBuf>,
    /// Who answers.
    #[arg(long, value_name = "KIND", value_parser = PossibleValuesParser::new(bot_kind::names()))]
    bot: Option<String>,
    /// Address of an http, webhook or rasa bot.
    #[arg(long, value_name = "URL")]
    bot_url: Option<Url>,
    #[command(flatten)]
    bot_secrets: BotSecretArgs,
    /// Make a token of the conversation API with a role (viewer, contributor, supervisor), and print it
    /// once. May be repeated.
    #[arg(long, value_name = "NAME:ROLE", value_parser = tokens::wanted)]
    api_token: Vec<Wanted>,
    /// Which of the vendor's products: sparkcentral unless set.
    #[arg(long, value_parser = PossibleValuesParser::new(["sparkcentral", "inbox"]))]
    dialect: Option<String>,
    /// Id of the organization, for the inbox dialect.
    #[arg(long, value_name = "ID")]
    organization_id: Option<String>,
    /// Another address of Sparkcentral's API: a proxy, a simulator.
    #[arg(long, value_name = "URL")]
    api_base: Option<Url>,
    /// Further settings, TOML, as in docs/agents.md; options win over the file.
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    #[command(flatten)]
    assign: Assign,
}

pub(crate) async fn run(place: &Place, args: Args, json: bool) -> Result<()> {
    let given = Given::read(args)?;
    let terminal = Terminal::here();
    if terminal.is_none() {
        given.check_complete()?;
        // What can't work is told before anything is asked of AWS or Sparkcentral.
        judged(&given, place.aws())?;
    }
    let registered = register(place, given, terminal.as_ref()).await?;
    registered.print(place, json)
}

async fn register(
    place: &Place,
    mut given: Given,
    terminal: Option<&Terminal>,
) -> Result<Registered> {
    let store = place.store();
    if let Some(terminal) = terminal {
        questions::welcome(terminal, place.stage());
    }
    let name = questions::name(&mut given, terminal)?;
    let there = store.saved_settings(&name).await;
    if there.context("reading the agent's settings")?.is_some() {
        bail!(taken(&name));
    }
    let vault = Vault::of(place, &name);
    let found = vault.find().await?;
    let webhook_url = place.webhook_url(&name).await?;
    if let Some(terminal) = terminal {
        questions::account(&mut given, terminal)?;
    }
    check_credentials(&mut given, terminal).await?;
    if let Some(terminal) = terminal {
        questions::virtual_agent(&mut given, terminal, &webhook_url)?;
    }
    let (settings, secret) = match terminal {
        Some(terminal) => questions::bot(&mut given, terminal, |given| judged(given, place.aws()))?,
        None => judged(&given, place.aws())?,
    };
    vault.begin(&found, &secret).await?;
    let saved = store.save_settings(&name, None, &settings).await;
    if !saved.context("saving the settings")? {
        bail!(taken(&name));
    }
    let was_asked = terminal.is_some();
    Ok(Registered::new(
        name,
        webhook_url,
        settings,
        given,
        was_asked,
    ))
}

/// Settings and secret of what is given so far, if an agent can work with them.
fn judged(given: &Given, aws: &SdkConfig) -> Result<(AgentSettings, Stored)> {
    let settings = given.settings()?;
    let secret = given.secret()?;
    settings::check_bot(&settings, Some(secret.bot()), aws)?;
    Ok((settings, secret))
}

/// Tries the credentials, and asks for others on a terminal where they are refused.
async fn check_credentials(given: &mut Given, terminal: Option<&Terminal>) -> Result<()> {
    loop {
        let account = given.account()?;
        let (id, secret) = given.credentials()?;
        let checked = credentials::check(&account, id, secret).await;
        let (Err(problem), Some(terminal)) = (&checked, terminal) else {
            return checked;
        };
        terminal.say(&format!("  {problem:#}"));
        questions::other_credentials(given, terminal)?;
    }
}

fn taken(name: &str) -> String {
    format!(
        "there is an agent called {name} already: `sparkbridge agent edit {name}` changes its settings, `sparkbridge agent rotate` its secrets"
    )
}
