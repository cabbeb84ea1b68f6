use time::macros::datetime;

use super::super::parse;
use super::*;

const INBOUND: &[u8] = include_bytes!("../../../fixtures/inbound_text.json");

fn sent_at(timestamp: Option<OffsetDateTime>) -> Envelope {
    Envelope {
        timestamp,
        ..parse(INBOUND).unwrap()
    }
}

#[test]
fn the_window_is_inclusive_on_both_sides() {
    let now = datetime!(2026-03-02 12:00:00 UTC);
    let check =
        |seconds: i64| sent_at(Some(now + time::Duration::seconds(seconds))).check_age(now, 300);
    assert_eq!(check(-300), Ok(()));
    assert_eq!(check(-301), Err(AgeError::TooOld { age_secs: 301 }));
    assert_eq!(check(300), Ok(()));
    assert_eq!(check(301), Err(AgeError::InTheFuture { ahead_secs: 301 }));
    assert_eq!(check(0), Ok(()));
}

#[test]
fn a_window_of_zero_lets_everything_through() {
    let now = datetime!(2026-03-02 12:00:00 UTC);
    assert_eq!(sent_at(None).check_age(now, 0), Ok(()));
    let long_ago = sent_at(Some(OffsetDateTime::UNIX_EPOCH));
    assert_eq!(long_ago.check_age(now, 0), Ok(()));
}

#[test]
fn a_window_demands_a_timestamp() {
    let now = datetime!(2026-03-02 12:00:00 UTC);
    assert_eq!(
        sent_at(None).check_age(now, 300),
        Err(AgeError::MissingTimestamp)
    );
}

#[test]
fn the_ends_of_the_calendar_are_refused_without_overflow() {
    let (first, last) = (
        datetime!(-9999-01-01 0:00 UTC),
        datetime!(9999-12-31 23:59:59 UTC),
    );
    assert!(sent_at(Some(first)).check_age(last, u32::MAX).is_err());
    assert!(sent_at(Some(last)).check_age(first, u32::MAX).is_err());
}
