//! Queues that feed functions, as Lambda's event source mappings do: batches of up to ten, a function's own
//! list of what is to come again, and nothing deleted where the function died.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use aws_sdk_sqs::{
    Client,
    types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName},
};
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;

use super::{Functions, process::End};
use crate::tally::Tally;

/// One queue and whom it feeds.
#[derive(Clone, Debug)]
pub(crate) struct Mapping {
    pub(crate) function: String,
    pub(crate) queue_url: String,
    pub(crate) queue_arn: String,
    /// Batches at once.
    pub(crate) at_once: usize,
}

/// Feeds the function for as long as it is polled.
pub(crate) async fn serve(
    mapping: Mapping,
    sqs: Client,
    functions: Arc<Functions>,
    tally: Arc<Tally>,
) {
    let slots = Arc::new(Semaphore::new(mapping.at_once));
    loop {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else {
            return;
        };
        let received = sqs
            .receive_message()
            .queue_url(&mapping.queue_url)
            .max_number_of_messages(10)
            .wait_time_seconds(1)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await;
        let messages = match received {
            Ok(received) => received.messages.unwrap_or_default(),
            Err(_) => {
                // The emulator is busy, or at its end.
                tokio::time::sleep(Duration::from_millis(500)).await;
                continue;
            }
        };
        if messages.is_empty() {
            continue;
        }
        let (mapping, sqs) = (mapping.clone(), sqs.clone());
        let (functions, tally) = (Arc::clone(&functions), Arc::clone(&tally));
        tokio::spawn(async move {
            batch(&mapping, &sqs, &functions, &tally, &messages).await;
            drop(slot);
        });
    }
}

async fn batch(
    mapping: &Mapping,
    sqs: &Client,
    functions: &Functions,
    tally: &Tally,
    messages: &[Message],
) {
    let records: Vec<Value> = messages
        .iter()
        .map(|message| record(mapping, message))
        .collect();
    let event = json!({ "Records": records });
    let end = functions.invoke(&mapping.function, event).await;
    let End::Answered(answer) = end else {
        // They come back after the queue's own time.
        tally.hit("batches.died");
        return;
    };
    let failed: BTreeSet<&str> = answer["batchItemFailures"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|failure| failure["itemIdentifier"].as_str())
        .collect();
    let done = messages
        .iter()
        .filter(|message| !failed.contains(message.message_id().unwrap_or_default()));
    let entries: Vec<_> = done
        .enumerate()
        .filter_map(|(number, message)| {
            DeleteMessageBatchRequestEntry::builder()
                .id(number.to_string())
                .receipt_handle(message.receipt_handle()?)
                .build()
                .ok()
        })
        .collect();
    if entries.is_empty() {
        return;
    }
    let deleted = sqs
        .delete_message_batch()
        .queue_url(&mapping.queue_url)
        .set_entries(Some(entries))
        .send()
        .await;
    if deleted.is_err() {
        // Delivered again, as SQS may at any time.
        tally.hit("batches.delivered_again");
    }
}

fn record(mapping: &Mapping, message: &Message) -> Value {
    let attributes: Map<String, Value> = message
        .attributes()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str().to_owned(), value.clone().into()))
        .collect();
    json!({
        "messageId": message.message_id(),
        "receiptHandle": message.receipt_handle(),
        "body": message.body(),
        "md5OfBody": message.md5_of_body(),
        "attributes": attributes,
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": mapping.queue_arn,
        "awsRegion": "eu-west-1",
    })
}
