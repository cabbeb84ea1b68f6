//! Queues of work, and what was given up on.

use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, Statistic};
use chrono::{TimeDelta, Utc};
use futures::future::join_all;

use super::check::{Check, told};
use crate::dead_letters::{self, Counts, Listed, Queue};
use crate::output::{age, count, number};
use crate::place::Place;

const WAITING: &str = "queue";
const DEAD: &str = "dead letters";

/// Every queue of work: how much waits, and for how long.
pub(super) async fn waiting(place: &Place) -> Vec<Check> {
    let queues = Queue::ALL
        .map(|queue| async move { Some(one(place, queue, &queue.work(place.stage())?).await) });
    join_all(queues).await.into_iter().flatten().collect()
}

async fn one(place: &Place, queue: Queue, name: &str) -> Check {
    let sqs = aws_sdk_sqs::Client::new(place.aws());
    let deploy = format!("make deploy STAGE={}", place.stage());
    let counts = match dead_letters::counts_of(&sqs, name).await {
        Ok(Some(counts)) => counts,
        Ok(None) => return Check::fail(WAITING, queue.name(), "it does not exist", deploy),
        Err(error) => {
            let found = told(error, place.stage());
            return Check::fail(WAITING, queue.name(), found, deploy);
        }
    };
    let oldest = match counts.waiting + counts.hidden {
        0 => Ok(None),
        _ => oldest_secs(place, name).await,
    };
    judge(place, queue, counts, oldest)
}

/// Seconds, as CloudWatch has it of the last minutes; `None` where it has nothing.
async fn oldest_secs(place: &Place, queue: &str) -> anyhow::Result<Option<i64>> {
    let now = Utc::now();
    let moment = |at: chrono::DateTime<Utc>| DateTime::from_secs(at.timestamp());
    let told = aws_sdk_cloudwatch::Client::new(place.aws())
        .get_metric_statistics()
        .namespace("AWS/SQS")
        .metric_name("ApproximateAgeOfOldestMessage")
        .dimensions(Dimension::builder().name("QueueName").value(queue).build())
        .statistics(Statistic::Maximum)
        .period(60)
        .start_time(moment(now - TimeDelta::minutes(10)))
        .end_time(moment(now))
        .send()
        .await?;
    let points = told.datapoints().iter();
    let newest = points.max_by_key(|point| point.timestamp().map(DateTime::secs));
    #[expect(
        clippy::cast_possible_truncation,
        reason = "seconds, at most fourteen days"
    )]
    Ok(newest
        .and_then(|point| point.maximum())
        .map(|secs| secs as i64))
}

/// Seconds after which a message waits too long.
fn too_old(queue: Queue) -> i64 {
    match queue {
        // Sparkcentral takes a conversation away after about five minutes.
        Queue::Turns | Queue::Outbound | Queue::Handovers => 300,
        // Waits for its own time, a quarter of an hour at a time; a file may take many minutes.
        Queue::Deadlines | Queue::Landed | Queue::ExportSync => 3_600,
    }
}

fn serves(queue: Queue) -> &'static str {
    match queue {
        Queue::Turns => "bot-turn",
        Queue::Outbound => "reply-sender",
        Queue::Handovers | Queue::Deadlines => "handover",
        Queue::Landed => "export-load",
        Queue::ExportSync => "export-sync",
    }
}

fn judge(
    place: &Place,
    queue: Queue,
    counts: Counts,
    oldest: anyhow::Result<Option<i64>>,
) -> Check {
    let name = queue.name();
    if counts == Counts::default() {
        return Check::pass(WAITING, name, "empty");
    }
    let Counts {
        waiting,
        hidden,
        delayed,
    } = counts;
    let parts = [
        (waiting, "waiting"),
        (hidden, "being worked on"),
        (delayed, "delayed"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, how)| format!("{} {how}", number(count)))
        .collect();
    let found = parts.join(", ");
    match oldest {
        Ok(None) => Check::pass(WAITING, name, found),
        Ok(Some(secs)) if secs < too_old(queue) => Check::pass(
            WAITING,
            name,
            format!("{found}, the oldest for {}", age(secs)),
        ),
        Ok(Some(secs)) => Check::fail(
            WAITING,
            name,
            format!("{found}, the oldest for {}", age(secs)),
            format!(
                "read the log of what serves it: /aws/lambda/{}",
                place.function(serves(queue))
            ),
        ),
        Err(error) => {
            let why = told(error, place.stage());
            Check::pass(
                WAITING,
                name,
                format!("{found}; for how long is not known: {why}"),
            )
        }
    }
}

/// Every dead-letter queue.
pub(super) async fn dead(place: &Place) -> Vec<Check> {
    match dead_letters::all(place, Utc::now()).await {
        Ok(listed) => listed.iter().map(judge_dead).collect(),
        Err(error) => {
            let found = told(error, place.stage());
            let next = "sparkbridge dead-letters list";
            vec![Check::fail(DEAD, place.stage(), found, next)]
        }
    }
}

fn judge_dead(of: &Listed) -> Check {
    if of.messages == 0 {
        return Check::pass(DEAD, of.queue, "none");
    }
    let mut found = count(
        usize::try_from(of.messages).unwrap_or(usize::MAX),
        "message",
    );
    if let Some(secs) = of.oldest_secs {
        found.push_str(&format!(", the oldest for {}", age(secs)));
    }
    if !of.agents.is_empty() {
        let agents: Vec<&str> = of.agents.iter().map(String::as_str).collect();
        found.push_str(&format!(", of {}", agents.join(", ")));
    }
    let next = format!(
        "sparkbridge dead-letters show {0}; when the cause is mended: sparkbridge dead-letters redrive {0} --all",
        of.queue
    );
    Check::fail(DEAD, of.queue, found, next)
}

#[cfg(test)]
mod tests {
    use super::super::check::Status;
    use super::*;

    fn listed(messages: u64) -> Listed {
        Listed {
            queue: "turns",
            dead_queue: "q".into(),
            messages,
            looked_at: 1,
            oldest_at: None,
            oldest_secs: Some(7_200),
            agents: ["demo".to_owned()].into(),
            conversations: ["c-1".to_owned()].into(),
            files: Default::default(),
        }
    }

    #[test]
    fn dead_letters_fail_with_the_command_that_sends_them_on() {
        let check = judge_dead(&listed(2));
        assert_eq!(check.status, Status::Fail);
        assert_eq!(check.found, "2 messages, the oldest for 2 h, of demo");
        let next = check.next_step.unwrap();
        assert!(
            next.contains("sparkbridge dead-letters redrive turns --all"),
            "{next}"
        );
        assert_eq!(judge_dead(&listed(0)).status, Status::Pass);
    }
}
