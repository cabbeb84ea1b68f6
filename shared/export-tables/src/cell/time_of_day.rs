//! `HH:MM:SS:mmm`, as Response Times has it, or a full timestamp.

use super::digits;
use super::timestamp::{Written, fraction, parse, seconds_of_day};

/// A time of day as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeOfDay {
    /// Milliseconds since midnight.
    Alone(i32),
    /// With its date.
    Dated(Written),
}

/// Reads `HH:MM:SS`, `HH:MM:SS:m` with up to three digits of milliseconds, `HH:MM:SS.f` with up to nine
/// digits of a fraction (cut to milliseconds), or a full timestamp. `None`: it is none of them.
pub(crate) fn time_of_day(cell: &[u8]) -> Option<TimeOfDay> {
    if cell.get(2) != Some(&b':') {
        return parse(cell).map(TimeOfDay::Dated);
    }
    let (time, rest) = cell.split_at_checked(8)?;
    let millis = match rest {
        [] => 0,
        [b':', millis @ ..] if millis.len() <= 3 => digits(millis)?,
        [b'.', rest @ ..] => match fraction(rest)? {
            (micros, []) => micros / 1000,
            _ => return None,
        },
        _ => return None,
    };
    let millis = seconds_of_day(time)? * 1000 + millis;
    // A day has fewer than 2^31 milliseconds.
    Some(TimeOfDay::Alone(millis as i32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_is_milliseconds_since_midnight() {
        for (text, millis) in [
            ("00:00:00:000", 0),
            ("10:20:30:045", 37_230_045),
            ("10:20:30:45", 37_230_045),
            ("10:20:30.45", 37_230_450),
            ("10:20:30.4509999", 37_230_450),
            ("10:20:30", 37_230_000),
            ("23:59:59:999", 86_399_999),
        ] {
            assert_eq!(
                time_of_day(text.as_bytes()),
                Some(TimeOfDay::Alone(millis)),
                "{text}"
            );
        }
    }

    #[test]
    fn a_full_timestamp_keeps_its_date() {
        let dated = time_of_day(b"2024-02-29 12:34:56.789");
        assert_eq!(
            dated,
            parse(b"2024-02-29 12:34:56.789").map(TimeOfDay::Dated)
        );
        assert!(dated.is_some());
    }

    #[test]
    fn what_is_neither_is_refused() {
        for text in [
            "",
            "noon",
            "24:00:00",
            "10:20",
            "10:20:30:",
            "10:20:30:1000",
            "10:20:30.",
            "10:20:30.1Z",
            "1:20:30",
        ] {
            assert_eq!(time_of_day(text.as_bytes()), None, "{text}");
        }
    }
}
