//! The workspace in a browser: `tests/browser/` says what people do there and must see, Chromium does it.
#![allow(clippy::unwrap_used, reason = "a test's panic is its report")]

use std::path::{Path, PathBuf};

use local_stack::{Options, simulator, sparkbridge};
use system_tests::{Exports, World};
use tokio::process::Command;
use uuid::Uuid;

/// A simulator with one agent, and the file of journeys that has them for itself: switching all faults off
/// or looking at an empty queue would disturb others.
async fn travel(journeys: &str, exports_root: Option<PathBuf>) {
    let config = simulator::Config {
        exports_root,
        ..Options::new("browser").simulator
    };
    let world = World::join_with_own_simulator(config).await;
    world.agent("[bot]\nkind = \"script\"\n").await;

    let command_line = sparkbridge(&world.stack).unwrap();
    let command_line = command_line.as_std();
    let environment = command_line.get_envs();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let node = root.join(".local/venv-browser/bin/node");
    let output = Command::new(&node)
        .args(["--test", "--test-reporter=spec"])
        .arg(root.join("tests/browser").join(journeys))
        .envs(environment.filter_map(|(name, value)| Some((name, value?))))
        .env("WORKSPACE_URL", &world.stack.simulator_url)
        .env("SPARKBRIDGE", command_line.get_program())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap_or_else(|error| {
            let node = node.display();
            panic!("{node} does not start ({error}): run infra/setup.sh browser")
        });
    let told = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{told}");
    // An empty file would succeed too.
    assert!(!told.contains("ℹ pass 0\n"), "no journey: {told}");
    assert!(told.contains("ℹ skipped 0\n"), "{told}");
    assert!(told.contains("ℹ todo 0\n"), "{told}");
}

#[tokio::test]
async fn a_conversation_goes_from_the_bot_to_people_in_the_browser() {
    travel("conversation.test.mjs", None).await;
}

#[tokio::test]
async fn a_twitter_channel_is_added_in_the_browser() {
    travel("channels.test.mjs", None).await;
}

#[tokio::test]
async fn exports_are_written_in_the_browser_and_pulled_into_tables() {
    // The server that the command line pulls from, with nobody else's settings.
    let world = World::join();
    let exports = Exports::take(&world).await;
    let root = exports.world.stack.sftp.folder.clone();
    travel("exports.test.mjs", Some(root)).await;
}

#[tokio::test]
async fn a_fault_is_switched_on_in_the_browser_and_its_retry_seen() {
    travel("faults.test.mjs", None).await;
}

#[tokio::test]
async fn every_page_is_accessible() {
    let scratch = Scratch::new();
    travel("accessible.test.mjs", Some(scratch.0.clone())).await;
}

/// A folder that goes when dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("sparkbridge-{}", Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Best effort, like every temporary file's removal.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
