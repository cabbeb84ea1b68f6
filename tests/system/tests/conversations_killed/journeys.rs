//! The journeys, and what must have become of each in the end.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::agents::PATIENT;
use crate::point::Point;
use crate::run::Run;
use crate::stage::{Stage, limit};
use crate::talk::{Expected, Talk};

/// How much longer than its invocation a lease is at most.
const LEASE_MORE: Duration = Duration::from_millis(1_500);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Journey {
    /// Rules answer inline.
    Rules,
    /// The bot answers inline, offers answers and keeps something in mind; one of them is chosen.
    Choices,
    /// A conversation begins with its start.
    Started,
    /// A conversation begins with a message, and its start comes late.
    MessageFirst,
    /// The budget passes; two replies over REST.
    Late,
    /// Two messages, neither answered inline.
    Queued,
    /// Two messages that are one turn.
    Merged,
    /// One message whose reply is sent again where it is not known whether it arrived.
    Resent,
    /// The bot answers later.
    Later,
    /// The bot takes its time to say that it answers later.
    LaterQueued,
    /// A person replies while the bot is thinking.
    Meanwhile,
    /// The bot asks for people.
    BotAsks,
    /// A person replies and resolves.
    Person,
    /// A person hands over.
    PersonAsks,
    /// The bot never answers.
    Deadline,
    /// Sparkcentral refuses what the bot says.
    Refused,
}

impl Journey {
    pub(crate) const ALL: [Self; 16] = [
        Self::Rules,
        Self::Choices,
        Self::Started,
        Self::MessageFirst,
        Self::Late,
        Self::Queued,
        Self::Merged,
        Self::Resent,
        Self::Later,
        Self::LaterQueued,
        Self::Meanwhile,
        Self::BotAsks,
        Self::Person,
        Self::PersonAsks,
        Self::Deadline,
        Self::Refused,
    ];

    pub(crate) fn agent(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Late => "slow",
            Self::Meanwhile => PATIENT,
            Self::Queued | Self::LaterQueued | Self::Refused => "queued",
            Self::Merged => "merging",
            Self::Resent => "resend",
            Self::Deadline => "deadline",
            _ => "inline",
        }
    }

    /// Whether the journey is cut at this function's writes: not where another one has the same.
    pub(crate) fn is_about(self, function: &str) -> bool {
        match self {
            Self::Merged | Self::LaterQueued => function == "bot-turn",
            Self::Meanwhile => matches!(function, "webhook-intake" | "conversation-api"),
            Self::Resent | Self::Refused => function == "reply-sender",
            Self::PersonAsks => function != "reply-sender",
            _ => true,
        }
    }

    /// Whether its writes show what it is there for, which a busy machine may miss.
    pub(crate) fn is_told_by(self, writes: &[Point]) -> bool {
        let what = match self {
            Self::Merged => "TransactWriteItems STATE EVENT EVENT REPLY",
            Self::Meanwhile => "TransactWriteItems STATE REPLY EVENT",
            _ => return true,
        };
        writes.iter().any(|point| point.write.what == what)
    }

    /// Whether it leaves deadlines behind.
    pub(crate) fn has_deadlines(self) -> bool {
        !matches!(
            self,
            Self::Rules | Self::Choices | Self::Started | Self::MessageFirst
        ) && !matches!(self, Self::Person | Self::PersonAsks)
    }

    /// Goes through it. Writes are points from where it says so.
    pub(crate) async fn go(self, stage: &Stage, run: &Arc<Run>) -> Expected {
        let mut talk = Talk {
            stage,
            run,
            expected: Expected {
                state: "with_bot",
                ..Expected::default()
            },
        };
        self.talk(&mut talk).await;
        talk.settled("the end").await;
        run.watch(false);
        if talk.expected.complete.is_none() {
            talk.next(self).await;
        }
        talk.expected
    }

    async fn talk(self, talk: &mut Talk<'_>) {
        let run = talk.run;
        match self {
            Self::Rules => {
                talk.start().await;
                talk.reads("Welcome.");
                talk.write("hours", "answered").await;
                talk.reads("From nine to five.");
                // Until then a message might still be on its way to an answer.
                tokio::time::sleep(limit("webhook-intake") + LEASE_MORE).await;
                run.watch(true);
                talk.write("hours", "answered").await;
                talk.reads("From nine to five.");
            }
            Self::Choices => {
                talk.start().await;
                run.watch(true);
                talk.write("choose", "answered").await;
                talk.reads("Which size?\n1. Small\n2. Large");
                talk.write("2", "answered").await;
                talk.reads("You chose L.");
            }
            Self::Started => {
                run.watch(true);
                talk.start().await;
                talk.write("hello", "answered").await;
                talk.reads("You said hello.");
            }
            Self::MessageFirst => {
                run.watch(true);
                talk.write("hello", "answered").await;
                talk.reads("You said hello.");
                talk.start().await;
            }
            Self::Late => {
                run.watch(true);
                talk.write("slow", "turned").await;
                talk.reads("It took a while.");
                talk.reads("Here it is.");
            }
            Self::Queued => {
                run.watch(true);
                for text in ["one", "two"] {
                    talk.write(text, "turned").await;
                    talk.reads(&format!("You said {text}."));
                }
            }
            Self::Merged => talk.two_at_once().await,
            Self::Resent => {
                run.watch(true);
                talk.write("one", "turned").await;
                talk.reads("You said one.");
            }
            Self::Later => {
                run.watch(true);
                let key = talk.write("later", "turned").await;
                // On a busy machine it is asked from the queue, and a bot answers only what it was asked.
                talk.stage.bot.heard(&run.id, "later").await;
                let reply = json!({"id": "r-1", "text": "Now I know.", "inReplyTo": key});
                talk.ask("replies", reply).await;
                talk.reads("Now I know.");
            }
            Self::LaterQueued => {
                run.watch(true);
                let key = talk.write("later", "turned").await;
                talk.settled("the bot's promise").await;
                let reply = json!({"id": "r-1", "text": "Now I know.", "inReplyTo": key});
                talk.ask("replies", reply).await;
                talk.reads("Now I know.");
            }
            Self::Meanwhile => talk.meanwhile().await,
            Self::BotAsks => {
                run.watch(true);
                talk.write("people", "turned").await;
                talk.reads("Somebody will help you.");
                talk.expected.topics.push("orders");
                talk.completed("HANDOVER", "with_agent").await;
            }
            Self::Person => {
                talk.write("hello", "answered").await;
                talk.reads("You said hello.");
                run.watch(true);
                let reply = json!({"id": "r-1", "text": "A person here."});
                talk.ask("replies", reply).await;
                talk.reads("A person here.");
                talk.settled("the person's reply").await;
                talk.ask("resolve", json!({})).await;
                talk.completed("RESOLVED", "resolved").await;
            }
            Self::PersonAsks => {
                talk.write("hello", "answered").await;
                talk.reads("You said hello.");
                run.watch(true);
                talk.ask("handover", json!({"topics": ["orders"]})).await;
                talk.expected.topics.push("orders");
                talk.completed("HANDOVER", "with_agent").await;
            }
            Self::Deadline => {
                run.watch(true);
                let key = talk.write("later", "turned").await;
                talk.reads("One moment.");
                talk.expected.awaiting.push(key);
                talk.completed("HANDOVER", "with_agent").await;
            }
            Self::Refused => {
                run.watch(true);
                talk.write("refuse this", "turned").await;
                talk.refused("You said refuse this.").await;
            }
        }
    }
}
