//! `[handover]` of the settings: what is refused, when presence is asked for, and rules that ask people.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

use std::collections::BTreeSet;

use conversation::{
    AgentSettings, Conversation, Handover, HandoverReason, HandoverSettings, Move, asks_people,
    policy_asks,
};
use sparkcentral::{ChannelDetails, Dialect, SessionProfile};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

fn at(text: &str) -> OffsetDateTime {
    OffsetDateTime::parse(text, &Rfc3339).unwrap()
}

/// Every setting of the table, as the documentation shows it.
const EXAMPLE: &str = include_str!("../../../docs/examples/handover.toml");

fn example() -> AgentSettings {
    toml::from_str(EXAMPLE).unwrap()
}

#[test]
fn the_documented_example_is_fit_and_survives_the_table() {
    let settings = example();
    assert_eq!(settings.problems(), []);
    let json = serde_json::to_string(&settings).unwrap();
    assert_eq!(
        serde_json::from_str::<AgentSettings>(&json).unwrap(),
        settings
    );
}

#[test]
fn what_is_no_time_zone_hour_date_or_setting_is_refused_with_the_reason() {
    for (toml, told) in [
        ("[hours]\ntime_zone = \"Brussels\"", "IANA name"),
        ("[hours]\nmonday = []", "time_zone"),
        (
            "[hours]\ntime_zone = \"UTC\"\nmonday = [\"9-17\"]",
            "09:00-17:30",
        ),
        (
            "[hours]\ntime_zone = \"UTC\"\nmonday = [\"09:00-25:00\"]",
            "09:00-17:30",
        ),
        (
            "[hours]\ntime_zone = \"UTC\"\nmonday = [\"09:00-09:00\"]",
            "00:00-24:00",
        ),
        (
            "[hours]\ntime_zone = \"UTC\"\nmonday = [\"24:00-09:00\"]",
            "00:00-24:00",
        ),
        (
            "[hours]\ntime_zone = \"UTC\"\nholidays = { \"2026-13-01\" = [] }",
            "out of range",
        ),
        ("[hours]\ntime_zone = \"UTC\"\nmonda = []", "monda"),
        ("[closed]\naction = \"ignore\"", "keep_bot"),
        ("presense = \"use\"", "presense"),
        ("[[routing]]\ntopics = [\"a\"]", "name"),
        (
            "[[routing]]\nname = \"a\"\nwhen = { reason = [\"angry\"] }",
            "angry",
        ),
    ] {
        let error = toml::from_str::<HandoverSettings>(toml)
            .unwrap_err()
            .to_string();
        assert!(error.contains(told), "{toml}: {error}");
    }
}

#[test]
fn every_setting_out_of_bounds_is_named_at_once() {
    let mut settings = example();
    settings.dialect = Dialect::Sparkcentral;
    settings.handover = toml::from_str(
        r#"
        presence = "use"
        min_available = 0
        context_attribute = "bot context"
        closed = { action = "keep_bot" }
        nobody = { action = "resolve", text = " " }
        policy = { max_turns = 0 }
        [hours]
        time_zone = "UTC"
        monday = ["09:00-12:00", "11:00-17:00"]
        [channels."0-a".hours]
        time_zone = "UTC"
        monday = []
        [[routing]]
        name = "a"
        [[routing]]
        name = "a"
        attributes = { "no alias" = "1" }
        topics = [" "]
        "#,
    )
    .unwrap();
    settings.handover.text_on_handover = Some("x".repeat(2_001).as_str().into());
    let named: BTreeSet<_> = settings
        .problems()
        .into_iter()
        .map(|problem| problem.setting)
        .collect();
    let expected = [
        "handover.presence",
        "handover.min_available",
        "handover.context_attribute",
        "handover.text_on_handover",
        "handover.closed.text",
        "handover.nobody.text",
        "handover.policy.max_turns",
        "handover.hours.monday",
        "handover.channels.\"0-a\".hours",
        "handover.routing[0]",
        "handover.routing[1].name",
        "handover.routing[1].attributes",
        "handover.routing[1].topics",
    ];
    assert_eq!(named, expected.map(String::from).into_iter().collect());
}

#[test]
fn presence_is_asked_for_only_where_it_can_be_had_and_changes_something() {
    let settings = |toml: &str| toml::from_str::<HandoverSettings>(toml).unwrap();
    let told = "[nobody]\ntext = \"Nobody is here.\"";
    let busy = "max_wait_secs = 60\n[busy]\ntext = \"It takes long.\"";
    let off = format!("presence = \"ignore\"\n{told}");
    for (toml, dialect, presence, waiting) in [
        (told, Dialect::Inbox, true, false),
        (told, Dialect::Sparkcentral, false, false),
        (busy, Dialect::Inbox, false, true),
        (
            "text_on_handover = \"Hello\"\nmax_wait_secs = 60",
            Dialect::Inbox,
            true,
            true,
        ),
        ("max_wait_secs = 60", Dialect::Inbox, false, false),
        ("", Dialect::Inbox, false, false),
        (off.as_str(), Dialect::Inbox, false, false),
    ] {
        let settings = settings(toml);
        assert_eq!(settings.looks_at_presence(dialect), presence, "{toml}");
        assert_eq!(settings.looks_at_waiting(dialect), waiting, "{toml}");
    }
}

fn conversation(vip: bool, turns: u32) -> Conversation {
    let mut conversation = Conversation::new("demo", "c", at("2026-10-05T10:00:00Z"));
    conversation.turns = turns;
    conversation.channel_details = Some(ChannelDetails {
        contact_profile: Some(SessionProfile {
            vip,
            ..SessionProfile::default()
        }),
        ..ChannelDetails::default()
    });
    conversation
}

#[test]
fn people_are_asked_for_a_vip_at_once_and_for_others_after_enough_turns() {
    let settings = |toml: &str| toml::from_str::<HandoverSettings>(toml).unwrap();
    let now = at("2026-10-05T10:00:00Z");
    for (toml, vip, turns, asks) in [
        ("", true, 99, false),
        ("policy = { vip = true }", true, 0, true),
        ("policy = { vip = true }", false, 0, false),
        ("policy = { max_turns = 3 }", true, 2, false),
        ("policy = { max_turns = 3 }", false, 3, true),
        ("policy = { vip = true, max_turns = 3 }", true, 0, true),
    ] {
        let conversation = conversation(vip, turns);
        assert_eq!(
            policy_asks(&settings(toml), &conversation, now),
            asks,
            "{toml}"
        );
    }
}

#[test]
fn a_rule_is_silent_where_people_would_not_take_over() {
    let toml = "policy = { vip = true }\nclosed = { action = \"keep_bot\", text = \"Closed.\" }\n\
        hours = { time_zone = \"UTC\", monday = [\"09:00-17:00\"] }";
    let mut settings: HandoverSettings = toml::from_str(toml).unwrap();
    let vip = conversation(true, 0);
    let (day, night) = (at("2026-10-05T10:00:00Z"), at("2026-10-05T20:00:00Z"));
    assert!(policy_asks(&settings, &vip, day));
    assert!(!policy_asks(&settings, &vip, night));

    // Kept by the bot a moment ago, and then again later.
    let mut kept = vip.clone();
    kept.ask_handover(Handover::new("h", HandoverReason::Policy, day), day)
        .unwrap();
    assert!(!policy_asks(&settings, &kept, day), "asked already");
    assert!(kept.step(Move::Kept, day));
    assert!(!policy_asks(&settings, &kept, day + Duration::minutes(14)));
    assert!(policy_asks(&settings, &kept, day + Duration::minutes(15)));

    settings.closed = Default::default();
    assert!(
        policy_asks(&settings, &vip, night),
        "handed over at night, too"
    );
}

#[test]
fn a_pause_asks_people_about_every_turn_of_the_bots_at_any_hour() {
    let toml = "region = \"us\"\npaused = true\n[bot]\nkind = \"script\"\n[handover]\n\
        policy = { vip = true }\nclosed = { action = \"keep_bot\", text = \"Closed.\" }\n\
        hours = { time_zone = \"UTC\", monday = [\"09:00-17:00\"] }";
    let paused: AgentSettings = toml::from_str(toml).unwrap();
    let resumed = AgentSettings {
        paused: false,
        ..paused.clone()
    };
    let (day, night) = (at("2026-10-05T10:00:00Z"), at("2026-10-05T20:00:00Z"));
    let pause = Some(HandoverReason::AgentPaused);
    let policy = Some(HandoverReason::Policy);
    for (vip, now, when_resumed) in [
        (true, day, policy),
        (true, night, None),
        (false, day, None),
        (false, night, None),
    ] {
        let mut conversation = conversation(vip, 0);
        assert_eq!(asks_people(&paused, &conversation, now), pause);
        assert_eq!(asks_people(&resumed, &conversation, now), when_resumed);
        // Kept with the bot a moment ago, because nobody is there: it still must not answer.
        conversation.ask_handover(Handover::new("h", HandoverReason::AgentPaused, now), now);
        assert_eq!(asks_people(&paused, &conversation, now), None, "under way");
        conversation.step(Move::Kept, now);
        assert_eq!(asks_people(&paused, &conversation, now), pause);
    }
}

#[test]
fn a_pause_is_in_the_settings_only_while_it_lasts() {
    let toml = "region = \"us\"\n[bot]\nkind = \"script\"";
    let settings: AgentSettings = toml::from_str(toml).unwrap();
    assert!(!settings.paused);
    let paused = AgentSettings {
        paused: true,
        ..settings.clone()
    };
    for (settings, written) in [(settings, None), (paused, Some(&serde_json::json!(true)))] {
        let json = serde_json::to_value(&settings).unwrap();
        assert_eq!(json.get("paused"), written);
        assert_eq!(
            serde_json::from_value::<AgentSettings>(json).unwrap(),
            settings
        );
    }
}
