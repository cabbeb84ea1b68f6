//! What the pages about bots show is what the code takes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

mod access;

use std::collections::BTreeSet;
use std::path::Path;

use access::{google_account, no_aws};
use bots::ScriptBot;
use conversation::{AgentSettings, Answer, BotSecrets, Turn};

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(name);
    std::fs::read_to_string(path).unwrap()
}

/// The page's code blocks of a language, in order.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    page.split(fence.as_str())
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

#[test]
fn the_rules_on_the_page_can_be_loaded() {
    let page = page("bots.md");
    let rules = blocks(&page, "toml")[0].split("'''").nth(1).unwrap();
    ScriptBot::from_toml(rules).unwrap();
}

#[test]
fn the_request_and_the_response_on_the_page_are_the_contract() {
    let page = page("write-your-own-bot.md");
    let json = blocks(&page, "json");
    let turn: Turn = serde_json::from_str(json[0]).unwrap();
    let again: serde_json::Value = serde_json::from_str(json[0]).unwrap();
    assert_eq!(
        serde_json::to_value(&turn).unwrap(),
        again,
        "nothing on the page is ignored"
    );
    let answer: Answer = serde_json::from_str(json[1]).unwrap();
    assert_eq!(answer.actions.len(), 4);
    assert_eq!(conversation::problems(&answer), [""; 0]);
}

#[test]
fn the_settings_on_the_pages_make_bots() {
    let secrets = BotSecrets {
        signing_key: Some("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".into()),
        token: Some("token-1".into()),
        google_service_account: Some(google_account()),
    };
    let mut kinds = BTreeSet::new();
    for name in ["bots.md", "write-your-own-bot.md", "bots-platforms.md"] {
        for bot in blocks(&page(name), "toml") {
            let settings = format!("region = \"eu\"\n{bot}");
            let settings: AgentSettings = toml::from_str(&settings).unwrap();
            assert_eq!(settings.problems(), [], "{name}");
            bots::build(&settings.bot, &secrets, &no_aws()).unwrap();
            kinds.insert(settings.bot.kind());
        }
    }
    let shown = ["dialogflow", "http", "rasa", "script", "webhook"];
    assert_eq!(kinds, BTreeSet::from(shown));
}

#[test]
fn the_example_has_about_thirty_lines_and_every_kind_has_its_row() {
    let example = page("examples/http_bot.py");
    assert!(example.lines().count() <= 32);
    let overview = page("bots.md");
    for kind in [
        "script",
        "http",
        "webhook",
        "rasa",
        "dialogflow",
        "lex",
        "bedrock",
    ] {
        assert!(overview.contains(&format!("| `{kind}` |")), "{kind}");
    }
}
