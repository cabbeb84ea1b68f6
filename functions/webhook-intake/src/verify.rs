//! Whether a delivery is Sparkcentral's.

use platform::{Agent, AgentSecrets, Agents, SecretError};
use secrecy::ExposeSecret;
use sparkcentral::{SecretVersion, SignatureError, Verifier, WebhookSecret};

use crate::handler::Headers;

/// Why a delivery can't be verified. Callers are told none of it.
#[derive(Debug)]
pub(crate) enum Unverified {
    /// The signature is not good.
    Signature(SignatureError),
    /// The secret can't be had: not the sender's fault, who should try again.
    Secret(SecretError),
}

/// Verifies the body against the agent's secrets, the current and the previous one. A mismatch
/// reads the secret again (at most every ten seconds), so that a rotation refuses nothing.
pub(crate) async fn verify(
    agents: &Agents,
    agent: &Agent,
    headers: &Headers<'_>,
    body: &[u8],
) -> Result<SecretVersion, Unverified> {
    let header = agent.settings.dialect.signature_header();
    let signature = signature(headers, header);
    match verifier(&agent.secrets).verify(body, signature) {
        Err(SignatureError::Mismatch | SignatureError::NoSecret) => {
            let secrets = agents
                .refreshed_secrets(&agent.name)
                .await
                .map_err(Unverified::Secret)?;
            verifier(&secrets)
                .verify(body, signature)
                .map_err(Unverified::Signature)
        }
        other => other.map_err(Unverified::Signature),
    }
}

fn signature<'a>(headers: &'a Headers<'_>, header: &str) -> Option<&'a str> {
    let mut headers = headers.iter();
    headers.find_map(|(name, value)| name.0.eq_ignore_ascii_case(header).then_some(&*value.0))
}

fn verifier(secrets: &AgentSecrets) -> Verifier {
    let current = (SecretVersion::Current, Some(&secrets.current));
    let previous = (SecretVersion::Previous, secrets.previous.as_ref());
    let usable = [current, previous]
        .into_iter()
        .filter_map(|(version, secret)| {
            let hex = secret?.webhook_secret.expose_secret();
            WebhookSecret::from_hex(version, hex)
                .inspect_err(
                    |error| tracing::error!(version = version.as_str(), %error, "webhook secret"),
                )
                .ok()
        });
    Verifier::new(usable.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handler::Text;
    use sparkcentral::Dialect;

    #[test]
    fn a_signature_is_found_however_its_header_is_spelt() {
        let header =
            |name: &'static str, value: &'static str| (Text(name.into()), Text(value.into()));
        let headers = Headers::from([
            header("Host", "h"),
            header("X-SPARKCENTRAL-Signature", "s"),
            header("x-hootsuite-signature", "i"),
        ]);
        let found = |dialect: Dialect| signature(&headers, dialect.signature_header());
        assert_eq!(found(Dialect::Sparkcentral), Some("s"));
        assert_eq!(found(Dialect::Inbox), Some("i"));
        let none = Headers::new();
        assert_eq!(signature(&none, Dialect::Inbox.signature_header()), None);
    }
}
