//! Moments as people read them: in UTC, like the logs.

use time::OffsetDateTime;
use time::UtcOffset;

/// "2026-07-30".
pub(crate) fn day(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    format!(
        "{:04}-{:02}-{:02}",
        at.year(),
        u8::from(at.month()),
        at.day()
    )
}

/// "10:01:02".
pub(crate) fn clock(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC);
    format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second())
}

/// "2026-07-30 10:01:02".
pub(crate) fn stamp(at: OffsetDateTime) -> String {
    format!("{} {}", day(at), clock(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::format_description::well_known::Rfc3339;

    #[test]
    fn moments_are_shown_in_utc_whatever_their_offset() {
        let at = OffsetDateTime::parse("2026-08-01T01:02:03.999+02:00", &Rfc3339).unwrap();
        assert_eq!(stamp(at), "2026-07-31 23:02:03");
    }
}
