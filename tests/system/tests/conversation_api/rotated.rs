//! Tokens while a rotation is under way.

use aws_sdk_dynamodb::types::AttributeValue;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use system_tests::World;

#[tokio::test]
async fn the_token_of_before_a_rotation_works_and_is_noted_and_one_taken_away_does_not() {
    let world = World::join();
    let settings = "[bot]\nkind = \"script\"\n";
    let agent = world.agent(settings).await;
    let id = world.begin(&agent, Some("hello")).await;
    let is_known = |told: &Value| told["state"] == "with_bot";
    world
        .until_api(&agent, &id, "the conversation", is_known)
        .await;
    let rotated = world.rotate(&agent, settings).await;
    assert_ne!(agent.api_tokens.viewer, rotated.api_tokens.viewer);
    let ask = async |token: &str, method, rest, body| {
        let asked = world.api_as(Some(token), &agent.name, method, &id, rest, body);
        asked.await.0
    };
    for tokens in [&rotated.api_tokens, &agent.api_tokens] {
        let (viewer, supervisor) = (&tokens.viewer, &tokens.supervisor);
        assert_eq!(ask(viewer, Method::GET, "", None).await, StatusCode::OK);
        assert_eq!(ask(supervisor, Method::GET, "", None).await, StatusCode::OK);
        // Its rights are those of its name.
        let reply = Some(json!({"id": "r", "text": "hello"}));
        let refused = ask(viewer, Method::POST, "/replies", reply).await;
        assert_eq!(refused, StatusCode::FORBIDDEN);
    }
    // A process that has not heard of the rotation takes the old token for the current one: it hears of it
    // when somebody comes with the new one.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !is_noted(&world, &agent.name, "supervisor").await {
        assert!(std::time::Instant::now() < deadline, "its use is not noted");
        for tokens in [&rotated.api_tokens, &agent.api_tokens] {
            let read = ask(&tokens.supervisor, Method::GET, "", None).await;
            assert_eq!(read, StatusCode::OK);
        }
    }
    assert!(
        !is_noted(&world, &agent.name, "contributor").await,
        "nobody used it"
    );

    // With a second rotation the first tokens are gone.
    let newest = world.rotate(&agent, settings).await;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while ask(&agent.api_tokens.viewer, Method::GET, "", None).await != StatusCode::UNAUTHORIZED {
        assert!(
            std::time::Instant::now() < deadline,
            "a dead token goes on working"
        );
        // So that every process hears of it; one that has looked within ten seconds refuses it once more.
        ask(&newest.api_tokens.viewer, Method::GET, "", None).await;
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    let still = ask(&rotated.api_tokens.viewer, Method::GET, "", None).await;
    assert_eq!(still, StatusCode::OK);
}

/// Whether the table says that the old token of this name was used.
async fn is_noted(world: &World, agent: &str, token: &str) -> bool {
    let aws = aws_config::load_from_env().await;
    let text = |text: String| AttributeValue::S(text);
    let found = aws_sdk_dynamodb::Client::new(&aws)
        .get_item()
        .table_name(format!("sparkbridge-{}-conversations", world.stack.stage))
        .key("pk", text(format!("OLDSECRETS#{agent}")))
        .key("sk", text(format!("TOKEN#{token}")))
        .send()
        .await
        .unwrap();
    found.item.is_some()
}
