//! The three FIFO queues.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::BoxError;
use conversation::{QueueMessage, Work};

/// Sends work to the queue it belongs to.
#[derive(Clone, Debug)]
pub struct Queues {
    client: Client,
    turns: String,
    outbound: String,
    handovers: String,
}

/// A message that could not be queued. The work is stored; whoever was answered an error tries again.
#[derive(Debug, thiserror::Error)]
#[error("SQS did not take the message")]
pub struct QueueError(#[source] BoxError);

impl Queues {
    /// Queues by URL.
    pub fn new(client: Client, turns: String, outbound: String, handovers: String) -> Self {
        Self {
            client,
            turns,
            outbound,
            handovers,
        }
    }

    /// Sends one message. Sending the same work again within five minutes is one message.
    pub async fn send(&self, message: &QueueMessage) -> Result<(), QueueError> {
        let url = match message.work {
            Work::Turn { .. } => &self.turns,
            Work::Reply { .. } => &self.outbound,
            Work::Handover { .. } => &self.handovers,
        };
        let body = serde_json::to_string(message).map_err(|error| QueueError(error.into()))?;
        self.client
            .send_message()
            .queue_url(url)
            .message_body(body)
            .message_group_id(message.group_id())
            .message_deduplication_id(message.deduplication_id())
            .send()
            .await
            .map_err(|error| QueueError(error.into()))?;
        Ok(())
    }

    /// Hides a received message for a while: the back-off of a retry.
    pub(crate) async fn hide(
        &self,
        queue: QueueOf,
        receipt_handle: &str,
        seconds: i32,
    ) -> Result<(), QueueError> {
        let url = match queue {
            QueueOf::Turns => &self.turns,
            QueueOf::Outbound => &self.outbound,
            QueueOf::Handovers => &self.handovers,
        };
        self.client
            .change_message_visibility()
            .queue_url(url)
            .receipt_handle(receipt_handle)
            .visibility_timeout(seconds)
            .send()
            .await
            .map_err(|error| QueueError(error.into()))?;
        Ok(())
    }
}

/// One of the three queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueOf {
    /// turns.fifo
    Turns,
    /// outbound.fifo
    Outbound,
    /// handovers.fifo
    Handovers,
}
