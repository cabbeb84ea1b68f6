//! From an SQS batch of S3's notifications to loaded files, and back to the messages to deliver again.

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use lake::{Landed, Services, Telemetry};
use lambda_runtime::{Error, LambdaEvent};

use crate::inbox::load_inbox;
use crate::load::load_raw;
use crate::notification;

pub(crate) async fn handle(
    services: &Services,
    telemetry: &Telemetry,
    event: LambdaEvent<SqsEvent>,
) -> Result<SqsBatchResponse, Error> {
    let mut response = SqsBatchResponse::default();
    for message in event.payload.records {
        let body = message.body.as_deref().unwrap_or_default();
        let done = match notification::keys(body) {
            Ok(keys) => load_all(services, telemetry, &keys).await,
            Err(error) => {
                // Trying again can't help; the queue moves it to its dead-letter queue, bytes intact.
                tracing::error!(message_id = message.message_id, %error, "message not understood");
                false
            }
        };
        if !done {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = message.message_id.unwrap_or_default();
            response.batch_item_failures.push(failure);
        }
    }
    Ok(response)
}

/// Whether all of them are dealt with. One that fails does not keep the others from being loaded.
async fn load_all(services: &Services, telemetry: &Telemetry, keys: &[String]) -> bool {
    let mut done = true;
    for key in keys {
        done &= match Landed::parse(key) {
            Some(Landed::Raw(file)) => load_raw(services, telemetry, &file).await,
            Some(Landed::Inbox(key)) => load_inbox(services, telemetry, &key).await,
            None => {
                tracing::error!(key, "an object that is neither landed nor dropped");
                true
            }
        };
    }
    done
}
