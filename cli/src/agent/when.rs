//! Moments, for people.

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// `2026-07-01T10:00:00Z`: whole seconds, UTC.
pub(crate) fn moment(at: OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC).truncate_to_second();
    // Only years that nobody lives in can't be written.
    at.format(&Rfc3339).unwrap_or_default()
}

/// The moment, and how long ago it is.
pub(crate) fn ago(at: OffsetDateTime, now: OffsetDateTime) -> String {
    format!(
        "{} ({} ago)",
        moment(at),
        span((now - at).max(Duration::ZERO))
    )
}

/// In the largest unit of which there is at least one.
fn span(time: Duration) -> String {
    let units = [
        (time.whole_days(), "day"),
        (time.whole_hours(), "hour"),
        (time.whole_minutes(), "minute"),
        (time.whole_seconds(), "second"),
    ];
    let found = units.into_iter().find(|(count, _)| *count > 0);
    let (count, unit) = found.unwrap_or((0, "second"));
    crate::output::count(usize::try_from(count).unwrap_or(usize::MAX), unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_with_its_age_in_one_unit() {
        let at = OffsetDateTime::UNIX_EPOCH + Duration::milliseconds(1_500);
        assert_eq!(moment(at), "1970-01-01T00:00:01Z");
        for (later, told) in [
            (-5, "0 seconds"),
            (0, "0 seconds"),
            (1, "1 second"),
            (119, "1 minute"),
            (7_200, "2 hours"),
            (86_400 * 3, "3 days"),
        ] {
            let told_now = ago(at, at + Duration::seconds(later));
            assert_eq!(told_now, format!("1970-01-01T00:00:01Z ({told} ago)"));
        }
    }
}
