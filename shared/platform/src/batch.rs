//! Batches of a FIFO queue, with partial responses.
//!
//! Groups (conversations) run side by side, messages of one group one after another; a group stops
//! at its first failure, because what follows must not overtake what failed. Each record's body is
//! parsed on its own: one that can't be parsed fails alone and ends in the dead-letter queue.

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use conversation::QueueMessage;
use futures::stream::{self, StreamExt};

use crate::queues::{QueueOf, Queues};

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

/// Works through a batch and answers with the messages to deliver again.
pub async fn run_batch<F, Fut>(
    queues: &Queues,
    queue: QueueOf,
    event: SqsEvent,
    act: F,
) -> SqsBatchResponse
where
    F: Fn(Work) -> Fut,
    Fut: Future<Output = Result<(), Retry>>,
{
    let mut failed: Vec<(String, Retry, Option<String>)> = stream::iter(groups(event.records))
        .map(|group| run_group(group, &act))
        .buffer_unordered(GROUPS_AT_ONCE)
        .concat()
        .await;

    // A group is delivered again only when all its messages are visible: hide them for the same time.
    for (id, retry, handle) in &failed {
        let seconds = i32::try_from(retry.after.as_secs()).unwrap_or(60);
        if let Some(handle) = handle
            && let Err(error) = queues.hide(queue, handle, seconds).await
        {
            // Harmless: the message comes back after the queue's own visibility timeout.
            tracing::warn!(message_id = id, %error, "could not shorten a retry's wait");
        }
    }
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failed
        .drain(..)
        .map(|(id, ..)| {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            failure
        })
        .collect();
    response
}

type Failed = Vec<(String, Retry, Option<String>)>;

async fn run_group<F, Fut>(group: Vec<SqsMessage>, act: &F) -> Failed
where
    F: Fn(Work) -> Fut,
    Fut: Future<Output = Result<(), Retry>>,
{
    let mut failed = Failed::new();
    let mut stopped: Option<Retry> = None;
    for record in group {
        let id = record.message_id.clone().unwrap_or_default();
        let outcome = match stopped {
            Some(retry) => Err(retry),
            None => run_one(&record, act).await,
        };
        if let Err(retry) = outcome {
            stopped = Some(retry);
            failed.push((id, retry, record.receipt_handle));
        }
    }
    failed
}

async fn run_one<F, Fut>(record: &SqsMessage, act: &F) -> Result<(), Retry>
where
    F: Fn(Work) -> Fut,
    Fut: Future<Output = Result<(), Retry>>,
{
    let received = record
        .attributes
        .get("ApproximateReceiveCount")
        .and_then(|count| count.parse().ok())
        .unwrap_or(1);
    match QueueMessage::parse(record.body.as_deref().unwrap_or_default()) {
        Ok(message) => act(Work { message, received }).await,
        Err(error) => {
            // Trying again can't help; the queue moves it to its dead-letter queue, bytes intact.
            tracing::error!(
                message_id = record.message_id,
                %error,
                "queue message not understood, left to the dead-letter queue"
            );
            Err(Retry {
                after: Duration::from_secs(1),
            })
        }
    }
}

/// Records by message group, order kept.
fn groups(records: Vec<SqsMessage>) -> Vec<Vec<SqsMessage>> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<Vec<SqsMessage>> = Vec::new();
    for record in records {
        let group = record
            .attributes
            .get("MessageGroupId")
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
