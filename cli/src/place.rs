//! Where a stage is: the names that the templates in infra/ give, and clients for them.

use std::collections::BTreeMap;
use std::env;
use std::sync::OnceLock;

use anyhow::{Context, Result, ensure};
use aws_config::SdkConfig;
use aws_types::os_shim_internal::{Env, Fs};
use exports::Settings;
use lake::{Config, Lake, Ledger, Secrets, Services};
use platform::Store;

use crate::failure::{NO_REGION, Surroundings};

/// The base of the HTTP API, where it is not what the stack's output says: a domain of one's own, or
/// the emulator.
const API_URL: &str = "SPARKBRIDGE_API_URL";

/// Where the command was sent, for whoever has to tell why it failed.
static SENT_TO: OnceLock<Surroundings> = OnceLock::new();

/// Where the command was sent, as far as it got.
pub(crate) fn surroundings(stage: &str) -> Surroundings {
    let known = SENT_TO.get().cloned();
    known.unwrap_or_else(|| Surroundings {
        stage: stage.to_owned(),
        region: set("AWS_REGION"),
        endpoint: set("AWS_ENDPOINT_URL"),
        profile: set("AWS_PROFILE"),
    })
}

fn set(variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|value| !value.is_empty())
}

/// A stage in the account and region that the environment leads to.
pub(crate) struct Place {
    stage: String,
    region: String,
    aws: SdkConfig,
}

impl Place {
    /// Reads the environment. No call is made yet.
    pub(crate) async fn of(stage: &str) -> Result<Self> {
        // The AWS library panics at it.
        let endpoint = env::var("AWS_ENDPOINT_URL");
        ensure!(
            endpoint.as_deref() != Ok(""),
            "AWS_ENDPOINT_URL is set and empty: unset it"
        );
        check_profile().await?;
        let aws = aws_config::load_from_env().await;
        let region = aws.region().context(NO_REGION)?;
        // The first place stands: there is one stage per run.
        let _ = SENT_TO.set(Surroundings {
            stage: stage.to_owned(),
            region: Some(region.to_string()),
            // A variable that is no URL is passed over there.
            endpoint: set("AWS_ENDPOINT_URL").or_else(|| aws.endpoint_url().map(str::to_owned)),
            profile: set("AWS_PROFILE"),
        });
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

    pub(crate) fn region(&self) -> &str {
        &self.region
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
            .context("finding the AWS account out")?;
        let account = identity.account.unwrap_or_default();
        Ok(self.services(&account).lake)
    }

    fn services(&self, account: &str) -> Services {
        let config = Config::of_stage(&self.stage, account, &self.region);
        Services::new(&self.aws, config)
    }

    /// Conversations, agents' settings, channels.
    pub(crate) fn store(&self) -> Store {
        let client = aws_sdk_dynamodb::Client::new(&self.aws);
        Store::new(client, self.conversations_table())
    }

    /// Name of an agent's secret.
    pub(crate) fn agent_secret(&self, agent: &str) -> String {
        format!("sparkbridge/{}/agents/{agent}", self.stage)
    }

    /// The stack of infra/template.yaml.
    pub(crate) fn stack(&self) -> String {
        format!("sparkbridge-{}", self.stage)
    }

    /// The base of the HTTP API, without a slash at its end.
    pub(crate) async fn api_url(&self) -> Result<String> {
        if let Some(url) = set(API_URL) {
            return Ok(url.trim_end_matches('/').to_owned());
        }
        let name = self.stack();
        let outputs = self.outputs().await?;
        let url = outputs.get("ApiUrl");
        let url =
            url.with_context(|| format!("stack {name} has no output ApiUrl; set {API_URL}"))?;
        Ok(url.trim_end_matches('/').to_owned())
    }

    /// What the stack of infra/template.yaml tells, by name.
    pub(crate) async fn outputs(&self) -> Result<BTreeMap<String, String>> {
        let name = self.stack();
        let stacks = aws_sdk_cloudformation::Client::new(&self.aws)
            .describe_stacks()
            .stack_name(&name)
            .send()
            .await
            .with_context(|| format!("reading the outputs of stack {name}"))?;
        let outputs = stacks.stacks().iter().flat_map(|stack| stack.outputs());
        let outputs = outputs.filter_map(|output| {
            Some((
                output.output_key()?.to_owned(),
                output.output_value()?.to_owned(),
            ))
        });
        Ok(outputs.collect())
    }

    /// What to enter in Sparkcentral for an agent.
    pub(crate) async fn webhook_url(&self, agent: &str) -> Result<String> {
        Ok(format!("{}/webhooks/{agent}", self.api_url().await?))
    }

    /// Lambda's name of one of our functions.
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
            let stage = &self.stage;
            format!("reading the settings from sparkbridge-{stage}-exports")
        })
    }

    /// What the operator set, for commands that need it.
    pub(crate) async fn configured(&self) -> Result<Settings> {
        self.settings().await?.context(
            "no SFTP server is configured: `sparkbridge exports configure --file exports.toml`",
        )
    }
}

/// A profile that isn't there would be passed over in silence, for whatever credentials come next. Where
/// credentials are given directly, it isn't used.
async fn check_profile() -> Result<()> {
    let (Some(profile), None) = (set("AWS_PROFILE"), set("AWS_ACCESS_KEY_ID")) else {
        return Ok(());
    };
    let files = Default::default();
    let profiles = aws_config::profile::load(&Fs::real(), &Env::real(), &files, None).await;
    let profiles = profiles.context("reading AWS's profiles, ~/.aws/config")?;
    ensure!(
        profiles.get_profile(&profile).is_some(),
        "AWS_PROFILE is {profile}, and there is no such profile in ~/.aws/config: \
         `aws configure list-profiles` tells which there are"
    );
    Ok(())
}
