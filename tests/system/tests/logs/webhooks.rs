//! Webhooks nobody would send by accident.

use reqwest::StatusCode;
use serde_json::json;
use system_tests::{RegisteredAgent, World, message_event, now_rfc3339, sign};

use crate::acts::{BREAKS, contact};
use crate::marks::Marks;

/// Webhooks that are refused, and some that are not, which nobody would send by accident.
pub(crate) async fn hostile(world: &World, marks: &Marks, agent: &RegisteredAgent) {
    let webhook = world.webhook(agent);
    let word = |place: &str| marks.word(&format!("a hostile webhook's {place}"));
    let event = |id: &str, text: &str| message_event(&uuid::Uuid::new_v4().to_string(), id, text);
    // Refused before anything is read.
    let body = event("c", &word("text")).to_string().into_bytes();
    for signature in [word("signature"), sign(&"ab".repeat(32), &body)] {
        let (status, _) = webhook.send_raw(body.clone(), Some(&signature)).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    // Signed, and no event.
    let mut values = vec![
        word("body").into_bytes(),
        format!("{{\"{}\": ", word("open key")).into_bytes(),
        vec![b'['; 100_000],
    ];
    let strange = [
        json!(word("text alone")),
        json!({"type": word("type")}),
        json!({"type": "INBOUND_MESSAGE_RECEIVED", "data": word("data")}),
        json!({
            "type": "INBOUND_MESSAGE_RECEIVED", "idempotencyKey": {"a": word("key")}, "data": {},
        }),
        json!({
            "type": "INBOUND_MESSAGE_RECEIVED", "idempotencyKey": "k", "timestamp": word("time"),
            "data": {"conversationId": "c"},
        }),
        json!({
            "type": "INBOUND_MESSAGE_RECEIVED", "idempotencyKey": "k",
            "data": {"conversationId": "c", "message": {"text": {"a": word("text of another type")}}},
        }),
        json!({
            "type": "CONVERSATION_STARTED", "idempotencyKey": "k",
            "data": {"conversationId": "c", "contactAttributes": word("attributes")},
        }),
        json!({
            "type": "CONVERSATION_STARTED", "idempotencyKey": "k",
            "data": {"conversationId": "c", "contactProfile": {"vip": marks.mail("a hostile webhook")}},
        }),
        json!({
            "type": "INBOUND_MESSAGE_RECEIVED", "timestamp": now_rfc3339(),
            "idempotencyKey": word("long key").repeat(60),
            "data": {"conversationId": "c", "message": {"text": "x"}},
        }),
    ];
    values.extend(strange.iter().map(|value| value.to_string().into_bytes()));
    for body in values {
        let (status, _) = webhook.send_signed(&body).await;
        // 401 where it has no time stamp, 200 for an event of an unknown type.
        let expected = [
            StatusCode::BAD_REQUEST,
            StatusCode::UNAUTHORIZED,
            StatusCode::OK,
        ];
        assert!(expected.contains(&status), "{status}");
    }
    // Ids that would be another line, or another field.
    for line_end in BREAKS {
        let forged = format!("c{line_end}{{\"Function\":\"forged\",\"Outcome\":\"ok\"}}");
        let key = format!("k{line_end}forged");
        let (status, _) = webhook.send(&message_event(&key, &forged, "full")).await;
        assert_ne!(status, StatusCode::UNAUTHORIZED);
    }
    // Another body under a key that is taken.
    let mut first = event("twice", "full");
    let (_, _) = webhook.send(&first).await;
    first["data"]["message"]["text"] = word("second text").into();
    let (status, _) = webhook.send(&first).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let http = reqwest::Client::new();
    let url = world.stack.webhook_url_of(&word("agent's name"));
    let response = http.post(url).body(word("body")).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    let body = event("headers", "full").to_string();
    let response = http
        .post(format!("{}?q={}", agent.webhook_url, word("query")))
        .header(
            "X-Sparkcentral-Signature",
            sign(&agent.webhook_secret, body.as_bytes()),
        )
        .header("User-Agent", word("user agent"))
        .header("X-Request-Id", word("request id"))
        .header("X-Amzn-Trace-Id", format!("Root={}", word("trace id")))
        .header("Cookie", format!("a={}", word("cookie")))
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    // An event with a mark in every field there is, and in some that there are not.
    let started = json!({
        "timestamp": now_rfc3339(),
        "idempotencyKey": uuid::Uuid::new_v4().to_string(),
        "type": "CONVERSATION_STARTED",
        word("new field"): word("new field's value"),
        "data": {
            "conversationId": "marked",
            "language": word("language"),
            "medium": {"id": word("medium")},
            "channel": {"id": word("channel's id"), "name": word("channel's name")},
            "contactProfile": contact(marks),
            "contactAttributes": [
                {"attribute": word("attribute"), "value": word("attribute's value"), "source": word("source")},
            ],
            word("new field of data"): {"a": word("value")},
        },
    });
    let (status, told) = webhook.send(&started).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    let mut message = event("marked", &format!("full {}", word("text")));
    message["data"]["message"]["payload"] = word("payload").into();
    message["data"]["message"]["attachments"] = json!([{"name": word("attachment's name")}]);
    message["data"]["conversationTopics"] = json!([word("topic")]);
    message["data"]["trigger"] = json!({"type": word("trigger"), "text": word("trigger's text")});
    let (status, told) = webhook.send(&message).await;
    assert!(
        status.is_success() || status == StatusCode::BAD_REQUEST,
        "{told}"
    );
}
