//! Channels in the table, against a real DynamoDB API: see `tests/store.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

mod table;

use conversation::{Channel, ChannelPatch, Role, SeenChannel};
use platform::Store;
use sparkcentral::MediumId;
use time::{Duration, OffsetDateTime};

/// Whole seconds, because that is easy to compare.
fn now() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::days(20_000)
}

fn seen(id: &str, name: &str) -> SeenChannel {
    SeenChannel {
        id: id.into(),
        medium: Some(MediumId::from("fb")),
        name: Some(name.into()),
    }
}

fn grant(user: &str) -> ChannelPatch {
    ChannelPatch {
        users: [(user.to_owned(), Some(Role::Viewer))].into(),
        ..ChannelPatch::default()
    }
}

/// The store as another process has it: the same table, and nothing remembered.
async fn learned_by_another_process(store: &Store, seen: &SeenChannel) {
    let read = store.channel("shop", &seen.id).await.unwrap().unwrap();
    let mut channel = read.channel.clone();
    assert!(channel.learn(seen, now()));
    let saved = store.save_channel("shop", &read, channel).await.unwrap();
    assert!(saved.is_some());
}

#[tokio::test]
async fn a_channel_is_learned_once_and_its_new_name_later() {
    let store = table::store().await;
    assert_eq!(store.channel("shop", "channel-1").await.unwrap(), None);
    let learn = |name: &'static str, after: Duration| {
        let store = store.clone();
        async move {
            store
                .learn_channel("shop", &seen("channel-1", name), now() + after)
                .await
                .unwrap();
            store.channel("shop", "channel-1").await.unwrap().unwrap()
        }
    };
    let first = learn("Shop", Duration::ZERO).await;
    assert_eq!(
        first.channel,
        Channel::new(seen("channel-1", "Shop"), now())
    );
    assert_eq!(learn("Shop", Duration::DAY).await, first, "nothing written");
    let entered = grant("agent-1").apply(&first.channel, now()).unwrap();
    store
        .save_channel("shop", &first, entered.clone())
        .await
        .unwrap()
        .unwrap();
    let renamed = learn("Shop EU", Duration::DAY).await;
    let expected = Channel {
        name: Some("Shop EU".into()),
        changed_at: now() + Duration::DAY,
        ..entered
    };
    assert_eq!(renamed.channel, expected, "what was entered stays");
}

#[tokio::test]
async fn a_known_channel_costs_no_call() {
    let store = table::store().await;
    let shop = seen("channel-1", "Shop");
    store.learn_channel("shop", &shop, now()).await.unwrap();
    learned_by_another_process(&store, &seen("channel-1", "Shop EU")).await;
    // Had the table been read, the old name would have been written over the new one.
    let nameless = SeenChannel {
        name: None,
        ..shop.clone()
    };
    for told in [&shop, &nameless] {
        store.learn_channel("shop", told, now()).await.unwrap();
    }
    let stored = store.channel("shop", "channel-1").await.unwrap().unwrap();
    assert_eq!(stored.channel.name.as_deref(), Some("Shop EU"));
}

#[tokio::test]
async fn of_many_who_learn_a_channel_at_once_all_find_one() {
    let store = table::store().await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..20 {
        let store = store.clone();
        tasks.spawn(async move {
            let seen = seen("channel-1", "Shop");
            let at = now() + Duration::seconds(n);
            store.learn_channel("shop", &seen, at).await.unwrap();
        });
    }
    tasks.join_all().await;
    let channels = store.channels("shop").await.unwrap();
    assert_eq!(channels.len(), 1);
}

#[tokio::test]
async fn a_save_against_an_old_revision_writes_nothing() {
    let store = table::store().await;
    let channel = Channel::new(seen("channel-1", "Shop"), now());
    assert!(store.add_channel("shop", &channel).await.unwrap());
    assert!(!store.add_channel("shop", &channel).await.unwrap());
    let read = store.channel("shop", "channel-1").await.unwrap().unwrap();
    let save = |user: &'static str| {
        let (store, read) = (store.clone(), read.clone());
        async move {
            let changed = grant(user).apply(&read.channel, now()).unwrap();
            store.save_channel("shop", &read, changed).await.unwrap()
        }
    };
    let saved = save("agent-1").await.unwrap();
    assert_eq!(save("agent-2").await, None);
    assert_eq!(
        save("agent-1").await,
        Some(saved.clone()),
        "the same save again, its answer lost, is its own"
    );
    let stored = store.channel("shop", "channel-1").await.unwrap();
    assert_eq!(stored, Some(saved));
}

#[tokio::test]
async fn an_agents_channels_are_its_own() {
    let store = table::store().await;
    for (agent, id) in [("shop", "b"), ("shop", "a"), ("shop-2", "c")] {
        let channel = Channel::new(seen(id, "Shop"), now());
        assert!(store.add_channel(agent, &channel).await.unwrap());
    }
    let ids = |channels: Vec<Channel>| channels.into_iter().map(|c| c.id).collect::<Vec<_>>();
    assert_eq!(ids(store.channels("shop").await.unwrap()), ["a", "b"]);
    assert_eq!(ids(store.channels("shop-2").await.unwrap()), ["c"]);
    assert!(store.channels("nobody").await.unwrap().is_empty());
}
