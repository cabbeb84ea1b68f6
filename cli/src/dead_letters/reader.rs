//! Looking at messages without taking them: what is received is hidden while it is looked at, and shown
//! again afterwards, in its order.

use std::time::Duration;

use anyhow::{Context, Result};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::{MessageSystemAttributeName, QueueAttributeName};

use super::letter::Letter;
use super::queue::Queue;
use crate::place::Place;

/// How long a received message is hidden. Long enough for a look, short for whoever waits after one that
/// was interrupted.
const HIDDEN_SECS: i32 = 60;
/// As many as SQS gives at once.
const BATCH: i32 = 10;

/// A dead-letter queue that is there.
pub(super) struct Reader {
    client: Client,
    url: String,
    /// Handles of messages that go back, in the order they were received.
    held: Vec<String>,
}

/// How many messages a queue has. SQS counts roughly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) waiting: u64,
    /// In somebody's hands.
    pub(crate) hidden: u64,
    /// To be seen later.
    pub(crate) delayed: u64,
}

/// A queue's URL; `None` if there is no such queue.
pub(super) async fn url(client: &Client, name: &str) -> Result<Option<String>> {
    match client.get_queue_url().queue_name(name).send().await {
        Ok(found) => Ok(found.queue_url),
        Err(error) => {
            let code = error.code().unwrap_or_default();
            if code.ends_with("NonExistentQueue") || code.ends_with("QueueDoesNotExist") {
                return Ok(None);
            }
            Err(error).with_context(|| format!("finding the queue {name}"))
        }
    }
}

/// How many messages the queue of this name has; `None` if there is no such queue.
pub(crate) async fn counts_of(client: &Client, name: &str) -> Result<Option<Counts>> {
    match url(client, name).await? {
        Some(url) => counts(client, &url).await.map(Some),
        None => Ok(None),
    }
}

/// How many messages a queue has.
async fn counts(client: &Client, url: &str) -> Result<Counts> {
    let told = client
        .get_queue_attributes()
        .queue_url(url)
        .attribute_names(QueueAttributeName::ApproximateNumberOfMessages)
        .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesNotVisible)
        .attribute_names(QueueAttributeName::ApproximateNumberOfMessagesDelayed)
        .send()
        .await
        .context("asking a queue for its size")?;
    let count = |name| {
        let count = told.attributes().and_then(|told| told.get(&name));
        count
            .and_then(|count| count.parse().ok())
            .unwrap_or_default()
    };
    Ok(Counts {
        waiting: count(QueueAttributeName::ApproximateNumberOfMessages),
        hidden: count(QueueAttributeName::ApproximateNumberOfMessagesNotVisible),
        delayed: count(QueueAttributeName::ApproximateNumberOfMessagesDelayed),
    })
}

impl Reader {
    /// `None`: this deployment has no such queue.
    pub(super) async fn of(place: &Place, queue: Queue) -> Result<Option<Self>> {
        let client = Client::new(place.aws());
        let url = url(&client, &queue.dead(place.stage())).await?;
        Ok(url.map(|url| Self {
            client,
            url,
            held: Vec::new(),
        }))
    }

    pub(super) async fn counts(&self) -> Result<Counts> {
        counts(&self.client, &self.url).await
    }

    /// The next messages; none when all have been seen. Those of a group behind its first ten are only
    /// seen when these are gone.
    pub(super) async fn next(&self) -> Result<Vec<Letter>> {
        let received = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(BATCH)
            .visibility_timeout(HIDDEN_SECS)
            // Asks all of SQS's servers: without a wait, one that has a message may be passed over.
            .wait_time_seconds(1)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .message_attribute_names("All")
            .send()
            .await
            .context("receiving messages")?;
        let messages = received.messages.unwrap_or_default();
        Ok(messages.into_iter().map(Letter::of).collect())
    }

    /// It goes back in the end.
    pub(super) fn hold(&mut self, letter: &Letter) {
        self.held.push(letter.handle.clone());
    }

    /// Up to `most` messages that are there. They are held.
    pub(super) async fn look(&mut self, most: usize, within: Duration) -> Result<Vec<Letter>> {
        let started = tokio::time::Instant::now();
        let mut seen = Vec::new();
        while seen.len() < most && started.elapsed() < within {
            let letters = self.next().await?;
            if letters.is_empty() {
                break;
            }
            for letter in letters {
                self.hold(&letter);
                seen.push(letter);
            }
        }
        Ok(seen)
    }

    pub(super) async fn delete(&mut self, letter: &Letter) -> Result<()> {
        let delete = self.client.delete_message().queue_url(&self.url);
        let deleted = delete.receipt_handle(&letter.handle).send().await;
        deleted.context("deleting a message that was sent on")?;
        self.held.retain(|handle| *handle != letter.handle);
        Ok(())
    }

    /// Shows what is held again: the last ones first, so that of a group none is seen before those that
    /// come before it.
    pub(super) async fn put_back(self) -> Result<()> {
        let mut put_back = Ok(());
        for handle in self.held.iter().rev() {
            let show = self.client.change_message_visibility().queue_url(&self.url);
            let shown = show
                .receipt_handle(handle)
                .visibility_timeout(0)
                .send()
                .await;
            if let Err(error) = shown.map_err(SdkError::into_service_error)
                // It shows already: looking took longer than it was hidden.
                && !error.is_message_not_inflight()
            {
                put_back = Err(error).with_context(|| {
                    format!("showing a message again; it shows by itself in {HIDDEN_SECS} seconds")
                });
            }
        }
        put_back
    }
}
