//! Sparkcentral's API credentials, tried before they are saved.

use agent_client::client_config;
use anyhow::{Result, anyhow};
use conversation::AgentSettings;
use secrecy::SecretString;
use sparkcentral::{Dialect, Region};
use sparkcentral_client::{Client, Credentials, TokenError};

use crate::progress;

/// Asks for a token and throws it away.
pub(crate) async fn check(
    settings: &AgentSettings,
    client_id: &str,
    client_secret: &SecretString,
) -> Result<()> {
    let credentials = Credentials {
        client_id: client_id.to_owned(),
        client_secret: client_secret.clone(),
    };
    let client = Client::new(client_config(settings), credentials)?;
    let trying = progress::spinner("trying the credentials");
    let fetched = client.fetch_token().await;
    drop(trying);
    fetched.map(drop).map_err(|error| told(settings, &error))
}

fn told(account: &AgentSettings, error: &TokenError) -> anyhow::Error {
    let base = match &account.api_base {
        Some(base) => base.origin().ascii_serialization(),
        None => account.dialect.default_api_base(account.region).to_owned(),
    };
    let region = match account.region {
        Region::Us => "US",
        Region::Eu => "EU",
    };
    let code = |code: &Option<String>| {
        let code = code
            .as_ref()
            .map(|code| format!(", {}", crate::output::one_line(code)));
        code.unwrap_or_default()
    };
    match (error, account.dialect) {
        (TokenError::Unauthorized { status, code: of }, Dialect::Sparkcentral) => anyhow!(
            "Sparkcentral refuses the client id and client secret ({status}{}): copy both again from Settings → Integrations, and check that the account is in the region {region}",
            code(of)
        ),
        (TokenError::Unauthorized { status, code: of }, Dialect::Inbox) => anyhow!(
            "Hootsuite refuses the client id and client secret ({status}{}): copy both again, and check the organization id",
            code(of)
        ),
        (TokenError::Refused { status, code: of }, _) => anyhow!(
            "{base} does not give a token ({status}{}): check dialect and organization_id",
            code(of)
        ),
        (TokenError::RateLimited { .. }, _) => {
            anyhow!("{base} gets too many requests for tokens: try again in a minute")
        }
        (TokenError::Unavailable { status }, _) => {
            anyhow!("{base} is not available (status {status}): try again later")
        }
        (TokenError::Unreadable, _) => {
            anyhow!("what {base} answers holds no token: check api_base and dialect")
        }
        (TokenError::NoAnswer(_), _) => {
            anyhow!(
                "{base} does not answer: check the network from here, and api_base if it is set"
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(dialect: &str) -> AgentSettings {
        let settings =
            format!("region = \"eu\"\ndialect = \"{dialect}\"\n[bot]\nkind = \"script\"\n");
        toml::from_str(&settings).unwrap()
    }

    #[test]
    fn each_refusal_says_what_to_do() {
        let refused = |code: Option<&str>| TokenError::Unauthorized {
            status: 401,
            code: code.map(str::to_owned),
        };
        for (error, dialect, expected) in [
            (
                refused(Some("invalid_client")),
                "sparkcentral",
                "refuses the client id and client secret (401, invalid_client): copy both again from Settings → Integrations, and check that the account is in the region EU",
            ),
            (refused(None), "inbox", "check the organization id"),
            (
                TokenError::Refused {
                    status: 400,
                    code: Some("invalid_scope".into()),
                },
                "sparkcentral",
                "https://public-api-eu.sparkcentral.com does not give a token (400, invalid_scope)",
            ),
            (
                TokenError::Unavailable { status: 503 },
                "sparkcentral",
                "not available (status 503)",
            ),
            (TokenError::Unreadable, "inbox", "holds no token"),
        ] {
            let said = told(&account(dialect), &error).to_string();
            assert!(said.contains(expected), "{said}");
        }
    }

    #[tokio::test]
    async fn credentials_that_can_not_be_sent_are_not_sent() {
        let of = |id: &'static str, secret: &'static str| async move {
            let checked = check(&account("sparkcentral"), id, &secret.into()).await;
            checked.unwrap_err().to_string()
        };
        assert!(of("a:b", "s").await.contains("client_id"));
        assert!(of("a", "").await.contains("client_secret is empty"));
        let inbox = check(&account("inbox"), "a", &"s".into()).await;
        assert!(inbox.unwrap_err().to_string().contains("organization_id"));
    }
}
