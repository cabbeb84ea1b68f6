//! From an SQS batch to handovers, and back to the messages to deliver again.

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{Error, LambdaEvent};
use platform::{Platform, QueueOf, run_batch};
use time::OffsetDateTime;

use crate::hand_over::hand_over;

pub(crate) async fn handle(
    platform: &Platform,
    event: LambdaEvent<SqsEvent>,
) -> Result<SqsBatchResponse, Error> {
    let batch = run_batch(
        platform,
        QueueOf::Handovers,
        event.payload,
        async |work, record| hand_over(platform, work, OffsetDateTime::now_utc(), record).await,
    );
    Ok(batch.await)
}
