//! What one message costs in calls to AWS, counted on the wire, and what docs/cost.md says of it.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test's panic is its report"
)]

mod counting;
mod page;
mod scene;

use futures::future::join_all;
use page::Message;
use scene::{Before, Scene};
use system_tests::World;

/// Turns on writing the page instead of comparing it.
const WRITE: &str = "SPARKBRIDGE_WRITE_DOCS";

/// As long as people write: each begun KB is paid for.
const QUESTION: &str = "Hello, could you tell me what your opening hours are during the week before Christmas, please?";
const FRAGE: &str =
    "Guten Tag, wie sind denn Ihre Öffnungszeiten in der Woche vor Weihnachten, bitte?";
const FOR_PEOPLE: &str = "This is the third time that I am asking about it, I want to speak to a real person now please.";

#[tokio::test]
async fn the_cost_page_is_what_the_calls_add_up_to() {
    let world = World::join();
    let paths = [
        (
            "inline",
            "answered by rules in the webhook's response",
            300.0,
            "inline",
            Before::LongAgo,
            QUESTION,
        ),
        (
            "again",
            "the same, seconds after another message",
            1_100.0,
            "inline",
            Before::Now,
            QUESTION,
        ),
        (
            "changes",
            "the same, and the bot's memory changes",
            400.0,
            "inline",
            Before::LongAgo,
            FRAGE,
        ),
        (
            "queued",
            "answered over REST (`mode = \"queued\"`)",
            4_000.0,
            "queued",
            Before::LongAgo,
            QUESTION,
        ),
        (
            "handover",
            "handed over to people",
            6_500.0,
            "inline",
            Before::LongAgo,
            FOR_PEOPLE,
        ),
    ];
    // Each has a stage of its own, and waits most of the time: for leases and deadlines to pass.
    let world = &world;
    let messages = paths.map(|(name, about, cpu_us, mode, before, text)| async move {
        let scene = Scene::set(world, mode, before).await;
        let counted = scene.one_message(text).await;
        println!("{name}: {counted:?}");
        Message {
            about,
            cpu_us,
            counted,
        }
    });
    let messages = join_all(messages).await;
    let (inline, queued) = (&messages[0], &messages[3]);
    assert!(inline.counted.invocations == 1 && queued.counted.invocations >= 3);
    holds_the_budget(inline);

    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/cost.md");
    let written = std::fs::read_to_string(path).unwrap();
    let current = page::with_tables(&written, &messages);
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(path, current).unwrap();
    } else {
        assert!(
            written == current,
            "docs/cost.md is out of date; run this test with {WRITE}=1 to write it:\n{current}"
        );
    }
}

/// The design's budget: begin and answer, nothing more.
fn holds_the_budget(inline: &Message) {
    let counted = &inline.counted;
    assert_eq!(counted.queue_requests, 0, "no queue message");
    assert!(
        counted.write_requests <= 2,
        "the inline path writes {} times",
        counted.write_requests
    );
    let dollars = page::dollars(inline);
    assert!(dollars <= 2.5, "{dollars:.2} $ for a million webhooks");
}
