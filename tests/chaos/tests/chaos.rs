//! The short fault run, the planted bugs and the rotation under load, beside the stack of `make test`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test's panic is its report"
)]

use std::collections::{BTreeMap, BTreeSet};

use chaos::checker::{Violation, Wrong};
use chaos::{Bug, ExportBug, Options, Ran, Seed, fading, fault_run, planted_run, rotation_run};
use local_stack::StackInfo;
use tokio::sync::Mutex;

/// One run at a time: two cores.
static TURN: Mutex<()> = Mutex::const_new(());

const SEED: Seed = Seed(1);

fn say(line: &str) {
    println!("{line}");
}

fn is_clean(ran: &Ran) {
    assert!(ran.violations.is_empty(), "{}", ran.summary());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_while_everything_goes_wrong() {
    let _turn = TURN.lock().await;
    let stack = StackInfo::from_env().unwrap();
    let ran = fault_run(&stack, Options::short(SEED), say).await.unwrap();
    println!("{}", ran.summary());
    is_clean(&ran);
    // A run in which nothing went wrong proves nothing.
    for class in [
        "aws.answer_lost",
        "aws.failed",
        "aws.slow",
        "aws.throttled",
        "kills.at_a_request",
        "kills.at_random_moments",
        "messages.answered_once",
        "rotated.webhook_secret",
        "sparkcentral.duplicate_webhook",
    ] {
        assert!(ran.counts.contains_key(class), "{class}: {}", ran.summary());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_planted_bug_is_found_and_its_neighbours_are_clean() {
    let _turn = TURN.lock().await;
    let stack = StackInfo::from_env().unwrap();
    let ran = planted_run(&stack, SEED, say).await.unwrap();
    println!("{}", ran.summary());
    let planted: BTreeMap<&str, Wrong> = Bug::ALL
        .into_iter()
        .map(|bug| (bug.agent(), bug.looks_like()))
        .chain(ExportBug::ALL.map(|bug| (bug.table(), bug.looks_like())))
        .collect();
    let struck: BTreeSet<&str> = ran.struck.iter().map(String::as_str).collect();
    assert!(
        planted.keys().eq(struck.iter()),
        "every bug must strike: {struck:?}"
    );
    for (place, wrong) in &planted {
        let is_it = |one: &&Violation| one.agent == *place && one.wrong == *wrong;
        let found = ran.violations.iter().find(is_it);
        assert!(found.is_some(), "{place}, {wrong:?}: {}", ran.summary());
    }
    // Beside them are two agents and a table that have none.
    let clean = |one: &&Violation| !planted.contains_key(one.agent.as_str());
    let blamed: Vec<_> = ran.violations.iter().filter(clean).collect();
    assert!(blamed.is_empty(), "{blamed:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_secret_is_rotated_under_load_and_no_request_is_refused() {
    let _turn = TURN.lock().await;
    let stack = StackInfo::from_env().unwrap();
    let ran = rotation_run(&stack, SEED, 60).await.unwrap();
    println!("{}", ran.summary());
    is_clean(&ran);
    assert!(
        !ran.counts.contains_key("messages.refused"),
        "{}",
        ran.summary()
    );
    // With the old one at first, with both for a while, and in the end with the new one alone.
    let fading = fading(&ran.signed, "rotating", 2);
    assert!(fading.iter().any(|step| step.with_old > 0), "{fading:?}");
    let last = fading.last().unwrap();
    assert_eq!(last.with_old, 0, "{fading:?}");
    assert!(last.with_new > 0, "{fading:?}");
}
