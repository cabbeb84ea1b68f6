//! From an SQS batch to turns, and back to the messages to deliver again.

use std::time::Duration;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{Error, LambdaEvent};
use platform::{QueueOf, run_batch};
use time::OffsetDateTime;

use crate::take_turn::{Deps, take_turn};

/// Kept back from the invocation's time for the commit and the response.
const RESERVE: Duration = Duration::from_secs(3);

pub(crate) async fn handle(
    deps: &Deps,
    event: LambdaEvent<SqsEvent>,
) -> Result<SqsBatchResponse, Error> {
    let until = OffsetDateTime::from(event.context.deadline() - RESERVE);
    let batch = run_batch(
        &deps.platform,
        QueueOf::Turns,
        event.payload,
        async |work, record| take_turn(deps, work, until, record).await,
    );
    Ok(batch.await)
}
