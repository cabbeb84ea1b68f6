//! What others write and other sites send does nothing here.

use serde_json::json;

use crate::{delivered, start, with_bot};

#[tokio::test]
async fn what_people_wrote_is_text_and_nothing_else() {
    let (sim, bot) = with_bot().await;
    let evil = "</textarea></p><script>alert(1)</script>\"'<img src=x onerror=alert(2)>";
    bot.script(
        200,
        json!({"sendMessage": {"text": format!("%[{evil}](reply:{evil})")}}),
    );
    let id = start(&sim, evil, evil).await;
    delivered(&sim, &id).await;
    sim.submit_to(&id, "messages", &[("message", evil), ("file", evil)])
        .await;
    sim.submit_to(&id, "take", &[("agent", evil)]).await;
    sim.submit_to(&id, "reply", &[("agent", evil), ("reply", evil)])
        .await;
    let refused = sim
        .submit_to(&id, "reply", &[("agent", "agent-2"), ("reply", evil)])
        .await;
    assert_eq!(refused.status, 409);
    let pages = [
        refused,
        sim.conversation_page(&id).await,
        sim.page("/workspace?queue=Pending").await,
        sim.page(&format!("/workspace/conversations/{id}?agent=%3Cscript%3E"))
            .await,
    ];
    for page in pages {
        page.has_not("<script>").has_not("<img src=x").has("&lt;");
    }
}

#[tokio::test]
async fn no_other_site_can_act_here() {
    let (sim, _bot) = with_bot().await;
    let id = start(&sim, "contact-1", "Hello").await;
    let path = format!("/workspace/conversations/{id}/messages");
    let fields = [("message", "Not mine")];
    for headers in [
        [("origin", "https://example.com")],
        [("origin", "null")],
        [("sec-fetch-site", "cross-site")],
    ] {
        let refused = sim.submit_from(&path, &fields, &headers).await;
        assert_eq!(refused.status, 403, "{headers:?}");
        let refused = sim.submit_from("/sim/conversations", &[], &headers).await;
        assert_eq!(refused.status, 403, "{headers:?}");
    }
    assert_eq!(sim.show(&id).await["messages"].as_array().unwrap().len(), 1);
    let own = [
        ("origin", sim.running.url()),
        ("sec-fetch-site", "same-origin"),
    ];
    assert_eq!(sim.submit_from(&path, &fields, &own).await.status, 303);
}

#[tokio::test]
async fn a_page_takes_scripts_and_styles_from_this_server_alone() {
    let (sim, _bot) = with_bot().await;
    let id = start(&sim, "contact-1", "Hello").await;
    let conversation = format!("/workspace/conversations/{id}");
    for path in [
        "/workspace",
        "/workspace/channels",
        "/workspace/exports",
        "/workspace/faults",
        &conversation,
    ] {
        let page = sim.page(path).await;
        assert_eq!(page.status, 200, "{path}");
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        page.has("<script src=\"/workspace/live.js\" defer></script>")
            .has_not("<script>")
            .has_not("<style")
            .has_not(" style=")
            .has_not(" onclick=");
    }
    for asset in [
        "/workspace/style.css",
        "/workspace/live.js",
        "/workspace/icon.svg",
    ] {
        assert_eq!(sim.page(asset).await.status, 200, "{asset}");
    }
}
