//! The queues between the functions: three FIFO queues, and one that delays.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::BoxError;
use aws_sdk_sqs::operation::send_message::builders::SendMessageFluentBuilder;
use conversation::{QueueMessage, Work};
use time::OffsetDateTime;

/// The longest SQS delays a message, in seconds.
const LONGEST_DELAY_SECS: i64 = 900;

/// Sends work to the queue it belongs to.
#[derive(Clone, Debug)]
pub struct Queues {
    client: Client,
    urls: QueueUrls,
}

/// Where the queues are.
#[derive(Clone, Debug)]
pub struct QueueUrls {
    /// turns.fifo
    pub turns: String,
    /// outbound.fifo
    pub outbound: String,
    /// handovers.fifo
    pub handovers: String,
    /// deadlines: the only one that can delay a single message, which FIFO queues can't.
    pub deadlines: String,
}

impl QueueUrls {
    fn of(&self, queue: QueueOf) -> &str {
        match queue {
            QueueOf::Turns => &self.turns,
            QueueOf::Outbound => &self.outbound,
            QueueOf::Handovers => &self.handovers,
            QueueOf::Deadlines => &self.deadlines,
        }
    }
}

/// A message that could not be queued. The work is stored; whoever was answered an error tries again.
#[derive(Debug, thiserror::Error)]
#[error("SQS did not take the message")]
pub struct QueueError(#[source] BoxError);

impl Queues {
    /// Queues by URL.
    pub fn new(client: Client, urls: QueueUrls) -> Self {
        Self { client, urls }
    }

    /// Sends one message to a FIFO queue. Sending the same work again within five minutes is one
    /// message.
    pub async fn send(&self, message: &QueueMessage) -> Result<(), QueueError> {
        let queue = match message.work {
            Work::Turn { .. } => QueueOf::Turns,
            Work::Reply { .. } => QueueOf::Outbound,
            Work::Handover { .. } => QueueOf::Handovers,
            Work::Deadline { .. } => {
                return self.send_later(message, OffsetDateTime::now_utc()).await;
            }
        };
        let body = serde_json::to_string(message).map_err(|error| QueueError(error.into()))?;
        let send = self
            .client
            .send_message()
            .queue_url(self.urls.of(queue))
            .message_body(body)
            .message_group_id(message.group_id())
            .message_deduplication_id(message.deduplication_id());
        carried_out(send).await
    }

    /// Sends a deadline, to be delivered when it is due, or after a quarter of an hour, the longest
    /// SQS delays a message: whoever gets it looks at the clock. Sent twice it comes twice.
    pub async fn send_later(
        &self,
        message: &QueueMessage,
        now: OffsetDateTime,
    ) -> Result<(), QueueError> {
        let due = match &message.work {
            Work::Deadline { due, .. } => *due,
            Work::Turn { .. } | Work::Reply { .. } | Work::Handover { .. } => now,
        };
        // Rounded up: a message that comes too early would have to be sent again.
        let delay = ((due - now).whole_milliseconds().max(0) + 999) / 1_000;
        let delay = i64::try_from(delay).unwrap_or(LONGEST_DELAY_SECS);
        let body = serde_json::to_string(message).map_err(|error| QueueError(error.into()))?;
        let send = self
            .client
            .send_message()
            .queue_url(self.urls.of(QueueOf::Deadlines))
            .message_body(body)
            .delay_seconds(i32::try_from(delay.min(LONGEST_DELAY_SECS)).unwrap_or(0));
        carried_out(send).await
    }

    /// Hides a received message for a while: the back-off of a retry.
    pub(crate) async fn hide(
        &self,
        queue: QueueOf,
        receipt_handle: &str,
        seconds: i32,
    ) -> Result<(), QueueError> {
        self.client
            .change_message_visibility()
            .queue_url(self.urls.of(queue))
            .receipt_handle(receipt_handle)
            .visibility_timeout(seconds)
            .send()
            .await
            .map_err(|error| QueueError(error.into()))?;
        Ok(())
    }
}

/// Boxed: a call of the SDK has kilobytes, which every future around it would carry.
async fn carried_out(send: SendMessageFluentBuilder) -> Result<(), QueueError> {
    let sent = Box::pin(send.send()).await;
    sent.map(drop).map_err(|error| QueueError(error.into()))
}

/// One of the queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueOf {
    /// turns.fifo
    Turns,
    /// outbound.fifo
    Outbound,
    /// handovers.fifo
    Handovers,
    /// deadlines
    Deadlines,
}
