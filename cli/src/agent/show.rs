//! `sparkbridge agent show`: everything of an agent but its secrets' values.

use anyhow::{Context, Result};
use conversation::{AgentSettings, ApiToken};
use serde::Serialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::secret::{Found, Vault, Versions};
use super::{command_line, known, rotate, settings, when};
use crate::output::{self, Align, Table, visible};
use crate::place::Place;

/// The secret without its values.
#[derive(Serialize)]
struct Secret {
    name: String,
    /// Names of its fields; null where there is no secret.
    fields: Option<Vec<String>>,
    /// When the current version was made.
    current_since: Option<String>,
    /// When the version before was made, which stays good.
    previous_since: Option<String>,
    /// Without their hashes.
    api_tokens: Vec<Value>,
    rotation: Option<Rotation>,
}

/// A rotation under way.
#[derive(Serialize)]
struct Rotation {
    since: Option<String>,
    secrets: Vec<Value>,
    /// The same for people.
    #[serde(skip)]
    told: Vec<String>,
    /// Arguments that end it.
    #[serde(skip)]
    finish: String,
}

#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    paused: bool,
    /// Null where the stage does not tell its address.
    webhook_url: Option<&'a str>,
    settings: &'a AgentSettings,
    secret: &'a Secret,
}

pub(crate) async fn run(place: &Place, name: &str, json: bool) -> Result<()> {
    let now = OffsetDateTime::now_utc();
    let store = place.store();
    let read = known(&store, name).await?.settings;
    let vault = Vault::of(place, name);
    let versions = vault.find().await?;
    let used = store.old_secrets(name).await;
    let used = used.context("reading when old secrets were last used")?;
    let secret = secret(name, &vault, versions, &used, now);
    // Whoever may read agents need not be allowed to read the stack.
    let webhook_url = place.webhook_url(name).await.ok();
    let shown = Shown {
        name,
        paused: read.paused,
        webhook_url: webhook_url.as_deref(),
        settings: &read,
        secret: &secret,
    };
    if json {
        return output::json(&shown);
    }
    output::print(&render(&shown, &command_line(place, ""))?)
}

fn secret(
    agent: &str,
    vault: &Vault,
    found: Found,
    used: &[(platform::OldSecret, OffsetDateTime)],
    now: OffsetDateTime,
) -> Secret {
    let versions = match found {
        Found::Here(versions) => versions,
        Found::Nothing | Found::Deleted => {
            return Secret {
                name: vault.name().to_owned(),
                fields: None,
                current_since: None,
                previous_since: None,
                api_tokens: Vec::new(),
                rotation: None,
            };
        }
    };
    let current = &versions.current.stored;
    let fields = current.fields().into_iter().map(str::to_owned).collect();
    let previous = versions.previous.as_ref();
    Secret {
        name: vault.name().to_owned(),
        fields: Some(fields),
        current_since: versions.current.created.map(when::moment),
        previous_since: previous
            .and_then(|version| version.created)
            .map(when::moment),
        api_tokens: current.secret().api_tokens.iter().map(token).collect(),
        rotation: rotation(agent, &versions, used, now),
    }
}

/// A token without its hash.
fn token(token: &ApiToken) -> Value {
    json!({
        "name": token.name,
        "role": token.role,
        "user": token.user,
        "team": token.team,
        "channels": token.channels,
    })
}

fn rotation(
    agent: &str,
    versions: &Versions,
    used: &[(platform::OldSecret, OffsetDateTime)],
    now: OffsetDateTime,
) -> Option<Rotation> {
    let under_way = rotate::under_way(versions, used)?;
    let since = under_way
        .since
        .map(|since| format!("since {}", when::ago(since, now)));
    let told = under_way.parts.iter().map(|(part, used)| {
        format!(
            "{}: the old one {}",
            rotate::name(part),
            rotate::last_use(*used, now)
        )
    });
    Some(Rotation {
        since: under_way.since.map(when::moment),
        told: since.into_iter().chain(told).collect(),
        finish: rotate::finish_line(&under_way, agent),
        secrets: rotate::parts(&under_way),
    })
}

/// `program` is the command line up to the command.
fn render(shown: &Shown<'_>, program: &str) -> Result<String> {
    let Shown {
        name,
        paused,
        webhook_url,
        settings,
        secret,
    } = shown;
    let state = if *paused {
        "paused: conversations go to people"
    } else {
        "live"
    };
    let mut text = format!("agent {name}, {state}\n");
    if let Some(url) = webhook_url {
        text.push_str(&format!("webhook URL {url}\n"));
    }
    text.push_str(&rendered_secret(secret));
    if let Some(rotation) = &secret.rotation {
        text.push_str("\nA rotation is under way\n");

        for line in &rotation.told {
            text.push_str(&format!("  {line}\n"));
        }
        text.push_str(&format!("  to end it: {program}{}\n", rotation.finish));
    }
    text.push_str("\nSettings\n");
    let toml = settings::to_toml(settings)?;
    // Rules keep their lines; a terminal gets no commands from them.
    text.extend(toml.lines().map(|line| format!("{}\n", visible(line))));
    Ok(text)
}

fn rendered_secret(secret: &Secret) -> String {
    let Some(fields) = &secret.fields else {
        return format!("\nSecret {}: there is none\n", secret.name);
    };
    let mut text = format!(
        "\nSecret {}\n  has      {}\n",
        secret.name,
        fields.join(", ")
    );
    for (version, since) in [
        ("current", &secret.current_since),
        ("previous", &secret.previous_since),
    ] {
        if let Some(since) = since {
            text.push_str(&format!("  {version:<8} of {since}\n"));
        }
    }
    if secret.api_tokens.is_empty() {
        text.push_str("\nNo API tokens\n");
        return text;
    }
    let mut table = Table::new(
        ["API token", "role", "user", "team", "channels"].map(|name| (name, Align::Left)),
    );
    for token in &secret.api_tokens {
        let channels = token["channels"].as_array().map(|ids| {
            let ids: Vec<&str> = ids.iter().filter_map(Value::as_str).collect();
            ids.join(", ")
        });
        let of = |field: &str| token[field].as_str().unwrap_or_default().to_owned();
        table.row([
            of("name"),
            of("role"),
            of("user"),
            of("team"),
            channels.unwrap_or_else(|| "all".to_owned()),
        ]);
    }
    text.push('\n');
    text.push_str(&table.render());
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::secret::{Stored, Version};

    fn version(webhook: &str, hour: i64) -> Version {
        let json = json!({
            "webhook_secret": webhook, "client_id": "hunter2", "client_secret": "hunter2",
            "api_tokens": [
                {"name": "bot", "role": "contributor", "token": "hunter2"},
                {"name": "desk", "user": "agent-1", "channels": ["c-1", "c-2"], "token": "hunter3"},
            ],
        });
        Version {
            created: Some(OffsetDateTime::UNIX_EPOCH + time::Duration::hours(hour)),
            stored: Stored::of(&json.to_string()).unwrap(),
        }
    }

    #[test]
    fn everything_is_shown_but_values() {
        let now = OffsetDateTime::UNIX_EPOCH + time::Duration::hours(3);
        let versions = Versions {
            current: version("c0ffee", 1),
            previous: Some(version("decade", 0)),
        };
        let used = [(
            platform::OldSecret::WebhookSecret,
            now - time::Duration::minutes(2),
        )];
        let current = &versions.current.stored;
        let secret = Secret {
            name: "sparkbridge/dev/agents/shop".into(),
            fields: Some(current.fields().into_iter().map(str::to_owned).collect()),
            current_since: versions.current.created.map(when::moment),
            previous_since: None,
            api_tokens: current.secret().api_tokens.iter().map(token).collect(),
            rotation: rotation("shop", &versions, &used, now),
        };
        let settings =
            settings::parse("region = \"us\"\n[bot]\nkind = \"script\"\nrules = ''\n").unwrap();
        let shown = Shown {
            name: "shop",
            paused: false,
            webhook_url: Some("https://api.example.com/webhooks/shop"),
            settings: &settings,
            secret: &secret,
        };
        let text = render(&shown, "sparkbridge ").unwrap();
        for expected in [
            "agent shop, live\nwebhook URL https://api.example.com/webhooks/shop\n",
            "  has      api_tokens, client_id, client_secret, webhook_secret\n  current  of 1970-01-01T01:00:00Z\n",
            "API token  role         user     team  channels\nbot        contributor                 all\ndesk                    agent-1        c-1, c-2\n",
            "A rotation is under way\n  since 1970-01-01T01:00:00Z (2 hours ago)\n  webhook secret: the old one was last used 1970-01-01T02:58:00Z (2 minutes ago)\n  to end it: sparkbridge agent rotate webhook-secret shop --finish\n",
            "region = \"us\"\n",
            "[bot]\nkind = \"script\"\n",
        ] {
            assert!(text.contains(expected), "{expected} is not in\n{text}");
        }
        let json = serde_json::to_string(&shown).unwrap();
        let hash = &current.secret().api_tokens[0].sha256;
        for never in ["hunter", "c0ffee", "decade", hash.as_str()] {
            assert!(!text.contains(never) && !json.contains(never), "{never}");
        }
        let json: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(
            json["secret"]["rotation"]["secrets"][0]["secret"]["kind"],
            "webhook_secret"
        );
        assert_eq!(
            json["secret"]["rotation"]["secrets"][0]["old_last_used"],
            "1970-01-01T02:58:00Z"
        );
    }
}
