//! `YYYY-MM-DD HH:MM:SS.mmm`, as the vendor writes it, and ISO 8601.

use super::digits;

/// A timestamp as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// Seconds from 1970-01-01 00:00:00 to this wall-clock time, as if it were UTC.
    pub(crate) seconds: i64,
    /// Microseconds behind them; more digits are cut off.
    pub(crate) micros: i64,
    /// The offset from UTC in seconds, where it is written.
    pub(crate) offset: Option<i64>,
}

/// Reads a timestamp: date and time with ` ` or `T` between them, up to nine digits of a fraction, and
/// `Z`, `+HH:MM`, `+HHMM` or `+HH` if the offset is written. `None`: it is none.
pub(crate) fn parse(cell: &[u8]) -> Option<Written> {
    let (date_time, rest) = cell.split_at_checked(19)?;
    let [
        y1,
        y2,
        y3,
        y4,
        b'-',
        m1,
        m2,
        b'-',
        d1,
        d2,
        b' ' | b'T',
        time @ ..,
    ] = date_time
    else {
        return None;
    };
    let year = digits(&[*y1, *y2, *y3, *y4])?;
    let days = days_from_1970(year, digits(&[*m1, *m2])?, digits(&[*d1, *d2])?)?;
    let seconds = days * 86_400 + seconds_of_day(time)?;
    let (micros, rest) = match rest {
        [b'.', rest @ ..] => fraction(rest)?,
        _ => (0, rest),
    };
    let offset = match rest {
        [] => None,
        [b'Z' | b'z'] => Some(0),
        [b'+', offset @ ..] => Some(seconds_of_offset(offset)?),
        [b'-', offset @ ..] => Some(-seconds_of_offset(offset)?),
        _ => return None,
    };
    Some(Written {
        seconds,
        micros,
        offset,
    })
}

/// `HH:MM:SS` as seconds since midnight.
pub(super) fn seconds_of_day(text: &[u8]) -> Option<i64> {
    let [h1, h2, b':', m1, m2, b':', s1, s2] = text else {
        return None;
    };
    let hour = digits(&[*h1, *h2])?;
    let minute = digits(&[*m1, *m2])?;
    let second = digits(&[*s1, *s2])?;
    (hour < 24 && minute < 60 && second < 60).then_some(hour * 3600 + minute * 60 + second)
}

/// A fraction's digits as microseconds, and what follows them.
pub(super) fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let length = text.iter().take_while(|b| b.is_ascii_digit()).count();
    if !(1..=9).contains(&length) {
        return None;
    }
    let (fraction, rest) = text.split_at(length);
    let kept = &fraction[..length.min(6)];
    // 10^(6 - digits kept)
    let unit = [100_000, 10_000, 1_000, 100, 10, 1][kept.len() - 1];
    Some((digits(kept)? * unit, rest))
}

fn seconds_of_offset(text: &[u8]) -> Option<i64> {
    let (hours, minutes) = match text {
        [h1, h2] => ([*h1, *h2], [b'0', b'0']),
        [h1, h2, b':', m1, m2] | [h1, h2, m1, m2] => ([*h1, *h2], [*m1, *m2]),
        _ => return None,
    };
    let (hours, minutes) = (digits(&hours)?, digits(&minutes)?);
    // Local times are at most 14 hours ahead of UTC; more is a mistake.
    (hours <= 14 && minutes < 60).then_some(hours * 3600 + minutes * 60)
}

/// Days from 1970-01-01 in the Gregorian calendar; `None`: no such day, or the year 0.
fn days_from_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    if year < 1 || day < 1 || day > length {
        return None;
    }
    // Years counted from March end with the leap day, so that whole years before it need no table.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let of_year = (153 * month + 2) / 5 + day - 1;
    let whole = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(whole + of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate};
    use proptest::prelude::*;

    use super::*;

    fn micros(text: &str) -> Option<i64> {
        parse(text.as_bytes()).map(|t| (t.seconds - t.offset.unwrap_or(0)) * 1_000_000 + t.micros)
    }

    #[test]
    fn every_form_that_the_vendor_may_write_is_read() {
        let second = 1_709_210_096 * 1_000_000;
        for (text, expected) in [
            ("2024-02-29 12:34:56.789", second + 789_000),
            ("2024-02-29 12:34:56", second),
            ("2024-02-29 12:34:56.7", second + 700_000),
            ("2024-02-29T12:34:56.789123", second + 789_123),
            ("2024-02-29 12:34:56.789123999", second + 789_123),
            ("2024-02-29T12:34:56Z", second),
            ("2024-02-29T12:34:56.789Z", second + 789_000),
            ("2024-02-29T14:34:56+02:00", second),
            ("2024-02-29T07:04:56.000-0530", second),
            ("2024-02-29 13:34:56+01", second),
        ] {
            assert_eq!(micros(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_timestamp_is_refused() {
        for text in [
            "",
            "not-a-date",
            "2024-02-30 00:00:00",
            "2023-02-29 00:00:00",
            "1900-02-29 00:00:00",
            "2024-13-01 00:00:00",
            "2024-00-01 00:00:00",
            "2024-01-00 00:00:00",
            "0000-01-01 00:00:00",
            "2024-01-01 24:00:00",
            "2024-01-01 00:60:00",
            "2024-01-01 00:00:60",
            "2024-01-01",
            "2024-01-01 00:00",
            "2024-01-01 00:00:00.",
            "2024-01-01 00:00:00.1234567890",
            "2024-01-01 00:00:00 Z",
            "2024-01-01 00:00:00+",
            "2024-01-01 00:00:00+15:00",
            "2024-01-01 00:00:00+1:00",
            "2024-01-01 00:00:00.1x",
            "2024/01/01 00:00:00",
            "01-01-2024 00:00:00",
            "2024-01-01 00:00:0é",
            "2024-01-01 +1:00:00",
            "2024-01-01_00:00:00",
        ] {
            assert_eq!(micros(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_moment_of_every_year_is_read_as_chrono_reads_it(
            seconds in -62_135_596_800_i64..253_402_300_800,
            fraction in 0_u32..1_000_000,
        ) {
            let moment = DateTime::from_timestamp(seconds, fraction * 1000).unwrap().naive_utc();
            let text = moment.format("%Y-%m-%d %H:%M:%S%.6f").to_string();
            prop_assert_eq!(micros(&text), Some(moment.and_utc().timestamp_micros()));
        }

        #[test]
        fn a_day_is_taken_exactly_when_the_calendar_has_it(year in 0_i32..3000, month in 0_u32..15, day in 0_u32..35) {
            let taken = days_from_1970(year.into(), month.into(), day.into());
            let known = NaiveDate::from_ymd_opt(year, month, day).filter(|_| year > 0);
            let epoch = NaiveDate::default();
            prop_assert_eq!(taken, known.map(|known| (known - epoch).num_days()));
        }

        #[test]
        fn no_bytes_make_it_fail(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = parse(&bytes);
        }
    }
}
