//! The functions as they were deployed, taken over from the emulator.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, Result, bail};
use aws_sdk_sqs::types::QueueAttributeName;
use local_stack::StackInfo;
use reqwest::Method;
use serde_json::Value;

use crate::lambda::{Made, Mapping};

/// The functions, by their crates' names.
pub(crate) const FUNCTIONS: [&str; 7] = [
    "bot-turn",
    "conversation-api",
    "export-load",
    "export-sync",
    "handover",
    "reply-sender",
    "webhook-intake",
];

/// Queue, function, processes of the function, batches at once.
pub(crate) const FED: [(&str, &str, usize); 5] = [
    ("turns.fifo", "bot-turn", 5),
    ("outbound.fifo", "reply-sender", 4),
    ("handovers.fifo", "handover", 2),
    ("deadlines", "handover", 2),
    ("landed", "export-load", 2),
];

/// Shorter than what is deployed, so that what a kill leaves behind is taken up within a run: a message comes
/// again after this, and a dead function's leases end soon after.
const VISIBILITY_SECS: u32 = 25;
/// The time a function has, where the deployed one is longer. reply-sender begins nothing with less than 45 s.
const LIMITS: [(&str, u64); 2] = [("reply-sender", 50), ("bot-turn", 30)];

/// The emulator's Lambda. AWS's own client for it can't read numbers that CloudFormation gave as texts.
struct Lambda {
    http: reqwest::Client,
    url: String,
    region: String,
}

impl Lambda {
    async fn ask(&self, method: Method, path: &str) -> Result<Value> {
        // The emulator asks who it is, and takes any signature.
        let who = format!(
            "AWS4-HMAC-SHA256 Credential=test/20260101/{}/lambda/aws4_request, SignedHeaders=host, Signature=0",
            self.region
        );
        let answer = self
            .http
            .request(method, format!("{}/{path}", self.url))
            .header("authorization", who)
            .send()
            .await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            bail!("the emulator's Lambda: {path}: {status} {text}");
        }
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }
}

/// Takes the deployed functions over from the emulator: it feeds them no more, and they run here with the
/// environment they were deployed with.
pub(crate) async fn take_over(stage: &str, aws_url: &str, stack: &StackInfo) -> Result<Vec<Made>> {
    let lambda = Lambda {
        http: reqwest::Client::builder().no_proxy().build()?,
        url: format!("{}/2015-03-31", stack.aws.endpoint_url),
        region: stack.aws.region.clone(),
    };
    let mut made = Vec::new();
    for name in FUNCTIONS {
        let deployed = format!("sparkbridge-{stage}-{name}");
        let sources = format!("event-source-mappings/?FunctionName={deployed}");
        let sources = lambda.ask(Method::GET, &sources).await?;
        for source in sources["EventSourceMappings"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let id = source["UUID"].as_str().unwrap_or_default();
            lambda
                .ask(Method::DELETE, &format!("event-source-mappings/{id}"))
                .await?;
        }
        let told = lambda
            .ask(Method::GET, &format!("functions/{deployed}/configuration"))
            .await?;
        let mut environment: Vec<(String, String)> = told["Environment"]["Variables"]
            .as_object()
            .with_context(|| format!("{deployed} has no environment"))?
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect();
        environment.extend(
            stack
                .aws
                .environment()
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        environment.push(("AWS_ENDPOINT_URL".into(), aws_url.to_owned()));
        let short = LIMITS.iter().find(|(of, _)| *of == name);
        let deployed_secs = told["Timeout"].as_u64().unwrap_or(60);
        let secs = short.map_or(deployed_secs, |(_, secs)| (*secs).min(deployed_secs));
        made.push(Made {
            name: name.into(),
            executable: executable(name)?,
            environment,
            limit: Duration::from_secs(secs),
            at_once: at_once(name),
        });
    }
    Ok(made)
}

/// Processes of a function.
fn at_once(function: &str) -> usize {
    let batches: usize = FED
        .iter()
        .filter(|(_, fed, _)| *fed == function)
        .map(|(_, _, batches)| batches)
        .sum();
    match function {
        "webhook-intake" => 12,
        "conversation-api" => 4,
        _ => batches.max(1),
    }
}

pub(crate) async fn mapped(
    sqs: &aws_sdk_sqs::Client,
    stage: &str,
    queue: &str,
    function: &str,
    at_once: usize,
) -> Result<Mapping> {
    let url = sqs
        .get_queue_url()
        .queue_name(format!("sparkbridge-{stage}-{queue}"))
        .send()
        .await
        .with_context(|| format!("there is no queue {queue}"))?;
    let queue_url = url.queue_url().unwrap_or_default().to_owned();
    sqs.set_queue_attributes()
        .queue_url(&queue_url)
        .attributes(
            QueueAttributeName::VisibilityTimeout,
            VISIBILITY_SECS.to_string(),
        )
        .send()
        .await?;
    let told = sqs
        .get_queue_attributes()
        .queue_url(&queue_url)
        .attribute_names(QueueAttributeName::QueueArn)
        .send()
        .await?;
    let arn = told
        .attributes()
        .and_then(|all| all.get(&QueueAttributeName::QueueArn));
    Ok(Mapping {
        function: function.into(),
        queue_arn: arn.cloned().unwrap_or_default(),
        queue_url,
        at_once,
    })
}

/// An executable of the workspace, as built beside the running one (which may be a test in `deps/`).
fn executable(name: &str) -> Result<PathBuf> {
    let current = std::env::current_exe()?;
    current
        .ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
        .with_context(|| format!("{name} is not built: run `make build`"))
}
