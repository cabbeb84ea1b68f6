//! A conversation on its way, and what is expected of it as it goes on.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};
use system_tests::{message_event, started_event};
use uuid::Uuid;

use crate::agents;
use crate::journeys::Journey;
use crate::run::{Run, Seen, texts};
use crate::sparkcentral::deliver;
use crate::stage::Stage;

/// What must have become of a conversation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    /// Everything the contact reads, in order.
    pub(crate) said: Vec<String>,
    /// What of it Sparkcentral refuses.
    pub(crate) refused: Option<&'static str>,
    /// Whether it was said by two at the same time, so that it has no order.
    pub(crate) is_at_once: bool,
    /// Key, text and outcome of each event, in order.
    pub(crate) events: Vec<(String, Option<String>, &'static str)>,
    /// Keys of the turns that the bot still owes an answer.
    pub(crate) awaiting: Vec<String>,
    pub(crate) complete: Option<&'static str>,
    pub(crate) topics: Vec<&'static str>,
    pub(crate) state: &'static str,
}

/// A conversation on its way.
pub(crate) struct Talk<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) run: &'a Arc<Run>,
    pub(crate) expected: Expected,
}

impl Talk<'_> {
    /// Sparkcentral starts the conversation, in a channel nobody knows yet.
    pub(crate) async fn start(&mut self) {
        let key = Uuid::new_v4().to_string();
        let mut event = started_event(&key, &self.run.id);
        event["data"]["channel"]["id"] = Uuid::new_v4().to_string().into();
        event["data"]["medium"]["id"] = "sms".into();
        self.expected.events.push((key, None, "answered"));
        deliver(self.stage, self.run, event).await;
    }

    /// The contact writes; the event's key.
    pub(crate) async fn write(&mut self, text: &str, outcome: &'static str) -> String {
        self.write_and_read(text, outcome).await.0
    }

    /// The same, and the webhook's answer.
    pub(crate) async fn write_and_read(
        &mut self,
        text: &str,
        outcome: &'static str,
    ) -> (String, Value) {
        let key = Uuid::new_v4().to_string();
        let event = message_event(&key, &self.run.id, text);
        let told = (key.clone(), Some(text.to_owned()), outcome);
        self.expected.events.push(told);
        let answer = deliver(self.stage, self.run, event).await;
        (key, answer)
    }

    /// The contact reads this.
    pub(crate) fn reads(&mut self, text: &str) {
        self.expected.said.push(text.to_owned());
    }

    /// A request to conversation-api, which is taken.
    pub(crate) async fn ask(&self, act: &str, body: Value) {
        let (status, told) = self.stage.ask(self.run, "POST", act, body).await;
        // Asked again when people have the conversation already.
        let is_done = act == "handover" && told["code"] == "with_agent" && self.run.seen().is_cut;
        if status != 202 && !is_done {
            self.run.problem(format!("{act}: {status} {told}"));
        }
    }

    pub(crate) async fn settled(&self, what: &str) {
        self.run.settled(what, |_| true).await;
    }

    /// Until Sparkcentral has it back.
    pub(crate) async fn completed(&mut self, complete: &'static str, state: &'static str) {
        let is_complete = |seen: &Seen| seen.is_away;
        self.run.settled(complete, is_complete).await;
        self.expected.complete = Some(complete);
        self.expected.state = state;
    }

    /// Nothing stands in the way of the next message: it is answered at once, unless the machine was so
    /// busy that the budget passed.
    pub(crate) async fn next(&mut self, journey: Journey) {
        let (text, answer) = match journey {
            Journey::Rules => ("hours", "From nine to five."),
            _ => ("thanks", "You said thanks."),
        };
        let budget = agents::budget(journey.agent());
        let outcome = budget.map_or("turned", |_| "answered");
        let began = Instant::now();
        let (_, told) = self.write_and_read(text, outcome).await;
        if budget.is_some_and(|budget| texts(&told).is_empty() && began.elapsed() < budget) {
            let problem = "the next message is not answered in the webhook's response";
            self.run.problem(problem.to_owned());
        }
        self.reads(answer);
        self.settled("the next message").await;
    }

    /// People are asked instead, but where nobody knows that it was refused.
    pub(crate) async fn refused(&mut self, text: &'static str) {
        let is_unknown = |seen: &Seen| {
            let doubt = seen.in_doubt.as_ref();
            doubt.is_some_and(|doubt| doubt.text.as_deref() == Some(text))
        };
        let is_over = |seen: &Seen| seen.is_away || is_unknown(seen);
        self.run.settled("the refusal", is_over).await;
        self.expected.refused = Some(text);
        if self.run.seen().is_away {
            self.expected.complete = Some("HANDOVER");
            self.expected.state = "with_agent";
        }
    }

    /// A person replies as soon as the bot has been asked.
    pub(crate) async fn meanwhile(&mut self) {
        self.run.watch(true);
        let (stage, run) = (self.stage, self.run);
        let person = async {
            stage.bot.heard(&run.id, "think").await;
            let reply = json!({"id": "r-1", "text": "A person here."});
            stage.ask(run, "POST", "replies", reply).await
        };
        let (_, (status, told)) = tokio::join!(self.write("think", "answered"), person);
        if status != 202 {
            run.problem(format!("replies: {status} {told}"));
        }
        self.settled("both answers").await;
        self.expected.is_at_once = true;
        for text in ["A person here.", "You said think."] {
            self.reads(text);
        }
    }

    pub(crate) async fn two_at_once(&mut self) {
        self.run.watch(true);
        let mut both = [String::new(), String::new()];
        for (key, text) in both.iter_mut().zip(["one", "two"]) {
            *key = self.write(text, "turned").await;
        }
        self.settled("both messages").await;
        let turns = self.stage.bot.turns();
        let is_both = |turn: &Value| {
            turn["turnId"] == both[1].as_str() && turn["trigger"]["text"] == "one\ntwo"
        };
        if turns.iter().any(is_both) {
            self.expected.events[0].2 = "merged";
            self.reads("You said one\ntwo.");
        } else {
            // A machine so busy that one was over before the other came.
            self.reads("You said one.");
            self.reads("You said two.");
        }
    }
}
