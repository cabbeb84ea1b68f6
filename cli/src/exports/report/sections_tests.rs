use chrono::NaiveDate;
use chrono_tz::Tz;
use serde_json::json;

use super::super::pictures::duration;
use super::super::questions::questions;
use super::*;

fn period() -> Period {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    Period::new(day("2026-05-04"), day("2026-05-05"), Tz::Europe__Brussels).unwrap()
}

fn shown(topic: Topic, rows: Value) -> (Option<String>, String) {
    let period = period();
    let question = questions(&period)
        .into_iter()
        .find(|question| question.topic == topic);
    let section = section(&question.unwrap(), rows.as_array().unwrap(), &period).unwrap();
    (
        section.picture.map(Markup::into_string),
        section.figures.into_string(),
    )
}

#[test]
fn hours_are_the_readers_and_days_too() {
    let rows = json!([
        {"hour_utc": "2026-05-04 22:00:00.000", "channel": "Shop", "inbound": 7, "outbound": 2},
        {"hour_utc": "2026-05-04 08:00:00.000", "channel": "Shop", "inbound": 1, "outbound": 1},
    ]);
    let (picture, figures) = shown(Topic::Volume, rows);
    let picture = picture.unwrap();
    // Brussels is two hours ahead in May: 22:00 UTC is midnight of the next day.
    assert!(picture.contains("<title>00: Shop 7</title>"), "{picture}");
    assert!(picture.contains("<title>10: Shop 1</title>"), "{picture}");
    assert!(
        picture.contains("<title>5 May: from contacts 7</title>"),
        "{picture}"
    );
    assert!(figures.contains("Shop"));
}

#[test]
fn satisfaction_counts_fours_and_fives() {
    let rows = json!([
        {"channel": "Shop", "score": 1, "answers": 1},
        {"channel": "Shop", "score": 4, "answers": 2},
        {"channel": "Shop", "score": 5, "answers": 1},
    ]);
    let (picture, _) = shown(Topic::Csat, rows);
    let picture = picture.unwrap();
    assert!(
        picture.contains("75 % satisfied, 3.50 on average of 4 answers"),
        "{picture}"
    );
}

#[test]
fn containment_is_a_share_of_what_was_resolved() {
    let rows = json!([{"channel": null, "resolved": 8, "contained": 2}]);
    let (picture, _) = shown(Topic::Containment, rows);
    let picture = picture.unwrap();
    assert!(
        picture.contains("25 %: 2 of 8") && picture.contains("(no name)"),
        "{picture}"
    );
}

#[test]
fn presence_is_in_hours_by_agent_and_state() {
    let rows = json!([
        {"agent": "agent-1", "state": "Available", "seconds": 5400},
        {"agent": "agent-2", "state": "Away: Lunch", "seconds": 1800},
    ]);
    let (picture, figures) = shown(Topic::Presence, rows);
    let picture = picture.unwrap();
    assert!(
        picture.contains("<title>agent-1: Available 1.5</title>"),
        "{picture}"
    );
    assert!(figures.contains("Away: Lunch, h"), "{figures}");
}

#[test]
fn a_topic_without_rows_has_no_picture() {
    for question in questions(&period()) {
        let (picture, _) = shown(question.topic, json!([]));
        assert!(picture.is_none(), "{}", question.about);
    }
}

#[test]
fn times_are_told_as_people_say_them() {
    for (seconds, told) in [
        (None, "–"),
        (Some(59.6), "60 s"),
        (Some(600.0), "10 min"),
        (Some(9_000.0), "2.5 h"),
        (Some(216_000.0), "2.5 d"),
    ] {
        assert_eq!(duration(seconds), told);
    }
}
