//! From an SQS batch to replies, and back to the messages to deliver again.

use std::time::SystemTime;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{Error, LambdaEvent};
use platform::{QueueOf, run_batch};
use time::OffsetDateTime;

use crate::send_reply::{Deps, send_reply};

pub(crate) async fn handle(
    deps: &Deps,
    event: LambdaEvent<SqsEvent>,
) -> Result<SqsBatchResponse, Error> {
    let deadline = event.context.deadline();
    let batch = run_batch(
        &deps.platform,
        QueueOf::Outbound,
        event.payload,
        async |work, record| {
            let remaining = deadline
                .duration_since(SystemTime::now())
                .unwrap_or_default();
            send_reply(deps, work, OffsetDateTime::now_utc(), remaining, record).await
        },
    );
    Ok(batch.await)
}
