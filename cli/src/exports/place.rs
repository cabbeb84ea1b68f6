//! Where a stage is: the names that infra/exports.yaml gives, and clients for them.

use anyhow::{Context, Result, ensure};
use aws_config::SdkConfig;
use exports::Settings;
use lake::{Config, Lake, Ledger, Secrets, Services};

/// A stage in the account and region that the environment leads to.
pub(crate) struct Place {
    stage: String,
    region: String,
    aws: SdkConfig,
}

impl Place {
    /// Reads the environment. No call is made yet.
    pub(crate) async fn of(stage: &str) -> Result<Self> {
        let aws = aws_config::load_from_env().await;
        ensure!(
            aws.endpoint_url() != Some(""),
            "AWS_ENDPOINT_URL is set and empty: unset it"
        );
        let region = aws.region().context(
            "no AWS region is set: set AWS_REGION, or AWS_PROFILE to a profile with one",
        )?;
        Ok(Self {
            stage: stage.to_owned(),
            region: region.to_string(),
            aws,
        })
    }

    pub(crate) fn aws(&self) -> &SdkConfig {
        &self.aws
    }

    pub(crate) fn stage(&self) -> &str {
        &self.stage
    }

    pub(crate) fn ledger(&self) -> Ledger {
        self.services("").ledger
    }

    pub(crate) fn secrets(&self) -> Secrets {
        self.services("").secrets
    }

    /// The bucket's name holds the account: one call finds it out.
    pub(crate) async fn lake(&self) -> Result<Lake> {
        let identity = aws_sdk_sts::Client::new(&self.aws)
            .get_caller_identity()
            .send()
            .await
            .context("finding the AWS account out; are credentials set (AWS_PROFILE)?")?;
        let account = identity.account.unwrap_or_default();
        Ok(self.services(&account).lake)
    }

    fn services(&self, account: &str) -> Services {
        let config = Config::of_stage(&self.stage, account, &self.region);
        Services::new(&self.aws, config)
    }

    /// The function `export-sync` or `export-load`.
    pub(crate) fn function(&self, name: &str) -> String {
        format!("sparkbridge-{}-{name}", self.stage)
    }

    /// The queue that S3 tells of new files.
    pub(crate) fn landed_queue(&self) -> String {
        format!("sparkbridge-{}-landed", self.stage)
    }

    pub(crate) fn workgroup(&self) -> String {
        format!("sparkbridge-{}", self.stage)
    }

    pub(crate) fn database(&self) -> String {
        format!("sparkbridge_{}", self.stage.replace('-', "_"))
    }

    pub(crate) fn conversations_table(&self) -> String {
        format!("sparkbridge-{}-conversations", self.stage)
    }

    /// What the operator set; `None` before `configure`.
    pub(crate) async fn settings(&self) -> Result<Option<Settings>> {
        let settings = self.ledger().settings().await;
        settings.with_context(|| {
            format!(
                "reading the settings from sparkbridge-{stage}-exports; is stage {stage} deployed?",
                stage = self.stage
            )
        })
    }

    /// What the operator set, for commands that need it.
    pub(crate) async fn configured(&self) -> Result<Settings> {
        self.settings().await?.context(
            "no SFTP server is configured: `sparkbridge exports configure --file exports.toml`",
        )
    }
}
