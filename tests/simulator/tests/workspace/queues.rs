//! The queues, and starting a conversation.

use serde_json::json;

use crate::{delivered, id_of, start, support::browsing::Shown, with_bot};

#[tokio::test]
async fn an_empty_workspace_tells_a_newcomer_what_to_do() {
    let (sim, _bot) = with_bot().await;
    let list = sim.page("/").await;
    list.has("<h1>Conversations</h1>")
        .has("Nobody has written yet.")
        .has("Start a conversation as a customer");
    for queue in ["New", "Pending", "Resolved"] {
        list.has(&format!("/workspace?queue={queue}"));
    }
}

#[tokio::test]
async fn a_conversation_started_in_the_browser_is_in_its_queue() {
    let (sim, bot) = with_bot().await;
    bot.script(200, json!({"sendMessage": {"text": "Welcome"}}));
    let id = start(&sim, "contact-7", "Hello").await;
    delivered(&sim, &id).await;

    sim.conversation_page(&id)
        .await
        .has("<h1>contact-7</h1>")
        .has("<strong>Customer</strong>")
        .has("<p class=\"text\">Hello</p>")
        .has("<strong>Bot</strong>")
        .has("<p class=\"text\">Welcome</p>");
    let pending = sim.page("/workspace?queue=Pending").await;
    let rows = pending.from("list", "start");
    for part in ["contact-7", "Web chat", &id, "Bot bot"] {
        assert!(rows.contains(part), "no {part} in {rows}");
    }
    pending.has("Pending <span class=\"count\">1</span>");
    sim.page("/workspace?queue=New").await.has_not(&id);
}

#[tokio::test]
async fn the_newest_activity_is_first() {
    let (sim, _bot) = with_bot().await;
    let (first, second) = (
        start(&sim, "contact-1", "a").await,
        start(&sim, "contact-2", "b").await,
    );
    let order = |list: &Shown| list.page.find(&first) < list.page.find(&second);
    assert!(!order(&sim.page("/workspace?queue=Pending").await));
    sim.submit_to(&first, "messages", &[("message", "c")]).await;
    assert!(order(&sim.page("/workspace?queue=Pending").await));
}

#[tokio::test]
async fn a_conversation_goes_over_a_channel_that_is_there() {
    let (sim, _bot) = with_bot().await;
    let access = json!({"all_users": "viewer"});
    let channel = json!({"medium": "whatsapp", "name": "Orders", "access": access});
    sim.post("/sim/channels", channel).await;
    sim.page("/workspace").await.has("Orders · WhatsApp");
    let fields = [
        ("contact", "contact-1"),
        ("channel", "channel:channel-orders"),
        ("text", "Hi"),
    ];
    let id = id_of(&sim.submit("/workspace/conversations", &fields).await);
    let begun = sim.show(&id).await;
    assert_eq!(
        (&begun["medium"], &begun["channel"]["name"]),
        (&json!("whatsapp"), &json!("Orders"))
    );
}

#[tokio::test]
async fn what_cannot_be_started_comes_back_as_it_was_typed() {
    let (sim, _bot) = with_bot().await;
    for (channel, text) in [
        ("medium:rtm", " "),
        ("channel:none", "Hi"),
        ("medium:twit", "Hi"),
        ("", "Hi"),
    ] {
        let fields = [
            ("contact", "contact-kept"),
            ("channel", channel),
            ("text", text),
        ];
        let refused = sim.submit("/workspace/conversations", &fields).await;
        assert!((400..500).contains(&refused.status), "{channel}");
        refused.has("role=\"alert\"").has("value=\"contact-kept\"");
    }
    assert_eq!(sim.get("/sim/conversations").await, json!([]));
}
