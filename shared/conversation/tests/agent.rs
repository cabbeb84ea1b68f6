//! Settings, roles and tokens of an agent.
#![allow(clippy::unwrap_used, reason = "a test's panic is its report")]

use conversation::{AgentSettings, ApiToken, HandoverReason, Permission, Role, is_agent_name};
use secrecy::SecretString;

fn settings(more: &str) -> Result<AgentSettings, serde_json::Error> {
    serde_json::from_str(&format!(
        r#"{{"region":"us","bot":{{"kind":"script"}}{more}}}"#
    ))
}

#[test]
fn roles_may_what_sparkcentrals_roles_of_that_name_may() {
    use Permission::{HandOver, ManageChannel, Read, Reply, Resolve, SetTopics};
    for (role, speaks) in [
        (Role::Viewer, false),
        (Role::Contributor, true),
        (Role::Supervisor, true),
    ] {
        for permission in [Read, Resolve, SetTopics] {
            assert!(role.may(permission), "{role:?} {permission:?}");
        }
        for permission in [Reply, HandOver] {
            assert_eq!(role.may(permission), speaks, "{role:?} {permission:?}");
        }
        assert_eq!(
            role.may(ManageChannel),
            role == Role::Supervisor,
            "{role:?}"
        );
    }
}

#[test]
fn a_token_with_channels_is_good_for_those_channels_only() {
    let token = |channels: Option<Vec<String>>| ApiToken {
        name: "t".into(),
        sha256: ApiToken::hash(&SecretString::from("t")),
        role: Some(Role::Viewer),
        channels,
        user: None,
        team: None,
    };
    assert!(token(None).covers_channel(None));
    let limited = token(Some(vec!["a".into()]));
    assert!(limited.covers_channel(Some("a")));
    assert!(!limited.covers_channel(Some("b")));
    assert!(
        !limited.covers_channel(None),
        "an unknown channel may be any"
    );
}

#[test]
fn every_setting_out_of_bounds_is_named_at_once() {
    let more = r#","inline_budget_ms":9001,"turns":{"answer_within_secs":9},"retention_days":0,"dialect":"inbox""#;
    let problems = settings(more).unwrap().problems();
    let named: Vec<_> = problems
        .iter()
        .map(|problem| problem.setting.as_str())
        .collect();
    assert_eq!(
        named,
        [
            "inline_budget_ms",
            "retention_days",
            "organization_id",
            "turns.answer_within_secs",
            "turns.holding_lead_secs"
        ]
    );
    assert!(settings("").unwrap().problems().is_empty());
}

#[test]
fn a_misspelt_setting_is_refused_by_name() {
    let error = settings(r#","inline_bugdet_ms":1"#)
        .unwrap_err()
        .to_string();
    assert!(error.contains("inline_bugdet_ms"), "{error}");
}

#[test]
fn a_handover_topic_can_be_renamed_or_left_out() {
    let more = r#","handover":{"topics":{"bot_failed":"Bot broken","deadline":""}}"#;
    let settings = settings(more).unwrap();
    let topic = |reason| settings.handover.topic(reason);
    assert_eq!(topic(HandoverReason::BotFailed).unwrap(), "Bot broken");
    assert_eq!(topic(HandoverReason::Deadline), None);
    assert_eq!(
        topic(HandoverReason::ContactAsked).unwrap(),
        "contact-asked"
    );
}

#[test]
fn names_of_agents_fit_urls_secrets_and_keys() {
    for good in ["a", "shop-2", "0", &"a".repeat(64)] {
        assert!(is_agent_name(good), "{good}");
    }
    for bad in ["", "-a", "Shop", "a#b", "a/b", "ä", &"a".repeat(65)] {
        assert!(!is_agent_name(bad), "{bad}");
    }
}
