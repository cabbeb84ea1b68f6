//! Routing profiles: when they apply, and what a handover carries then.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

use std::collections::BTreeSet;

use conversation::{Handover, HandoverReason, HandoverSettings, RoutingFacts, route};
use sparkcentral::MediumId;
use time::OffsetDateTime;

fn handover(profiles: &[&str]) -> Handover {
    let mut handover = Handover::new(
        "h",
        HandoverReason::NotUnderstood,
        OffsetDateTime::UNIX_EPOCH,
    );
    handover.profiles = profiles.iter().map(|name| (*name).to_owned()).collect();
    handover.topics = vec!["own".into()];
    handover.attributes = [("team".to_owned(), "own".to_owned())].into();
    handover
}

#[test]
fn a_profile_applies_by_name_or_where_all_of_its_conditions_hold() {
    let medium = MediumId::new("smooch-rtm");
    let facts = RoutingFacts {
        language: Some("fr-BE"),
        medium: Some(&medium),
        channel: Some("0-chat"),
        topics: BTreeSet::from(["Orders"]),
        vip: false,
    };
    for (when, applies) in [
        ("", false),
        ("when = {}", true),
        (
            "when = { reason = [\"contact_asked\", \"not_understood\"] }",
            true,
        ),
        ("when = { reason = [\"contact_asked\"] }", false),
        ("when = { language = [\"fr\"] }", true),
        ("when = { language = [\"FR-be\"] }", true),
        ("when = { language = [\"fr-FR\", \"nl\"] }", false),
        ("when = { medium = [\"rtm\"] }", true),
        ("when = { medium = [\"fb\"] }", false),
        ("when = { channel = [\"0-chat\"] }", true),
        ("when = { channel = [\"0-other\"] }", false),
        ("when = { topic = [\"orders\"] }", true),
        ("when = { topic = [\"own\"] }", true),
        ("when = { topic = [\"other\"] }", false),
        ("when = { vip = false }", true),
        ("when = { vip = true }", false),
        (
            "when = { vip = false, language = [\"fr\"], channel = [\"0-chat\"] }",
            true,
        ),
        (
            "when = { vip = false, language = [\"fr\"], channel = [\"0-other\"] }",
            false,
        ),
    ] {
        let toml = format!("[[routing]]\nname = \"p\"\ntopics = [\"routed\"]\n{when}");
        let settings: HandoverSettings = toml::from_str(&toml).unwrap();
        let routed = route(&settings.routing, &handover(&[]), &facts);
        assert_eq!(
            routed.topics.contains(&"routed".to_owned()),
            applies,
            "{when}"
        );
        let named = route(&settings.routing, &handover(&["p"]), &facts);
        assert_eq!(named.topics, ["own", "routed"], "{when}");
        assert_eq!(named.unknown, 0);
    }
}

#[test]
fn profiles_add_up_the_handovers_own_win_and_unknown_names_are_counted() {
    let settings: HandoverSettings = toml::from_str(
        r#"
        [[routing]]
        name = "first"
        topics = ["own", "a"]
        attributes = { team = "first", skill = "first" }
        when = {}
        [[routing]]
        name = "second"
        topics = ["a", "b"]
        attributes = { skill = "second", shift = "second" }
        "#,
    )
    .unwrap();
    let facts = RoutingFacts::default();
    let routed = route(&settings.routing, &handover(&["second", "third"]), &facts);
    assert_eq!(routed.topics, ["own", "a", "b"]);
    let attributes: Vec<_> = routed
        .attributes
        .iter()
        .map(|(k, v)| (k.as_str(), v.as_str()))
        .collect();
    assert_eq!(
        attributes,
        [("shift", "second"), ("skill", "first"), ("team", "own")]
    );
    assert_eq!(routed.unknown, 1);
}
