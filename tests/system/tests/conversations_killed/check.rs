//! What became of a conversation, against what Sparkcentral and the bot saw of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use system_tests::transcript;

use crate::run::{Run, Seen, texts};
use crate::stage::Stage;
use crate::talk::Expected;

/// Everything that is not as it must be.
pub(crate) async fn problems(stage: &Stage, run: &Arc<Run>, expected: &Expected) -> Vec<String> {
    let (status, told) = stage.ask(run, "GET", "", Value::Null).await;
    let seen = run.seen();
    let mut found = Found(seen.problems.clone());
    found.same("the transcript's status", &status, &200);
    found.heard(&seen, expected, run.agent == "resend");
    found.answers(&seen);
    found.transcript(&seen, expected, &told, run.agent == "resend");
    found.conversation(&seen, expected, &told);
    let turns = stage.bot.turns();
    let turns = turns.iter().filter(|turn| turn["conversationId"] == run.id);
    found.bot(turns, expected, run.agent == "rules");
    found.0
}

struct Found(Vec<String>);

impl Found {
    fn same<T: std::fmt::Debug + PartialEq>(&mut self, what: &str, found: &T, expected: &T) {
        if found != expected {
            self.0
                .push(format!("{what}: {found:?} instead of {expected:?}"));
        }
    }

    /// Everything once and in order, but for the reply that was under way when its sender died.
    fn heard(&mut self, seen: &Seen, expected: &Expected, is_resent: bool) {
        let mut said = expected.said.clone();
        if let Some(doubt) = &seen.in_doubt
            && let Some(text) = &doubt.text
            && let Some(place) = said.iter().position(|said| said == text)
        {
            match (is_resent, doubt.arrived) {
                (true, true) => said.insert(place, text.clone()),
                (false, false) => drop(said.remove(place)),
                (true, false) | (false, true) => {}
            }
        }
        let heard = seen.heard.iter().flat_map(|heard| heard.texts.clone());
        let mut heard: Vec<_> = heard.collect();
        if expected.is_at_once {
            said.sort_unstable();
            heard.sort_unstable();
        }
        self.same("the contact reads", &heard, &said);
        let complete = |seen: &Seen| {
            let completes = seen.heard.iter().filter_map(|heard| heard.complete.clone());
            completes.collect::<Vec<_>>()
        };
        let expected_complete: Vec<_> = expected.complete.map(str::to_owned).into_iter().collect();
        self.same("completed", &complete(seen), &expected_complete);
        if expected.complete.is_some() {
            let last = seen.heard.last();
            let is_last = last.is_some_and(|last| last.complete.is_some());
            self.same("completing is the last", &is_last, &true);
            let topics = last.map(|last| last.topics.clone()).unwrap_or_default();
            for topic in &expected.topics {
                let is_there = topics.iter().any(|applied| applied == topic);
                self.same(&format!("topic {topic}"), &is_there, &true);
            }
        }
    }

    /// However often an event is sent, its answer says the same.
    fn answers(&mut self, seen: &Seen) {
        for (key, answers) in &seen.answers {
            let said: Vec<_> = answers.iter().map(texts).collect();
            let first = vec![said[0].clone(); said.len()];
            self.same(&format!("the answers to {key}"), &said, &first);
        }
    }

    fn transcript(&mut self, seen: &Seen, expected: &Expected, told: &Value, is_resent: bool) {
        let entries = transcript(told);
        let events = entries
            .iter()
            .filter(|entry| entry.get("outcome").is_some());
        let word = |value: &Value| value.as_str().map(str::to_owned);
        let events: Vec<_> = events
            .map(|entry| {
                let key = word(&entry["turnId"]).unwrap();
                (key, word(&entry["text"]), word(&entry["outcome"]).unwrap())
            })
            .collect();
        let mut expected_events: Vec<_> = expected
            .events
            .iter()
            .map(|(key, text, outcome)| (key.clone(), text.clone(), (*outcome).to_owned()))
            .collect();
        for (expected, found) in expected_events.iter_mut().zip(&events) {
            // A busy machine answers later, which is as good.
            if expected.2 == "answered" && found.2 == "turned" {
                expected.2.clone_from(&found.2);
            }
        }
        self.same("events", &events, &expected_events);

        let replies = entries
            .iter()
            .filter(|entry| entry.get("delivery").is_some());
        let mut replies: Vec<_> = replies
            .map(|entry| {
                (
                    word(&entry["text"]),
                    word(&entry["delivery"]["status"]).unwrap(),
                )
            })
            .collect();
        let doubt = seen.in_doubt.as_ref();
        let status = |text: Option<&str>| match doubt {
            Some(doubt) if doubt.text.as_deref() == text => match (text, doubt.arrived) {
                (Some(_), _) if !is_resent => "unknown",
                // What ended the conversation can't be said again: it is not the bot's any more.
                (None, true) => "dropped",
                _ => "sent",
            },
            _ if text.is_some() && text == expected.refused => "failed",
            _ => "sent",
        };
        let refused = expected.refused.map(str::to_owned);
        let said = refused
            .iter()
            .chain(&expected.said)
            .map(|said| Some(said.clone()));
        let completing = expected.complete.map(|_| None);
        let mut expected_replies: Vec<_> = said
            .chain(completing)
            .map(|text| (text.clone(), status(text.as_deref()).to_owned()))
            .collect();
        if expected.is_at_once {
            replies.sort_unstable();
            expected_replies.sort_unstable();
        }
        self.same("replies", &replies, &expected_replies);
    }

    /// Nothing in flight, nothing waiting.
    fn conversation(&mut self, seen: &Seen, expected: &Expected, told: &Value) {
        self.same("in flight", &told["inFlight"], &Value::Null);
        self.same("waiting", &told["waiting"], &json!([]));
        self.same("awaiting", &told["awaiting"], &json!(expected.awaiting));
        let ends_in_doubt = seen
            .in_doubt
            .as_ref()
            .is_some_and(|doubt| doubt.text.is_none() && doubt.arrived);
        let state = match ends_in_doubt {
            // Sending it again found that it is not the bot's any more, whoever has it.
            true => "with_agent",
            false => expected.state,
        };
        self.same("state", &told["state"], &json!(state));
    }

    /// The bot heard of every event, under its own id and always the same.
    fn bot<'a>(
        &mut self,
        turns: impl Iterator<Item = &'a Value>,
        expected: &Expected,
        has_rules: bool,
    ) {
        let mut heard: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for turn in turns {
            let key = turn["turnId"].as_str().unwrap();
            heard.entry(key).or_default().push(&turn["trigger"]["text"]);
        }
        let asked = expected
            .events
            .iter()
            .filter(|(_, _, outcome)| *outcome != "merged");
        let mut asked: Vec<_> = asked.map(|(key, _, _)| key.as_str()).collect();
        asked.sort_unstable();
        if !has_rules {
            let keys: Vec<_> = heard.keys().copied().collect();
            self.same("turns of the bot", &keys, &asked);
        }
        for (key, texts) in heard {
            let first = vec![texts[0]; texts.len()];
            self.same(&format!("turn {key} of the bot"), &texts, &first);
        }
    }
}
