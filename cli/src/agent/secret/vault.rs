//! The secret in Secrets Manager, and its versions.

use anyhow::{Context, Result};
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretError;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use aws_sdk_secretsmanager::primitives::DateTime;
use time::OffsetDateTime;

use super::Stored;
use crate::place::Place;

/// Days in which a deleted secret can be restored: the least that Secrets Manager allows.
pub(crate) const RECOVERY_DAYS: i64 = 7;

/// One agent's secret.
pub(crate) struct Vault {
    client: Client,
    name: String,
}

/// What is there.
#[derive(Debug)]
pub(crate) enum Found {
    /// No such secret.
    Nothing,
    /// Deleted, and restorable for some days.
    Deleted,
    /// The secret.
    Here(Box<Versions>),
}

/// The versions that are good.
#[derive(Debug)]
pub(crate) struct Versions {
    /// AWSCURRENT.
    pub(crate) current: Version,
    /// AWSPREVIOUS.
    pub(crate) previous: Option<Version>,
}

/// One version.
#[derive(Debug)]
pub(crate) struct Version {
    /// When it was made.
    pub(crate) created: Option<OffsetDateTime>,
    /// What it has.
    pub(crate) stored: Stored,
}

impl Vault {
    /// No call is made yet.
    pub(crate) fn of(place: &Place, agent: &str) -> Self {
        Self {
            client: Client::new(place.aws()),
            name: place.agent_secret(agent),
        }
    }

    /// The secret's name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What is there.
    pub(crate) async fn find(&self) -> Result<Found> {
        let described = self
            .client
            .describe_secret()
            .secret_id(&self.name)
            .send()
            .await;
        let described = match described {
            Ok(described) => described,
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DescribeSecretError::is_resource_not_found_exception) =>
            {
                return Ok(Found::Nothing);
            }
            Err(error) => {
                return Err(error).with_context(|| format!("looking at secret {}", self.name));
            }
        };
        if described.deleted_date().is_some() {
            return Ok(Found::Deleted);
        }
        let Some(current) = self.version("AWSCURRENT").await? else {
            return Ok(Found::Nothing);
        };
        let previous = self.version("AWSPREVIOUS").await?;
        Ok(Found::Here(Box::new(Versions { current, previous })))
    }

    async fn version(&self, stage: &str) -> Result<Option<Version>> {
        let got = self
            .client
            .get_secret_value()
            .secret_id(&self.name)
            .version_stage(stage);
        let got = match got.send().await {
            Ok(got) => got,
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetSecretValueError::is_resource_not_found_exception) =>
            {
                return Ok(None);
            }
            Err(error) => {
                return Err(error).with_context(|| format!("reading secret {}", self.name));
            }
        };
        let stored = Stored::of(got.secret_string().unwrap_or_default())
            .with_context(|| format!("secret {}, version {stage}", self.name))?;
        Ok(Some(Version {
            created: got.created_date().and_then(moment),
            stored,
        }))
    }

    /// Makes a new version the current one; the one before stays good as the previous.
    pub(crate) async fn put(&self, secret: &Stored) -> Result<()> {
        let put = self.client.put_secret_value().secret_id(&self.name);
        let put = put.secret_string(secret.json()).send().await;
        put.map(drop)
            .with_context(|| format!("saving secret {}", self.name))
    }

    /// The secret of a new agent, whatever was left of one of that name: of that nothing stays good.
    pub(crate) async fn begin(&self, found: &Found, secret: &Stored) -> Result<()> {
        match found {
            Found::Nothing => return self.create(secret).await,
            Found::Deleted => {
                let restored = self
                    .client
                    .restore_secret()
                    .secret_id(&self.name)
                    .send()
                    .await;
                restored.with_context(|| format!("restoring secret {}", self.name))?;
            }
            Found::Here(_) => {}
        }
        self.put(secret).await?;
        self.put(secret).await
    }

    async fn create(&self, secret: &Stored) -> Result<()> {
        self.client
            .create_secret()
            .name(&self.name)
            .description("Sparkbridge: secrets of one agent")
            .secret_string(secret.json())
            .send()
            .await
            .map(drop)
            .with_context(|| format!("creating secret {}", self.name))
    }

    /// Deletes the secret; until the moment returned it can be restored.
    pub(crate) async fn delete(&self) -> Result<Option<OffsetDateTime>> {
        let deleted = self
            .client
            .delete_secret()
            .secret_id(&self.name)
            .recovery_window_in_days(RECOVERY_DAYS)
            .send()
            .await
            .with_context(|| format!("deleting secret {}", self.name))?;
        Ok(deleted.deletion_date().and_then(moment))
    }
}

fn moment(date: &DateTime) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(date.secs()).ok()
}
