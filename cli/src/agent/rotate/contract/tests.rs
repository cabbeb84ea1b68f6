use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::agent::secret::Version;

const T0: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn stored(webhook: u8, client: u8, tokens: &[(&str, u8)]) -> Stored {
    let tokens: Vec<Value> = tokens
        .iter()
        .map(|(name, n)| json!({"name": name, "role": "viewer", "token": format!("{name}-{n}")}))
        .collect();
    let json = json!({
        "webhook_secret": format!("{webhook:02x}"),
        "client_id": "c",
        "client_secret": format!("s-{client}"),
        "api_tokens": tokens,
    });
    Stored::of(&json.to_string()).unwrap()
}

fn versions(current: Stored, previous: Option<Stored>) -> Versions {
    let version = |stored| Version {
        created: Some(T0 + Duration::hours(1)),
        stored,
    };
    Versions {
        current: version(current),
        previous: previous.map(version),
    }
}

fn token(name: &str) -> OldSecret {
    OldSecret::Token(name.to_owned())
}

#[test]
fn what_is_good_beside_the_current_secret_is_what_differs_from_it() {
    let before = || stored(1, 1, &[("a", 1), ("gone", 1)]);
    for (current, expected) in [
        (before(), vec![]),
        (stored(2, 1, &[("a", 1)]), vec![OldSecret::WebhookSecret]),
        (stored(1, 2, &[("a", 1)]), vec![OldSecret::ClientSecret]),
        (stored(1, 1, &[("a", 2), ("new", 1)]), vec![token("a")]),
        // Nobody knows which of the two is meant.
        (stored(1, 1, &[("a", 2), ("a", 3)]), vec![]),
        (
            stored(2, 2, &[("a", 2), ("gone", 2)]),
            vec![
                OldSecret::WebhookSecret,
                OldSecret::ClientSecret,
                token("a"),
                token("gone"),
            ],
        ),
    ] {
        assert_eq!(differing(&versions(current, Some(before()))), expected);
    }
    assert!(differing(&versions(before(), None)).is_empty());
    assert!(under_way(&versions(before(), Some(before())), &[]).is_none());
}

#[test]
fn another_client_id_is_another_client_secret_too() {
    let before = stored(1, 1, &[]);
    let after = before.with(|json| json["client_id"] = "d".into()).unwrap();
    assert_eq!(
        differing(&versions(after, Some(before))),
        [OldSecret::ClientSecret]
    );
}

#[test]
fn only_uses_since_the_rotation_count() {
    let versions = versions(stored(2, 1, &[]), Some(stored(1, 1, &[])));
    let used_at = |at| {
        let used = [
            (OldSecret::ClientSecret, T0 + Duration::hours(9)),
            (OldSecret::WebhookSecret, at),
        ];
        under_way(&versions, &used).unwrap()
    };
    let since = Some(T0 + Duration::hours(1));
    for (hours, expected) in [(0, None), (1, Some(1)), (5, Some(5))] {
        let used = used_at(T0 + Duration::hours(hours));
        let expected = expected.map(|hours| T0 + Duration::hours(hours));
        assert_eq!(
            used,
            UnderWay {
                since,
                parts: vec![(OldSecret::WebhookSecret, expected)]
            }
        );
    }
}

#[test]
fn a_refusal_says_since_when_when_last_used_and_how_to_go_on() {
    let under_way = UnderWay {
        since: Some(T0),
        parts: vec![
            (OldSecret::WebhookSecret, Some(T0 + Duration::minutes(58))),
            (token("a b"), None),
        ],
    };
    let now = T0 + Duration::hours(1);
    let told = refusal("shop", &under_way, now, |rest| {
        format!("sparkbridge {rest}")
    });
    assert_eq!(
        told,
        "agent shop: a rotation is under way since 1970-01-01T00:00:00Z (1 hour ago): webhook secret (the old one was last used 1970-01-01T00:58:00Z (2 minutes ago)), token a b (the old one was not used since); first end it with `sparkbridge agent rotate webhook-secret shop --finish`, or let --force drop what is old"
    );
}

#[test]
fn only_what_is_under_way_can_be_finished_and_not_while_it_is_in_use() {
    let under_way = || UnderWay {
        since: None,
        parts: vec![(token("a"), Some(T0))],
    };
    let none = to_finish("shop", &token("a"), None)
        .unwrap_err()
        .to_string();
    assert!(none.contains("nothing to finish"), "{none}");
    let other = to_finish("shop", &OldSecret::WebhookSecret, Some(under_way()));
    let other = other.unwrap_err().to_string();
    assert!(other.contains("rotate token shop a --finish"), "{other}");
    assert_eq!(
        to_finish("shop", &token("a"), Some(under_way())).unwrap(),
        under_way()
    );
    let in_use = not_in_use("shop", &under_way(), T0 + IN_USE - Duration::SECOND);
    assert!(in_use.unwrap_err().to_string().contains("--finish --force"));
    assert!(not_in_use("shop", &under_way(), T0 + IN_USE).is_ok());
}

#[test]
fn a_token_is_rotated_by_its_name_and_keeps_its_rights() {
    let current = stored(1, 1, &[("a", 1), ("b", 1)]);
    let new = SecretString::from("brand-new");
    let rotated = with_token(&current, &token("a"), &new).unwrap();
    let [a, b] = &rotated.secret().api_tokens[..] else {
        panic!("two tokens");
    };
    assert_eq!(a.sha256, conversation::ApiToken::hash(&new));
    assert_eq!(
        (a.name.as_str(), a.role),
        ("a", current.secret().api_tokens[0].role)
    );
    assert_eq!(*b, current.secret().api_tokens[1]);
    let of = |name: &str, tokens: &[(&str, u8)]| {
        one_token("shop", name, &versions(stored(1, 1, tokens), None))
    };
    assert!(of("a", &[("a", 1)]).is_ok());
    for (name, tokens, told) in [
        ("a", &[][..], "has no API tokens"),
        ("a", &[("b", 1), ("c", 1)], "there are: b, c"),
        ("a", &[("a", 1), ("a", 2)], "more than one"),
    ] {
        let error = of(name, tokens).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
}

proptest! {
    /// Whatever was rotated: the parts are named, and putting the current content once more ends it.
    #[test]
    fn finishing_ends_every_rotation(
        before in (0_u8..3, 0_u8..3, 0_u8..3),
        after in (0_u8..3, 0_u8..3, 0_u8..3),
    ) {
        let of = |(webhook, client, token)| stored(webhook, client, &[("a", token)]);
        let parts = differing(&versions(of(after), Some(of(before))));
        prop_assert_eq!(parts.contains(&OldSecret::WebhookSecret), before.0 != after.0);
        prop_assert_eq!(parts.contains(&OldSecret::ClientSecret), before.1 != after.1);
        prop_assert_eq!(parts.contains(&token("a")), before.2 != after.2);
        prop_assert!(differing(&versions(of(after), Some(of(after)))).is_empty());
    }
}
