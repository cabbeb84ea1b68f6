//! Roles in channels: whose entry decides, and what that makes of a token.
#![allow(clippy::unwrap_used, reason = "a test's panic is its report")]

use conversation::{ApiToken, ChannelAccess, Role, TokenProblem};
use proptest::prelude::*;
use serde_json::{Value, json};

fn access() -> ChannelAccess {
    serde_json::from_value(json!({
        "allUsers": "viewer",
        "allTeams": "contributor",
        "teams": {"team-leads": "supervisor", "team-trainees": "viewer"},
        "users": {"agent-1": "viewer", "agent-2": "supervisor"},
    }))
    .unwrap()
}

fn without(field: &str) -> ChannelAccess {
    let mut access = serde_json::to_value(access()).unwrap();
    access.as_object_mut().unwrap().remove(field);
    serde_json::from_value(access).unwrap()
}

#[test]
fn the_entry_that_names_somebody_most_closely_decides() {
    use Role::{Contributor, Supervisor, Viewer};
    let full = access();
    for (access, user, team, expected) in [
        (&full, Some("agent-1"), None, Some(Viewer)),
        // A user's own entry, also where the team's gives more, or less.
        (&full, Some("agent-1"), Some("team-leads"), Some(Viewer)),
        (
            &full,
            Some("agent-2"),
            Some("team-trainees"),
            Some(Supervisor),
        ),
        // The team's entry, also where all teams' gives more.
        (&full, Some("agent-9"), Some("team-trainees"), Some(Viewer)),
        (&full, Some("agent-9"), Some("team-leads"), Some(Supervisor)),
        (&full, None, Some("team-leads"), Some(Supervisor)),
        // All teams before all users; all teams only for those in one.
        (&full, Some("agent-9"), Some("team-9"), Some(Contributor)),
        (&full, None, Some("team-9"), Some(Contributor)),
        (&full, Some("agent-9"), None, Some(Viewer)),
        (&full, None, None, None),
        (
            &without("allTeams"),
            Some("agent-9"),
            Some("team-9"),
            Some(Viewer),
        ),
        (&without("allTeams"), None, Some("team-9"), Some(Viewer)),
        (&without("allUsers"), Some("agent-9"), None, None),
        (
            &without("allUsers"),
            Some("agent-9"),
            Some("team-9"),
            Some(Contributor),
        ),
        (
            &without("users"),
            Some("agent-2"),
            Some("team-trainees"),
            Some(Viewer),
        ),
        (
            &without("teams"),
            None,
            Some("team-leads"),
            Some(Contributor),
        ),
        (
            &ChannelAccess::default(),
            Some("agent-1"),
            Some("team-leads"),
            None,
        ),
    ] {
        assert_eq!(
            access.role(user, team),
            expected,
            "{user:?} {team:?} {access:?}"
        );
    }
}

fn token(fields: Value) -> ApiToken {
    let mut token = json!({"name": "t", "sha256": "00"});
    let fields = fields.as_object().unwrap().clone();
    token.as_object_mut().unwrap().extend(fields);
    serde_json::from_value(token).unwrap()
}

#[test]
fn a_token_has_its_role_or_its_users_role_in_the_channel() {
    use Role::{Contributor, Supervisor, Viewer};
    let access = access();
    let (here, there) = (Some("channel-1"), Some("channel-2"));
    for (fields, channel, access, expected) in [
        // Without a user, as ever: the registry is not asked.
        (
            json!({"role": "contributor"}),
            here,
            None,
            Some(Contributor),
        ),
        (
            json!({"role": "contributor"}),
            None,
            None,
            Some(Contributor),
        ),
        (json!({"role": "viewer"}), here, Some(&access), Some(Viewer)),
        (
            json!({"role": "viewer", "channels": ["channel-1"]}),
            here,
            None,
            Some(Viewer),
        ),
        (
            json!({"role": "viewer", "channels": ["channel-1"]}),
            there,
            None,
            None,
        ),
        (
            json!({"role": "viewer", "channels": ["channel-1"]}),
            None,
            None,
            None,
        ),
        (json!({}), here, Some(&access), None),
        // With a user: the channel's entry, and the token's role at most.
        (
            json!({"user": "agent-2"}),
            here,
            Some(&access),
            Some(Supervisor),
        ),
        (
            json!({"user": "agent-2", "role": "contributor"}),
            here,
            Some(&access),
            Some(Contributor),
        ),
        (
            json!({"user": "agent-1", "role": "supervisor"}),
            here,
            Some(&access),
            Some(Viewer),
        ),
        (
            json!({"user": "agent-9", "team": "team-leads"}),
            here,
            Some(&access),
            Some(Supervisor),
        ),
        (
            json!({"team": "team-trainees"}),
            here,
            Some(&access),
            Some(Viewer),
        ),
        // A channel the registry does not know, an unknown channel, one outside the list.
        (json!({"user": "agent-2"}), there, None, None),
        (
            json!({"user": "agent-2", "role": "supervisor"}),
            None,
            None,
            None,
        ),
        (
            json!({"user": "agent-2", "channels": ["channel-2"]}),
            here,
            Some(&access),
            None,
        ),
    ] {
        let told = format!("{fields} {channel:?}");
        assert_eq!(token(fields).role_in(channel, access), expected, "{told}");
    }
}

proptest! {
    #[test]
    fn no_token_ever_has_more_than_its_own_role(
        most in 0..3_usize, own in 0..4_usize, team in 0..4_usize, teams in 0..4_usize, all in 0..4_usize,
    ) {
        let roles = [Role::Viewer, Role::Contributor, Role::Supervisor];
        let role = |index: usize| roles.get(index).copied();
        let mut access = ChannelAccess {
            all_users: role(all),
            all_teams: role(teams),
            ..ChannelAccess::default()
        };
        access.users.extend(role(own).map(|role| ("agent-1".to_owned(), role)));
        access.teams.extend(role(team).map(|role| ("team-1".to_owned(), role)));
        let unlimited = token(json!({"user": "agent-1", "team": "team-1"}));
        let limited = ApiToken { role: role(most), ..unlimited.clone() };
        let granted = unlimited.role_in(Some("channel-1"), Some(&access));
        let had = limited.role_in(Some("channel-1"), Some(&access));
        prop_assert_eq!(had, granted.map(|granted| granted.min(roles[most])));
    }
}

#[test]
fn tokens_that_can_not_work_are_named_by_their_place() {
    let with = |sha256: &str, fields: Value| ApiToken {
        sha256: sha256.into(),
        ..token(fields)
    };
    let tokens = [
        with("0a", json!({"user": "agent-1", "team": "team-1"})),
        with("01", json!({"user": "agent-1"})),
        with("02", json!({"user": "agent-1", "team": "team-2"})),
        with("03", json!({"user": "agent-2", "team": "team-2"})),
        with("04", json!({})),
        with("05", json!({"user": " "})),
        with("0A", json!({"role": "viewer"})),
    ];
    assert_eq!(
        ApiToken::problems(&tokens),
        [
            TokenProblem::TwoTeams {
                earlier: 0,
                later: 2
            },
            TokenProblem::NoRole(4),
            TokenProblem::Name(5),
            TokenProblem::Same {
                earlier: 0,
                later: 6
            },
        ]
    );
}

#[test]
fn debug_of_a_token_shows_nobody_by_name() {
    let token = token(json!({"user": "agent-1", "team": "team-1", "role": "viewer"}));
    let shown = format!("{token:?}");
    assert!(
        !shown.contains("agent-1") && !shown.contains("team-1"),
        "{shown}"
    );
}
