//! From an SQS batch of either queue to handovers and deadlines, and back to the messages to deliver
//! again.

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{Error, LambdaEvent};
use platform::{QueueOf, run_batch};
use time::OffsetDateTime;

use crate::deadline::keep;
use crate::hand_over::{Deps, hand_over};

pub(crate) async fn handle(
    deps: &Deps,
    event: LambdaEvent<SqsEvent>,
) -> Result<SqsBatchResponse, Error> {
    let (platform, queue) = (&deps.platform, queue_of(&event.payload));
    let batch = run_batch(platform, queue, event.payload, async |work, record| {
        let now = OffsetDateTime::now_utc();
        match queue {
            QueueOf::Deadlines => keep(platform, work, now, record).await,
            _ => hand_over(deps, work, now, record).await,
        }
    });
    Ok(batch.await)
}

/// All records of a batch come from one queue; deadlines is the one that is not FIFO.
fn queue_of(event: &SqsEvent) -> QueueOf {
    let source = event.records.first();
    let arn = source.and_then(|record| record.event_source_arn.as_deref());
    match arn {
        Some(arn) if !arn.ends_with(".fifo") => QueueOf::Deadlines,
        _ => QueueOf::Handovers,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queue_is_told_by_where_the_records_come_from() {
        for (arn, queue) in [
            (
                "arn:aws:sqs:eu-west-1:1:sparkbridge-handovers.fifo",
                QueueOf::Handovers,
            ),
            (
                "arn:aws:sqs:eu-west-1:1:sparkbridge-deadlines",
                QueueOf::Deadlines,
            ),
        ] {
            let event = serde_json::json!({"Records": [{"eventSourceARN": arn}]});
            let event: SqsEvent = serde_json::from_value(event).unwrap();
            assert_eq!(queue_of(&event), queue);
        }
    }
}
