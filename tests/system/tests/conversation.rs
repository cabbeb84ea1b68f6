//! Whole conversations: order, takeovers, slow and failing bots, handovers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

use futures::{StreamExt, stream};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use system_tests::{Answer, TestBot, World, message_event, said_by_bot};

/// Repeats what the contact wrote; greets nobody.
fn echo(turn: &Value) -> Answer {
    match turn["trigger"]["text"].as_str() {
        Some(text) => Answer::text(&format!("echo {text}")),
        None => Answer::actions(json!([])),
    }
}

#[tokio::test]
async fn a_conversation_runs_from_greeting_to_handover_inline() {
    let world = World::join();
    let agent = world
        .agent("inline_budget_ms = 9000\n[bot]\nkind = \"script\"\n")
        .await;
    let id = world.begin(&agent, None).await;
    world
        .until(&id, "the greeting", |seen| said_by_bot(seen).len() == 1)
        .await;
    world.write(&id, "What are your opening hours?").await;
    let seen = world
        .until(&id, "the answer", |seen| said_by_bot(seen).len() == 2)
        .await;
    let inline = seen["messages"].as_array().unwrap().iter();
    assert_eq!(
        inline
            .filter(|message| message["via"] == "webhook_answer")
            .count(),
        2
    );
    world
        .write(&id, "I would like to talk to a human, please.")
        .await;
    let seen = world
        .until(&id, "the handover", |seen| seen["queue"] == "New")
        .await;
    assert_eq!(
        seen["history"].as_array().unwrap().last().unwrap()["reason"],
        "handover"
    );
    let (status, told) = world.api(&agent, Method::GET, &id, "", None).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(told["handover"]["reason"], "contact_asked");
}

#[tokio::test]
async fn two_hundred_interleaved_conversations_keep_order_and_lose_and_double_nothing() {
    const CONVERSATIONS: usize = 200;
    const MESSAGES: usize = 3;
    // Contacts writing at the same moment: what the emulator takes on two cores within the ten
    // seconds that Sparkcentral waits.
    const AT_ONCE: usize = 20;
    let world = World::join();
    let bot = TestBot::start(echo).await;
    let settings = "mode = \"queued\"\nturns.while_busy = \"queue\"";
    let agent = world.agent_of(&bot, settings).await;
    let begun =
        stream::iter(0..CONVERSATIONS).map(|_| world.begin_with(&agent, json!({"wait": true})));
    let ids: Vec<_> = begun.buffer_unordered(AT_ONCE).collect().await;
    for n in 1..=MESSAGES {
        let text = n.to_string();
        stream::iter(&ids)
            .for_each_concurrent(AT_ONCE, |id| world.write_and_wait(id, &text))
            .await;
    }
    let expected: Vec<_> = (1..=MESSAGES).map(|n| format!("echo {n}")).collect();
    for id in &ids {
        let seen = world
            .until(id, "all replies", |seen| {
                said_by_bot(seen).len() >= MESSAGES
            })
            .await;
        assert_eq!(said_by_bot(&seen), expected, "{id}");
    }
    // Anything doubled would come after what was waited for.
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    for id in &ids {
        assert_eq!(said_by_bot(&world.seen(id).await), expected, "{id}");
    }
}

#[tokio::test]
async fn after_a_takeover_the_bot_is_silent_and_after_a_delegation_it_answers_again() {
    let world = World::join();
    let bot = TestBot::start(|turn| match turn["trigger"]["type"].as_str() {
        Some("delegated") => Answer::text("back again"),
        Some("message") => Answer::actions(json!([
            {"type": "reply", "text": "one"},
            {"type": "reply", "text": "two"},
            {"type": "reply", "text": "three"},
        ]))
        .after(2_500),
        _ => Answer::actions(json!([])),
    })
    .await;
    let agent = world.agent_of(&bot, "mode = \"queued\"").await;
    let id = world.begin(&agent, Some("hello")).await;
    world
        .until_api(&agent, &id, "the turn is queued", |told| {
            told["queuedTurns"] != 0
        })
        .await;
    world.act(&id, "take", json!({})).await;
    let told = world
        .until_api(&agent, &id, "the takeover is noticed", |told| {
            told["state"] == "with_agent"
        })
        .await;
    let told = if replies(&told)
        .iter()
        .any(|reply| reply["status"] == "pending")
    {
        world
            .until_api(&agent, &id, "the rest is dropped", |told| {
                replies(told)
                    .iter()
                    .all(|reply| reply["status"] == "dropped")
            })
            .await
    } else {
        told
    };
    let reasons: Vec<_> = replies(&told)
        .iter()
        .map(|reply| reply["reason"].clone())
        .collect();
    assert_eq!(reasons, ["not_assigned", "with_agent", "with_agent"]);
    assert!(said_by_bot(&world.seen(&id).await).is_empty());
    assert_eq!(told["episode"], 1);

    world.act(&id, "delegate", json!({})).await;
    world
        .until(&id, "the bot speaks first", |seen| {
            said_by_bot(seen) == ["back again"]
        })
        .await;
    let (_, told) = world.api(&agent, Method::GET, &id, "", None).await;
    assert_eq!(
        (told["episode"].clone(), told["state"].clone()),
        (json!(2), json!("with_bot"))
    );
    world.write(&id, "hello again").await;
    world
        .until(&id, "the bot answers again", |seen| {
            said_by_bot(seen).len() == 4
        })
        .await;
}

/// Deliveries of the stored replies, in order.
fn replies(told: &Value) -> Vec<Value> {
    let transcript = told["transcript"].as_array().unwrap();
    transcript
        .iter()
        .filter_map(|entry| entry.get("delivery").cloned())
        .collect()
}

#[tokio::test]
async fn a_bot_slower_than_the_budget_answers_over_rest_once() {
    let world = World::join();
    let bot = TestBot::start(|turn| echo(turn).after(3_000)).await;
    let agent = world.agent_of(&bot, "inline_budget_ms = 1500").await;
    let id = world.begin(&agent, Some("slow")).await;
    let seen = world
        .until(&id, "the answer", |seen| !said_by_bot(seen).is_empty())
        .await;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    let later = world.seen(&id).await;
    assert_eq!(said_by_bot(&later), ["echo slow"]);
    let said = later["messages"].as_array().unwrap().iter();
    let via: Vec<_> = said.filter_map(|message| message["via"].as_str()).collect();
    assert_eq!(via, ["rest"]);
    for attempt in seen["webhooks"].as_array().unwrap() {
        assert_eq!(attempt["status"], 200, "{attempt}");
        assert!(
            attempt["latency_ms"].as_u64().unwrap() < 10_000,
            "{attempt}"
        );
    }
}

#[tokio::test]
async fn twenty_messages_of_one_conversation_at_once_are_all_answered_once() {
    let world = World::join();
    let bot = TestBot::start(echo).await;
    for (mode, while_busy) in [
        ("inline", "queue"),
        ("inline", "merge"),
        ("queued", "queue"),
        ("queued", "merge"),
    ] {
        let settings = format!("mode = \"{mode}\"\nturns.while_busy = \"{while_busy}\"");
        let agent = world.agent_of(&bot, &settings).await;
        let id = world.begin(&agent, None).await;
        let (webhook, conversation) = (world.webhook(&agent), id.as_str());
        let sent = (0..20).map(|n| {
            let webhook = webhook.clone();
            async move {
                let key = uuid::Uuid::new_v4().to_string();
                let event = message_event(&key, conversation, &n.to_string());
                webhook.send_until_accepted(&event).await
            }
        });
        let mut answers = Vec::new();
        for (status, answer) in futures::future::join_all(sent).await {
            assert_eq!(status, StatusCode::OK, "{mode}: {answer}");
            answers.extend(answer["sendMessage"]["text"].as_str().map(str::to_owned));
        }
        // Messages that were one turn are one answer, with a line for each.
        let numbers = |texts: &[String]| -> Vec<u32> {
            let words = texts.iter().flat_map(|text| text.split_whitespace());
            words.filter_map(|word| word.parse().ok()).collect()
        };
        let missing = 20 - numbers(&answers).len();
        let seen = world
            .until(&id, "the other answers", |seen| {
                numbers(&said_by_bot(seen)).len() >= missing
            })
            .await;
        answers.extend(said_by_bot(&seen));
        if while_busy == "queue" {
            assert_eq!(answers.len(), 20, "{mode}: a turn for each message");
        }
        let mut answered = numbers(&answers);
        answered.sort_unstable();
        let expected: Vec<_> = (0..20).collect();
        assert_eq!(answered, expected, "{mode}, {while_busy}");
    }
}

#[tokio::test]
async fn an_inline_answer_does_not_overtake_a_reply_still_on_its_way() {
    let world = World::join();
    let bot = TestBot::start(|turn| match turn["trigger"]["text"].as_str() {
        Some("slow") => echo(turn).after(2_000),
        _ => echo(turn),
    })
    .await;
    let agent = world.agent_of(&bot, "inline_budget_ms = 1500").await;
    let id = world.begin(&agent, None).await;
    world
        .fault(json!({"fault": "rate_limited", "count": 3, "conversation": id}))
        .await;
    world.write_and_wait(&id, "slow").await;
    world
        .until_api(&agent, &id, "the reply is stored", |told| {
            told["queuedTurns"] == 0 && !replies(told).is_empty()
        })
        .await;
    world.write_and_wait(&id, "fast").await;
    let seen = world
        .until(&id, "both answers", |seen| said_by_bot(seen).len() == 2)
        .await;
    assert_eq!(said_by_bot(&seen), ["echo slow", "echo fast"]);
    // And with nothing on its way any more, the next answer is inline again.
    world.write_and_wait(&id, "faster").await;
    let seen = world.seen(&id).await;
    let last = seen["messages"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["text"], &last["via"]),
        (&json!("echo faster"), &json!("webhook_answer"))
    );
}

#[tokio::test]
async fn a_bot_that_fails_for_good_is_handed_over_with_its_reason_as_topic() {
    let world = World::join();
    for failing in [
        Answer::status(500),
        Answer::status(400),
        Answer::actions(json!([{"type": "dance"}])),
    ] {
        let bot = TestBot::start(move |_| failing.clone()).await;
        let agent = world.agent_of(&bot, "").await;
        let id = world.begin(&agent, Some("hello")).await;
        let seen = world
            .until(&id, "the handover", |seen| seen["queue"] == "New")
            .await;
        assert_eq!(
            seen["history"].as_array().unwrap().last().unwrap()["reason"],
            "handover"
        );
        assert!(names(&seen["topics"], &seen["ignored_topics"]).contains(&"bot-failed".to_owned()));
        let (_, told) = world.api(&agent, Method::GET, &id, "", None).await;
        assert_eq!(told["handover"]["reason"], "bot_failed");
    }
}

/// Topics applied or at least asked for: the simulator, like Sparkcentral, ignores unknown names.
fn names(applied: &Value, ignored: &Value) -> Vec<String> {
    [applied, ignored]
        .into_iter()
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(|topic| topic.as_str().map(str::to_lowercase))
        .collect()
}

#[tokio::test]
async fn a_handover_asked_for_by_the_bot_arrives_after_its_last_reply_with_topics_and_attributes() {
    let world = World::join();
    let bot = TestBot::start(|turn| match turn["trigger"]["type"].as_str() {
        Some("message") => Answer::actions(json!([
            {"type": "reply", "text": "first"},
            {"type": "reply", "text": "second"},
            {"type": "topics", "topics": ["Billing"]},
            {"type": "attributes", "attributes": {"order_number": "4711"}},
            {"type": "handover", "reason": "contact_asked"},
        ])),
        _ => Answer::actions(json!([])),
    })
    .await;
    for (mode, while_busy) in [
        ("inline", "queue"),
        ("inline", "merge"),
        ("queued", "queue"),
        ("queued", "merge"),
    ] {
        let settings = format!("mode = \"{mode}\"\nturns.while_busy = \"{while_busy}\"");
        let agent = world.agent_of(&bot, &settings).await;
        let id = world.begin(&agent, Some("help")).await;
        let seen = world
            .until(&id, "the handover", |seen| seen["queue"] == "New")
            .await;
        assert_eq!(said_by_bot(&seen), ["first", "second"], "{mode}");
        let topics = names(&seen["topics"], &seen["ignored_topics"]);
        assert!(topics.contains(&"billing".to_owned()), "{topics:?}");
        assert!(topics.contains(&"contact-asked".to_owned()), "{topics:?}");
        assert!(
            seen["attributes"].to_string().contains("4711"),
            "{}",
            seen["attributes"]
        );
    }
}

#[tokio::test]
async fn a_handover_asked_for_through_the_api_arrives_after_the_last_reply() {
    let world = World::join();
    let bot = TestBot::start(|_| Answer::status(202)).await;
    let agent = world.agent_of(&bot, "").await;
    let id = world.begin(&agent, Some("hello")).await;
    world
        .until_api(&agent, &id, "the event is in", |told| {
            told["state"] == "with_bot"
        })
        .await;
    let reply = json!({"id": "goodbye", "text": "A person takes over now."});
    let (status, _) = world
        .api(&agent, Method::POST, &id, "/replies", Some(reply))
        .await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let handover = json!({"topics": ["Billing"], "attributes": {"order_number": "4711"}});
    let (status, told) = world
        .api(&agent, Method::POST, &id, "/handover", Some(handover))
        .await;
    assert_eq!(status, StatusCode::ACCEPTED, "{told}");
    let seen = world
        .until(&id, "the handover", |seen| seen["queue"] == "New")
        .await;
    assert_eq!(said_by_bot(&seen), ["A person takes over now."]);
    let topics = names(&seen["topics"], &seen["ignored_topics"]);
    assert!(topics.contains(&"billing".to_owned()) && topics.contains(&"api-asked".to_owned()));
    assert!(seen["attributes"].to_string().contains("4711"));
    world
        .until_api(&agent, &id, "people have it", |told| {
            told["state"] == "with_agent"
        })
        .await;
}

#[tokio::test]
async fn a_reply_that_sparkcentral_did_not_take_is_sent_again_and_arrives_once() {
    let world = World::join();
    let bot = TestBot::start(echo).await;
    let agent = world.agent_of(&bot, "mode = \"queued\"").await;
    let faults = [
        ("rate_limited", 2),
        ("token_expired", 2),
        ("server_error", 2),
        // Said twice, it is believed.
        ("not_found", 1),
    ];
    for (fault, count) in faults {
        let id = world.begin(&agent, None).await;
        world
            .fault(json!({"fault": fault, "count": count, "conversation": id}))
            .await;
        world.write(&id, fault).await;
        world
            .until(&id, "the reply", |seen| !said_by_bot(seen).is_empty())
            .await;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        assert_eq!(
            said_by_bot(&world.seen(&id).await),
            [format!("echo {fault}")]
        );
    }
}

#[tokio::test]
async fn a_reply_of_unknown_fate_is_held_or_sent_again_as_the_agent_is_set() {
    let world = World::join();
    let bot = TestBot::start(echo).await;
    for (policy, times) in [("hold", 1), ("resend", 2)] {
        let settings = format!("mode = \"queued\"\nunknown_delivery = \"{policy}\"");
        let agent = world.agent_of(&bot, &settings).await;
        let id = world.begin(&agent, None).await;
        world
            .fault(json!({"fault": "drop_after_accept", "conversation": id}))
            .await;
        world.write(&id, policy).await;
        world
            .until(&id, "the reply", |seen| said_by_bot(seen).len() == times)
            .await;
        let status = if policy == "hold" { "unknown" } else { "sent" };
        world
            .until_api(&agent, &id, "the record", |told| {
                replies(told)
                    .last()
                    .is_some_and(|reply| reply["status"] == status)
            })
            .await;
        assert_eq!(said_by_bot(&world.seen(&id).await).len(), times, "{policy}");
    }
}

#[tokio::test]
async fn the_inbox_dialect_runs_the_same_conversation_with_notes_and_several_messages_at_once() {
    let world = World::join();
    let bot = TestBot::start(|turn| match turn["trigger"]["type"].as_str() {
        Some("message") => Answer::actions(json!([
            {"type": "typing", "on": false},
            {"type": "reply", "text": "first"},
            {"type": "reply", "text": "second"},
            {"type": "note", "text": "asked for help"},
            {"type": "tags", "tags": ["Question"]},
            {"type": "handover", "reason": "contact_asked"},
        ])),
        _ => Answer::text("welcome"),
    })
    .await;
    let inbox = "dialect = \"inbox\"\norganization_id = \"1000\"\n";
    let settings = format!("{inbox}{}", bot.settings());
    let agent = world
        .register(&settings, json!({"dialect": "inbox"}), bot.secrets())
        .await;
    let id = world.begin(&agent, Some("help")).await;
    let seen = world
        .until(&id, "the handover", |seen| seen["queue"] == "New")
        .await;
    assert_eq!(said_by_bot(&seen), ["welcome", "first", "second"]);
    assert_eq!(seen["notes"][0]["text"], "asked for help");
    assert_eq!(seen["tags"][0]["tag"], "Question");
    let turn = &bot.turns()[1];
    assert!(turn["trigger"]["messageId"].is_string(), "{turn}");
    assert_eq!(
        turn["internal"]["channelDetails"]["channelId"],
        "channel-web"
    );
}
