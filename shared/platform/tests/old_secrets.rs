//! Uses of old secrets in the table, against a real DynamoDB API: see `tests/store.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

mod table;

use platform::OldSecret;
use table::store;
use time::{Duration, OffsetDateTime};

#[tokio::test]
async fn the_last_use_of_each_old_secret_is_remembered_by_agent() {
    let store = store().await;
    let first = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
    let last = first + Duration::hours(1);
    let token = |name: &str| OldSecret::Token(name.into());
    assert_eq!(store.old_secrets("shop").await.unwrap(), []);
    for (agent, old, at) in [
        ("shop", OldSecret::WebhookSecret, first),
        ("shop", OldSecret::WebhookSecret, last),
        ("shop", OldSecret::ClientSecret, first),
        ("shop", token("bot"), first),
        ("shop", token("WEBHOOK"), last),
        ("shop-2", OldSecret::ClientSecret, last),
    ] {
        store.note_old_secret(agent, &old, at).await.unwrap();
    }
    let mut used = store.old_secrets("shop").await.unwrap();
    used.sort();
    assert_eq!(
        used,
        [
            (OldSecret::WebhookSecret, last),
            (OldSecret::ClientSecret, first),
            (token("WEBHOOK"), last),
            (token("bot"), first),
        ]
    );
    let told = format!("{used:?}");
    assert!(!told.contains("bot"), "{told}");
}
