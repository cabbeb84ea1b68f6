//! What the functions find: agents with their secrets, and conversations that have been going on for a while.
//!
//! Conversations are begun and continued by webhook-intake itself, a few of them; all others are copies under
//! other names, so that each is as the function leaves it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::aws::{Aws, Message};
use super::sparkcentral::Sparkcentral;
use super::webhook::{Requests, Text};
use crate::runtime::Function;

/// Answers in the webhook's response.
pub(super) const INLINE: &str = "shop";
/// Answers over REST.
pub(super) const QUEUED: &str = "desk";
const TABLE: &str = "sparkbridge-bench-conversations";
const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";
const TOKEN: &str = "bench-token-of-a-supervisor";
/// What the invocations get that begin conversations: their leases are over a second later.
const SHORT: Duration = Duration::from_secs(3);
/// When a lease of theirs is surely over.
const LEASE: Duration = Duration::from_millis(4_200);
/// What Lambda gives, as infra/template.yaml says.
const LIMITS: [(&str, u64); 7] = [
    ("webhook-intake", 10),
    ("bot-turn", 60),
    ("reply-sender", 60),
    ("handover", 30),
    ("conversation-api", 15),
    ("export-sync", 600),
    ("export-load", 600),
];

/// A conversation to be copied.
pub(super) struct Template {
    agent: &'static str,
    id: String,
    pub(super) items: usize,
}

pub(super) struct World {
    pub(super) aws: Aws,
    pub(super) sparkcentral: Sparkcentral,
    pub(super) requests: Requests,
    conversations: u32,
}

impl World {
    pub(super) async fn begin() -> Result<Self> {
        let world = Self {
            aws: Aws::start().await?,
            sparkcentral: Sparkcentral::start().await?,
            requests: Requests::new(SECRET, TOKEN),
            conversations: 0,
        };
        world.aws.make_table(TABLE);
        for (agent, mode) in [(INLINE, "inline"), (QUEUED, "queued")] {
            // As `sparkbridge agent add` writes them.
            let settings = json!({
                "region": "us",
                "api_base": world.sparkcentral.url,
                "mode": mode,
                "bot": {"kind": "script"},
            });
            let settings = settings.to_string();
            let item = [("pk", "AGENT"), ("sk", agent), ("body", &settings)];
            world.aws.put(TABLE, &item)?;
            let token = hex::encode(Sha256::digest(TOKEN));
            let secret = json!({
                "webhook_secret": SECRET,
                "client_id": "bench-client",
                "client_secret": "bench-secret",
                "api_tokens": [{"name": "bench", "sha256": token, "role": "supervisor"}],
            });
            let name = format!("sparkbridge/bench/agents/{agent}");
            world.aws.set_secret(&name, &secret.to_string());
        }
        Ok(world)
    }

    /// As infra/template.yaml sets it, and as Lambda does.
    pub(super) fn environment(&self) -> HashMap<&'static str, String> {
        let mut environment = HashMap::from([
            ("AWS_ENDPOINT_URL", self.aws.url.clone()),
            ("AWS_REGION", "eu-west-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", "ASIAXXXXXXXXXXXXXXXX".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "x".repeat(40)),
            // A role's token is signed and sent with every call.
            ("AWS_SESSION_TOKEN", "IQoJb3JpZ2luX2VjE".repeat(40)),
            ("NO_PROXY", "127.0.0.1".to_owned()),
            ("CONVERSATIONS_TABLE", TABLE.to_owned()),
            (
                "AGENT_SECRET_PREFIX",
                "sparkbridge/bench/agents/".to_owned(),
            ),
            ("LOG_LEVEL", "WARN".to_owned()),
            ("METRICS_NAMESPACE", "Sparkbridge/bench".to_owned()),
            // Of export-sync and export-load, which are only started here.
            ("LEDGER_TABLE", "sparkbridge-bench-ledger".to_owned()),
            ("LAKE_BUCKET", "sparkbridge-bench-lake".to_owned()),
            (
                "EXPORTS_SECRET_PREFIX",
                "sparkbridge/bench/exports/".to_owned(),
            ),
        ]);
        let queues = [
            ("TURNS_QUEUE_URL", "turns.fifo"),
            ("OUTBOUND_QUEUE_URL", "outbound.fifo"),
            ("HANDOVERS_QUEUE_URL", "handovers.fifo"),
            ("DEADLINES_QUEUE_URL", "deadlines"),
        ];
        environment.extend(queues.map(|(name, queue)| (name, queue_url(queue))));
        environment
    }

    pub(super) async fn start(&self, function: &str) -> Result<Function> {
        let limit = LIMITS.iter().find(|(name, _)| *name == function);
        let (_, seconds) = limit.context("there is no such function")?;
        Function::start(function, &self.environment(), Duration::from_secs(*seconds)).await
    }

    /// The messages of a queue.
    pub(super) fn take_messages(&self, queue: &str) -> Vec<Message> {
        self.aws.take_messages(&queue_url(queue))
    }

    /// Conversations with this many messages each, the last of them longer ago than any lease lasts.
    pub(super) async fn templates<const N: usize>(
        &mut self,
        wanted: [(&'static str, usize); N],
    ) -> Result<[Template; N]> {
        let mut intake = Function::start("webhook-intake", &self.environment(), SHORT).await?;
        let mut lease_over = Instant::now();
        let numbered: [_; N] =
            std::array::from_fn(|n| (wanted[n].0, wanted[n].1, format!("template{n}")));
        for (agent, messages, name) in &numbered {
            let id = conversation_id(name);
            let started = self.requests.started(agent, &id);
            answered(&intake.invoke(started).await?.body)?;
            for _ in 1..*messages {
                let message = self.requests.message(agent, &id, Text::Question);
                answered(&intake.invoke(message).await?.body)?;
            }
            lease_over = Instant::now() + LEASE;
            // What waits is carried out, so that the next message finds nothing in its way.
            self.carry_out().await?;
        }
        // The last message, and then the next one, come after the lease of the one before.
        tokio::time::sleep_until(lease_over.into()).await;
        for (agent, _, name) in &numbered {
            let message = self
                .requests
                .message(agent, &conversation_id(name), Text::Question);
            answered(&intake.invoke(message).await?.body)?;
            self.carry_out().await?;
        }
        tokio::time::sleep(LEASE).await;
        intake.end().await?;
        let aws = &self.aws;
        Ok(numbered.map(|(agent, _, name)| {
            let id = conversation_id(&name);
            // Copied to itself: how many items it has.
            let items = aws.copy_partition(TABLE, &partition(agent, &id), &name, &name);
            Template { agent, id, items }
        }))
    }

    /// Works the queues of turns and replies off.
    async fn carry_out(&mut self) -> Result<()> {
        for (queue, function) in [
            ("turns.fifo", "bot-turn"),
            ("outbound.fifo", "reply-sender"),
        ] {
            let messages = self.take_messages(queue);
            if messages.is_empty() {
                continue;
            }
            let mut function = self.start(function).await?;
            for message in messages {
                let answer = function.invoke(batch(&message)).await?;
                delivered(&answer.body)?;
            }
            function.end().await?;
        }
        self.take_messages("deadlines");
        Ok(())
    }

    /// Copies of a conversation; their ids.
    pub(super) fn copies(&mut self, of: &Template, number: usize) -> Result<Vec<String>> {
        let copy = |_| {
            self.conversations += 1;
            let id = conversation_id(&format!("{:08x}", self.conversations));
            self.renew(of, &id)?;
            Ok(id)
        };
        (0..number).map(copy).collect()
    }

    /// Makes a copy anew: as if nothing had been said in it since.
    pub(super) fn renew(&self, of: &Template, id: &str) -> Result<()> {
        let from = partition(of.agent, &of.id);
        let copied = self.aws.copy_partition(TABLE, &from, &of.id, id);
        ensure!(copied == of.items, "{copied} items, not {}", of.items);
        Ok(())
    }

    pub(super) fn forget(&self, of: &Template, ids: &[String]) {
        for id in ids {
            self.aws.remove_partition(TABLE, &partition(of.agent, id));
        }
    }
}

fn queue_url(queue: &str) -> String {
    format!("https://sqs.eu-west-1.amazonaws.com/000000000000/sparkbridge-bench-{queue}")
}

/// As long as Sparkcentral's.
fn conversation_id(name: &str) -> String {
    format!("01e639d0a57-000-{name}")
}

fn partition(agent: &str, conversation: &str) -> String {
    format!("{agent}#{conversation}")
}

/// The event of a queue with one message.
pub(super) fn batch(message: &Message) -> String {
    let mut attributes = json!({
        "ApproximateReceiveCount": "1",
        "SentTimestamp": "1763719200000",
        "SenderId": "AROAXXXXXXXXXXXXXXXXX:sparkbridge",
        "ApproximateFirstReceiveTimestamp": "1763719200010",
    });
    if let Some(group) = &message.group {
        attributes["MessageGroupId"] = group.as_str().into();
        attributes["SequenceNumber"] = "18849496460467696128".into();
    }
    let event = json!({"Records": [{
        "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
        "receiptHandle": "A".repeat(180),
        "body": message.body,
        "attributes": attributes,
        "messageAttributes": {},
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": format!("arn:aws:sqs:eu-west-1:000000000000:{}", message.queue),
        "awsRegion": "eu-west-1",
    }]});
    event.to_string()
}

/// A response of API Gateway's with 200 or 202; its body.
pub(super) fn answered(answer: &[u8]) -> Result<String> {
    let answer: Value = serde_json::from_slice(answer)?;
    let status = answer["statusCode"].as_u64().unwrap_or_default();
    ensure!(matches!(status, 200 | 202), "not answered: {answer}");
    Ok(answer["body"].as_str().unwrap_or_default().to_owned())
}

/// A batch of which nothing failed.
pub(super) fn delivered(answer: &[u8]) -> Result<()> {
    let answer: Value = serde_json::from_slice(answer)?;
    ensure!(answer["batchItemFailures"] == json!([]), "failed: {answer}");
    Ok(())
}
