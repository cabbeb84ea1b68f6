//! Faults, the clock, and who is online.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use simulator::Config;

use crate::{
    browser::{Browser, assert_all, start},
    support::{Bot, Sim, quick, send},
};

const PAGE: &str = "/workspace/faults";

#[tokio::test]
async fn a_fault_is_switched_on_strikes_and_is_switched_off() {
    let (sim, browser) = start().await;
    let bot = Bot::start().await;
    sim.agent(&bot.url, json!({})).await;
    let id = sim.begin("Hello").await;
    let page = browser.open(PAGE).await;
    for name in [
        "duplicate webhook",
        "reorder webhooks",
        "drop after accept",
        "slow",
        "token expired",
        "unauthorized",
        "not found",
        "rate limited",
        "server error",
    ] {
        assert_all(&page, &[&format!(">Switch on {name}</button>")]);
    }

    let form = format!(
        "fault=server_error&count=2&seconds=&conversation={id}&agent=&on=conversations&status=503"
    );
    let onwards = browser.done(PAGE, &form).await;
    assert_eq!(onwards, "/workspace/faults#server_error");
    let fault = sim.get("/sim/faults").await[0].clone();
    assert_eq!(fault["fault"], "server_error");
    assert_eq!(fault["count"], 2);
    assert_eq!(fault["status"], 503);
    assert_eq!(fault["conversation"], json!(id));
    assert_eq!(sim.reply(&id, json!({})).await.0, 503);
    let page = browser.open(PAGE).await;
    assert_all(
        &page,
        &[
            "aria-label=\"Faults\"",
            "<th scope=\"row\">Server error</th>",
            "<td class=\"number\">1</td>",
            "after 2 times",
            &id,
        ],
    );
    assert_eq!(sim.reply(&id, json!({})).await.0, 503);
    assert_all(&browser.open(PAGE).await, &["Over</span>"]);
    assert_eq!(sim.reply(&id, json!({})).await.0, 200);

    browser.done("/workspace/faults/off", "").await;
    assert_eq!(sim.get("/sim/faults").await, json!([]));
    assert_all(&browser.open(PAGE).await, &["No fault is on"]);
}

#[tokio::test]
async fn a_fault_that_makes_no_sense_comes_back_in_its_own_form() {
    let (sim, browser) = start().await;
    for (form, words) in [
        ("fault=slow&count=0", "Count"),
        ("fault=slow&count=often", "Times"),
        ("fault=slow&count=1&on=token", "about no conversation"),
        ("fault=weather", "weather"),
    ] {
        let typed = format!("{form}&conversation=%3Ci%3E");
        let (page, said) = browser.refused(PAGE, &typed, 422).await;
        assert!(said.contains(words), "{form}: {said}");
        let kept = page.matches("value=\"&lt;i&gt;\"").count();
        assert_eq!(kept, usize::from(form.contains("slow")), "{form}");
        assert!(!page.contains("<i>"), "{page}");
    }
    assert_eq!(sim.get("/sim/faults").await, json!([]));
}

#[tokio::test]
async fn what_is_not_delivered_yet_is_told_with_the_faults() {
    let patient = Config {
        webhook_timeout: Duration::from_secs(600),
        ..quick()
    };
    let sim = Sim::start(patient).await;
    let browser = Browser::at(&sim);
    let bot = Bot::start().await;
    bot.script_slow(200, "{}", Duration::from_secs(600));
    sim.agent(&bot.url, json!({})).await;
    let begin = json!({
        "agent": "bot", "medium": "rtm", "channel": "Shop", "contact": "contact-1", "text": "Hello",
    });
    let (status, begun) = sim.post("/sim/conversations", begin).await;
    assert_eq!(status, 201, "{begun}");
    let link = format!("/workspace/conversations/{}", begun["id"].as_str().unwrap());
    assert_all(
        &browser.open(PAGE).await,
        &["2 webhooks not delivered yet", &link],
    );
}

#[tokio::test]
async fn the_clock_is_put_forward_and_never_back() {
    let (sim, browser) = start().await;
    let clock = "/workspace/clock";
    let onwards = browser.done(clock, "advance=1.5&unit=hours").await;
    assert_eq!(onwards, "/workspace/faults#clock");
    assert_eq!(sim.get("/sim/clock").await["ahead_seconds"], 5400.0);
    assert_all(&browser.open(PAGE).await, &["90 minutes ahead"]);
    for form in [
        "advance=-1&unit=hours",
        "advance=&unit=hours",
        "advance=1&unit=years",
    ] {
        browser.refused(clock, form, 422).await;
    }
    let (page, _) = browser.refused(clock, "advance=99999&unit=days", 422).await;
    assert_all(&page, &["value=\"99999\"", "value=\"days\" selected"]);
    assert_eq!(sim.get("/sim/clock").await["ahead_seconds"], 5400.0);
}

async fn online(sim: &Sim) -> Vec<(Value, Value)> {
    let shown = sim.get("/sim/presence").await;
    let agents = shown["agents"].as_array().unwrap().iter();
    agents
        .map(|agent| (agent["id"].clone(), agent["presence"].clone()))
        .collect()
}

#[tokio::test]
async fn people_come_online_go_away_and_leave() {
    let (sim, browser) = start().await;
    let presence = "/workspace/presence";
    browser
        .done(presence, "agent=agent-1&presence=AVAILABLE")
        .await;
    let form = "agent=agent-1&presence=AWAY&agent=agent-2&presence=AVAILABLE&agent=&presence=AWAY";
    browser.done(presence, form).await;
    let expected = [("agent-1", "AWAY"), ("agent-2", "AVAILABLE")];
    let expected = expected.map(|(agent, status)| (json!(agent), json!(status)));
    assert_eq!(online(&sim).await, expected);
    assert_all(&browser.open(PAGE).await, &["agent-1 (away)", ">agent-2<"]);
    let wrong = "agent=%3Ci%3E&presence=ASLEEP";
    let (page, _) = browser.refused(presence, wrong, 422).await;
    assert_all(&page, &["value=\"&lt;i&gt;\""]);
    let form = "agent=agent-1&presence=OFFLINE&agent=agent-2&presence=OFFLINE";
    browser.done(presence, form).await;
    assert!(online(&sim).await.is_empty());

    let own_client = json!({"client_id": "own-client", "client_secret": "s"});
    sim.agent("http://127.0.0.1:1/hook", own_client).await;
    assert!(!browser.open(PAGE).await.contains("own-client"));
    let told = json!({"agent": "bot", "agents": []});
    let request = sim.request(Method::PUT, "/sim/presence").json(&told);
    assert_eq!(send(request).await.0, 200);
    assert_all(&browser.open(PAGE).await, &["own-client"]);
}

#[tokio::test]
async fn a_waiting_time_is_said_and_counted_again() {
    let (sim, browser) = start().await;
    let waiting = "/workspace/waiting";
    browser.done(waiting, "seconds=90&contacts=").await;
    assert_eq!(
        sim.get("/sim/waiting").await,
        json!({"seconds": 90, "contacts": null})
    );
    assert_all(&browser.open(PAGE).await, &["90 seconds"]);
    let wrong = "seconds=long&contacts=3";
    let (page, said) = browser.refused(waiting, wrong, 422).await;
    assert!(said.contains("Longest wait"), "{said}");
    assert_all(&page, &["value=\"long\"", "value=\"3\""]);
    browser.done(waiting, "seconds=&contacts=").await;
    assert_all(&browser.open(PAGE).await, &["Counted</span>"]);
}
