//! Channels and teams, and Twitter's page.

use serde_json::json;

use crate::browser::{after, assert_all, start};

/// What the form of a channel's settings sends at least.
const SETTINGS: &str =
    "display_name=x&new=1&new_unit=days&pending=7&pending_unit=hours&all_teams=none";

#[tokio::test]
async fn a_channel_is_added_and_set_up() {
    let (sim, browser) = start().await;
    let form = "medium=whatsapp&name=+Shop+Europe+";
    let onwards = browser.done("/workspace/channels", form).await;
    assert_eq!(onwards, "/workspace/channels/channel-shop-europe");
    let list = browser.open("/workspace/channels").await;
    assert_all(
        &list,
        &[
            "aria-label=\"Channels\"",
            "Shop Europe",
            "WhatsApp",
            "Nobody yet",
            "After 30 days",
        ],
    );

    let team = "team=Night&members=agent-1,+agent-2";
    let set = browser.done("/workspace/teams", team).await;
    assert_eq!(set, "/workspace/channels#teams");
    let page = browser.open(&onwards).await;
    assert_all(
        &page,
        &[
            "Display name",
            "Auto-ownership",
            "Resolve Pending after",
            "Nobody has access yet",
            "Night",
            "agent-1, agent-2",
        ],
    );

    let settings = "display_name=The+shop&new=90&new_unit=minutes&pending=2&pending_unit=days\
                    &all_users=viewer&all_teams=none&team=Night&team_role=contributor\
                    &user=agent-9&user_role=supervisor";
    let saved = browser.done(&onwards, settings).await;
    assert_all(
        &browser.open(&saved).await,
        &["Saved.", "<h1>The shop</h1>", "value=\"90\""],
    );
    let channel = sim.get("/sim/channels/channel-shop-europe").await;
    assert_eq!(channel["display_name"], "The shop");
    assert_eq!(channel["auto_ownership"], false);
    assert_eq!(
        channel["auto_resolve"],
        json!({"new_seconds": 5400.0, "pending_seconds": 172_800.0})
    );
    assert_eq!(
        channel["access"],
        json!({"all_users": "viewer", "all_teams": null,
            "teams": {"Night": "contributor"}, "users": {"agent-9": "supervisor"}})
    );
    let list = browser.open("/workspace/channels").await;
    assert_all(
        &list,
        &[
            "All users: Viewer, Night: Contributor, agent-9: Supervisor",
            "New after 90 minutes, Pending after 2 days",
        ],
    );

    let without =
        format!("{SETTINGS}&all_users=none&user=agent-9&user_role=none&auto_ownership=on");
    browser.done(&onwards, &without).await;
    let channel = sim.get("/sim/channels/channel-shop-europe").await;
    assert_eq!(channel["auto_ownership"], true);
    assert_eq!(channel["access"]["users"], json!({}));
    assert_eq!(channel["access"]["teams"], json!({"Night": "contributor"}));
}

#[tokio::test]
async fn a_refused_channel_comes_back_with_what_was_typed() {
    let (sim, browser) = start().await;
    let nameless = "medium=fb&name=";
    let (_, said) = browser.refused("/workspace/channels", nameless, 422).await;
    assert!(said.contains("name"), "{said}");
    let form = "medium=fb&name=%3Cb%3E%22x";
    let path = browser.done("/workspace/channels", form).await;
    let (page, said) = browser.refused("/workspace/channels", form, 409).await;
    assert!(said.contains("exists"), "{said}");
    assert_all(
        &page,
        &["value=\"&lt;b&gt;&quot;x\"", "value=\"fb\" selected"],
    );
    assert!(!page.contains("<b>"), "{page}");
    assert!(page.contains(&format!("<a href=\"{path}\"")), "{page}");
    assert!(!browser.open(&path).await.contains("<b>"));

    let before = sim.get("/sim/channels").await;
    let form = "display_name=New+name&new=0&new_unit=days&pending=7&pending_unit=hours\
                &all_users=viewer&all_teams=none&user=agent-9&user_role=supervisor";
    let (page, said) = browser.refused(&path, form, 422).await;
    assert!(said.contains("Resolve New after"), "{said}");
    assert_all(
        &page,
        &[
            "value=\"New name\"",
            "value=\"7\"",
            "value=\"agent-9\"",
            "value=\"hours\" selected",
        ],
    );
    let unknown_role = format!("{SETTINGS}&all_users=king");
    let (_, said) = browser.refused(&path, &unknown_role, 422).await;
    assert!(said.contains("king"), "{said}");
    assert_eq!(sim.get("/sim/channels").await, before);

    let day = "team=Day&members=agent-1";
    browser.done("/workspace/teams", day).await;
    let night = "team=Night&members=agent-1";
    let (page, said) = browser.refused("/workspace/teams", night, 422).await;
    assert!(said.contains("one team"), "{said}");
    assert_all(&page, &["value=\"Night\"", "value=\"agent-1\""]);
    browser.refused("/workspace/teams", "team=+", 422).await;
}

#[tokio::test]
async fn an_unknown_channel_is_a_page_of_its_own() {
    let (_sim, browser) = start().await;
    let page = browser.missing("/workspace/channels/none").await;
    assert_all(&page, &["All channels"]);
    let form = format!("{SETTINGS}&all_users=none");
    browser
        .refused("/workspace/channels/none", &form, 404)
        .await;
}

#[tokio::test]
async fn twitter_is_asked_and_leads_back_to_the_channels_settings() {
    let (sim, browser) = start().await;
    let form = "medium=twit&name=";
    let asked = browser.done("/workspace/channels", form).await;
    assert!(
        asked.starts_with("/twitter/authorize?oauth_token="),
        "{asked}"
    );
    let list = browser.open("/workspace/channels").await;
    assert_all(&list, &["Not authorised by Twitter", "Waiting"]);

    let page = browser.open(&asked).await;
    assert_all(
        &page,
        &[
            "<h1>Authorize Sparkcentral</h1>",
            "Handle",
            "Authorize app",
            "Cancel",
        ],
    );
    let token = after(&page, "name=\"oauth_token\" value=\"");
    let wrong = format!("oauth_token={token}&handle=%3Ci%3E&decision=authorize");
    let (page, said) = browser.refused("/twitter/authorize", &wrong, 422).await;
    assert!(said.contains("handle"), "{said}");
    assert_all(&page, &["value=\"&lt;i&gt;\"", "Authorize app"]);

    let form = format!("oauth_token={token}&handle=%40Shop_1&decision=authorize");
    let onwards = browser.done("/twitter/authorize", &form).await;
    let settings = browser.open(&onwards).await;
    assert_all(
        &settings,
        &["@Shop_1", "https://twitter.com/Shop_1", "Auto-ownership"],
    );
    assert_eq!(sim.get("/sim/channels").await[0]["name"], "Shop_1");
    let list = browser.open("/workspace/channels").await;
    assert!(
        list.contains("@Shop_1") && !list.contains("Not authorised"),
        "{list}"
    );

    let (page, said) = browser.refused("/twitter/authorize", &form, 409).await;
    assert!(said.contains("used"), "{said}");
    assert_all(&page, &["href=\"/workspace/channels\""]);
    assert!(!page.contains("Authorize app"), "{page}");
    let again = browser.done("/workspace/channels", "medium=twit").await;
    let form = format!("{}&handle=shop_1", again.split_once('?').unwrap().1);
    let (_, said) = browser.refused("/twitter/authorize", &form, 409).await;
    assert!(said.contains("@shop_1"), "{said}");
}

#[tokio::test]
async fn a_cancelled_and_an_expired_authorisation_are_told_plainly() {
    let (sim, browser) = start().await;
    let asked = browser.done("/workspace/channels", "medium=twit").await;
    let token = asked.split_once('=').unwrap().1;
    let form = format!("oauth_token={token}&decision=cancel");
    let onwards = browser.done("/twitter/authorize", &form).await;
    let page = browser.open(&onwards).await;
    assert_all(
        &page,
        &["was cancelled", "role=\"alert\"", "Ask Twitter again"],
    );

    browser.done("/workspace/channels", "medium=twit").await;
    let list = browser.open("/workspace/channels").await;
    assert_all(&list, &["Waiting", "Cancelled"]);
    let waiting = after(&list, "<li><a href=\"");
    assert_all(&browser.open(waiting).await, &["Go to Twitter"]);
    let ten_minutes = "advance=10&unit=minutes";
    browser.done("/workspace/clock", ten_minutes).await;
    assert_all(
        &browser.open(waiting).await,
        &["has expired", "Ask Twitter again"],
    );
    assert_all(&browser.open("/workspace/channels").await, &["Expired"]);
    assert_eq!(sim.get("/sim/channels").await, json!([]));
}
