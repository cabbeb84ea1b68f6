//! One agent: settings, secret, Sparkcentral's API, the webhook, the bot.

use agent_client::{client_config, credentials};
use aws_sdk_secretsmanager::Client as SecretsManager;
use bots::build;
use conversation::{AgentSecret, AgentSettings, BotSettings, is_agent_name};
use platform::Secrets;
use sparkcentral_client::{Client, TokenError};

use super::check::{Check, told};
use super::reach::{self, Apart};
use super::webhook;
use crate::output::{age, count, visible};
use crate::place::Place;

/// The agents to look at, and what is to be told where they can't be found out.
pub(super) async fn names(place: &Place, wanted: Option<&str>) -> (Vec<String>, Option<Check>) {
    if let Some(name) = wanted {
        if is_agent_name(name) {
            return (vec![name.to_owned()], None);
        }
        let found = format!("{name:?} can't name an agent");
        let check = Check::fail("agent", name, found, "sparkbridge agent list");
        return (Vec::new(), Some(check));
    }
    match place.store().agent_names().await {
        Ok(names) if names.is_empty() => {
            let none = Check::skipped("agents", place.stage(), "none is registered");
            (names, Some(none.next("sparkbridge agent add NAME")))
        }
        Ok(names) => (names, None),
        Err(error) => {
            let found = told(error, place.stage());
            let deploy = format!("make deploy STAGE={}", place.stage());
            (
                Vec::new(),
                Some(Check::fail("agents", place.stage(), found, deploy)),
            )
        }
    }
}

pub(super) async fn checks(place: &Place, name: String) -> Vec<Check> {
    let (settings, settings_check) = settings(place, &name).await;
    let Some(settings) = settings else {
        return vec![settings_check];
    };
    let (secret, secret_check) = secret(place, &name).await;
    let base = match &settings.api_base {
        Some(base) => base.as_str().to_owned(),
        None => settings
            .dialect
            .default_api_base(settings.region)
            .to_owned(),
    };
    let clock = clock(&name, &base, settings.timestamp_window_secs);
    let mut checks = vec![settings_check, secret_check];
    let Some(secret) = secret else {
        let why = "the secret is needed for it";
        checks.push(clock.await);
        checks
            .extend(["API credentials", "webhook", "bot"].map(|it| Check::skipped(it, &name, why)));
        return checks;
    };
    let (api, clock, webhook, bot) = futures::join!(
        api_credentials(&name, &settings, &secret),
        clock,
        webhook::checks(place, &name, &settings, &secret),
        bot(place, &name, &settings.bot, &secret),
    );
    checks.extend([api, clock]);
    checks.extend(webhook);
    checks.push(bot);
    checks
}

async fn settings(place: &Place, name: &str) -> (Option<AgentSettings>, Check) {
    let edit = format!("sparkbridge agent edit {name}");
    let fail = |found: String, next: &str| (None, Check::fail("settings", name, found, next));
    let settings = match place.store().settings(name).await {
        Ok(Some(settings)) => settings,
        Ok(None) => {
            let add = format!("sparkbridge agent list; sparkbridge agent add {name}");
            return fail(format!("stage {} has no such agent", place.stage()), &add);
        }
        Err(error) => {
            let put = format!("sparkbridge agent put {name} --file settings.toml");
            return fail(told(error, place.stage()), &put);
        }
    };
    let problems: Vec<String> = settings
        .problems()
        .iter()
        .map(ToString::to_string)
        .collect();
    let check = if problems.is_empty() {
        let paused = if settings.paused {
            ", paused: people get every conversation"
        } else {
            ""
        };
        let bot = settings.bot.kind();
        Check::pass("settings", name, format!("valid, bot {bot}{paused}"))
    } else {
        Check::fail("settings", name, problems.join("; "), edit)
    };
    (Some(settings), check)
}

async fn secret(place: &Place, name: &str) -> (Option<AgentSecret>, Check) {
    let full = place.agent_secret(name);
    let prefix = full.strip_suffix(name).unwrap_or_default().to_owned();
    let secrets = Secrets::new(SecretsManager::new(place.aws()), prefix);
    let versions = match secrets.agent(name).await {
        Ok(versions) => versions,
        Err(error) => {
            let put = format!(
                "sparkbridge agent put {name} --file settings.toml --secret-file secret.json"
            );
            return (
                None,
                Check::fail("secret", name, told(error, place.stage()), put),
            );
        }
    };
    let secret = versions.current.clone();
    let check = match webhook::key(&secret) {
        Ok(_key) => {
            let tokens = count(secret.api_tokens.len(), "API token");
            Check::pass("secret", name, format!("readable, {tokens}"))
        }
        Err(error) => {
            let rotate = format!("sparkbridge agent rotate webhook-secret {name}");
            Check::fail("secret", name, error.to_string(), rotate)
        }
    };
    (Some(secret), check)
}

async fn api_credentials(name: &str, settings: &AgentSettings, secret: &AgentSecret) -> Check {
    let check = "API credentials";
    let edit = format!("sparkbridge agent edit {name}");
    let client = match Client::new(client_config(settings), credentials(secret)) {
        Ok(client) => client,
        Err(error) => return Check::fail(check, name, error.to_string(), edit),
    };
    match client.fetch_token().await {
        Ok(lives) => {
            let lives = age(i64::try_from(lives.as_secs()).unwrap_or(i64::MAX));
            Check::pass(
                check,
                name,
                format!("Sparkcentral gives a token for {lives}"),
            )
        }
        Err(error) => {
            let next = match &error {
                TokenError::Unauthorized { .. } => format!(
                    "copy client id and secret again from Sparkcentral's settings: sparkbridge agent rotate client-secret {name}"
                ),
                TokenError::Refused { .. } | TokenError::Unreadable => {
                    format!("check region, dialect and api_base: {edit}")
                }
                TokenError::RateLimited { .. } | TokenError::Unavailable { .. } => {
                    "wait a minute, and run doctor again".to_owned()
                }
                TokenError::NoAnswer(_) => {
                    "check the network from here, and api_base if it is set".to_owned()
                }
            };
            Check::fail(check, name, visible(&error.to_string()), next)
        }
    }
}

/// Sparkcentral's clock against ours: its events carry its time, and old ones are refused.
async fn clock(name: &str, base: &str, window_secs: u32) -> Check {
    let apart = match reach::clock(base).await {
        Ok(Some(apart)) => apart,
        Ok(None) => return Check::skipped("clock", name, format!("{base} does not tell its time")),
        Err(why) => return Check::skipped("clock", name, why),
    };
    judge_clock(name, apart, window_secs)
}

fn judge_clock(name: &str, apart: Apart, window_secs: u32) -> Check {
    let Apart { secs } = apart;
    let found = format!("{secs} s from Sparkcentral's clock");
    if window_secs == 0 {
        return Check::pass(
            "clock",
            name,
            format!("{found}; timestamps are not checked"),
        );
    }
    let found = format!("{found}, {window_secs} s allowed");
    if secs <= u64::from(window_secs) {
        return Check::pass("clock", name, found);
    }
    Check::fail(
        "clock",
        name,
        found,
        "set this machine's clock; if it is right, Sparkcentral's is not: raise timestamp_window_secs",
    )
}

async fn bot(place: &Place, name: &str, settings: &BotSettings, secret: &AgentSecret) -> Check {
    let kind = settings.kind();
    let edit = format!("sparkbridge agent edit {name}");
    if let Err(error) = build(settings, &secret.bot(), place.aws()) {
        return Check::fail("bot", name, told(error, place.stage()), edit);
    }
    let Some(url) = host(settings) else {
        return Check::pass("bot", name, format!("{kind}: can be built"));
    };
    // Nothing of a turn: the host's front page, whatever it says.
    match reach::answers(&url).await {
        Ok(origin) => Check::pass(
            "bot",
            name,
            format!("{kind}: can be built, {origin} answers"),
        ),
        Err(why) => Check::fail(
            "bot",
            name,
            format!("{kind}: {why} from here"),
            format!("is the bot up, and its address right? {edit}"),
        ),
    }
}

/// Where the bot is, for those behind an address that can be called without a turn.
fn host(settings: &BotSettings) -> Option<String> {
    let url = match settings {
        BotSettings::Http(settings) => &settings.url,
        BotSettings::Webhook(settings) => &settings.url,
        BotSettings::Rasa(settings) => &settings.url,
        BotSettings::Dialogflow(settings) => settings.endpoint_url.as_ref()?,
        BotSettings::Script { .. } | BotSettings::Lex(_) | BotSettings::Bedrock(_) => return None,
    };
    Some(url.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::check::Status;
    use super::*;

    #[test]
    fn a_clock_is_judged_by_the_agents_own_window() {
        for (secs, window, status) in [
            (0, 300, Status::Pass),
            (300, 300, Status::Pass),
            (301, 300, Status::Fail),
            (10_000, 0, Status::Pass),
        ] {
            let check = judge_clock("demo", Apart { secs }, window);
            assert_eq!(check.status, status, "{secs} of {window}");
            assert_eq!(check.next_step.is_some(), status == Status::Fail);
        }
    }
}
