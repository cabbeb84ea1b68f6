//! `sparkbridge conversation show`: what happened to a conversation.

use anyhow::{Context, Result};
use conversation::State;
use serde_json::Value;

use super::api::{Api, Ask};
use super::moment::{clock, day, stamp};
use super::told::{Conversation, without_text};
use super::{One, entry};
use crate::output::{self, visible};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    one: One,
    /// Leave out what people wrote and who they are.
    #[arg(long)]
    no_text: bool,
}

pub(crate) async fn run(api: &Api, args: &Args, json: bool) -> Result<()> {
    let told = api.ask(&args.one, Ask::Conversation).await?;
    if json {
        return output::json(&if args.no_text {
            without_text(told)
        } else {
            told
        });
    }
    output::print(&shown(&read(told)?, !args.no_text))
}

/// The API's answer as this build understands it.
pub(crate) fn read(told: Value) -> Result<Conversation> {
    serde_json::from_value(told)
        .context("conversation-api tells something this version does not understand; deploy it in this version")
}

/// Everything about a conversation: first where it is, then what led there.
fn shown(told: &Conversation, text: bool) -> String {
    let mut lines = String::new();
    for (name, value) in facts(told, text) {
        lines.push_str(format!("{name:<13} {}", visible(&value)).trim_end());
        lines.push('\n');
    }
    let mut today = String::new();
    for one in &told.transcript {
        let of = day(one.at);
        if of != today {
            lines.push_str(&format!("\n{of} (UTC)\n"));
            today = of;
        }
        lines.push_str(&entry::shown(one, text));
    }
    if told.transcript.is_empty() {
        lines.push_str("\nnothing was said yet\n");
    }
    lines
}

fn facts(told: &Conversation, text: bool) -> Vec<(&'static str, String)> {
    let since = format!(
        "{}, since {} UTC",
        told.state.as_str(),
        stamp(told.changed_at)
    );
    let mut facts = vec![
        ("conversation", told.conversation_id.clone()),
        ("agent", told.agent.clone()),
        ("with", format!("{} ({since})", with(told.state))),
        ("episode", told.episode.to_string()),
    ];
    if let Some(channel) = &told.channel {
        let parts = channel.medium.iter().chain([&channel.id]);
        let parts: Vec<&str> = parts.map(String::as_str).collect();
        facts.push((
            "channel",
            format!("{} ({})", channel.name, parts.join(", ")),
        ));
    }
    if let Some(language) = &told.language {
        facts.push(("language", language.clone()));
    }
    facts.push(("turns", format!("{} in this episode", told.turns)));
    facts.push((
        "in flight",
        told.in_flight.as_ref().map_or("none".to_owned(), |turn| {
            format!("{} until {}", turn.turn_id, clock(turn.until))
        }),
    ));
    facts.push(("waiting", names(&told.waiting)));
    if !told.awaiting.is_empty() {
        let turns = names(&told.awaiting);
        facts.push((
            "owed",
            format!("{turns}: the bot took them, to answer later"),
        ));
    }
    if let Some(handover) = &told.handover {
        let mut line = format!(
            "{}, asked {} UTC",
            handover.reason,
            stamp(handover.requested_at)
        );
        for (what, named) in [
            ("topics", &handover.topics),
            ("profiles", &handover.profiles),
        ] {
            if !named.is_empty() {
                line.push_str(&format!("; {what} {}", named.join(", ")));
            }
        }
        facts.push(("handover", line));
        if let (true, Some(summary)) = (text, &handover.summary) {
            facts.push(("summary", summary.clone()));
        }
    }
    facts
}

fn with(state: State) -> &'static str {
    match state {
        State::WithBot => "the bot",
        State::HandingOver => "nobody yet, people were asked",
        State::WithAgent => "people",
        State::Resolved => "nobody",
    }
}

fn names(turns: &[String]) -> String {
    if turns.is_empty() {
        return "none".to_owned();
    }
    turns.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told() -> Value {
        json!({
            "agent": "demo",
            "conversationId": "c-1",
            "state": "handing_over",
            "episode": 2,
            "turns": 3,
            "inFlight": {"turnId": "k-3", "until": "2026-07-31T00:00:20Z"},
            "queuedTurns": 1,
            "waiting": ["k-4"],
            "awaiting": ["k-2"],
            "language": "en",
            "channel": {"id": "channel-1", "medium": "fb", "name": "Shop"},
            "channelDetails": {"channelId": "channel-1"},
            "changedAt": "2026-07-31T00:00:10Z",
            "handover": {
                "id": "h", "reason": "contact_asked", "topics": ["Orders"], "attributes": {},
                "profiles": [], "summary": "Wants a refund.", "requestedAt": "2026-07-31T00:00:10Z",
            },
            "transcript": [
                {"at": "2026-07-30T23:59:59Z", "from": "contact", "turnId": "k-1", "episode": 2,
                    "event": "message", "outcome": "answered", "text": "hello"},
                {"at": "2026-07-31T00:00:00Z", "from": "bot", "turnId": "k-1", "replyId": "k-1.1",
                    "text": "hi", "reply": {"sendMessage": {"text": "hi"}},
                    "delivery": {"status": "sent", "via": "webhook_answer"}},
            ],
        })
    }

    #[test]
    fn a_conversation_is_shown_with_where_it_is_and_everything_that_led_there() {
        assert_eq!(
            shown(&read(told()).unwrap(), true),
            "conversation  c-1\n\
             agent         demo\n\
             with          nobody yet, people were asked (handing_over, since 2026-07-31 00:00:10 UTC)\n\
             episode       2\n\
             channel       Shop (fb, channel-1)\n\
             language      en\n\
             turns         3 in this episode\n\
             in flight     k-3 until 00:00:20\n\
             waiting       k-4\n\
             owed          k-2: the bot took them, to answer later\n\
             handover      contact_asked, asked 2026-07-31 00:00:10 UTC; topics Orders\n\
             summary       Wants a refund.\n\
             \n\
             2026-07-30 (UTC)\n\
             23:59:59  contact       answered at once  [k-1]\n\
             \u{20}                       hello\n\
             \n\
             2026-07-31 (UTC)\n\
             00:00:00  bot           sent as the webhook's answer  [k-1.1]\n\
             \u{20}                       hi\n"
        );
    }

    #[test]
    fn without_text_nobodys_words_are_shown() {
        let shown = shown(&read(told()).unwrap(), false);
        for word in ["hello", "refund", "\n    "] {
            assert!(!shown.contains(word), "{shown}");
        }
        assert!(shown.contains("sent as the webhook's answer"), "{shown}");
    }

    #[test]
    fn a_conversation_nobody_has_spoken_in_is_shown_too() {
        let bare = json!({
            "agent": "demo", "conversationId": "c-1\u{1b}[2J", "state": "with_bot", "episode": 1,
            "changedAt": "2026-07-31T00:00:10Z", "transcript": [],
        });
        let shown = shown(&read(bare).unwrap(), true);
        assert!(
            shown.contains("in flight     none\nwaiting       none\n"),
            "{shown}"
        );
        assert!(shown.ends_with("\nnothing was said yet\n"), "{shown}");
        assert!(!shown.contains('\u{1b}'), "{shown}");
    }
}
