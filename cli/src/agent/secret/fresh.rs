//! New secrets, made here.

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;

/// Bytes of whatever is made here.
const BYTES: usize = 32;

fn random() -> Result<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).context("the operating system gives no random bytes")?;
    Ok(bytes)
}

/// A bearer token of the conversation API.
pub(crate) fn token() -> Result<SecretString> {
    Ok(hex::encode(random()?).into())
}

/// A key that signs turns to a bot, by the Standard Webhooks scheme.
pub(crate) fn signing_key() -> Result<SecretString> {
    Ok(format!("whsec_{}", STANDARD.encode(random()?)).into())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn each_is_new_and_of_the_form_that_is_asked_for() {
        let [one, other] = [token().unwrap(), token().unwrap()];
        assert_ne!(one.expose_secret(), other.expose_secret());
        assert_eq!(hex::decode(one.expose_secret()).unwrap().len(), BYTES);
        let key = signing_key().unwrap();
        let bot = conversation::BotSecrets {
            signing_key: Some(key),
            ..conversation::BotSecrets::default()
        };
        let settings: conversation::BotSettings =
            serde_json::from_str(r#"{"kind": "http", "url": "https://bot.example.com"}"#).unwrap();
        let aws = aws_config::SdkConfig::builder().build();
        assert!(bots::build(&settings, &bot, &aws).is_ok());
    }
}
