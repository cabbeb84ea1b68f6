//! Seconds, counts and scores.

use super::digits;

/// A whole number, with a sign if it has one. `None`: it is none, or beyond 64 bits.
pub(crate) fn count(cell: &[u8]) -> Option<i64> {
    if let Some(number) = digits(cell) {
        return Some(number);
    }
    let text = std::str::from_utf8(cell).ok()?;
    // A number as Rust reads it: a sign and digits, nothing between them.
    text.parse().ok()
}

/// Seconds, whole or decimal; very long ones may come with an exponent. `None`: no number.
pub(crate) fn seconds(cell: &[u8]) -> Option<f64> {
    if cell.len() <= 15
        && let Some(whole) = digits(cell)
    {
        // 15 digits are exact in a double.
        return Some(whole as f64);
    }
    let begins_as_number = matches!(
        cell,
        [b'0'..=b'9', ..] | [b'+' | b'-', b'0'..=b'9' | b'.', ..] | [b'.', b'0'..=b'9', ..]
    );
    if !begins_as_number {
        // Rust also reads `inf` and `nan`.
        return None;
    }
    let number: f64 = std::str::from_utf8(cell).ok()?.parse().ok()?;
    number.is_finite().then_some(number)
}

/// 1 to 5.
pub(crate) fn score(cell: &[u8]) -> Option<i32> {
    match cell {
        [digit @ b'1'..=b'5'] => Some((digit - b'0').into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_count_is_a_whole_number_and_nothing_else() {
        assert_eq!(count(b"0"), Some(0));
        assert_eq!(count(b"-12"), Some(-12));
        assert_eq!(count(b"9223372036854775807"), Some(i64::MAX));
        for text in [
            "",
            "1,234",
            "1.0",
            "1 234",
            "9223372036854775808",
            "12a",
            "0x1",
            "-",
            "\u{661}",
        ] {
            assert_eq!(count(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn seconds_are_whole_or_decimal_with_a_point() {
        assert_eq!(seconds(b"90"), Some(90.0));
        assert_eq!(seconds(b"90.25"), Some(90.25));
        assert_eq!(seconds(b".5"), Some(0.5));
        assert_eq!(seconds(b"-1.5"), Some(-1.5));
        assert_eq!(seconds(b"1.2345678E7"), Some(12_345_678.0));
        for text in [
            "",
            "90,25",
            "1,234",
            "90s",
            "inf",
            "-inf",
            "+infinity",
            "nan",
            "1e999",
            ".",
            "-",
            "0x1p3",
        ] {
            assert_eq!(seconds(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_score_is_1_to_5() {
        assert_eq!(score(b"1"), Some(1));
        assert_eq!(score(b"5"), Some(5));
        for text in ["", "0", "6", "5.0", "05", "five"] {
            assert_eq!(score(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_number_comes_back(number: i64, decimal in -1e12_f64..1e12) {
            prop_assert_eq!(count(number.to_string().as_bytes()), Some(number));
            prop_assert_eq!(seconds(decimal.to_string().as_bytes()), Some(decimal));
            prop_assert_eq!(seconds(number.to_string().as_bytes()), Some(number as f64));
        }
    }
}
