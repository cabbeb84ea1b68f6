//! Waiting for what an operator asked for.

use std::time::Duration;

use anyhow::{Result, bail};
use conversation::State;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::One;
use super::api::{Api, Ask};
use super::entry::delivered;
use super::show::read;
use super::told::{Conversation, Delivery, is_final};
use crate::output::visible;
use crate::progress;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Attempts to deliver a reply go on for longer; whoever waits should not.
const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// How a wait ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// As asked for, and how.
    Done(String),
    /// Otherwise, and how.
    Otherwise(String),
}

/// Looks at a reply until nothing more happens to it; its last answer, and how it ended.
pub(crate) async fn reply(api: &Api, one: &One, id: &str) -> Result<(Value, End)> {
    let _waiting = progress::spinner("waiting for the delivery");
    let begun = Instant::now();
    loop {
        let told = api.ask(one, Ask::Reply(id)).await?;
        let status = told["status"].as_str().unwrap_or_default();
        if is_final(status) {
            let end = end_of_reply(&told);
            return Ok((told, end));
        }
        give_up(begun, one, status)?;
        sleep(LOOK_EVERY).await;
    }
}

fn give_up(begun: Instant, one: &One, status: &str) -> Result<()> {
    if begun.elapsed() > LONGEST_WAIT {
        bail!(
            "still {} after {} minutes; it goes on without you, {} shows how it ends",
            visible(status),
            LONGEST_WAIT.as_secs() / 60,
            look(one)
        );
    }
    Ok(())
}

/// The command that shows a conversation.
pub(crate) fn look(one: &One) -> String {
    format!("`sparkbridge conversation show {} {}`", one.agent, one.id)
}

/// The parts of a reply are sent in order; the first that was not sent says why.
fn end_of_reply(told: &Value) -> End {
    let parts = told["parts"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut last = String::new();
    for part in parts {
        let Ok(delivery) = serde_json::from_value::<Delivery>(part["delivery"].clone()) else {
            continue;
        };
        let attempts = part["attempts"]
            .as_u64()
            .and_then(|n| u32::try_from(n).ok());
        last = delivered(&delivery, attempts.unwrap_or_default());
        if delivery.status != "sent" {
            return End::Otherwise(last);
        }
    }
    match told["status"].as_str() {
        Some("sent") => End::Done(last),
        status => End::Otherwise(status.unwrap_or_default().to_owned()),
    }
}

/// Looks at a conversation until the handover asked for is through, or turned down.
pub(crate) async fn handover(api: &Api, one: &One, episode: u32, id: &str) -> Result<End> {
    let _waiting = progress::spinner("waiting for Sparkcentral to take the conversation");
    let begun = Instant::now();
    loop {
        let told = read(api.ask(one, Ask::Conversation).await?)?;
        if let Some(end) = end_of_handover(&told, episode, id) {
            return Ok(end);
        }
        give_up(begun, one, told.state.as_str())?;
        sleep(LOOK_EVERY).await;
    }
}

/// How the handover of an episode ended; `None`: not yet.
fn end_of_handover(told: &Conversation, episode: u32, id: &str) -> Option<End> {
    let done = |how: &str| Some(End::Done(how.to_owned()));
    let otherwise = |how: &str| Some(End::Otherwise(how.to_owned()));
    if told.episode > episode {
        return done("people had the conversation, and it is back with the bot");
    }
    match told.state {
        State::WithAgent => done("people have the conversation"),
        State::WithBot => otherwise(
            "not handed over: nobody takes over now, so the bot goes on, as the agent's settings say",
        ),
        State::Resolved => otherwise("not handed over: the conversation is resolved"),
        State::HandingOver => {
            // One that is dropped was so because people have the conversation: the state follows.
            let reply = Some(format!("handover.{id}"));
            let stuck = told.transcript.iter().find_map(|entry| {
                let delivery = entry.delivery.as_ref()?;
                let is_lost = matches!(delivery.status.as_str(), "failed" | "unknown");
                (entry.reply_id == reply && is_lost).then(|| delivered(delivery, entry.attempts))
            });
            stuck.map(|how| End::Otherwise(format!("not handed over: {how}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const AT: &str = "2026-07-30T10:01:03Z";

    #[test]
    fn a_reply_ends_as_the_first_part_that_was_not_sent() {
        let part = |delivery: Value| json!({"attempts": 1, "delivery": delivery});
        let sent = || part(json!({"status": "sent", "at": AT}));
        let failed = || part(json!({"status": "failed", "at": AT, "problem": "status 400"}));
        let whole = json!({"status": "sent", "parts": [sent(), sent()]});
        assert_eq!(end_of_reply(&whole), End::Done("sent 10:01:03".into()));
        let half = json!({"status": "failed", "parts": [sent(), failed(), sent()]});
        let told = "failed 10:01:03: status 400".to_owned();
        assert_eq!(end_of_reply(&half), End::Otherwise(told));
        let bare = json!({"status": "dropped", "parts": []});
        assert_eq!(end_of_reply(&bare), End::Otherwise("dropped".into()));
    }

    #[test]
    fn a_handover_ends_when_people_have_the_conversation_or_will_not_get_it() {
        let told = |state: &str, episode: u32, transcript: Value| {
            let told = json!({
                "agent": "demo", "conversationId": "c", "state": state, "episode": episode,
                "changedAt": AT, "transcript": transcript,
            });
            end_of_handover(&read(told).unwrap(), 1, "h-1")
        };
        let word = |end: Option<End>| match end {
            None => "not yet",
            Some(End::Done(_)) => "done",
            Some(End::Otherwise(_)) => "otherwise",
        };
        let none = || json!([]);
        assert_eq!(word(told("handing_over", 1, none())), "not yet");
        assert_eq!(word(told("with_agent", 1, none())), "done");
        assert_eq!(word(told("with_bot", 2, none())), "done");
        assert_eq!(word(told("with_bot", 1, none())), "otherwise");
        assert_eq!(word(told("resolved", 1, none())), "otherwise");
        let reply = |id: &str, status: &str| {
            let delivery = json!({"status": status, "at": AT});
            json!([{"at": AT, "from": "handover", "replyId": id, "delivery": delivery}])
        };
        let ends = |id: &str, status: &str| word(told("handing_over", 1, reply(id, status)));
        assert_eq!(ends("handover.h-1", "failed"), "otherwise");
        assert_eq!(ends("handover.h-1", "sent"), "not yet");
        assert_eq!(ends("handover.h-1", "dropped"), "not yet");
        assert_eq!(ends("handover.h-10", "failed"), "not yet");
    }
}
