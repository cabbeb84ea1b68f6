//! How moments, times, sizes and addresses are shown.

use std::time::Duration;

use maud::{Markup, html};

use crate::moment::Moment;

/// A moment to the second, in UTC.
pub(crate) fn at(moment: Moment) -> Markup {
    let exact = moment.to_string();
    let (day, time) = exact.split_once('T').unwrap_or((&exact, ""));
    let time = time.split('.').next().unwrap_or_default();
    html! { time datetime=(exact) { (day) " " (time) " UTC" } }
}

/// A part of an address: everything but letters, digits and a few signs is encoded.
pub(crate) fn segment(text: &str) -> String {
    let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    encoded.replace('+', "%20")
}

/// Units of time: singular, plural, seconds.
pub(crate) const UNITS: [(&str, &str, u32); 4] = [
    ("day", "days", 86_400),
    ("hour", "hours", 3600),
    ("minute", "minutes", 60),
    ("second", "seconds", 1),
];

/// So many of the largest unit that holds the time without a rest; a broken one is in seconds.
pub(crate) fn in_units(time: Duration) -> (f64, &'static str) {
    let (_, unit, seconds) = UNITS
        .into_iter()
        .find(|&(_, _, unit)| {
            time.subsec_nanos() == 0 && time.as_secs().is_multiple_of(u64::from(unit))
        })
        .unwrap_or(UNITS[3]);
    (time.as_secs_f64() / f64::from(seconds), unit)
}

/// A time in words, such as "30 days".
pub(crate) fn duration(time: Duration) -> String {
    let (number, plural) = in_units(time);
    let singular = UNITS.iter().find(|(_, known, _)| *known == plural);
    let unit = match singular {
        Some((singular, _, _)) if (number - 1.0).abs() < f64::EPSILON => singular,
        _ => plural,
    };
    format!("{number} {unit}")
}

/// Bytes, with a unit that keeps the number short.
pub(crate) fn size(bytes: usize) -> String {
    // A size of which the 53 bits of a float tell too little is none of a CSV file.
    #[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
    let number = bytes as f64;
    match bytes {
        0..1000 => format!("{bytes} B"),
        1000..1_000_000 => format!("{:.1} kB", number / 1e3),
        _ => format!("{:.1} MB", number / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_shown_to_the_second() {
        let moment = Moment::parse("2019-02-20T10:28:57.229144Z").unwrap();
        let shown = at(moment).into_string();
        assert!(shown.contains(">2019-02-20 10:28:57 UTC<"), "{shown}");
    }

    #[test]
    fn a_time_is_told_in_the_largest_unit_that_fits() {
        for (millis, words) in [
            (2_592_000_000, "30 days"),
            (86_400_000, "1 day"),
            (5_400_000, "90 minutes"),
            (61_000, "61 seconds"),
            (1_500, "1.5 seconds"),
        ] {
            assert_eq!(duration(Duration::from_millis(millis)), words);
        }
    }

    #[test]
    fn a_part_of_an_address_holds_no_sign_that_means_something() {
        assert_eq!(segment("a b/c?d+[é]"), "a%20b%2Fc%3Fd%2B%5B%C3%A9%5D");
    }

    #[test]
    fn a_size_is_short() {
        let sizes = [999, 1000, 12_340, 2_000_000].map(size);
        assert_eq!(sizes, ["999 B", "1.0 kB", "12.3 kB", "2.0 MB"]);
    }
}
