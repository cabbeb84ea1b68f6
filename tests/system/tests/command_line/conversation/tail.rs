//! `sparkbridge conversation tail`: what is said appears by itself.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use system_tests::{Answer, TestBot, World};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::owed_an_answer;

/// Generous, as everywhere: two busy cores.
const WITHIN: Duration = Duration::from_secs(120);

/// A command that goes on.
struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    fn start(world: &World, arguments: &[&str]) -> Self {
        let mut command = local_stack::sparkbridge(&world.stack).unwrap();
        let command = command.args(arguments).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        Self {
            child,
            lines: BufReader::new(stdout).lines(),
        }
    }

    /// Reads on until a line has `words`; that line.
    async fn until(&mut self, words: &str) -> String {
        let found = async {
            loop {
                let line = self.lines.next_line().await.unwrap();
                let line = line.unwrap_or_else(|| panic!("it ended before it told {words:?}"));
                if line.contains(words) {
                    return line;
                }
            }
        };
        tokio::time::timeout(WITHIN, found).await.unwrap()
    }

    /// Ctrl-C; its status.
    async fn interrupt(mut self) -> Option<i32> {
        let pid = self.child.id().unwrap().to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status().await;
        assert!(sent.unwrap().success());
        let ended = tokio::time::timeout(WITHIN, self.child.wait()).await;
        ended.unwrap().unwrap().code()
    }
}

#[tokio::test]
async fn a_conversation_is_followed_until_ctrl_c() {
    let world = World::join();
    let (agent, id, _bot) = owed_an_answer(&world).await;
    let name = agent.name.as_str();
    let line = [
        "conversation",
        "tail",
        name,
        &id,
        "--last",
        "1",
        "--every",
        "1s",
    ];
    let mut tail = Running::start(&world, &line);
    // The one entry asked for shows that it has begun.
    tail.until("hello").await;
    let reply = [
        "conversation",
        "reply",
        name,
        &id,
        "--text",
        "here it is",
        "--id",
        "r-1",
    ];
    world.run(&reply).await.told();
    let line = tail.until("[api.r-1.1]").await;
    assert!(line.contains("api (operator)"), "{line}");
    if !line.contains("  sent ") {
        tail.until("  sent ").await;
    }
    assert_eq!(tail.interrupt().await, Some(0));
}

#[tokio::test]
async fn what_there_is_already_is_told_as_one_object_a_line_and_then_the_time_is_over() {
    let world = World::join();
    let (agent, id, _bot) = owed_an_answer(&world).await;
    let line = [
        "conversation",
        "tail",
        &agent.name,
        &id,
        "--last",
        "9",
        "--for",
        "1s",
        "--json",
    ];
    let ran = world.run(&line).await;
    let entries: Vec<Value> = ran
        .told()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(entries.len(), 2, "{ran:?}");
    assert!(entries.iter().all(|entry| entry["conversationId"] == id));
    assert_eq!(
        (&entries[0]["event"], &entries[1]["text"]),
        (&"started".into(), &"hello".into())
    );
    let ran = world.run(&[&line[..], &["--no-text"]].concat()).await;
    assert!(!ran.told().contains("hello"), "{ran:?}");
}

#[tokio::test]
async fn all_conversations_of_an_agent_are_followed_and_no_others() {
    let world = World::join();
    let bot = TestBot::start(|_| Answer::text("hi there")).await;
    let agent = world.agent_of(&bot, "").await;
    let before = world.begin(&agent, Some("from before")).await;
    world
        .until_api(&agent, &before, "it was answered", |told| {
            told.to_string().contains("hi there")
        })
        .await;
    let ran = world
        .run(&["conversation", "tail", &agent.name, "--for", "1s"])
        .await;
    assert_eq!(ran.told(), "", "what was said before is no news");

    let line = [
        "conversation",
        "tail",
        &agent.name,
        "--every",
        "1s",
        "--json",
    ];
    let mut tail = Running::start(&world, &line);
    let other = world.agent_of(&bot, "").await;
    world.begin(&other, Some("to another agent")).await;
    // Until it has begun, what is written may be of before: so the contact writes on.
    let id = world.begin(&agent, None).await;
    let told = async {
        loop {
            world.write_and_wait(&id, "to this agent").await;
            let line = tokio::time::timeout(Duration::from_secs(5), tail.lines.next_line()).await;
            if let Ok(line) = line {
                return line.unwrap().expect("it goes on");
            }
        }
    };
    let line = tokio::time::timeout(WITHIN, told).await.unwrap();
    let mut line: Value = serde_json::from_str(&line).unwrap();
    loop {
        assert_eq!(line["conversationId"], id, "{line}");
        if line["text"] == "hi there" {
            break;
        }
        line = serde_json::from_str(&tail.until("conversationId").await).unwrap();
    }
    assert_eq!(tail.interrupt().await, Some(0));
}
