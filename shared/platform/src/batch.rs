//! Batches of a queue, with partial responses.
//!
//! Groups of a FIFO queue (conversations) run side by side, messages of one group one after another; a group stops
//! at its first failure, because what follows must not overtake what failed. Each record's body is
//! parsed on its own: one that can't be parsed fails alone and ends in the dead-letter queue.

use std::collections::HashMap;
use std::time::Duration;

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use conversation::QueueMessage;
use futures::stream::{self, StreamExt};

use crate::Platform;
use crate::agents::Agent;
use crate::queues::QueueOf;
use crate::record::Unfinished;
use telemetry::Causes;

/// Conversations of one batch worked on at once.
const GROUPS_AT_ONCE: usize = 10;

/// One message to work on.
#[derive(Clone, Debug)]
pub struct Work {
    /// What to do.
    pub message: QueueMessage,
    /// How often the message was received, this time included; 1 at first.
    pub received: u32,
}

/// Asks for the message again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Not before this much time.
    pub after: Duration,
}

impl Retry {
    /// Doubling from one second, at most a minute: 1, 2, 4 … seconds for the 1st, 2nd, 3rd attempt.
    pub fn backed_off(received: u32) -> Self {
        let doublings = received.saturating_sub(1).min(6);
        Self {
            after: Duration::from_secs((1_u64 << doublings).min(60)),
        }
    }
}

/// Work that is not done: what it is called in metrics, and when to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed {
    /// What became of the work: a small fixed set of words per function.
    pub outcome: &'static str,
    /// When to try again.
    pub retry: Retry,
}

impl Failed {
    /// Logs the cause; the work is tried again, later each time.
    pub fn because(outcome: &'static str, work: &Work, error: &dyn std::error::Error) -> Self {
        tracing::error!(outcome, error = %Causes(error), "work put back into its queue");
        Self {
            outcome,
            retry: Retry::backed_off(work.received),
        }
    }

    /// The message is for another queue's function: it ends in the dead-letter queue.
    pub fn misrouted(work: &Work) -> Self {
        tracing::error!(kind = ?work.message.work, "message in the wrong queue");
        Self {
            outcome: "misrouted",
            retry: Retry::backed_off(work.received),
        }
    }
}

impl Platform {
    /// The agent that work is for, named in the work's record.
    pub async fn agent_of(&self, work: &Work, record: &mut Unfinished) -> Result<Agent, Failed> {
        let agent = self.agents.agent(&work.message.agent).await;
        let agent = agent.map_err(|error| Failed::because("agent_unavailable", work, &error))?;
        record.agent.clone_from(&agent.name);
        Ok(agent)
    }
}

/// Works through a batch and answers with the messages to deliver again. `act` says what became of
/// one piece of work, which is then recorded.
pub async fn run_batch<F>(
    platform: &Platform,
    queue: QueueOf,
    event: SqsEvent,
    act: F,
) -> SqsBatchResponse
where
    F: AsyncFn(&Work, &mut Unfinished) -> Result<&'static str, Failed>,
{
    let act = &act;
    let failed: Vec<Unfinishable> = stream::iter(groups(event.records))
        .map(|group| run_group(platform, group, act))
        .buffer_unordered(GROUPS_AT_ONCE)
        .concat()
        .await;

    // A group is delivered again only when all its messages are visible: hide them for the same time.
    for message in &failed {
        let seconds = i32::try_from(message.retry.after.as_secs()).unwrap_or(60);
        if let Some(handle) = &message.receipt_handle
            && let Err(error) = platform.queues.hide(queue, handle, seconds).await
        {
            // Harmless: the message comes back after the queue's own visibility timeout.
            tracing::warn!(message_id = message.id, error = %Causes(&error), "could not shorten a retry's wait");
        }
    }
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failed
        .into_iter()
        .map(|message| {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = message.id;
            failure
        })
        .collect();
    response
}

/// A message to be delivered again.
struct Unfinishable {
    id: String,
    retry: Retry,
    receipt_handle: Option<String>,
}

async fn run_group<F>(platform: &Platform, group: Vec<SqsMessage>, act: &F) -> Vec<Unfinishable>
where
    F: AsyncFn(&Work, &mut Unfinished) -> Result<&'static str, Failed>,
{
    let mut failed = Vec::new();
    let mut stopped: Option<Retry> = None;
    for message in group {
        let outcome = match stopped {
            Some(retry) => Err(retry),
            None => run_one(platform, &message, act).await,
        };
        if let Err(retry) = outcome {
            stopped = Some(retry);
            let id = message.message_id.unwrap_or_default();
            failed.push(Unfinishable {
                id,
                retry,
                receipt_handle: message.receipt_handle,
            });
        }
    }
    failed
}

async fn run_one<F>(platform: &Platform, message: &SqsMessage, act: &F) -> Result<(), Retry>
where
    F: AsyncFn(&Work, &mut Unfinished) -> Result<&'static str, Failed>,
{
    let received = message
        .attributes
        .get("ApproximateReceiveCount")
        .and_then(|count| count.parse().ok())
        .unwrap_or(1);
    let work = match QueueMessage::parse(message.body.as_deref().unwrap_or_default()) {
        Ok(message) => Work { message, received },
        Err(error) => {
            // Trying again can't help; the queue moves it to its dead-letter queue, bytes intact.
            tracing::error!(
                message_id = message.message_id,
                %error,
                "queue message not understood, left to the dead-letter queue"
            );
            return Err(Retry {
                after: Duration::from_secs(1),
            });
        }
    };
    let mut record = platform.telemetry.begin();
    record.conversation = Some(work.message.conversation_id.clone());
    record.attempt = Some(received.to_string());
    match act(&work, &mut record).await {
        Ok(outcome) => {
            record.finish(outcome);
            Ok(())
        }
        Err(failed) => {
            record.finish(failed.outcome);
            Err(failed.retry)
        }
    }
}

/// Records by message group, order kept. A message of a queue without groups waits for no other.
fn groups(records: Vec<SqsMessage>) -> Vec<Vec<SqsMessage>> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<Vec<SqsMessage>> = Vec::new();
    for record in records {
        let group = record
            .attributes
            .get("MessageGroupId")
            .or(record.message_id.as_ref())
            .cloned()
            .unwrap_or_default();
        let place = *places.entry(group).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[place].push(record);
    }
    groups
}
