//! `sparkbridge dead-letters list`.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use futures::future::try_join_all;
use serde::Serialize;

use super::letter::Letter;
use super::queue::Queue;
use super::reader::{Counts, Reader};
use super::render;
use crate::output;
use crate::place::Place;
use crate::progress;

/// A queue is looked at this far, to tell ages, agents and conversations.
const MOST: usize = 500;
const WITHIN: Duration = Duration::from_secs(20);

/// A dead-letter queue.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Listed {
    pub(crate) queue: &'static str,
    /// Its name in SQS.
    pub(crate) dead_queue: String,
    /// All of them, roughly, as SQS counts.
    pub(crate) messages: u64,
    /// What follows is told of so many.
    pub(crate) looked_at: usize,
    pub(crate) oldest_at: Option<DateTime<Utc>>,
    pub(crate) oldest_secs: Option<i64>,
    pub(crate) agents: BTreeSet<String>,
    pub(crate) conversations: BTreeSet<String>,
    /// Keys of landed files.
    pub(crate) files: BTreeSet<String>,
}

pub(super) async fn run(place: &Place, json: bool) -> Result<()> {
    let spinner = progress::spinner("looking into the dead-letter queues");
    let listed = all(place, Utc::now()).await?;
    drop(spinner);
    if json {
        output::json(&listed)
    } else {
        output::print(&render::list(place.stage(), &listed))
    }
}

/// Every dead-letter queue that this stage has.
///
/// # Errors
/// The stage has none: it is not deployed. Or a queue can't be read.
pub(crate) async fn all(place: &Place, now: DateTime<Utc>) -> Result<Vec<Listed>> {
    let queues = Queue::ALL.map(|queue| one(place, queue, now));
    let listed: Vec<Listed> = try_join_all(queues).await?.into_iter().flatten().collect();
    if listed.is_empty() {
        // The stack says it better than we could.
        place.outputs().await?;
    }
    Ok(listed)
}

async fn one(place: &Place, queue: Queue, now: DateTime<Utc>) -> Result<Option<Listed>> {
    let name = queue.dead(place.stage());
    let context = || format!("looking into {name}");
    let Some(mut reader) = Reader::of(place, queue).await? else {
        return Ok(None);
    };
    let counts = reader.counts().await.with_context(context)?;
    let letters = match counts.waiting {
        0 => Ok(Vec::new()),
        _ => reader.look(MOST, WITHIN).await,
    };
    // Whatever happened: what was hidden shows again.
    let put_back = reader.put_back().await;
    let letters = letters.with_context(context)?;
    put_back.with_context(context)?;
    Ok(Some(sum_up(queue, name, counts, &letters, now)))
}

fn sum_up(
    queue: Queue,
    dead_queue: String,
    counts: Counts,
    letters: &[Letter],
    now: DateTime<Utc>,
) -> Listed {
    let told = || letters.iter().map(|letter| &letter.told);
    let concerns = || told().map(|told| &told.concerns);
    let oldest_at = told().filter_map(|told| told.sent_at).min();
    let counted = counts.waiting + counts.hidden + counts.delayed;
    Listed {
        queue: queue.name(),
        dead_queue,
        messages: counted.max(letters.len() as u64),
        looked_at: letters.len(),
        oldest_at,
        oldest_secs: oldest_at.map(|at| (now - at).num_seconds().max(0)),
        agents: concerns().filter_map(|it| it.agent.clone()).collect(),
        conversations: concerns()
            .filter_map(|it| it.conversation_id.clone())
            .collect(),
        files: concerns().flat_map(|it| it.files.clone()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};

    use super::*;

    fn letter(sent_at_ms: i64, body: &str) -> Letter {
        let message = Message::builder().body(body);
        let name = MessageSystemAttributeName::SentTimestamp;
        Letter::of(message.attributes(name, sent_at_ms.to_string()).build())
    }

    #[test]
    fn a_queue_is_summed_up_by_its_oldest_message_and_everyone_concerned() {
        let letters = [
            letter(2_000, r#"{"agent":"b","conversation_id":"c-2"}"#),
            letter(1_000, r#"{"agent":"a","conversation_id":"c-1"}"#),
            letter(3_000, r#"{"agent":"a","conversation_id":"c-1"}"#),
        ];
        let counts = Counts {
            waiting: 3,
            hidden: 2,
            delayed: 0,
        };
        let now = DateTime::from_timestamp(61, 0).unwrap();
        let listed = sum_up(Queue::Turns, "q".into(), counts, &letters, now);
        assert_eq!((listed.messages, listed.looked_at), (5, 3));
        assert_eq!(listed.oldest_secs, Some(60));
        assert_eq!(listed.agents, ["a", "b"].map(str::to_owned).into());
        assert_eq!(
            listed.conversations,
            ["c-1", "c-2"].map(str::to_owned).into()
        );
    }

    #[test]
    fn an_empty_queue_has_no_age() {
        let now = DateTime::from_timestamp(61, 0).unwrap();
        let listed = sum_up(Queue::Landed, "q".into(), Counts::default(), &[], now);
        assert_eq!((listed.messages, listed.oldest_secs), (0, None));
    }
}
