//! The questions, in the order of Sparkcentral's screens.

use anyhow::{Context, Result, bail};
use conversation::AgentSettings;
use secrecy::ExposeSecret;

use super::check_name;
use super::given::Given;
use crate::agent::bot_kind::{self, Kind, Use};
use crate::agent::bot_secrets::BotSecretsGiven;
use crate::agent::prompt::Terminal;
use crate::agent::secret::{self, Stored, from_file};
use crate::agent::tokens;

/// What is going to happen.
pub(crate) fn welcome(terminal: &Terminal, stage: &str) {
    terminal.say(&format!(
        "This registers a new agent in stage {stage}. Nothing is saved before the end; Ctrl-C stops.\n"
    ));
}

/// The agent's name.
pub(crate) fn name(given: &mut Given, terminal: Option<&Terminal>) -> Result<String> {
    if let Some(name) = given.name.take() {
        return Ok(name);
    }
    let terminal = terminal.context("missing: NAME")?;
    terminal.ask(
        "Name of the agent, as it shall stand in its URL",
        None,
        |name| {
            check_name(name)?;
            Ok(name.to_owned())
        },
    )
}

/// Region and API key.
pub(crate) fn account(given: &mut Given, terminal: &Terminal) -> Result<()> {
    let is_inbox = given
        .setting(&["dialect"])
        .is_some_and(|dialect| dialect == "inbox");
    if given.setting(&["region"]).is_none() {
        let region = terminal.ask("Region of the account, us or eu", None, |region| {
            let region = region.to_lowercase();
            if !["us", "eu"].contains(&region.as_str()) {
                bail!("answer us or eu: it is the region you log in to");
            }
            Ok(region)
        })?;
        given.set("region", region);
    }
    if is_inbox && given.setting(&["organization_id"]).is_none() {
        let id = terminal.ask("Id of the organization", None, not_empty)?;
        given.set("organization_id", id);
    }
    if given.client_id.is_none() || given.client_secret.is_none() {
        terminal.say(
            "\nStep 1: an API key\n  \
             In Sparkcentral open Settings, then Integrations, and click Generate API Keys at the top right.\n  \
             Enter a name, click Save, and keep the new entry in view: it has client id and client secret.",
        );
        api_key(given, terminal)?;
    }
    Ok(())
}

/// Credentials in place of those that were refused.
pub(crate) fn other_credentials(given: &mut Given, terminal: &Terminal) -> Result<()> {
    if !terminal.confirm("Try again?", true)? {
        bail!("the agent was not registered: without credentials it can't answer");
    }
    (given.client_id, given.client_secret) = (None, None);
    api_key(given, terminal)
}

fn api_key(given: &mut Given, terminal: &Terminal) -> Result<()> {
    if given.client_id.is_none() {
        given.client_id = Some(terminal.ask("Client id", None, not_empty)?);
    }
    if given.client_secret.is_none() {
        let secret = terminal.secret("Client secret", |secret| not_empty(secret).map(drop))?;
        given.client_secret = Some(secret);
    }
    Ok(())
}

/// The webhook URL there, and the shared secret here.
pub(crate) fn virtual_agent(given: &mut Given, terminal: &Terminal, url: &str) -> Result<()> {
    terminal.say("  Sparkcentral takes the credentials.");
    if given.webhook_secret.is_some() {
        return Ok(());
    }
    terminal.say(&format!(
        "\nStep 2: the virtual agent\n  \
         In Sparkcentral open Settings, then Virtual Agents, and click Add Custom Virtual Agent at the top right.\n  \
         Enter this webhook URL under Custom Virtual Agent Configuration:\n\n    {url}\n\n  \
         Copy the Shared Secret from there, and save the virtual agent.",
    ));
    let secret = terminal.secret("Shared secret", secret::check_webhook_secret)?;
    given.webhook_secret = Some(secret);
    Ok(())
}

/// The bot, until it is one that `judge` takes, and tokens for it.
pub(crate) fn bot(
    given: &mut Given,
    terminal: &Terminal,
    judge: impl Fn(&Given) -> Result<(AgentSettings, Stored)>,
) -> Result<(AgentSettings, Stored)> {
    let choose = given.setting(&["bot", "kind"]).is_none();
    if choose {
        let kinds = bot_kind::KINDS.iter();
        let kinds: Vec<_> = kinds
            .map(|kind| format!("    {:<10}  {}", kind.name, kind.about))
            .collect();
        terminal.say(&format!(
            "\nStep 3: the bot\n  Who shall answer?\n{}",
            kinds.join("\n")
        ));
        let kind = terminal.ask("Bot", Some(bot_kind::DEFAULT), |name| {
            let kind = bot_kind::of(name);
            kind.with_context(|| format!("answer one of {}", bot_kind::names().join(", ")))
        })?;
        given.set_bot("kind", kind.name.to_owned());
    }
    let Some(kind) = given.kind() else {
        // Told by whoever reads the settings.
        return judge(given);
    };
    if choose && given.api_tokens.is_empty() {
        api_token(given, terminal, kind)?;
    }
    loop {
        let asked = bot_needs(given, terminal, kind)?;
        match judge(given) {
            Err(problem) if asked => {
                terminal.say(&format!("  {problem:#}"));
                for (key, _) in kind.settings {
                    given.forget_bot(key);
                }
                // A key that was made here can't be what is wrong.
                if !given.bot.signing_key_is_new {
                    given.bot = BotSecretsGiven::default();
                }
            }
            judged => return judged,
        }
    }
}

/// Asks for what the bot can't do without; whether anything was asked.
fn bot_needs(given: &mut Given, terminal: &Terminal, kind: &Kind) -> Result<bool> {
    let missing = given.missing_of(kind);
    let mut asked = !missing.is_empty();
    for (key, question) in missing {
        let answer = terminal.ask(question, None, not_empty)?;
        given.set_bot(key, answer);
    }
    let bot = &mut given.bot;
    let is_open = bot.signing_key.is_none() && bot.token.is_none();
    if kind.signing_key == Use::Needed && bot.signing_key.is_none()
        || kind.signing_key == Use::Possible && is_open
    {
        asked = true;
        if terminal.confirm("Make a key to sign turns with?", true)? {
            bot.make_signing_key()?;
        } else if kind.signing_key == Use::Needed {
            let key = terminal.secret("Signing key (whsec_…)", |key| not_empty(key).map(drop))?;
            bot.signing_key = Some(key);
        }
    }
    if kind.token == Use::Possible && bot.signing_key.is_none() && bot.token.is_none() {
        asked = true;
        let token = terminal.secret("Token that the bot asks for; empty for none", |_| Ok(()))?;
        bot.token = Some(token).filter(|token| !token.expose_secret().is_empty());
    }
    if kind.google == Use::Needed && bot.google.is_none() {
        asked = true;
        let file = terminal.ask("Key file of the Google service account", None, |file| {
            from_file("the key file", std::path::Path::new(file))
        })?;
        bot.google = Some(file);
    }
    Ok(asked)
}

/// Platforms that answer later need one; others may read conversations with it.
fn api_token(given: &mut Given, terminal: &Terminal, kind: &Kind) -> Result<()> {
    let answers_later = kind.name == "webhook";
    let what = "Make a token of the conversation API, for a bot that answers later or a program that reads?";
    if terminal.confirm(what, answers_later)? {
        let wanted = terminal.ask("Its NAME:ROLE", Some("bot:contributor"), |text| {
            tokens::wanted(text).map_err(anyhow::Error::msg)
        })?;
        given.api_tokens.push(wanted.make()?);
    }
    Ok(())
}

fn not_empty(answer: &str) -> Result<String> {
    if answer.is_empty() {
        bail!("this must not be empty");
    }
    Ok(answer.to_owned())
}
