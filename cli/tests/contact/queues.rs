//! Dead letters.

use serde_json::json;

use crate::stage::{Stage, state};

async fn send(stage: &Stage, url: &str, conversation: &str, turn: usize) {
    let body = json!({"version": 1, "agent": "one", "conversation_id": conversation,
        "work": "turn", "turn_id": turn.to_string()});
    let send = stage.queues.send_message().queue_url(url);
    send.message_body(body.to_string())
        .message_group_id(conversation)
        .message_deduplication_id(format!("{conversation}-{turn}"))
        .send()
        .await
        .unwrap();
}

/// By conversation, the turns in the order in which they come; nothing for what is no JSON.
async fn received(stage: &Stage, url: &str) -> Vec<(String, String)> {
    let mut received = Vec::new();
    loop {
        let receive = stage.queues.receive_message().queue_url(url);
        let got = receive.max_number_of_messages(10).send().await.unwrap();
        let messages = got.messages.unwrap_or_default();
        if messages.is_empty() {
            received.sort_by(|(one, _): &(String, String), (other, _)| one.cmp(other));
            return received;
        }
        for message in messages {
            let body: serde_json::Value =
                serde_json::from_str(&message.body.unwrap()).unwrap_or_default();
            let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
            received.push((text("conversation_id"), text("turn_id")));
            let delete = stage.queues.delete_message().queue_url(url);
            let delete = delete.receipt_handle(message.receipt_handle.unwrap());
            delete.send().await.unwrap();
        }
    }
}

#[tokio::test]
async fn dead_letters_of_the_contact_go_and_all_others_stay_in_their_order() {
    let stage = Stage::new().await;
    stage
        .put("one#gone", "STATE", &state("0-1", "a@example.com"))
        .await;
    let dead = stage.queue("turns-dead.fifo").await;
    let served = stage.queue("outbound.fifo").await;
    let mut expected = Vec::new();
    for turn in 0..25 {
        for conversation in ["gone", "long", &format!("short-{turn:02}")] {
            send(&stage, &dead, conversation, turn).await;
            if conversation != "gone" {
                expected.push((conversation.to_owned(), turn.to_string()));
            }
        }
    }
    send(&stage, &served, "gone", 0).await;
    send(&stage, &served, "long", 1).await;
    let other = stage
        .queues
        .send_message()
        .queue_url(&dead)
        .message_body("no JSON");
    let other = other.message_group_id("x").message_deduplication_id("x");
    other.send().await.unwrap();
    expected.push((String::new(), String::new()));
    // In the queue's order within each conversation.
    expected.sort_by(|(one, _), (other, _)| one.cmp(other));

    let removed = stage.erase("0-1").await;
    assert_eq!(
        removed["queue_messages"],
        json!({"turns-dead.fifo": 25, "outbound.fifo": 1})
    );
    assert_eq!(
        received(&stage, &served).await,
        [("long".into(), "1".into())]
    );
    assert_eq!(received(&stage, &dead).await, expected);
}
