//! The operator's secret file. Messages name fields and places, never values.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

/// Bytes of the key of hashed columns, at least.
const HASH_KEY: usize = 32;

/// What the file gives, checked.
pub(crate) struct Given {
    /// How to log in, as it is stored.
    pub(crate) credential: Option<Value>,
    pub(crate) hash_key: Option<Vec<u8>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretFile {
    password: Option<SecretString>,
    private_key: Option<SecretString>,
    passphrase: Option<SecretString>,
    hash_key: Option<SecretString>,
}

/// Reads and checks the file.
pub(crate) fn read(file: &Path) -> Result<Given> {
    let shown = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {shown}"))?;
    parse(&text).with_context(|| format!("secrets in {shown}; see docs/exports.md"))
}

fn parse(text: &str) -> Result<Given> {
    let file: SecretFile = serde_json::from_str(text).map_err(|error| {
        // Of serde's messages only those that name a field: others quote the value.
        let what = error.to_string();
        let named = what.starts_with("unknown field") || what.starts_with("duplicate field");
        let what = match named {
            // Without the place, which comes first here.
            true => what.split(" at line ").next().unwrap_or_default(),
            false => "not the expected JSON",
        };
        anyhow!("line {}, column {}: {what}", error.line(), error.column())
    })?;
    let hash_key = file.hash_key.as_ref().map(hash_key).transpose()?;
    let credential = match (&file.password, &file.private_key, &file.passphrase) {
        (Some(_), Some(_), _) => bail!("give either password or private_key"),
        (Some(_), None, Some(_)) => bail!("passphrase belongs to private_key"),
        (Some(password), None, None) => {
            if password.expose_secret().is_empty() {
                bail!("password is empty");
            }
            Some(json!({ "password": password.expose_secret() }))
        }
        (None, Some(key), passphrase) => {
            if !key.expose_secret().trim_start().starts_with("-----BEGIN ") {
                bail!("private_key is neither OpenSSH nor PEM: give the text of the whole file");
            }
            let mut stored = json!({ "private_key": key.expose_secret() });
            if let Some(passphrase) = passphrase {
                stored["passphrase"] = passphrase.expose_secret().into();
            }
            Some(stored)
        }
        (None, None, Some(_)) => bail!("passphrase belongs to private_key: give that too"),
        (None, None, None) if hash_key.is_none() => bail!("give password or private_key"),
        (None, None, None) => None,
    };
    Ok(Given {
        credential,
        hash_key,
    })
}

fn hash_key(key: &SecretString) -> Result<Vec<u8>> {
    match hex::decode(key.expose_secret().trim()) {
        Ok(key) if key.len() >= HASH_KEY => Ok(key),
        _ => bail!("hash_key must be at least {HASH_KEY} bytes in hex: 64 digits of 0-9 and a-f"),
    }
}

/// A key of hashed columns that nobody knows.
pub(crate) fn new_hash_key() -> Result<Vec<u8>> {
    let mut key = vec![0; HASH_KEY];
    getrandom::fill(&mut key).context("the operating system gives no random bytes")?;
    Ok(key)
}

/// The secret as it is stored.
pub(crate) fn stored_hash_key(key: &[u8]) -> Value {
    json!({ "key": hex::encode(key) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_or_a_key_is_taken_with_or_without_the_hash_key() {
        let password = parse(r#"{"password":"p"}"#).unwrap();
        assert_eq!(password.credential, Some(json!({"password": "p"})));
        assert!(password.hash_key.is_none());
        let key = format!(
            r#"{{"private_key":"-----BEGIN X-----\n","passphrase":"q","hash_key":" {} "}}"#,
            "AB".repeat(32)
        );
        let key = parse(&key).unwrap();
        assert_eq!(
            key.credential,
            Some(json!({"private_key": "-----BEGIN X-----\n", "passphrase": "q"}))
        );
        assert_eq!(key.hash_key, Some(vec![0xab; 32]));
        let alone = parse(&format!(r#"{{"hash_key":"{}"}}"#, "00".repeat(33))).unwrap();
        assert_eq!(alone.credential, None);
    }

    #[test]
    fn no_refusal_quotes_a_value() {
        let cases = [
            (r#"{"password":"hunter2","passwort":"hunter2"}"#, "passwort"),
            (r#"{"password":["hunter2"]}"#, "not the expected JSON"),
            (r#"{"password":"hunter2","password":"x"}"#, "duplicate"),
            (r#""hunter2""#, "not the expected JSON"),
            (
                r#"{"password":"hunter2","private_key":"hunter2"}"#,
                "either",
            ),
            (
                r#"{"password":"hunter2","passphrase":"hunter2"}"#,
                "belongs to private_key",
            ),
            (r#"{"passphrase":"hunter2"}"#, "belongs to private_key"),
            (r#"{"private_key":"hunter2"}"#, "OpenSSH"),
            (r#"{"password":"p","hash_key":"hunter2"}"#, "32 bytes"),
            (r#"{"password":""}"#, "empty"),
            ("{}", "password or private_key"),
        ];
        for (text, expected) in cases {
            let said = format!("{:#}", parse(text).err().unwrap());
            assert!(said.contains(expected), "{expected} is not in {said}");
            assert!(!said.contains("hunter2"), "{said}");
        }
    }

    #[test]
    fn a_new_key_is_long_enough_and_another_each_time() {
        let (one, two) = (new_hash_key().unwrap(), new_hash_key().unwrap());
        assert_eq!(one.len(), HASH_KEY);
        assert_ne!(one, two);
        assert_eq!(stored_hash_key(&[1, 255]), json!({"key": "01ff"}));
    }
}
