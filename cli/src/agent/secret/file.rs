//! The secret file of `sparkbridge agent put`, which is also the form of what is stored. Messages name
//! fields and places, never values.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use conversation::{ApiToken, Role};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use sparkcentral::{SecretVersion, WebhookSecret};

use super::Stored;

/// The secret file: as stored, but API tokens may be given in plain, and are stored hashed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretFile {
    webhook_secret: String,
    client_id: String,
    client_secret: String,
    #[serde(default)]
    bot_signing_key: Option<String>,
    #[serde(default)]
    bot_token: Option<String>,
    /// The key file as it is, or as text.
    #[serde(default)]
    google_service_account: Option<Value>,
    #[serde(default)]
    api_tokens: Vec<TokenEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenEntry {
    name: String,
    #[serde(default)]
    role: Option<Role>,
    #[serde(default)]
    token: Option<SecretString>,
    #[serde(default)]
    sha256: Option<String>,
    #[serde(default)]
    channels: Option<Vec<String>>,
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    team: Option<String>,
}

impl Stored {
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let shown = file.display();
        let text = std::fs::read_to_string(file).with_context(|| format!("reading {shown}"))?;
        Self::of(&text).with_context(|| format!("secrets in {shown}"))
    }

    /// Checks a secret given as JSON text, and brings it into the form in which it is stored.
    pub(crate) fn of(text: &str) -> Result<Self> {
        let file: SecretFile = serde_json::from_str(text).map_err(|error| {
            // Of serde's messages only those that name a field: others quote the value.
            let what = error.to_string();
            let named = what.starts_with("missing field") || what.starts_with("unknown field");
            let what = if named {
                // Without the place, which comes first here.
                what.split(" at line ").next().unwrap_or_default()
            } else {
                "not the expected JSON"
            };
            let (line, column) = (error.line(), error.column());
            anyhow!("line {line}, column {column}: {what}; see docs/agents.md")
        })?;
        check_webhook_secret(&file.webhook_secret).context("webhook_secret")?;
        let tokens: Vec<ApiToken> = file
            .api_tokens
            .into_iter()
            .enumerate()
            .map(|(place, entry)| entry.stored(place))
            .collect::<Result<_>>()?;
        let problems = ApiToken::problems(&tokens);
        if !problems.is_empty() {
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            bail!("{}", problems.join("; "));
        }
        let mut json = serde_json::json!({
            "webhook_secret": file.webhook_secret.trim(),
            "client_id": file.client_id,
            "client_secret": file.client_secret,
            "api_tokens": tokens,
        });
        let account = file
            .google_service_account
            .map(service_account)
            .transpose()?;
        for (field, value) in [
            ("bot_signing_key", file.bot_signing_key),
            ("bot_token", file.bot_token),
            ("google_service_account", account),
        ] {
            if let Some(value) = value {
                json[field] = value.into();
            }
        }
        // As the functions read it.
        let secret = serde_json::from_value(json.clone())
            .map_err(|_quotes_values| anyhow!("they can't be stored; see docs/agents.md"))?;
        Ok(Self { json, secret })
    }
}

/// Whether webhooks can be verified with it: hex.
pub(crate) fn check_webhook_secret(secret: &str) -> Result<()> {
    WebhookSecret::from_hex(SecretVersion::Current, secret)?;
    Ok(())
}

impl TokenEntry {
    fn stored(self, place: usize) -> Result<ApiToken> {
        let sha256 = match (&self.token, self.sha256) {
            (Some(token), None) => ApiToken::hash(token),
            (None, Some(hash))
                if hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()) =>
            {
                hash.to_ascii_lowercase()
            }
            (None, Some(_)) => bail!("api_tokens[{place}]: sha256 must be 64 hex digits"),
            _ => bail!("api_tokens[{place}]: give either token or sha256"),
        };
        Ok(ApiToken {
            name: self.name,
            sha256,
            role: self.role,
            channels: self.channels,
            user: self.user,
            team: self.team,
        })
    }
}

/// A service account's key file as JSON text.
fn service_account(value: Value) -> Result<String> {
    let text = match value {
        Value::Object(_) => value.to_string(),
        Value::String(text) => text,
        _ => String::new(),
    };
    match serde_json::from_str(&text) {
        Ok(Value::Object(_)) => Ok(text),
        _ => bail!("google_service_account: give the key file's JSON, as an object or as text"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use serde_json::json;

    fn stored(more: Value) -> Result<Stored> {
        let mut file = json!({"webhook_secret": "00ff", "client_id": "c", "client_secret": "s"});
        let more = more.as_object().unwrap().clone();
        file.as_object_mut().unwrap().extend(more);
        Stored::of(&file.to_string())
    }

    #[test]
    fn tokens_are_stored_as_hashes_with_whom_they_stand_for() {
        let tokens = json!([
            {"name": "bot", "role": "contributor", "token": "plain-token"},
            {"name": "desk", "user": "agent-1", "team": "team-1", "sha256": "AB".repeat(32)},
        ]);
        let stored = stored(json!({ "api_tokens": tokens })).unwrap();
        assert!(!stored.json().contains("plain-token"));
        let [bot, desk] = &stored.secret.api_tokens[..] else {
            panic!("two tokens");
        };
        assert_eq!(
            bot.sha256,
            ApiToken::hash(&SecretString::from("plain-token"))
        );
        assert_eq!(
            (bot.role, bot.is_personal()),
            (Some(Role::Contributor), false)
        );
        assert_eq!(desk.sha256, "ab".repeat(32));
        assert_eq!((desk.role, desk.is_personal()), (None, true));
    }

    #[test]
    fn a_service_account_is_taken_as_an_object_and_as_text_and_stored_as_text() {
        let account = json!({"type": "service_account"});
        for given in [account.clone(), account.to_string().into()] {
            let stored =
                stored(json!({"google_service_account": given, "bot_token": "t"})).unwrap();
            let bot = stored.bot();
            let kept = bot.google_service_account.unwrap();
            let kept: Value = serde_json::from_str(kept.expose_secret()).unwrap();
            assert_eq!(kept, account);
            assert_eq!(bot.token.unwrap().expose_secret(), "t");
            assert!(bot.signing_key.is_none());
        }
    }

    #[test]
    fn what_can_not_work_is_named_and_no_value_quoted() {
        let token = |fields: Value| json!({"api_tokens": [fields]});
        for (more, named) in [
            (
                token(json!({"name": "t", "token": "hunter2"})),
                "role, a user or a team",
            ),
            (
                token(json!({"name": "t", "role": "viewer"})),
                "token or sha256",
            ),
            (
                token(json!({"name": "t", "role": "viewer", "sha256": "hunter2"})),
                "64 hex",
            ),
            (
                token(json!({"name": "t", "role": "hunter2", "token": "t"})),
                "line 1",
            ),
            (
                token(json!({"name": "t", "user": " ", "token": "t"})),
                "user and team",
            ),
            (
                json!({"api_tokens": [
                    {"name": "a", "user": "hunter2", "team": "t-1", "token": "a"},
                    {"name": "b", "user": "hunter2", "team": "t-2", "token": "b"},
                ]}),
                "one team at most",
            ),
            (
                json!({"google_service_account": "hunter2"}),
                "google_service_account",
            ),
            (
                json!({"google_service_account": ["hunter2"]}),
                "google_service_account",
            ),
            (json!({"bot_token": 2}), "line 1"),
            (json!({"webhook_secret": "hunter2"}), "hexadecimal"),
        ] {
            let told = format!("{:#}", stored(more.clone()).unwrap_err());
            assert!(told.contains(named), "{more}: {told}");
            assert!(!told.contains("hunter2"), "{told}");
        }
    }
}
