//! Channels: what is learned, what may be entered, and who has which role.
#![allow(clippy::unwrap_used, reason = "a test's panic is its report")]

use conversation::{AutoResolve, Channel, ChannelPatch, Role, SeenChannel};
use serde_json::{Value, json};
use sparkcentral::MediumId;
use time::{Duration, OffsetDateTime};

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn seen(id: &str, name: Option<&str>) -> SeenChannel {
    SeenChannel {
        id: id.into(),
        medium: Some(MediumId::from("whatsapp")),
        name: name.map(Into::into),
    }
}

fn channel() -> Channel {
    Channel::new(seen("channel-1", Some("Shop")), NOW)
}

#[test]
fn a_channel_nobody_has_touched_gives_nobody_access_and_resolves_after_thirty_days() {
    let channel = channel();
    assert_eq!(channel.access.role(Some("agent-1"), Some("team-1")), None);
    let month = AutoResolve {
        new_secs: 2_592_000,
        pending_secs: 2_592_000,
    };
    assert_eq!(channel.auto_resolve, month);
    assert!(channel.auto_ownership);
    assert_eq!(channel.shown_name(), "Shop");
    assert_eq!(channel.problems(), []);
}

#[test]
fn what_is_learned_later_changes_name_and_medium_only() {
    let patch = ChannelPatch {
        display_name: Some(Some("The shop".into())),
        users: [("agent-1".to_owned(), Some(Role::Viewer))].into(),
        ..ChannelPatch::default()
    };
    let entered = patch.apply(&channel(), NOW).unwrap();
    let mut learned = entered.clone();
    let later = NOW + Duration::DAY;
    let less = SeenChannel {
        medium: None,
        ..seen("channel-1", None)
    };
    for told in [&less, &seen("channel-1", Some("Shop"))] {
        assert!(!learned.learn(told, later));
        assert_eq!(learned, entered, "nothing new, nothing changed");
    }
    assert!(learned.learn(&seen("channel-1", Some("Shop EU")), later));
    assert_eq!(learned.shown_name(), "The shop");
    let expected = Channel {
        name: Some("Shop EU".into()),
        changed_at: later,
        ..entered
    };
    assert_eq!(learned, expected);
}

#[test]
fn an_event_tells_its_channel_where_it_names_one() {
    let of = |data: Value| {
        let body = json!({"type": "INBOUND_MESSAGE_RECEIVED", "idempotencyKey": "k", "data": data});
        let envelope = sparkcentral::event::parse(body.to_string().as_bytes()).unwrap();
        SeenChannel::of(&envelope.data)
    };
    let message = |more: Value| {
        let mut data = json!({"conversationId": "c", "message": {"text": "hi"}});
        let more = more.as_object().unwrap().clone();
        data.as_object_mut().unwrap().extend(more);
        data
    };
    let channel =
        json!({"channel": {"id": "channel-1", "name": "Shop"}, "medium": {"id": "whatsapp"}});
    assert_eq!(of(message(channel)), Some(seen("channel-1", Some("Shop"))));
    let nameless = of(message(
        json!({"channel": {"id": "channel-1", "name": " "}}),
    ))
    .unwrap();
    assert_eq!((nameless.name, nameless.medium), (None, None));
    for none in [
        json!({}),
        json!({"channel": {"name": "Shop"}}),
        json!({"channel": {"id": ""}}),
    ] {
        assert_eq!(of(message(none)), None);
    }
    assert_eq!(
        of(message(json!({"channel": {"id": "c".repeat(513)}}))),
        None
    );
}

#[test]
fn a_change_takes_what_it_names_and_leaves_the_rest() {
    let body = json!({
        "displayName": "ä".repeat(255),
        "autoResolve": {"pendingSecs": 60},
        "autoOwnership": false,
        "access": {"allTeams": "viewer", "users": {"agent-1": "supervisor"}, "teams": {"team-1": "viewer"}},
    });
    let first = ChannelPatch::from_json(&body).unwrap();
    let changed = first.apply(&channel(), NOW + Duration::HOUR).unwrap();
    assert_eq!(
        changed.display_name.as_deref().unwrap().chars().count(),
        255
    );
    assert_eq!(changed.auto_resolve.pending_secs, 60);
    assert_eq!(changed.auto_resolve.new_secs, 2_592_000);
    assert!(!changed.auto_ownership);
    assert_eq!(changed.access.all_teams, Some(Role::Viewer));
    assert_eq!(changed.changed_at, NOW + Duration::HOUR);

    let away = json!({"displayName": null, "access": {"allTeams": null, "users": {"agent-1": null, "agent-2": "viewer"}}});
    let away = ChannelPatch::from_json(&away).unwrap();
    let changed = away.apply(&changed, NOW + Duration::HOUR).unwrap();
    assert_eq!(
        (changed.display_name, changed.access.all_teams),
        (None, None)
    );
    let users: Vec<_> = changed.access.users.into_iter().collect();
    assert_eq!(users, [("agent-2".to_owned(), Role::Viewer)]);
    assert_eq!(changed.access.teams.len(), 1);

    let nothing = ChannelPatch::from_json(&json!({})).unwrap();
    assert!(nothing.is_empty());
    assert_eq!(
        nothing.apply(&channel(), NOW + Duration::HOUR).unwrap(),
        channel()
    );
}

#[test]
fn every_wrong_field_of_a_change_is_named_at_once_and_no_user() {
    let body = json!({
        "displayName": 7,
        "autoResolve": {"newSecs": -1, "soon": 1},
        "autoOwnership": "yes",
        "access": {"allUsers": "owner", "users": {"a@example.com": "owner"}, "teams": []},
        "name": "Shop",
        "colour": "red",
    });
    let problems = ChannelPatch::from_json(&body).unwrap_err();
    let mut named: Vec<_> = problems.iter().map(|p| p.setting.as_str()).collect();
    named.sort_unstable();
    assert_eq!(
        named,
        [
            "access.allUsers",
            "access.teams",
            "access.users, entry 1",
            "autoOwnership",
            "autoResolve.newSecs",
            "autoResolve.soon",
            "colour",
            "displayName",
            "name",
        ]
    );
    let told: String = problems.iter().map(ToString::to_string).collect();
    assert!(!told.contains("example.com"), "{told}");
    assert!(ChannelPatch::from_json(&json!([])).is_err());
}

#[test]
fn every_bound_is_checked_on_what_the_change_would_make() {
    let far = u32::MAX;
    for (body, setting) in [
        (json!({"displayName": "n".repeat(256)}), "displayName"),
        (json!({"displayName": "  "}), "displayName"),
        (json!({"displayName": "a\nb"}), "displayName"),
        (
            json!({"autoResolve": {"newSecs": 59}}),
            "autoResolve.newSecs",
        ),
        (
            json!({"autoResolve": {"pendingSecs": far}}),
            "autoResolve.pendingSecs",
        ),
        (json!({"access": {"users": {"": "viewer"}}}), "access.users"),
        (
            json!({"access": {"teams": {"t".repeat(129): "viewer"}}}),
            "access.teams",
        ),
    ] {
        let patch = ChannelPatch::from_json(&body).unwrap();
        let problems = patch.apply(&channel(), NOW).unwrap_err();
        let named: Vec<_> = problems.iter().map(|p| p.setting.as_str()).collect();
        assert_eq!(named, [setting], "{body}");
    }
    let many = |count: usize| ChannelPatch {
        users: (0..count)
            .map(|n| (n.to_string(), Some(Role::Viewer)))
            .collect(),
        ..ChannelPatch::default()
    };
    assert!(many(1_000).apply(&channel(), NOW).is_ok());
    assert!(many(1_001).apply(&channel(), NOW).is_err());
}

#[test]
fn a_channel_survives_the_table_also_where_an_older_build_wrote_less() {
    let mut stored = channel();
    stored
        .access
        .users
        .insert("agent-2".into(), Role::Supervisor);
    let json = serde_json::to_value(&stored).unwrap();
    assert_eq!(json["access"]["users"]["agent-2"], "supervisor");
    assert_eq!(serde_json::from_value::<Channel>(json).unwrap(), stored);
    let least = json!({"id": "channel-1", "learnedAt": "1970-01-01T00:00:00Z", "changedAt": "1970-01-01T00:00:00Z"});
    let least: Channel = serde_json::from_value(least).unwrap();
    assert_eq!(
        (least.auto_ownership, least.shown_name()),
        (true, "channel-1")
    );
}

#[test]
fn debug_shows_nobody_by_name() {
    let mut named = channel();
    let access = &mut named.access;
    access.users.insert("agent-1".into(), Role::Viewer);
    access.teams.insert("team-1".into(), Role::Viewer);
    let shown = format!("{named:?}");
    assert!(
        !shown.contains("agent-1") && !shown.contains("team-1"),
        "{shown}"
    );
}
