//! What one cell says, by the type of its column.

pub(crate) mod clock;
pub(crate) mod hash;
pub(crate) mod list;
pub(crate) mod number;
pub(crate) mod time_of_day;
pub(crate) mod timestamp;

/// A cell without the spaces around it, which no typed cell needs.
pub(crate) fn trimmed(cell: &[u8]) -> &[u8] {
    match cell {
        [b' ', ..] | [.., b' '] => cell.trim_ascii(),
        _ => cell,
    }
}

/// The digits of a text as a number; `None` where anything else is in it, or more than 18 digits.
fn digits(text: &[u8]) -> Option<i64> {
    if text.is_empty() || text.len() > 18 {
        return None;
    }
    text.iter().try_fold(0, |number, &digit| {
        let digit = digit.wrapping_sub(b'0');
        (digit <= 9).then(|| number * 10 + i64::from(digit))
    })
}
