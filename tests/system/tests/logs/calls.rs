//! Requests to conversation-api, good ones and others.

use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::json;
use system_tests::{RegisteredAgent, World};

use crate::acts::BREAKS;
use crate::marks::Marks;

/// Requests to conversation-api about a conversation that is there, and about others.
pub(crate) async fn all(world: &World, marks: &Marks, agent: &RegisteredAgent, id: &str) {
    let word = |place: &str| marks.word(&format!("a caller's {place}"));
    let http = reqwest::Client::new();
    let base = format!("{}/v1/agents/{}", world.stack.api_url, agent.name);
    let token = &agent.api_tokens.supervisor;
    let call = async |method: Method, path: &str, body: Option<String>| {
        let mut request = http
            .request(method, format!("{base}{path}"))
            .bearer_auth(token);
        if let Some(body) = body {
            request = request.body(body);
        }
        request.send().await.unwrap().status()
    };
    let post = async |rest: &str, body: String| {
        call(
            Method::POST,
            &format!("/conversations/{id}{rest}"),
            Some(body),
        )
        .await
    };
    let good = json!({
        "id": "marked",
        "text": word("text"),
        "quickReplies": [{"label": word("label"), "payload": word("payload")}],
        "links": [{"label": word("link"), "url": format!("https://example.com/{}", word("link's address"))}],
        "topics": [word("topic")],
        "attributes": {"mail": marks.mail("a caller's attribute")},
    });
    assert_eq!(
        post("/replies", good.to_string()).await,
        StatusCode::ACCEPTED
    );
    for (number, file) in [
        json!({"data": "bm8=", "name": word("file's name"), "contentType": "text/plain"}),
        json!({"url": format!("https://127.0.0.1/{}", word("file's address"))}),
        json!({"s3": format!("s3://no-such-bucket/{}", word("key"))}),
        json!(format!("{}.png", word("uploaded file"))),
    ]
    .into_iter()
    .enumerate()
    {
        let body = json!({"id": format!("file-{number}"), "text": "see", "attachment": file});
        let status = post("/replies", body.to_string()).await;
        assert_eq!(status, StatusCode::ACCEPTED, "file {number}");
    }
    for body in [
        word("no JSON"),
        format!("{{\"{}\": 1}}", word("unknown field")),
        format!("\"{}\"", word("text alone")),
        json!({"id": word("id with an end") + "\n", "text": "x"}).to_string(),
        json!({"id": "a", "attachment": {"url": word("no address")}}).to_string(),
        json!({"id": "a", "text": {"a": word("text of another type")}}).to_string(),
        json!({"id": "a", "text": "x", "inReplyTo": word("turn")}).to_string(),
        json!({"id": "a", "attributes": {format!("{} x", word("alias")): "x"}}).to_string(),
        json!({"reason": word("reason")}).to_string(),
        json!({"profile": word("profile")}).to_string(),
        json!({"topics": [word("topic"), ""]}).to_string(),
        "[".repeat(10_000) + &word("depth"),
        word("length").repeat(20_000),
    ] {
        for rest in ["/replies", "/handover", "/resolve"] {
            // Closing an open conversation needs no valid topic but these.
            let status = post(rest, body.clone()).await;
            assert!(status.is_client_error(), "{rest}: {status}");
        }
    }
    // Ids in the path.
    let mut ids = vec![
        marks.mail("an id"),
        marks.phone("an id"),
        word("id"),
        word("long id").repeat(80),
    ];
    ids.extend(
        BREAKS.map(|line_end| format!("{}{line_end}{{\"Outcome\":\"ok\"}}", word("broken id"))),
    );
    for odd in ids {
        let odd = url_encoded(&odd);
        for (method, path) in [
            (Method::GET, format!("/conversations/{odd}")),
            (Method::POST, format!("/conversations/{odd}/replies")),
            (Method::POST, format!("/conversations/{odd}/handover")),
            (Method::GET, format!("/conversations/{id}/replies/{odd}")),
            (Method::GET, format!("/channels/{odd}")),
            (Method::PATCH, format!("/channels/{odd}")),
        ] {
            let body = (method != Method::GET).then(|| json!({"id": "a", "text": "x"}).to_string());
            let status = call(method, &path, body).await;
            assert!(status.is_client_error(), "{path}: {status}");
        }
    }
    // Who may see a channel.
    let channel = "/channels/channel-web";
    let change = json!({
        "displayName": word("display name"),
        "access": {"users": {marks.mail("a user"): "viewer"}, "teams": {word("team"): "viewer"}},
    });
    assert_eq!(
        call(Method::PATCH, channel, Some(change.to_string())).await,
        StatusCode::OK
    );
    for change in [
        json!({word("field of a channel"): 1}),
        json!({"displayName": word("long name").repeat(40)}),
        json!({"access": {"users": {marks.mail("a user with no role"): word("role")}}}),
    ] {
        let status = call(Method::PATCH, channel, Some(change.to_string())).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    // Tokens.
    for value in [
        format!("Bearer {}", word("token")),
        format!("Basic {}", word("basic credentials")),
        word("bare token"),
        format!("Bearer {}", word("long token").repeat(200)),
        format!("Bearer \u{e9}{}", word("odd token")),
    ] {
        let mut header = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        header.set_sensitive(true);
        let request = http
            .get(format!("{base}/conversations/{id}"))
            .header(AUTHORIZATION, header);
        let status = request.send().await.unwrap().status();
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    let handover = json!({
        "reason": "not_understood",
        "summary": word("summary"),
        "attributes": {"phone": marks.phone("a caller's attribute")},
    });
    let status = post("/handover", handover.to_string()).await;
    // Sparkcentral may have refused the file it does not know by now, which is a handover too.
    assert!(
        [StatusCode::ACCEPTED, StatusCode::CONFLICT].contains(&status),
        "{status}"
    );
}

/// Everything but letters and digits as `%XX`.
fn url_encoded(text: &str) -> String {
    let encoded = text.bytes().map(|byte| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    encoded.collect()
}
