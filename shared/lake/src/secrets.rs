//! The two secrets of the exports: how to log in, and what hashes columns.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::BoxError;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// Access to the secrets `{prefix}sftp` and `{prefix}hash-key`.
#[derive(Clone, Debug)]
pub struct Secrets {
    client: Client,
    prefix: String,
}

/// How to log in to the SFTP server.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Credential {
    /// The password shown once when the FTP user was made.
    Password {
        /// The password.
        password: SecretString,
    },
    /// A private key.
    Key {
        /// OpenSSH or PEM.
        private_key: SecretString,
        /// Of the key.
        #[serde(default)]
        passphrase: Option<SecretString>,
    },
}

#[derive(Deserialize)]
struct HashKey {
    key: SecretString,
}

/// A secret that can't be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager refused or did not answer, or has no such secret.
    #[error(
        "Secrets Manager did not give out secret {name}; `sparkbridge exports configure` sets it"
    )]
    Aws {
        /// Name of the secret.
        name: String,
        /// The cause.
        #[source]
        source: BoxError,
    },
    /// The secret is not what it must be. Its content is not shown.
    #[error("secret {name} must be a JSON object with {wanted}")]
    Shape {
        /// Name of the secret.
        name: String,
        /// What it must hold.
        wanted: &'static str,
    },
}

impl SecretError {
    /// Whether there is no such secret.
    pub fn is_absent(&self) -> bool {
        use aws_sdk_secretsmanager::error::SdkError;
        use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
        let Self::Aws { source, .. } = self else {
            return false;
        };
        source
            .downcast_ref::<SdkError<GetSecretValueError>>()
            .and_then(SdkError::as_service_error)
            .is_some_and(GetSecretValueError::is_resource_not_found_exception)
    }
}

impl Secrets {
    /// Secrets whose names begin with `prefix`.
    pub fn new(client: Client, prefix: String) -> Self {
        Self { client, prefix }
    }

    /// How to log in to the SFTP server, as it is now: a password can be rotated at any time.
    pub async fn credential(&self) -> Result<Credential, SecretError> {
        self.read("sftp", "password, or private_key and passphrase")
            .await
    }

    /// The key of hashed columns.
    pub async fn hash_key(&self) -> Result<Vec<u8>, SecretError> {
        use secrecy::ExposeSecret;
        let wanted = "key, at least 32 bytes in hex";
        let HashKey { key } = self.read("hash-key", wanted).await?;
        match hex::decode(key.expose_secret()) {
            Ok(key) if key.len() >= 32 => Ok(key),
            _ => Err(SecretError::Shape {
                name: format!("{}hash-key", self.prefix),
                wanted,
            }),
        }
    }

    /// Saves a secret, new or in place of the one there is.
    pub async fn put(&self, name: &str, value: &serde_json::Value) -> Result<(), SecretError> {
        let name = format!("{}{name}", self.prefix);
        let put = self.client.put_secret_value();
        let put = put
            .secret_id(&name)
            .secret_string(value.to_string())
            .send()
            .await;
        let Err(error) = put else {
            return Ok(());
        };
        let missing = error
            .as_service_error()
            .is_some_and(|error| error.is_resource_not_found_exception());
        let result = if missing {
            let create = self.client.create_secret().name(&name);
            let create = create.description("Sparkbridge: the exports");
            let created = create.secret_string(value.to_string()).send().await;
            created.map(drop).map_err(BoxError::from)
        } else {
            Err(error.into())
        };
        result.map_err(|source| SecretError::Aws { name, source })
    }

    async fn read<T: DeserializeOwned>(
        &self,
        name: &str,
        wanted: &'static str,
    ) -> Result<T, SecretError> {
        let name = format!("{}{name}", self.prefix);
        let get = self.client.get_secret_value().secret_id(&name);
        match get.send().await {
            Ok(output) => serde_json::from_str(output.secret_string().unwrap_or_default())
                .map_err(|_| SecretError::Shape { name, wanted }),
            Err(error) => Err(SecretError::Aws {
                name,
                source: error.into(),
            }),
        }
    }
}
