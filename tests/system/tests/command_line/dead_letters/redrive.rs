//! What becomes of messages that are sent back to work.

use std::fs;
use std::time::{Duration, Instant};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use serde_json::{Value, json};
use system_tests::{Answer, Ran, TestBot, World, handed_over, now_rfc3339, topics};
use uuid::Uuid;

use super::stage::{Stage, TURNS, bodies, body};

#[tokio::test]
async fn a_redrive_sends_the_original_bytes_in_their_order_and_keeps_a_copy() {
    let stage = Stage::new(&TURNS).await;
    for n in 1..=12 {
        let once = format!("d-{n}");
        stage
            .put("turns-dead.fifo", "g-1", &once, &body("c-1", n))
            .await;
        stage
            .put("turns-dead.fifo", "g-2", &once, &body("c-2", n))
            .await;
    }
    let folder = std::env::temp_dir().join(format!("sparkbridge-{}", Uuid::new_v4()));
    fs::create_dir(&folder).unwrap();
    let file = folder.join("kept.jsonl");
    let save = file.to_str().unwrap();
    let ran = stage
        .run(&["redrive", "turns", "--all", "--save", save, "--json"])
        .await;
    let told = ran.json();
    assert_eq!(told["sent"].as_array().unwrap().len(), 24, "{told:#}");
    assert_eq!(told["stay"], json!([]));

    let kept = fs::read_to_string(&file).unwrap();
    let kept: Vec<Value> = kept
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(kept.len(), 24);
    assert!(kept.iter().all(|line| line["queue"] == "turns"));
    let again = stage
        .run(&["redrive", "turns", "--all", "--save", save])
        .await;
    assert!(
        again.refusal().contains("a file that is not there yet"),
        "{again:?}"
    );
    fs::remove_dir_all(&folder).unwrap();

    assert!(stage.take("turns-dead.fifo").await.is_empty());
    let arrived = stage.take("turns.fifo").await;
    for (group, conversation) in [("g-1", "c-1"), ("g-2", "c-2")] {
        let attribute = |message: &Message, name| message.attributes().unwrap().get(&name).cloned();
        let of_group: Vec<Message> = arrived
            .iter()
            .filter(|message| {
                attribute(message, MessageSystemAttributeName::MessageGroupId).as_deref()
                    == Some(group)
            })
            .cloned()
            .collect();
        let expected: Vec<String> = (1..=12).map(|n| body(conversation, n)).collect();
        assert_eq!(bodies(&of_group), expected);
        let once: Vec<_> = of_group
            .iter()
            .filter_map(|it| attribute(it, MessageSystemAttributeName::MessageDeduplicationId))
            .collect();
        assert_eq!(once, (1..=12).map(|n| format!("d-{n}")).collect::<Vec<_>>());
        let kind = of_group[0].message_attributes().unwrap()["kind"].string_value();
        assert_eq!(kind, Some("kept"));
    }
    let nothing = stage.run(&["redrive", "turns", "--all"]).await;
    assert_eq!(nothing.told(), "there was nothing to send\n");
}

#[tokio::test]
async fn one_message_is_sent_alone_and_never_past_its_conversation() {
    let stage = Stage::new(&TURNS).await;
    let first = stage
        .put("turns-dead.fifo", "g-1", "d-1", &body("c-1", 1))
        .await;
    let second = stage
        .put("turns-dead.fifo", "g-1", "d-2", &body("c-1", 2))
        .await;
    let other = stage
        .put("turns-dead.fifo", "g-2", "d-3", &body("c-2", 1))
        .await;

    let refused = stage.run(&["redrive", "turns", "--id", &second]).await;
    assert_eq!(refused.status, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("would pass them"), "{refused:?}");
    let missing = stage.run(&["redrive", "turns", "--id", "nothing"]).await;
    assert!(
        missing.refusal().contains("no message \"nothing\""),
        "{missing:?}"
    );

    let sent = stage.run(&["redrive", "turns", "--id", &other]).await;
    assert!(
        sent.told()
            .contains(&format!("sent {other} (agent demo, conversation c-2)")),
        "{sent:?}"
    );
    stage
        .run(&["redrive", "turns", "--id", &first])
        .await
        .told();
    stage
        .run(&["redrive", "turns", "--id", &second])
        .await
        .told();
    assert_eq!(
        bodies(&stage.take("turns.fifo").await),
        [body("c-2", 1), body("c-1", 1), body("c-1", 2)]
    );
    assert!(stage.take("turns-dead.fifo").await.is_empty());
}

#[tokio::test]
async fn a_message_that_sqs_would_swallow_as_a_repeat_is_not_lost() {
    let stage = Stage::new(&["turns.fifo"]).await;
    // It fails at once, and is given up on within the five minutes in which SQS remembers it.
    let policy = Stage {
        world: World::join(),
        name: stage.name.clone(),
        sqs: stage.sqs.clone(),
    };
    let dead = stage
        .sqs
        .create_queue()
        .queue_name(policy.queue("turns-dead.fifo"));
    dead.attributes(QueueAttributeName::FifoQueue, "true")
        .send()
        .await
        .unwrap();
    let arn = stage
        .sqs
        .get_queue_attributes()
        .queue_url(stage.url("turns-dead.fifo").await)
        .attribute_names(QueueAttributeName::QueueArn)
        .send()
        .await
        .unwrap();
    let arn = arn.attributes().unwrap()[&QueueAttributeName::QueueArn].clone();
    let redrive = json!({"deadLetterTargetArn": arn, "maxReceiveCount": 1}).to_string();
    let set = stage
        .sqs
        .set_queue_attributes()
        .queue_url(stage.url("turns.fifo").await);
    set.attributes(QueueAttributeName::RedrivePolicy, redrive)
        .send()
        .await
        .unwrap();
    let id = stage.put("turns.fifo", "g-1", "d-1", &body("c-1", 1)).await;
    let url = stage.url("turns.fifo").await;
    for _ in 0..2 {
        let receive = stage
            .sqs
            .receive_message()
            .queue_url(&url)
            .visibility_timeout(0);
        receive.send().await.unwrap();
    }
    let ran = stage.run(&["redrive", "turns", "--all", "--json"]).await;
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    let dead = bodies(&stage.take("turns-dead.fifo").await);
    let alive = bodies(&stage.take("turns.fifo").await);
    assert_eq!(dead.len() + alive.len(), 1, "{ran:?}");
    // AWS gives a dead letter a deduplication id of its own, and takes it; the emulator does not.
    if dead.is_empty() {
        assert_eq!(ran.status, Some(0), "{ran:?}");
    } else {
        assert_eq!(told["stay"], json!([{"id": id, "why": "repeat"}]));
        assert_eq!(ran.status, Some(1), "{ran:?}");
        assert!(ran.stderr.contains("in five minutes"), "{ran:?}");
    }
}

/// Runs a command on a message of the shared stage, where other tests look too: that hides messages for
/// a moment.
async fn once_seen(world: &World, arguments: &[&str]) -> Ran {
    let arguments = [&["dead-letters"], arguments].concat();
    let started = Instant::now();
    loop {
        let ran = world.run(&arguments).await;
        let missed = ran.stderr.contains("no message");
        if !missed || started.elapsed() > Duration::from_secs(90) {
            return ran;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[tokio::test]
async fn work_that_was_given_up_on_is_done_after_its_redrive() {
    let world = World::join();
    // It promises an answer, and never gives it.
    let bot = TestBot::start(|_| Answer::status(202)).await;
    let agent = world.agent_of(&bot, "").await;
    let id = world.begin(&agent, Some("hello")).await;
    let turn = bot.heard(&id, "hello").await["turnId"].clone();

    let sqs = Client::new(&aws_config::load_from_env().await);
    let name = format!("sparkbridge-{}-deadlines-dead", world.stack.stage);
    let url = sqs
        .get_queue_url()
        .queue_name(name)
        .send()
        .await
        .unwrap()
        .queue_url
        .unwrap();
    let body = json!({
        "version": 1,
        "agent": agent.name,
        "conversation_id": id,
        "work": "deadline",
        "turn_id": turn,
        "step": "hand_over",
        "due": now_rfc3339(),
    });
    let put = sqs
        .send_message()
        .queue_url(url)
        .message_body(body.to_string())
        .send()
        .await;
    let message = put.unwrap().message_id.unwrap();

    let shown = once_seen(&world, &["show", "deadlines", &message, "--json"]).await;
    let shown = shown.json();
    assert_eq!(shown["messages"][0]["conversation_id"], id.as_str());
    assert!(!handed_over(&world.seen(&id).await));
    let sent = once_seen(&world, &["redrive", "deadlines", "--id", &message]).await;
    assert!(sent.told().contains(&format!("sent {message}")), "{sent:?}");
    let seen = world.until(&id, "people have it", handed_over).await;
    assert!(
        topics(&seen).iter().any(|topic| topic == "deadline"),
        "{seen:#}"
    );
}
