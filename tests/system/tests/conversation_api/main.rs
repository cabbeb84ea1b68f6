//! conversation-api: tokens, roles, refusals, idempotent replies.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

mod channels;
mod hostile;
mod later;
mod operators;
mod rotated;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use system_tests::{Answer, RegisteredAgent, TestBot, World, said_by_bot};

async fn waiting_conversation(world: &World) -> (RegisteredAgent, String, TestBot) {
    let bot = TestBot::start(|_| Answer::status(202)).await;
    let agent = world.agent_of(&bot, "").await;
    let id = world.begin(&agent, Some("hello")).await;
    world
        .until_api(&agent, &id, "the event is in", |told| {
            told["transcript"]
                .as_array()
                .is_some_and(|entries| entries.len() == 2)
        })
        .await;
    (agent, id, bot)
}

fn is_problem(told: &Value, status: StatusCode) {
    assert_eq!(told["status"], status.as_u16(), "{told}");
    for field in ["title", "code", "detail"] {
        assert!(told[field].is_string(), "{field}: {told}");
    }
}

#[tokio::test]
async fn a_bot_that_takes_its_time_answers_through_the_api() {
    let world = World::join();
    let (agent, id, _bot) = waiting_conversation(&world).await;
    let reply = json!({"id": "late-1", "text": "here it is", "topics": ["Billing"]});
    let (status, told) = world
        .api(&agent, Method::POST, &id, "/replies", Some(reply))
        .await;
    assert_eq!(status, StatusCode::ACCEPTED, "{told}");
    world
        .until(&id, "the reply", |seen| said_by_bot(seen) == ["here it is"])
        .await;
    for _ in 0..100 {
        let (status, told) = world
            .api(&agent, Method::GET, &id, "/replies/late-1", None)
            .await;
        assert_eq!(status, StatusCode::OK);
        if told["status"] == "sent" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the reply is never recorded as sent");
}

#[tokio::test]
async fn the_same_reply_id_is_the_same_reply_and_another_content_under_it_a_conflict() {
    let world = World::join();
    let (agent, id, _bot) = waiting_conversation(&world).await;
    let reply = json!({"id": "r", "text": "once"});
    let send = || world.api(&agent, Method::POST, &id, "/replies", Some(reply.clone()));
    let answers = futures::future::join_all((0..5).map(|_| send())).await;
    assert!(
        answers
            .iter()
            .all(|(status, _)| *status == StatusCode::ACCEPTED),
        "{answers:?}"
    );
    let other = json!({"id": "r", "text": "something else"});
    let (status, told) = world
        .api(&agent, Method::POST, &id, "/replies", Some(other))
        .await;
    assert_eq!(status, StatusCode::CONFLICT);
    is_problem(&told, status);
    world
        .until(&id, "the reply", |seen| !said_by_bot(seen).is_empty())
        .await;
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert_eq!(said_by_bot(&world.seen(&id).await), ["once"]);
}

#[tokio::test]
async fn a_text_too_long_for_its_medium_is_sent_in_parts_under_one_id() {
    let world = World::join();
    let (agent, id, _bot) = waiting_conversation(&world).await;
    let text = "All work and no play. ".repeat(1_000);
    let reply = json!({"id": "long", "text": text});
    let (status, told) = world
        .api(&agent, Method::POST, &id, "/replies", Some(reply))
        .await;
    assert_eq!(status, StatusCode::ACCEPTED, "{told}");
    let parts = told["parts"].as_array().unwrap().len();
    let seen = world
        .until(&id, "all parts", |seen| said_by_bot(seen).len() == parts)
        .await;
    assert_eq!(said_by_bot(&seen).concat(), text);
}

#[tokio::test]
async fn each_role_may_do_what_sparkcentrals_role_of_that_name_may() {
    let world = World::join();
    let (agent, id, _bot) = waiting_conversation(&world).await;
    let tokens = &agent.api_tokens;
    let topics = json!({"id": "t", "topics": ["Billing"]});
    let text = |id: &str| json!({"id": id, "text": "hello"});
    let cases = [
        (&tokens.viewer, Method::GET, "", None, StatusCode::OK),
        (
            &tokens.viewer,
            Method::POST,
            "/replies",
            Some(topics),
            StatusCode::ACCEPTED,
        ),
        (
            &tokens.viewer,
            Method::POST,
            "/replies",
            Some(text("v")),
            StatusCode::FORBIDDEN,
        ),
        (
            &tokens.viewer,
            Method::POST,
            "/handover",
            Some(json!({})),
            StatusCode::FORBIDDEN,
        ),
        (
            &tokens.contributor,
            Method::POST,
            "/replies",
            Some(text("c")),
            StatusCode::ACCEPTED,
        ),
        (
            &tokens.supervisor,
            Method::POST,
            "/replies",
            Some(text("s")),
            StatusCode::ACCEPTED,
        ),
        (
            &tokens.contributor,
            Method::POST,
            "/handover",
            Some(json!({})),
            StatusCode::ACCEPTED,
        ),
    ];
    for (token, method, rest, body, expected) in cases {
        let (status, told) = world
            .api_as(Some(token), &agent.name, method, &id, rest, body.clone())
            .await;
        assert_eq!(status, expected, "{rest} {body:?}: {told}");
        if status == StatusCode::FORBIDDEN {
            is_problem(&told, status);
        }
    }
}

#[tokio::test]
async fn a_viewer_may_resolve() {
    let world = World::join();
    let (agent, id, _bot) = waiting_conversation(&world).await;
    let viewer = Some(agent.api_tokens.viewer.as_str());
    let (status, told) = world
        .api_as(
            viewer,
            &agent.name,
            Method::POST,
            &id,
            "/resolve",
            Some(json!({})),
        )
        .await;
    assert_eq!(status, StatusCode::ACCEPTED, "{told}");
    world
        .until(&id, "resolved", |seen| seen["queue"] == "Resolved")
        .await;
    world
        .until_api(&agent, &id, "resolved", |told| told["state"] == "resolved")
        .await;
    let reply = json!({"id": "r", "text": "one more thing"});
    let (status, told) = world
        .api(&agent, Method::POST, &id, "/replies", Some(reply))
        .await;
    assert_eq!(status, StatusCode::CONFLICT);
    is_problem(&told, status);
}

#[tokio::test]
async fn every_refusal_is_a_problem_document() {
    let world = World::join();
    let (agent, id, _bot) = waiting_conversation(&world).await;
    let other = world.agent("[bot]\nkind = \"script\"\n").await;
    let name = agent.name.as_str();
    let good = Some(agent.api_tokens.supervisor.as_str());
    let cases = [
        (None, name, &id[..], "", None, StatusCode::UNAUTHORIZED),
        (Some("wrong"), name, &id, "", None, StatusCode::UNAUTHORIZED),
        (
            Some(other.api_tokens.supervisor.as_str()),
            name,
            &id,
            "",
            None,
            StatusCode::UNAUTHORIZED,
        ),
        (good, "nobody", &id, "", None, StatusCode::UNAUTHORIZED),
        (
            good,
            name,
            "no-such-conversation",
            "",
            None,
            StatusCode::NOT_FOUND,
        ),
        (
            good,
            name,
            &id,
            "/replies/none",
            None,
            StatusCode::NOT_FOUND,
        ),
        (
            good,
            name,
            &id,
            "/replies",
            Some(json!({"id": "a"})),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            good,
            name,
            &id,
            "/replies",
            Some(json!({"text": "x"})),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            good,
            name,
            &id,
            "/replies",
            Some(json!({"id": "a b", "text": "x"})),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            good,
            name,
            &id,
            "/replies",
            Some(json!({"id": "a", "txt": "x"})),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (
            good,
            name,
            &id,
            "/handover",
            Some(json!({"reason": "boredom"})),
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
    ];
    for (token, agent, id, rest, body, expected) in cases {
        let method = if body.is_some() {
            Method::POST
        } else {
            Method::GET
        };
        let (status, told) = world
            .api_as(token, agent, method, id, rest, body.clone())
            .await;
        assert_eq!(status, expected, "{rest} {body:?}: {told}");
        is_problem(&told, status);
    }
}
