//! What functions have logged, fetched as the person on call would: with the AWS command line.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use system_tests::World;

/// One line of a function's log: standard output and standard error alike.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// The log group without what all of them begin with: `webhook-intake`.
    pub(crate) function: String,
    pub(crate) text: String,
}

fn aws(world: &World, arguments: &[&str]) -> Value {
    let aws = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.local/venv-aws/bin/aws");
    let output = Command::new(aws)
        .args(["logs", "--output", "json"])
        .args(arguments)
        .envs(world.stack.aws.environment())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Most events that one call tells of.
const MOST: usize = 10_000;

/// All lines a function has logged in this stack. Some may be told twice.
pub(crate) fn lines_of(world: &World, function: &str) -> Vec<String> {
    let group = format!("/aws/lambda/sparkbridge-{}-{function}", world.stack.stage);
    let mut messages = Vec::new();
    let mut since = 0;
    loop {
        let start = since.to_string();
        let told = aws(
            world,
            &[
                "filter-log-events",
                "--log-group-name",
                &group,
                "--start-time",
                &start,
            ],
        );
        let events = told["events"].as_array().unwrap();
        let texts = events.iter().filter_map(|event| event["message"].as_str());
        messages.extend(texts.map(ToOwned::to_owned));
        if events.len() < MOST {
            break;
        }
        // The emulator has more and does not say so.
        let last = events[MOST - 1]["timestamp"].as_i64().unwrap();
        assert!(last > since, "{MOST} events within a millisecond");
        since = last;
    }
    // One message may be several lines, if a function lets one be.
    messages
        .iter()
        .flat_map(|message| message.trim_end().split('\n').map(ToOwned::to_owned))
        .collect()
}

/// All lines of all functions.
pub(crate) fn every_line(world: &World) -> Vec<Line> {
    let begin = format!("/aws/lambda/sparkbridge-{}-", world.stack.stage);
    let told = aws(
        world,
        &["describe-log-groups", "--log-group-name-prefix", &begin],
    );
    let groups = told["logGroups"].as_array().unwrap().iter();
    let functions = groups.map(|group| {
        let name = group["logGroupName"].as_str().unwrap();
        name[begin.len()..].to_owned()
    });
    functions
        .flat_map(|function| {
            let lines = lines_of(world, &function);
            lines.into_iter().map(move |text| Line {
                function: function.clone(),
                text,
            })
        })
        .collect()
}

pub(crate) fn wait_for(world: &World, function: &str, what: &str, found: impl Fn(&str) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !lines_of(world, function).iter().any(|line| found(line)) {
        assert!(Instant::now() < deadline, "{function} never logged {what}");
        std::thread::sleep(Duration::from_millis(300));
    }
}
