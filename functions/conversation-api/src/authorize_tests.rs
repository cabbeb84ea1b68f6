use super::*;
use conversation::Role;
use serde_json::{Value, json};

#[path = "../../../shared/sparkcentral/tests/timing/mod.rs"]
mod timing;

fn token(fields: Value) -> ApiToken {
    let mut token = json!({"name": "t", "sha256": "00"});
    let fields = fields.as_object().unwrap().clone();
    token.as_object_mut().unwrap().extend(fields);
    serde_json::from_value(token).unwrap()
}

#[test]
fn each_refusal_says_what_is_missing() {
    use Permission::{HandOver, ManageChannel, Read, Reply, Resolve, SetTopics};
    let access = ChannelAccess {
        users: [
            ("agent-1".to_owned(), Role::Viewer),
            ("agent-2".to_owned(), Role::Supervisor),
        ]
        .into(),
        ..ChannelAccess::default()
    };
    let (here, any) = (Some("channel-1"), None);
    let user = |user: &str| json!({ "user": user });
    for (fields, permission, channel, refusal) in [
        (json!({"role": "viewer"}), Read, any, None),
        (json!({"role": "viewer"}), Reply, here, Some("Viewer")),
        (json!({"role": "contributor"}), HandOver, here, None),
        (
            json!({"role": "contributor"}),
            ManageChannel,
            here,
            Some("ManageChannel"),
        ),
        (
            json!({"role": "supervisor", "channels": ["channel-2"]}),
            Read,
            here,
            Some("not for"),
        ),
        (
            json!({"role": "supervisor", "channels": ["channel-1"]}),
            Read,
            any,
            Some("not for"),
        ),
        (user("agent-1"), Resolve, here, None),
        (user("agent-1"), SetTopics, here, None),
        (user("agent-1"), Reply, here, Some("Viewer")),
        (user("agent-2"), ManageChannel, here, None),
        (
            json!({"user": "agent-2", "role": "viewer"}),
            Reply,
            here,
            Some("Viewer"),
        ),
        (user("agent-3"), Read, here, Some("no role")),
        (json!({"team": "team-1"}), Read, here, Some("no role")),
    ] {
        let told = format!("{fields} {permission:?} {channel:?}");
        let result = permit(&token(fields), permission, channel, Some(&access));
        match (result, refusal) {
            (Ok(()), None) => {}
            (Err(problem), Some(word)) => {
                assert_eq!(problem.status, StatusCode::FORBIDDEN, "{told}");
                assert!(problem.detail.contains(word), "{told}: {problem:?}");
            }
            (result, _) => panic!("{told}: {result:?}"),
        }
    }
}

#[test]
fn a_token_of_before_a_rotation_has_the_rights_of_its_successor() {
    let entry = |name: &str, sha256: &str, role: &str| {
        token(json!({"name": name, "sha256": sha256, "role": role}))
    };
    let previous = [
        entry("desk", "0a", "supervisor"),
        entry("gone", "0b", "viewer"),
        entry("twin", "0c", "viewer"),
        entry("same", "0d", "viewer"),
    ];
    let current = [
        entry("desk", "1a", "viewer"),
        entry("twin", "1c", "viewer"),
        entry("twin", "2c", "supervisor"),
        entry("same", "0d", "viewer"),
    ];
    let found = |presented: &str| rotated(&current, &previous, presented);
    let desk = found("0a").unwrap();
    assert_eq!(
        (desk.sha256.as_str(), desk.role),
        ("1a", Some(Role::Viewer))
    );
    assert_eq!(found("0b"), None, "a token that was taken away");
    assert_eq!(found("0c"), None, "two entries of that name");
    assert_eq!(found("0e"), None, "a token nobody made");
    assert_eq!(find(&current, "0d"), current.last(), "it was not changed");
    assert_eq!(find(&current, ""), None);
}

#[test]
fn a_user_sees_nothing_whose_channel_is_unknown_or_was_never_granted() {
    let user = token(json!({"user": "agent-1", "role": "supervisor"}));
    for channel in [None, Some("channel-1")] {
        assert!(permit(&user, Permission::Read, channel, None).is_err());
    }
    let unrestricted = token(json!({"role": "viewer"}));
    assert!(permit(&unrestricted, Permission::Read, None, None).is_ok());
}

#[test]
fn one_bearer_token_is_presented_or_none() {
    let presented = |values: &[&[u8]]| {
        let mut headers = HeaderMap::new();
        for value in values {
            let value = header::HeaderValue::from_bytes(value).unwrap();
            headers.append(header::AUTHORIZATION, value);
        }
        super::presented(&headers)
    };
    let right = hex::encode(Sha256::digest(b"t-1"));
    for fine in [&b"Bearer t-1"[..], b"bearer t-1", b"BEARER   t-1 "] {
        assert_eq!(presented(&[fine]).as_ref(), Some(&right));
    }
    // What API Gateway makes of two headers is one token, which nobody has.
    assert_ne!(
        presented(&[b"Bearer t-1,Bearer t-1"]).as_ref(),
        Some(&right)
    );
    let refused: [&[&[u8]]; 11] = [
        &[],
        &[b""],
        &[b"Bearer"],
        &[b"Bearer "],
        &[b"Bearer\tt-1"],
        &[b"t-1"],
        &[b"Basic t-1"],
        &[b"Bearer t-1\xe9"],
        &[b"Bearer t-1", b"Bearer t-1"],
        &[b"Bearer t-1", b"Basic x"],
        &[b"", b"Bearer t-1"],
    ];
    for values in refused {
        assert_eq!(presented(values), None, "{values:?}");
    }
}

#[test]
fn looking_a_token_up_takes_as_long_whatever_part_of_its_hash_is_right() {
    let known = "3c5".repeat(22)[..64].to_owned();
    let tokens = [token(json!({ "sha256": known }))];
    let wrong_at_once = timing::changed_at(&known, 0);
    let wrong_at_the_end = timing::changed_at(&known, known.len() - 1);
    let look = |presented: &str| assert_eq!(find(&tokens, presented), None);
    assert!(!timing::leaks(&*wrong_at_once, &*wrong_at_the_end, look));

    // The same look with a comparison that leaks is found, or this test would find nothing.
    let look = |presented: &str| {
        let known = tokens[0].sha256.to_ascii_lowercase();
        assert!(!timing::stops_early(known.as_bytes(), presented.as_bytes()));
    };
    assert!(timing::leaks_at_last(
        &*wrong_at_once,
        &*wrong_at_the_end,
        look
    ));
}
