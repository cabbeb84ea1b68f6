//! An event that another delivery has brought before.

use std::time::Duration;

use conversation::{Refused, StoredEvent};
use platform::StoreError;
use time::OffsetDateTime;

use crate::delivery::{Accepted, Outcome};
use crate::intake::Intake;

/// Pause between two looks at an event another invocation is working on.
const POLL: Duration = Duration::from_millis(150);

impl Intake<'_> {
    /// Another delivery of the event was first.
    pub(crate) async fn already_there(
        &self,
        event: &StoredEvent,
        refused: Refused,
    ) -> Result<Outcome, StoreError> {
        let found = match refused {
            Refused::InProgress | Refused::LeaseExpired => self.wait_for_the_first(event).await?,
            settled => settled,
        };
        Ok(match found {
            Refused::AlreadyAnswered(reply) => ("duplicate", Accepted::Answer(reply)),
            Refused::AlreadyDone => ("duplicate", Accepted::empty()),
            // The first delivery may have died between storing and queueing. SQS takes the same
            // turn once in five minutes, and bot-turn takes it once for ever.
            Refused::AlreadyQueued => self.queue(event, "duplicate").await,
            Refused::AnsweredLater => self.watch(event, "duplicate").await,
            Refused::PayloadMismatch => (
                "payload_mismatch",
                Accepted::refused(409, "This idempotency key came with another body before."),
            ),
            Refused::InProgress | Refused::LeaseExpired => {
                ("duplicate_in_progress", Accepted::try_again())
            }
        })
    }

    /// Waits for the delivery that is working on the event, to give the same answer. Only as long
    /// as an inline answer may take: Sparkcentral is waiting on both.
    async fn wait_for_the_first(&self, event: &StoredEvent) -> Result<Refused, StoreError> {
        let mut found = Refused::InProgress;
        while found == Refused::InProgress && OffsetDateTime::now_utc() < self.inline_until() {
            tokio::time::sleep(POLL).await;
            let stored = self.record(&event.key).await?;
            // Without a record it is still being answered.
            if let Some(stored) = stored {
                found = stored.judge(&event.payload_hash, OffsetDateTime::now_utc());
            }
        }
        Ok(found)
    }
}
