//! What pages are told while they are open, and what they show of our own system.

use std::time::Duration;

use crate::support::{
    Bot, Sim,
    browsing::{Api, Shown},
    quick,
};
use reqwest::{Method, Response};
use serde_json::{Value, json};

/// Long enough for a machine that is busy with something else.
const LONG: Duration = Duration::from_secs(60);

async fn with_api() -> (Sim, Api, String) {
    let (sim, bot, api) = (
        Sim::start(quick()).await,
        Bot::start().await,
        Api::start().await,
    );
    sim.agent(&bot.url, api.fields()).await;
    let id = sim.begin("Hello").await;
    (sim, api, id)
}

/// Loads the page until it has this.
async fn page_with(sim: &Sim, id: &str, part: &str) -> Shown {
    tokio::time::timeout(LONG, async {
        loop {
            let page = sim.conversation_page(id).await;
            if page.page.contains(part) {
                return page;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await
    .unwrap()
}

fn account() -> Value {
    json!({
        "agent": "bot", "state": "handing_over", "episode": 2, "queuedTurns": 0, "waiting": [],
        "inFlight": {"turnId": "t3", "until": "2026-01-01T10:00:09Z"}, "awaiting": [],
        "changedAt": "2026-01-01T10:00:00Z",
        "handover": {"id": "h", "reason": "not_understood", "topics": ["Refund"], "attributes": {}, "profiles": [],
            "summary": "Wants <b>money</b> back", "requestedAt": "2026-01-01T10:00:00Z"},
        "transcript": [
            {"at": "2026-01-01T10:00:01Z", "from": "contact", "turnId": "t1", "episode": 2, "event": "message",
                "outcome": "answered", "text": "Hello"},
            {"at": "2026-01-01T10:00:01Z", "from": "bot", "turnId": "t1", "replyId": "t1.1", "reply": {},
                "text": "Said at once", "delivery": {"status": "sent", "via": "webhook_answer"}},
            {"at": "2026-01-01T10:00:02Z", "from": "contact", "turnId": "t2", "episode": 2, "event": "message",
                "outcome": "failed", "text": "Money"},
            {"at": "2026-01-01T10:00:03Z", "from": "bot", "turnId": "t2", "replyId": "t2.1", "episode": 2, "attempts": 3,
                "reply": {"sendMessage": {"text": "Said later"}}, "text": "Said later",
                "delivery": {"status": "failed", "at": "2026-01-01T10:00:04Z", "problem": "Sparkcentral answered 500"}},
        ],
    })
}

#[tokio::test]
async fn what_our_system_did_is_told_in_plain_words() {
    let (sim, api, id) = with_api().await;
    api.answers(200, account());
    let page = page_with(&sim, &id, "Handing over").await;
    assert!(
        api.asked()
            .contains(&format!("bot {id} Bearer viewer-token"))
    );
    let state = page.from("state", "webhooks");
    for part in [
        "the bot did not understand, several times",
        "Wants &lt;b&gt;money&lt;/b&gt; back",
        "Refund",
        "The bot is being asked",
    ] {
        assert!(state.contains(part), "no {part} in {state}");
    }
    let turns = page.from("turns", "outbox");
    for part in [
        "Hello",
        "answered at once",
        "the bot failed: people were asked",
    ] {
        assert!(turns.contains(part), "no {part} in {turns}");
    }
    let outbox = page.from("outbox", "calls");
    for part in ["Said later", "not delivered", "Sparkcentral answered 500"] {
        assert!(outbox.contains(part), "no {part} in {outbox}");
    }
    assert!(!outbox.contains("Said at once"), "{outbox}");
}

#[tokio::test]
async fn a_page_asks_again_by_itself_only_while_something_is_under_way() {
    let (sim, api, id) = with_api().await;
    api.answers(200, account());
    page_with(&sim, &id, "Handing over")
        .await
        .has("data-live-every");
    api.answers(200, json!({"state": "with_agent"}));
    page_with(&sim, &id, "With agent")
        .await
        .has_not("data-live-every");
}

#[tokio::test]
async fn a_page_works_when_our_system_tells_nothing() {
    let (sim, api, id) = with_api().await;
    page_with(&sim, &id, "Sparkbridge has not heard of this conversation").await;
    api.answers(401, json!({}));
    page_with(&sim, &id, "It refuses the token").await;
    api.answers(200, json!("nonsense"));
    let page = page_with(&sim, &id, "can’t be had").await;
    page.has("<p class=\"text\">Hello</p>")
        .has("200, received")
        .has("data-live-every");
}

#[tokio::test]
async fn an_agent_without_an_address_is_said_to_have_none() {
    let (sim, bot) = (Sim::start(quick()).await, Bot::start().await);
    sim.agent(&bot.url, json!({})).await;
    let id = sim.begin("Hello").await;
    let page = sim.conversation_page(&id).await;
    page.has("was registered without its conversation API")
        .has_not("data-live-every");
}

#[tokio::test]
async fn an_agent_is_registered_with_an_address_that_is_one() {
    let (sim, bot) = (Sim::start(quick()).await, Bot::start().await);
    for api_url in ["ftp://127.0.0.1", "nowhere"] {
        let spec = json!({"id": "bot", "name": "Bot", "webhook_url": bot.url, "secret": "00",
            "sparkbridge": {"api_url": api_url, "token": "t"}});
        assert_eq!(sim.post("/sim/agents", spec).await.0, 422, "{api_url}");
    }
    sim.agent(
        &bot.url,
        json!({"sparkbridge": {"api_url": "http://127.0.0.1:1", "token": "viewer-token"}}),
    )
    .await;
    assert!(
        !sim.get("/sim/agents")
            .await
            .to_string()
            .contains("viewer-token")
    );
}

/// The next event, without the comments that keep a connection open.
async fn told(changes: &mut Response) -> Option<String> {
    loop {
        let chunk = tokio::time::timeout(LONG, changes.chunk())
            .await
            .unwrap()
            .unwrap();
        let text = String::from_utf8(chunk?.to_vec()).unwrap();
        if !text.starts_with(':') {
            return Some(text);
        }
    }
}

#[tokio::test]
async fn an_open_page_is_told_of_a_change_and_of_the_end() {
    let sim = Sim::start(quick()).await;
    let asked = sim.request(Method::GET, "/workspace/changes").send().await;
    let mut changes = asked.unwrap();
    assert_eq!(changes.headers()["content-type"], "text/event-stream");
    let at_once = told(&mut changes).await.unwrap();
    assert!(at_once.contains("event: changed"), "{at_once}");
    sim.post(
        "/sim/conversations",
        json!({"medium": "rtm", "channel": "Shop", "contact": "contact-1"}),
    )
    .await;
    let change = told(&mut changes).await.unwrap();
    assert!(change.contains("event: changed"), "{change}");
    sim.running.stop().await;
    while told(&mut changes).await.is_some() {}
}

#[tokio::test]
async fn an_open_page_is_told_when_our_own_system_has_news() {
    let (sim, api, id) = with_api().await;
    page_with(&sim, &id, "has not heard of").await;
    let asked = sim.request(Method::GET, "/workspace/changes").send().await;
    let mut changes = asked.unwrap();
    told(&mut changes).await.unwrap();
    api.answers(200, json!({"state": "with_agent"}));
    // Shows what was known before, and asks. From then on, nobody loads the page without having been told.
    sim.conversation_page(&id).await;
    loop {
        told(&mut changes).await.unwrap();
        if sim.conversation_page(&id).await.page.contains("With agent") {
            break;
        }
    }
}
