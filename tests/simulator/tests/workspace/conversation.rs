//! One conversation: what its page shows, and what its forms do.

use serde_json::json;

use crate::{delivered, id_of, start, with_bot};

#[tokio::test]
async fn the_page_shows_every_attempt_and_call() {
    let (sim, bot) = with_bot().await;
    bot.script(500, "")
        .script(200, json!({"applyTopics": ["Refund"]}));
    let id = start(&sim, "contact-1", "Hello").await;
    delivered(&sim, &id).await;
    sim.reply(
        &id,
        json!({"sendMessage": {"text": "Later"}, "applyTopics": ["Unheard of"]}),
    )
    .await;
    sim.fault(json!({"fault": "not_found", "conversation": id}))
        .await;
    sim.reply(&id, json!({"sendMessage": {"text": "Lost"}}))
        .await;

    let page = sim.conversation_page(&id).await;
    let webhooks = page.from("webhooks", "turns");
    for part in [
        "500, failed",
        "Conversation started, attempt 2",
        "200, topics",
        "Message received",
    ] {
        assert!(webhooks.contains(part), "no {part} in {webhooks}");
    }
    let calls = page.from("calls", "none");
    for part in [
        "200, applied",
        "Topic &quot;Unheard of&quot; does not exist",
        "404, refused",
        "not found",
    ] {
        assert!(calls.contains(part), "no {part} in {calls}");
    }
    let known = page.from("known", "ours");
    for part in ["Refund", "Unheard of", "Picked up by bot bot"] {
        assert!(known.contains(part), "no {part} in {known}");
    }
}

#[tokio::test]
async fn a_button_is_tapped_and_a_link_leads_away() {
    let (sim, bot) = with_bot().await;
    let text = "Well?\n%[Yes](reply:YES_1)%[Terms](https://example.com/t)%[Where](location)";
    bot.script(200, json!({"sendMessage": {"text": text}}));
    let id = start(&sim, "contact-1", "Hello").await;
    delivered(&sim, &id).await;
    sim.conversation_page(&id)
        .await
        .has("<p class=\"text\">Well?</p>")
        .has("name=\"label\" value=\"Yes\"")
        .has("<a href=\"https://example.com/t\" target=\"_blank\" rel=\"noopener noreferrer\">Terms</a>")
        .has("asks where the contact is");
    let tapped = sim.submit_to(&id, "tap", &[("label", "Yes")]).await;
    assert_eq!(id_of(&tapped), id);
    let last = sim.show(&id).await["messages"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    assert_eq!(
        (&last["text"], &last["payload"]),
        (&json!("Yes"), &json!("YES_1"))
    );
    let refused = sim.submit_to(&id, "tap", &[("label", "Where")]).await;
    assert_eq!(refused.status, 409);
    refused.has("role=\"alert\"");
}

#[tokio::test]
async fn an_agent_takes_replies_and_resolves_and_the_customer_says_how_it_was() {
    let (sim, _bot) = with_bot().await;
    let id = start(&sim, "contact-1", "Hello").await;
    delivered(&sim, &id).await;
    sim.conversation_page(&id)
        .await
        .has("value=\"agent-1\"")
        .has_not("Answer the survey");
    let agent = ("agent", "agent-2");
    let taken = sim.submit_to(&id, "take", &[agent, ("reply", "")]).await;
    let next = taken.location.unwrap();
    assert_eq!(next, format!("/workspace/conversations/{id}?agent=agent-2"));
    sim.page(&next)
        .await
        .has("value=\"agent-2\"")
        .has("Taken by agent-2");
    sim.submit_to(&id, "reply", &[agent, ("reply", "Two\r\nlines")])
        .await;
    sim.submit_to(&id, "resolve", &[agent]).await;

    let resolved = sim.show(&id).await;
    assert_eq!(resolved["queue"], "Resolved");
    assert_eq!(resolved["messages"][1]["text"], "Two\nlines");
    assert_eq!(resolved["messages"][1]["by"], "agent-2");
    let page = sim.conversation_page(&id).await;
    page.has("<strong>Agent</strong>")
        .has("Resolved by agent-2")
        .has("Answer the survey as the customer");
    sim.submit_to(&id, "csat", &[("score", "4"), ("comment", "Quick")])
        .await;
    let page = sim.conversation_page(&id).await;
    page.has("4 of 5").has("Quick").has_not("Answer the survey");
}

#[tokio::test]
async fn an_agent_gives_a_conversation_back_to_the_bot() {
    let (sim, bot) = with_bot().await;
    let id = start(&sim, "contact-1", "Hello").await;
    sim.submit_to(&id, "take", &[("agent", "agent-1")]).await;
    delivered(&sim, &id).await;
    bot.received();
    sim.submit_to(&id, "delegate", &[("agent", "agent-1")])
        .await;
    bot.has(1).await;
    assert_eq!(bot.events()[0]["type"], "CONVERSATION_DELEGATED");
    sim.conversation_page(&id).await.has("Delegated to bot bot");
}

#[tokio::test]
async fn what_an_agent_may_not_do_is_said_and_what_was_typed_stays() {
    let (sim, _bot) = with_bot().await;
    let id = start(&sim, "contact-1", "Hello").await;
    let access = json!({"access": {"users": {"agent-3": "viewer"}}});
    let channel = sim.show(&id).await["channel"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    sim.request(reqwest::Method::PATCH, &format!("/sim/channels/{channel}"))
        .json(&access)
        .send()
        .await
        .unwrap();
    let typed = [("agent", "agent-3"), ("reply", "Half a word")];
    let refused = sim.submit_to(&id, "reply", &typed).await;
    assert_eq!(refused.status, 403);
    refused
        .has("role=\"alert\"")
        .has("viewers don't reply")
        .has("value=\"agent-3\"")
        .has(">Half a word</textarea>");
    let empty = sim.submit_to(&id, "messages", &[("message", " ")]).await;
    assert_eq!(empty.status, 422);
    empty.has("role=\"alert\"");
    assert_eq!(sim.show(&id).await["messages"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_reply_that_is_begun_survives_taking_the_conversation() {
    let (sim, _bot) = with_bot().await;
    let id = start(&sim, "contact-1", "Hello").await;
    let taken = sim
        .submit_to(
            &id,
            "take",
            &[("agent", "agent-1"), ("reply", "Let me see")],
        )
        .await;
    assert_eq!(taken.status, 200);
    taken
        .has(">Let me see</textarea>")
        .has("Taken by agent-1")
        .has_not("role=\"alert\"");
    // The form's address, asked for again, is the conversation.
    let again = sim
        .page(&format!("/workspace/conversations/{id}/take"))
        .await;
    again.has("<h1>contact-1</h1>");
}

#[tokio::test]
async fn an_unknown_conversation_has_a_page_that_says_so() {
    let (sim, _bot) = with_bot().await;
    let page = sim.conversation_page("none").await;
    assert_eq!(page.status, 404);
    page.has("There is no such conversation.");
    let acted = sim
        .submit_to("none", "messages", &[("message", "Hi")])
        .await;
    assert_eq!(acted.status, 404);
}
