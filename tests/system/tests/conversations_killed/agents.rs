//! The agents of the test, and their bot.

use std::time::Duration;

use serde_json::{Value, json};
use system_tests::{Answer, TestBot, World};

/// Signs webhooks. 32 bytes, hex.
pub(crate) const SECRET: &str = "5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed";
/// Of somebody who may do everything; at least 32 characters.
pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// The agent whose bot may think for seconds, in invocations that are longer too.
pub(crate) const PATIENT: &str = "patient";

/// Milliseconds the bot takes for a slow answer: more than its agent's budget.
const SLOW_MS: u64 = 1_500;
/// Milliseconds it thinks: less than its agent's budget, and time for a person to say something.
const THINKS_MS: u64 = 5_000;

const RULES: &str = r#"[bot]
kind = "script"
rules = '''
default_language = "en"
[greeting.started]
en = "Welcome."
[greeting.delegated]
en = "Back again."
[no_text]
en = "A text, please."
[fallback]
handover_after = 9
[fallback.text]
en = "Pardon?"
[fallback.handover_text]
en = "One moment."
[[rules]]
name = "hours"
patterns.en = ["hours"]
text.en = "From nine to five."
'''
"#;

/// What the bot says, by what it hears.
pub(crate) fn mind(turn: &Value) -> Answer {
    let trigger = &turn["trigger"];
    if trigger["type"] == "started" {
        return Answer::actions(json!([]));
    }
    if let Some(payload) = trigger["payload"].as_str() {
        return Answer::text(&format!("You chose {payload}."));
    }
    let reply = |text: &str| json!({"type": "reply", "text": text});
    match trigger["text"].as_str().unwrap() {
        "choose" => {
            let mut answer = Answer::actions(json!([{
                "type": "reply",
                "text": "Which size?",
                "quickReplies": [{"label": "Small", "payload": "S"}, {"label": "Large", "payload": "L"}],
            }]));
            answer.body["session"] = json!({"asked": "size"});
            answer
        }
        "slow" => {
            let replies = json!([reply("It took a while."), reply("Here it is.")]);
            Answer::actions(replies).after(SLOW_MS)
        }
        "later" => Answer::status(202),
        "people" => Answer::actions(json!([
            reply("Somebody will help you."),
            {"type": "topics", "topics": ["orders"]},
            {"type": "handover", "reason": "bot_asked"},
        ])),
        "think" => Answer::text("You said think.").after(THINKS_MS),
        text => Answer::text(&format!("You said {text}.")),
    }
}

/// The time there is for an answer in the webhook's response, where there is one: its budget without what
/// is kept back of it.
pub(crate) fn budget(agent: &str) -> Option<Duration> {
    match agent {
        "queued" | "resend" | "merging" => None,
        "slow" => Some(Duration::from_millis(500)),
        PATIENT => Some(Duration::from_millis(7_700)),
        _ => Some(Duration::from_millis(2_700)),
    }
}

/// The settings of an agent: some at the top, and those of its turns.
fn settings(top: &str, turns: &str, bot: &str) -> String {
    format!("{top}\n[turns]\n{turns}\n{bot}")
}

/// Registers all of them in a stage, with the command line.
pub(crate) async fn register(world: &World, stage: &str, bot: &TestBot, api_base: &str) {
    let (ours, rules) = (bot.settings(), RULES);
    // Long enough for a busy machine, short enough that whoever waits for a dead one gives up soon.
    let inline = "inline_budget_ms = 3000";
    let queued = "mode = \"queued\"";
    let resend = format!("{queued}\nunknown_delivery = \"resend\"");
    // The test waits for every deadline, but none of these may be missed.
    let turns = "while_busy = \"queue\"\nanswer_within_secs = 60\nholding_lead_secs = 5";
    let merging = "debounce_ms = 5000\nanswer_within_secs = 60\nholding_lead_secs = 5";
    let deadline = "answer_within_secs = 10\nholding_lead_secs = 5\nholding_text = \"One moment.\"";
    for (agent, settings) in [
        ("rules", settings(inline, turns, rules)),
        ("inline", settings(inline, turns, &ours)),
        ("slow", settings("inline_budget_ms = 800", turns, &ours)),
        (PATIENT, settings("inline_budget_ms = 8000", turns, &ours)),
        ("queued", settings(queued, turns, &ours)),
        ("resend", settings(&resend, turns, &ours)),
        ("merging", settings(inline, merging, &ours)),
        ("deadline", settings(inline, deadline, &ours)),
    ] {
        put(world, stage, agent, api_base, &settings, bot.secrets()).await;
    }
}

async fn put(
    world: &World,
    stage: &str,
    agent: &str,
    api_base: &str,
    settings: &str,
    mut secret: Value,
) {
    let folder = std::env::temp_dir().join(format!("sparkbridge-{stage}-{agent}"));
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("settings.toml");
    let settings = format!("region = \"us\"\napi_base = \"{api_base}\"\n{settings}");
    std::fs::write(&file, settings).unwrap();
    secret["webhook_secret"] = SECRET.into();
    secret["client_id"] = agent.into();
    secret["client_secret"] = "secret".into();
    secret["api_tokens"] = json!([{"name": "desk", "role": "supervisor", "token": TOKEN}]);
    let secret_file = folder.join("secret.json");
    std::fs::write(&secret_file, secret.to_string()).unwrap();
    let (file, secret_file) = (file.to_str().unwrap(), secret_file.to_str().unwrap());
    let arguments = ["--stage", stage, "agent", "put", agent];
    let files = ["--file", file, "--secret-file", secret_file];
    world.sparkbridge(&[&arguments[..], &files].concat()).await;
    std::fs::remove_dir_all(&folder).unwrap();
}
