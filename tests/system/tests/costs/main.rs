//! What one message costs in calls to AWS, counted on the wire, and what docs/cost.md says of it.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test's panic is its report"
)]

mod counting;
mod page;
mod scene;

use scene::{Counted, Scene};
use system_tests::World;

/// Turns on writing the page instead of comparing it.
const WRITE: &str = "SPARKBRIDGE_WRITE_DOCS";

#[tokio::test]
async fn the_cost_page_is_what_the_calls_add_up_to() {
    let world = World::join();
    let mut paths = Vec::new();
    for (name, about, mode, text) in [
        (
            "inline",
            "answered in the webhook's response",
            "inline",
            "What are your opening hours?",
        ),
        (
            "queued",
            "answered over REST (`mode = \"queued\"`)",
            "queued",
            "What are your opening hours?",
        ),
        (
            "handover",
            "handed over to people",
            "inline",
            "I want to talk to a human",
        ),
    ] {
        let scene = Scene::set(&world, mode).await;
        let counted = scene.one_message(text).await;
        println!("{name}: {counted:?}");
        paths.push((name, about, counted));
    }
    let (inline, queued) = (&paths[0].2, &paths[1].2);
    assert_eq!(inline.queue_requests, 0, "inline: no queue message");
    assert!(inline.invocations == 1 && queued.invocations >= 3);
    holds_the_budget(inline);

    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cost.md");
    let written = std::fs::read_to_string(path).unwrap();
    let current = page::with_tables(&written, &paths);
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(path, current).unwrap();
    } else {
        assert!(
            written == current,
            "docs/cost.md is out of date; run this test with {WRITE}=1 to write it:\n{current}"
        );
    }
}

/// The design's budget: begin and commit, nothing more.
fn holds_the_budget(inline: &Counted) {
    assert!(
        inline.write_requests <= 2,
        "the inline path writes {} times",
        inline.write_requests
    );
}
