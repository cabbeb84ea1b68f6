//! Time as the vendor writes it: RFC 3339, UTC, six digits after the second.

use std::{fmt, time::Duration};

use serde::{Serialize, Serializer};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// A moment. The domain takes it as an argument and never reads a clock itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(OffsetDateTime);

impl Moment {
    pub(crate) fn now() -> Self {
        Self(OffsetDateTime::now_utc())
    }

    /// Saturates: a limit no calendar can hold is never reached.
    pub(crate) fn plus(self, duration: Duration) -> Self {
        let duration = time::Duration::try_from(duration).unwrap_or(time::Duration::MAX);
        Self(self.0.saturating_add(duration))
    }

    /// Milliseconds since 1970, rounded down.
    pub(crate) fn unix_millis(self) -> i64 {
        let millis = self.0.unix_timestamp_nanos().div_euclid(1_000_000);
        // What the calendar of `time` can hold fits many times over.
        i64::try_from(millis).unwrap_or(i64::MAX)
    }

    /// Full seconds since an earlier moment; 0 since a later one.
    pub(crate) fn seconds_since(self, earlier: Self) -> u64 {
        u64::try_from((self.0 - earlier.0).whole_seconds()).unwrap_or(0)
    }

    /// Reads RFC 3339.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        OffsetDateTime::parse(text, &Rfc3339).ok().map(Self)
    }

    /// The full second it is in.
    pub(crate) fn second(self) -> Self {
        Self(self.0.replace_nanosecond(0).unwrap_or(self.0))
    }

    #[cfg(test)]
    pub(crate) fn from_unix(seconds: i64) -> Self {
        Self(OffsetDateTime::from_unix_timestamp(seconds).unwrap())
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let utc = self.0.to_offset(UtcOffset::UTC);
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
            utc.year(),
            u8::from(utc.month()),
            utc.day(),
            utc.hour(),
            utc.minute(),
            utc.second(),
            utc.microsecond()
        )
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_utc_with_six_digits() {
        assert_eq!(
            Moment::from_unix(1_550_658_537)
                .plus(Duration::from_micros(229_144))
                .to_string(),
            "2019-02-20T10:28:57.229144Z"
        );
    }

    #[test]
    fn a_moment_is_read_with_any_offset() {
        let read = Moment::parse("2019-02-20T11:28:57.75+01:00").unwrap();
        assert_eq!(read.to_string(), "2019-02-20T10:28:57.750000Z");
        assert_eq!(read.second(), Moment::from_unix(1_550_658_537));
        assert!(Moment::parse("2019-02-20").is_none());
    }

    #[test]
    fn a_moment_too_far_away_saturates() {
        let now = Moment::from_unix(0);
        assert!(now.plus(Duration::MAX) > now);
    }
}
