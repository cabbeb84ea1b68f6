//! Conversations of the whole table, against a real DynamoDB API: see `tests/store.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

mod table;

use aws_sdk_dynamodb::types::AttributeValue;
use conversation::{Conversation, Delivery, OutboundReply, ReplySource, State};
use platform::{Commit, Listing, Store, Wanted};
use sparkcentral::Reply;
use time::{Duration, OffsetDateTime};

/// Whole seconds, because that is easy to compare.
fn now() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::days(20_000)
}

/// A conversation with a reply, saved at a moment, and gone at another.
async fn save(
    store: &Store,
    conversation: &Conversation,
    at: OffsetDateTime,
    until: OffsetDateTime,
) {
    let reply = OutboundReply {
        id: "r".into(),
        episode: 1,
        source: ReplySource::Sparkbridge { about: "k".into() },
        reply: Reply::text("hello"),
        upload: None,
        created_at: at,
        attempts: 0,
        doubted: false,
        delivery: Delivery::Pending,
    };
    let commit = Commit {
        conversation,
        read: None,
        events: &[],
        replies: &[reply],
        expires_at: until.unix_timestamp(),
        now: at,
    };
    store.commit(commit).await.unwrap();
}

fn conversation(agent: &str, id: &str, state: State) -> Conversation {
    Conversation {
        state,
        ..Conversation::new(agent, id, now() - Duration::DAY)
    }
}

fn ids(listing: &Listing) -> Vec<&str> {
    let listed = listing.newest.iter();
    listed
        .map(|listed| listed.conversation.id.as_str())
        .collect()
}

#[tokio::test]
async fn conversations_are_listed_with_the_newest_change_first_and_without_what_has_expired() {
    let store = table::store().await;
    let later = now() + Duration::DAY;
    for (agent, id, state, minutes_ago) in [
        ("demo", "c-1", State::WithBot, 50),
        ("demo", "c-2", State::Resolved, 10),
        ("demo", "c-3", State::WithBot, 30),
        // Its name begins like the other's.
        ("demo-2", "c-4", State::WithBot, 20),
    ] {
        let at = now() - Duration::minutes(minutes_ago);
        save(&store, &conversation(agent, id, state), at, later).await;
    }
    let expired = conversation("demo", "c-5", State::WithBot);
    save(&store, &expired, now() - Duration::minutes(1), now()).await;

    let list = async |wanted: Wanted, limit| {
        let listing = store.newest_conversations(&wanted, limit, now()).await;
        listing.unwrap()
    };
    let all = list(Wanted::default(), 10).await;
    assert_eq!(ids(&all), ["c-2", "c-4", "c-3", "c-1"]);
    assert_eq!((all.found, all.unreadable), (4, 0));
    assert_eq!(all.newest[0].changed_at, now() - Duration::minutes(10));

    let few = list(Wanted::default(), 2).await;
    assert_eq!((ids(&few), few.found), (vec!["c-2", "c-4"], 4));

    let of_demo = Wanted {
        agent: Some("demo".into()),
        ..Wanted::default()
    };
    assert_eq!(ids(&list(of_demo.clone(), 10).await), ["c-2", "c-3", "c-1"]);
    let with_bot = Wanted {
        state: Some(State::WithBot),
        ..of_demo.clone()
    };
    assert_eq!(ids(&list(with_bot, 10).await), ["c-3", "c-1"]);
    let lately = Wanted {
        changed_since: Some(now() - Duration::minutes(30)),
        ..of_demo
    };
    assert_eq!(ids(&list(lately, 10).await), ["c-2", "c-3"]);
    let nobodys = Wanted {
        agent: Some("nobody".into()),
        ..Wanted::default()
    };
    assert_eq!(list(nobodys, 10).await, Listing::default());
}

#[tokio::test]
async fn more_conversations_than_a_page_holds_are_all_found() {
    let store = table::store().await;
    let later = now() + Duration::DAY;
    // A page has 1 MiB at most.
    let memory = serde_json::json!("x".repeat(150_000));
    for n in 0..40 {
        let conversation = Conversation {
            session: memory.clone(),
            ..conversation("demo", &format!("c-{n:02}"), State::WithBot)
        };
        save(&store, &conversation, now() + Duration::seconds(n), later).await;
    }
    let listing = store
        .newest_conversations(&Wanted::default(), 3, now())
        .await
        .unwrap();
    assert_eq!(
        (ids(&listing), listing.found),
        (vec!["c-39", "c-38", "c-37"], 40)
    );
}

#[tokio::test]
async fn what_this_build_can_not_read_is_counted_and_hides_nothing() {
    let (store, client, table) = table::open().await;
    let later = now() + Duration::DAY;
    let conversation = conversation("demo", "c-1", State::WithBot);
    save(&store, &conversation, now(), later).await;
    let text = |text: &str| AttributeValue::S(text.into());
    client
        .put_item()
        .table_name(table)
        .item("pk", text("demo#c-2"))
        .item("sk", text("STATE"))
        .item("body", text(r#"{"state": "with_nobody_we_know"}"#))
        .item(
            "expires_at",
            AttributeValue::N(later.unix_timestamp().to_string()),
        )
        .send()
        .await
        .unwrap();
    let listing = store
        .newest_conversations(&Wanted::default(), 10, now())
        .await
        .unwrap();
    assert_eq!((ids(&listing), listing.unreadable), (vec!["c-1"], 1));
}
