//! `sparkbridge conversation reply|handover|resolve`: what an operator does.

use serde_json::json;
use system_tests::{World, handed_over, said_by_bot};

use super::owed_an_answer;

#[tokio::test]
async fn an_operators_reply_is_delivered_once_and_seen_with_who_sent_it() {
    let world = World::join();
    let (agent, id, _bot) = owed_an_answer(&world).await;
    let name = agent.name.as_str();
    let reply = async |more: &[&str]| {
        let line = [
            &["conversation", "reply", name, &id, "--text", "here it is"],
            more,
        ]
        .concat();
        world.run(&line).await
    };
    let accepted = reply(&["--id", "r-1"]).await;
    let lines: Vec<&str> = accepted.told().lines().collect();
    assert_eq!(lines.len(), 2, "{accepted:?}");
    assert!(lines[0].starts_with("reply r-1: "), "{accepted:?}");
    assert!(lines[1].contains(&format!("`sparkbridge conversation show {name} {id}`")));
    let waited = reply(&["--id", "r-1", "--wait"]).await;
    assert!(waited.told().starts_with("reply r-1: sent "), "{waited:?}");
    let waited = reply(&["--id", "r-1", "--wait", "--json"]).await.json();
    assert_eq!(
        (&waited["id"], &waited["status"]),
        (&json!("r-1"), &json!("sent"))
    );
    world
        .until(&id, "the reply", |seen| said_by_bot(seen) == ["here it is"])
        .await;

    let line = [
        "conversation",
        "reply",
        name,
        &id,
        "--text",
        "other",
        "--id",
        "r-1",
    ];
    let other = world.run(&line).await;
    assert!(
        other
            .refusal()
            .contains("not replied: A reply with this id"),
        "{other:?}"
    );
    let shown = world.run(&["conversation", "show", name, &id]).await;
    assert!(shown.told().contains("api (operator)  sent "), "{shown:?}");
    // Without an id of one's own it is another reply.
    let another = reply(&["--json"]).await.json();
    assert!(
        another["id"].as_str().unwrap().starts_with("cli-"),
        "{another}"
    );
    world
        .until(&id, "both", |seen| said_by_bot(seen).len() == 2)
        .await;
}

#[tokio::test]
async fn a_reply_that_is_not_delivered_is_told_with_the_reason_and_a_failure() {
    let world = World::join();
    let (agent, id, _bot) = owed_an_answer(&world).await;
    world.act(&id, "take", json!({"agent": "agent-1"})).await;
    let line = [
        "conversation",
        "reply",
        &agent.name,
        &id,
        "--text",
        "too late",
        "--wait",
    ];
    let ran = world.run(&line).await;
    let refusal = ran.refusal();
    assert!(
        refusal.contains("dropped") && refusal.contains("404"),
        "{refusal}"
    );

    let ran = world.run(&[&line[..], &["--json"]].concat()).await;
    // Nobody's any more: the API says so at once.
    let refusal = ran.refusal();
    assert!(
        refusal.contains("not replied: People have the conversation"),
        "{refusal}"
    );
}

#[tokio::test]
async fn a_handover_is_waited_for_until_people_have_the_conversation() {
    let world = World::join();
    let (agent, id, _bot) = owed_an_answer(&world).await;
    let name = agent.name.as_str();
    let line = [
        "conversation",
        "handover",
        name,
        &id,
        "--reason",
        "not_understood",
        "--topic",
        "Billing",
        "--summary",
        "Asked for the impossible.",
        "--wait",
    ];
    let ran = world.run(&line).await;
    assert_eq!(ran.told(), "handover: people have the conversation\n");
    world.until(&id, "the handover", handed_over).await;
    let shown = world.run(&["conversation", "show", name, &id]).await;
    for words in [
        "people (with_agent, since ",
        "not_understood, asked ",
        "topics Billing",
        "Asked for the impossible.",
        "hands over to people",
    ] {
        assert!(shown.told().contains(words), "{words}: {shown:?}");
    }
    let again = world.run(&["conversation", "handover", name, &id]).await;
    assert!(
        again.refusal().contains("not handed over: People have"),
        "{again:?}"
    );
}

#[tokio::test]
async fn a_handover_is_asked_for_as_json_and_told_how_it_ended() {
    let world = World::join();
    let (agent, id, _bot) = owed_an_answer(&world).await;
    let line = [
        "conversation",
        "handover",
        &agent.name,
        &id,
        "--wait",
        "--json",
    ];
    let told = world.run(&line).await.json();
    assert_eq!(
        (&told["reason"], &told["handedOver"]),
        (&json!("api_asked"), &json!(true))
    );
}

#[tokio::test]
async fn a_conversation_is_resolved_and_found_as_resolved() {
    let world = World::join();
    let (agent, id, _bot) = owed_an_answer(&world).await;
    let name = agent.name.as_str();
    let line = [
        "conversation",
        "resolve",
        name,
        &id,
        "--topic",
        "Billing",
        "--wait",
    ];
    let ran = world.run(&line).await;
    assert!(ran.told().starts_with("resolving: sent "), "{ran:?}");
    world
        .until(&id, "resolved", |seen| seen["queue"] == "Resolved")
        .await;
    let list = [
        "conversation",
        "list",
        "--agent",
        name,
        "--state",
        "resolved",
        "--json",
    ];
    world
        .until_api(&agent, &id, "resolved", |told| told["state"] == "resolved")
        .await;
    let listed = world.run(&list).await.json();
    assert_eq!(listed["conversations"][0]["conversation_id"], id);
    let reply = [
        "conversation",
        "reply",
        name,
        &id,
        "--text",
        "one more thing",
    ];
    let ran = world.run(&reply).await;
    assert!(
        ran.refusal()
            .contains("not replied: The conversation is resolved"),
        "{ran:?}"
    );
}

#[tokio::test]
async fn what_the_api_refuses_is_one_line() {
    let world = World::join();
    let (agent, id, _bot) = owed_an_answer(&world).await;
    let name = agent.name.as_str();
    for (rest, told) in [
        (
            &["reply", "--text", "x", "--id", "a b"][..],
            "not replied: id: 1 to 128",
        ),
        (&["handover", "--topic", " "], "not handed over: "),
        (&["resolve", "--topic", " "], "not resolved: "),
    ] {
        let (verb, options) = rest.split_first().unwrap();
        let line = [&["conversation", verb, name, &id], options].concat();
        let ran = world.run(&line).await;
        assert!(ran.refusal().contains(told), "{ran:?}");
    }
}
