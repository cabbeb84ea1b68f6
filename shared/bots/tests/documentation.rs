//! What docs/bots.md shows is what the code takes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

use std::path::Path;

use bots::ScriptBot;
use conversation::{Answer, Turn};

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/bots.md");
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
    let page = page();
    let rules = blocks(&page, "toml")[0].split("'''").nth(1).unwrap();
    ScriptBot::from_toml(rules).unwrap();
}

#[test]
fn the_request_and_the_response_on_the_page_are_the_contract() {
    let page = page();
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
}
