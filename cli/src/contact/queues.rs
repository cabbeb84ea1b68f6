//! Messages of conversations that go. Messages are pointers: which conversation, never what was said.
//!
//! A FIFO queue's group is one conversation, so a group goes whole or stays whole. What stays is hidden
//! while the rest is looked through, and shown again afterwards, in its order.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::{Message, QueueAttributeName};
use serde_json::Value;

use super::receipt::Removed;
use super::subject::Subject;

/// Work of conversations, as infra/template.yaml names it behind the stage. Each has a dead-letter queue
/// `…-dead`.
const WORK: [&str; 4] = ["turns", "outbound", "handovers", "deadlines"];

/// How long a queue is looked through, and how long messages are hidden meanwhile. A queue that is
/// served is looked at shortly: what is hidden waits.
const DEAD: (Duration, i32) = (Duration::from_secs(90), 120);
const SERVED: (Duration, i32) = (Duration::from_secs(3), 10);

/// Deletes the messages of the subject's conversations from every queue; what could not be searched.
pub(crate) async fn sweep(
    client: &Client,
    stage: &str,
    subject: &Subject,
    removed: &mut Removed,
) -> Result<Vec<String>> {
    let mut open = Vec::new();
    for work in WORK {
        for (name, (within, hidden_secs)) in [
            (format!("{work}.fifo"), SERVED),
            (format!("{work}-dead.fifo"), DEAD),
            // One whose messages wait each for a time of its own can't be FIFO.
            (work.to_owned(), SERVED),
            (format!("{work}-dead"), DEAD),
        ] {
            let full = format!("sparkbridge-{stage}-{name}");
            let Some(url) = url(client, &full).await? else {
                continue;
            };
            let (deleted, whole) = search(client, &url, subject, within, hidden_secs).await;
            if deleted > 0 {
                *removed.queue_messages.entry(name.clone()).or_default() += deleted;
            }
            let is_dead = within == DEAD.0;
            if let Err(error) = whole {
                open.push(format!("queue {name} could not be searched: {error:#}"));
            } else if is_dead && hidden(client, &url).await? > 0 {
                open.push(format!(
                    "queue {name} has messages that somebody else is reading: run this again in a minute"
                ));
            }
        }
    }
    Ok(open)
}

/// `None`: this deployment has no such queue.
async fn url(client: &Client, name: &str) -> Result<Option<String>> {
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

/// How many messages were deleted, and whether the queue was looked through to its end.
async fn search(
    client: &Client,
    url: &str,
    subject: &Subject,
    within: Duration,
    hidden_secs: i32,
) -> (u64, Result<()>) {
    let (mut deleted, mut kept) = (0, Vec::new());
    let found = look_through(
        client,
        url,
        subject,
        within,
        hidden_secs,
        &mut deleted,
        &mut kept,
    );
    let found = found.await;
    // The last ones first: of a group, none is shown before those that come before it.
    let mut shown = Ok(());
    for handle in kept.iter().rev() {
        let show = client.change_message_visibility().queue_url(url);
        let done = show
            .receipt_handle(handle)
            .visibility_timeout(0)
            .send()
            .await;
        if let Err(error) = done {
            shown =
                Err(error).context("showing a message again; it shows by itself in two minutes");
        }
    }
    (deleted, found.and(shown))
}

async fn look_through(
    client: &Client,
    url: &str,
    subject: &Subject,
    within: Duration,
    hidden_secs: i32,
    deleted: &mut u64,
    kept: &mut Vec<String>,
) -> Result<()> {
    let started = Instant::now();
    loop {
        let received = client
            .receive_message()
            .queue_url(url)
            .max_number_of_messages(10)
            .visibility_timeout(hidden_secs)
            .wait_time_seconds(1)
            .send()
            .await
            .context("receiving messages")?;
        let messages = received.messages.unwrap_or_default();
        if messages.is_empty() {
            return Ok(());
        }
        for message in messages {
            let goes = goes(&message, subject);
            let handle = message.receipt_handle.unwrap_or_default();
            if goes {
                let delete = client
                    .delete_message()
                    .queue_url(url)
                    .receipt_handle(&handle);
                delete.send().await.context("deleting a message")?;
                *deleted += 1;
            } else {
                kept.push(handle);
            }
        }
        if started.elapsed() >= within {
            // A served queue never ends, and those who serve it find nothing to do.
            anyhow::ensure!(
                within == SERVED.0,
                "it is too long to be searched in {} seconds: work on its messages or redrive them first",
                within.as_secs()
            );
            return Ok(());
        }
    }
}

fn goes(message: &Message, subject: &Subject) -> bool {
    let body = message.body.as_deref().unwrap_or_default();
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let conversation = body["conversation_id"].as_str();
    conversation.is_some_and(|id| subject.has_conversation(id))
}

/// Messages that are in somebody's hands.
async fn hidden(client: &Client, url: &str) -> Result<u64> {
    let name = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
    let asked = client.get_queue_attributes().queue_url(url);
    let told = asked.attribute_names(name.clone()).send().await;
    let told = told.context("asking a queue for its size")?;
    let count = told.attributes().and_then(|told| told.get(&name));
    Ok(count
        .and_then(|count| count.parse().ok())
        .unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use export_tables::erase::Whose;

    use super::*;

    #[test]
    fn every_queue_of_conversations_is_searched() {
        let template = include_str!("../../../infra/template.yaml");
        let names = template.lines().filter_map(|line| {
            line.trim()
                .strip_prefix("QueueName: !Sub sparkbridge-${Stage}-")
        });
        let names: Vec<&str> = names.collect();
        assert!(names.len() >= 6, "{names:?}");
        for name in names {
            let work = name.trim_end_matches(".fifo").trim_end_matches("-dead");
            assert!(WORK.contains(&work), "{name} is not searched");
        }
    }

    #[test]
    fn a_message_goes_by_its_conversation_alone() {
        let mut subject = Subject::new("0-1", None);
        subject.learn(&Whose {
            contact: "0-1".into(),
            conversation: "c-1".into(),
            ..Whose::default()
        });
        let message = |body: &str| Message::builder().body(body).build();
        assert!(goes(
            &message(r#"{"agent":"a","conversation_id":"c-1"}"#),
            &subject
        ));
        assert!(!goes(
            &message(r#"{"agent":"a","conversation_id":"c-2"}"#),
            &subject
        ));
        assert!(!goes(&message("c-1"), &subject));
        assert!(!goes(&message("{}"), &subject));
    }
}
