//! Values of items, and how many bytes DynamoDB counts for them.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One item: attributes by name.
pub(crate) type Item = BTreeMap<String, Attribute>;

/// A value as it travels: `{"S": "text"}`. Types that are not listed are refused, with the whole request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Attribute {
    S(String),
    N(String),
    #[serde(rename = "BOOL")]
    Bool(bool),
    #[serde(rename = "NULL")]
    Null(bool),
    M(Item),
    L(Vec<Attribute>),
    #[serde(rename = "SS")]
    Texts(Vec<String>),
}

impl Attribute {
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::S(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number; DynamoDB's others are not needed here.
    pub(crate) fn number(&self) -> Option<i128> {
        match self {
            Self::N(digits) => digits.parse().ok(),
            _ => None,
        }
    }

    /// The order of two values of one type that has one; texts by their bytes.
    pub(crate) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::S(one), Self::S(other)) => Some(one.as_bytes().cmp(other.as_bytes())),
            (Self::N(_), Self::N(_)) => Some(self.number()?.cmp(&other.number()?)),
            _ => None,
        }
    }

    /// Equal as DynamoDB sees it: 1 is 01.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::N(_), Self::N(_)) => self.order(other) == Some(Ordering::Equal),
            _ => self == other,
        }
    }

    /// Bytes as AWS's developer guide counts them, without the name.
    fn bytes(&self) -> usize {
        let each = |values: usize| 3 + values;
        match self {
            Self::S(text) => text.len(),
            // A byte for two digits, one more for the number and one for a sign.
            Self::N(digits) => {
                let significant = digits.trim_start_matches('-').trim_matches('0').len();
                significant.div_ceil(2) + 1 + usize::from(digits.starts_with('-'))
            }
            Self::Bool(_) | Self::Null(_) => 1,
            Self::M(item) => each(item.len() + size(item)),
            Self::L(values) => each(values.iter().map(|value| 1 + value.bytes()).sum()),
            Self::Texts(texts) => texts.iter().map(String::len).sum(),
        }
    }
}

/// Bytes of an item: names and values.
pub(crate) fn size(item: &Item) -> usize {
    let each = |(name, value): (&String, &Attribute)| name.len() + value.bytes();
    item.iter().map(each).sum()
}

/// Units for one item written: one for each begun KB of the larger of before and after.
pub(crate) fn write_units(before: Option<&Item>, after: Option<&Item>) -> u64 {
    let bytes = before.map_or(0, size).max(after.map_or(0, size));
    (bytes.div_ceil(1024) as u64).max(1)
}

/// Half units for what was read: two for each begun 4 KB read consistently, one otherwise.
pub(crate) fn read_half_units(bytes: usize, consistent: bool) -> u64 {
    (bytes.div_ceil(4096) as u64).max(1) * if consistent { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(value: Attribute) -> Item {
        Item::from([("name".to_owned(), value)])
    }

    #[test]
    fn sizes_are_those_of_the_developer_guide() {
        assert_eq!(size(&item(Attribute::S("äb".into()))), 4 + 3);
        assert_eq!(size(&item(Attribute::N("12345".into()))), 4 + 4);
        assert_eq!(size(&item(Attribute::N("-100".into()))), 4 + 3);
        assert_eq!(size(&item(Attribute::Bool(true))), 4 + 1);
        let list = Attribute::L(vec![Attribute::S("ab".into()), Attribute::Null(true)]);
        assert_eq!(size(&item(list)), 4 + 3 + 3 + 2);
    }

    #[test]
    fn the_larger_of_before_and_after_is_charged_and_nothing_is_free() {
        let (small, large) = (
            item(Attribute::S("x".into())),
            item(Attribute::S("x".repeat(1024))),
        );
        assert_eq!(write_units(None, Some(&small)), 1);
        assert_eq!(write_units(Some(&large), Some(&small)), 2);
        assert_eq!(write_units(None, None), 1);
        assert_eq!(read_half_units(0, true), 2);
        assert_eq!(read_half_units(4097, false), 2);
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        let number = |digits: &str| Attribute::N(digits.into());
        assert_eq!(number("9").order(&number("10")), Some(Ordering::Less));
        assert!(number("01").equals(&number("1")));
        assert_eq!(number("9").order(&Attribute::S("10".into())), None);
    }
}
