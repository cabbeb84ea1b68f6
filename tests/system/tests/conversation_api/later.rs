//! Answers that come later: to the turn they name, or too late.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use system_tests::{World, handed_over, said_by_bot, transcript};

use crate::{is_problem, waiting_conversation};

#[tokio::test]
async fn a_reply_answers_the_turn_it_names() {
    let world = World::join();
    let (agent, id, bot) = waiting_conversation(&world).await;
    let turn = bot.heard(&id, "hello").await["turnId"].clone();
    let waits = |told: &Value| told["awaiting"].as_array().unwrap().contains(&turn);
    let told = world
        .until_api(&agent, &id, "the bot takes its time", waits)
        .await;
    assert_eq!(told["channel"]["name"], "Web chat", "{told:#}");

    let reply = |turn: &Value| Some(json!({"id": "r", "text": "here it is", "inReplyTo": turn}));
    let send = async |body| world.api(&agent, Method::POST, &id, "/replies", body).await;
    let (status, told) = send(reply(&json!("no-such-turn"))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    is_problem(&told, status);
    // Whoever ends a turn's deadline must be one who may answer it.
    let viewer = Some(agent.api_tokens.viewer.as_str());
    let done = Some(json!({"id": "d", "inReplyTo": turn}));
    let (status, _) = world
        .api_as(viewer, &agent.name, Method::POST, &id, "/replies", done)
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN);

    let (status, told) = send(reply(&turn)).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{told}");
    world
        .until_api(&agent, &id, "the turn is answered", |told| !waits(told))
        .await;
    world
        .until(&id, "the reply", |seen| said_by_bot(seen) == ["here it is"])
        .await;
}

#[tokio::test]
async fn a_reply_after_the_handover_is_refused_and_kept_and_never_said() {
    let world = World::join();
    let (agent, id, _bot) = waiting_conversation(&world).await;
    let post =
        async |rest: &str, body| world.api(&agent, Method::POST, &id, rest, Some(body)).await;
    let unknown = json!({"profile": "no-such-profile"});
    let (status, told) = post("/handover", unknown).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
    let asked = json!({"reason": "not_understood", "summary": "Asked for the impossible."});
    let (status, told) = post("/handover", asked).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{told}");

    let late = json!({"id": "late", "text": "too late"});
    for _ in 0..2 {
        let (status, told) = post("/replies", late.clone()).await;
        assert_eq!(status, StatusCode::CONFLICT, "{told}");
        is_problem(&told, status);
        let code = told["code"].as_str().unwrap();
        assert!(["handing_over", "with_agent"].contains(&code), "{told}");
    }
    let (status, told) = post("/replies", json!({"id": "late", "text": "other"})).await;
    assert_eq!(
        (status, told["code"].as_str()),
        (StatusCode::CONFLICT, Some("id_taken"))
    );

    world.until(&id, "the handover", handed_over).await;
    let (_, told) = world.api(&agent, Method::GET, &id, "", None).await;
    assert_eq!(told["handover"]["reason"], "not_understood", "{told:#}");
    assert_eq!(told["awaiting"], json!([]));
    let kept: Vec<_> = transcript(&told)
        .iter()
        .filter(|entry| entry["text"] == "too late")
        .collect();
    assert_eq!(kept.len(), 1, "{told:#}");
    assert_eq!(kept[0]["delivery"]["status"], "dropped");
    let said = said_by_bot(&world.seen(&id).await);
    assert!(!said.contains(&"too late".to_owned()), "{said:?}");
}
