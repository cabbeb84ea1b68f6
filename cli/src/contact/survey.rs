//! Finds everything of a contact: what is learnt from rows finds more, until a look finds nothing new.

use std::sync::Arc;

use anyhow::{Result, bail, ensure};
use lake::{Lake, Ledger};
use platform::Store;

use super::look::Eye;
use super::pass::{Pass, pass};
use super::shelf::Shelf;
use super::subject::Subject;
use super::table::{self, Held};

/// What is learnt from a look may show more at the next one; each finds something new or is the last.
const LOOKS: usize = 8;

/// The stores.
pub(crate) struct Stores {
    pub(crate) lake: Lake,
    pub(crate) ledger: Ledger,
    pub(crate) table: Store,
    pub(crate) queues: aws_sdk_sqs::Client,
    pub(crate) stage: String,
}

/// All that there is of a contact.
pub(crate) struct Survey {
    pub(crate) eye: Arc<Eye>,
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) pass: Pass,
    pub(crate) held: Held,
}

impl Survey {
    /// Whether there is anything.
    pub(crate) fn found(&self) -> bool {
        self.pass.hits() > 0 || self.held.items > 0
    }
}

/// Looks at everything until a look shows nothing new.
pub(crate) async fn survey(
    stores: &Stores,
    mut subject: Subject,
    every_contact: bool,
) -> Result<Survey> {
    for _ in 0..LOOKS {
        let mut new = table::learn(&stores.table, &mut subject).await?;
        let shelf = Arc::new(Shelf::of(&stores.lake, &stores.ledger).await?);
        let eye = Arc::new(Eye::of(subject.clone())?);
        let pass = pass(&stores.lake, &shelf, &eye).await?;
        for whose in &pass.rows {
            new |= subject.learn(whose);
        }
        if !new {
            let owners = subject.owners();
            if subject.adopt_owners() {
                ensure!(
                    owners == 1 || every_contact,
                    "{owners} contacts have this identifier: erase each by its own id, or add --every-contact"
                );
                new = true;
            }
        }
        if !new {
            let held = table::held(&stores.table, &subject).await?;
            return Ok(Survey {
                eye,
                shelf,
                pass,
                held,
            });
        }
    }
    bail!(
        "each look shows more of the contact: somebody is writing at the same time; run this again"
    )
}
