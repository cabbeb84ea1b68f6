//! The workspace's pages of channels, exports and faults, over HTTP as a browser uses them.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod browser;
mod channels;
mod exports;
mod faults;
#[path = "../support/mod.rs"]
mod support;

use browser::{assert_all, start};
use reqwest::{Method, header};
use serde_json::json;

#[tokio::test]
async fn every_page_is_there_for_a_newcomer() {
    let (_sim, browser) = start().await;
    let channels = [
        "<h1>Channels</h1>",
        "There is no channel yet",
        "Add a channel",
    ];
    let exports = ["<h1>Exports</h1>", "--exports-root"];
    let faults = [
        "<h1>Faults</h1>",
        "No fault is on",
        "Switch all off",
        "Clock",
        "Who is online",
        "Waiting time",
    ];
    for (path, parts) in [
        ("/workspace/channels", &channels[..]),
        ("/workspace/exports", &exports),
        ("/workspace/faults", &faults),
    ] {
        assert_all(&browser.open(path).await, parts);
    }
    for (act, page) in [
        ("teams", "channels"),
        ("exports/finish", "exports"),
        ("faults/off", "faults"),
        ("clock", "faults"),
        ("presence", "faults"),
        ("waiting", "faults"),
    ] {
        let path = format!("/workspace/{act}");
        let led = browser.ask(Method::GET, &path, "").await.onwards;
        assert_eq!(led, format!("/workspace/{page}"));
    }
}

#[tokio::test]
async fn a_form_of_another_site_is_refused_on_every_page() {
    let (sim, browser) = start().await;
    for path in [
        "/workspace/channels",
        "/workspace/channels/x",
        "/workspace/teams",
        "/workspace/exports",
        "/workspace/exports/finish",
        "/workspace/faults",
        "/workspace/faults/off",
        "/workspace/clock",
        "/workspace/presence",
        "/workspace/waiting",
        "/twitter/authorize",
    ] {
        let request = browser.http.post(format!("{}{path}", browser.base));
        let request = request.header(header::ORIGIN, "https://example.com");
        let request = request.body("advance=1&unit=days&medium=fb&name=x&team=x");
        assert_eq!(request.send().await.unwrap().status(), 403, "{path}");
    }
    assert_eq!(sim.get("/sim/channels").await, json!([]));
    assert_eq!(sim.get("/sim/teams").await, json!({"teams": []}));
    assert_eq!(sim.get("/sim/clock").await["ahead_seconds"], 0.0);
}
