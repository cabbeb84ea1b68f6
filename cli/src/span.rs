//! Spans of time as they are entered and shown: `30d`, `12h`, `90m`, `45s`.

/// Units from the largest on, with their seconds.
const UNITS: [(&str, u32); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

/// Seconds of a span as it is entered.
pub(crate) fn seconds(text: &str) -> Result<u32, String> {
    let wrong = || "give days, hours, minutes or seconds: 30d, 12h, 90m, 45s".to_owned();
    let (number, each) = UNITS
        .into_iter()
        .find_map(|(unit, each)| Some((text.strip_suffix(unit)?, each)))
        .ok_or_else(wrong)?;
    // `parse` takes a sign, too.
    let digits = number.bytes().all(|b| b.is_ascii_digit());
    let number: u32 = number.parse().ok().filter(|_| digits).ok_or_else(wrong)?;
    number.checked_mul(each).ok_or_else(wrong)
}

/// As it can be entered: in the largest unit that needs no fraction.
pub(crate) fn shown(secs: u32) -> String {
    UNITS
        .into_iter()
        .find(|(_, each)| secs.is_multiple_of(*each))
        .map(|(unit, each)| format!("{}{unit}", secs / each))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_span_is_refused() {
        for text in [
            "",
            "30",
            "d",
            "1.5d",
            "-1d",
            "+1d",
            "99999999d",
            "1w",
            "1h30m",
        ] {
            assert!(seconds(text).unwrap_err().contains("30d"), "{text}");
        }
    }

    #[test]
    fn spans_are_shown_in_the_largest_unit_that_fits() {
        for (secs, text) in [
            (2_592_000, "30d"),
            (5_400, "90m"),
            (7_200, "2h"),
            (61, "61s"),
        ] {
            assert_eq!(shown(secs), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_can_be_entered(secs: u32) {
            prop_assert_eq!(seconds(&shown(secs)), Ok(secs));
        }
    }
}
