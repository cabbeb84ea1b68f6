//! Several values in one cell.
//!
//! What stands between them is not documented. The cells of an identifier column show it: an identifier
//! has letters, digits and hyphens, so the first other character that can separate does. What it is
//! then holds for the whole file, for the names beside the identifiers too.

use memchr::memchr_iter;

/// What can stand between values.
fn separates(b: u8) -> bool {
    matches!(b, b';' | b'|' | b',' | b'\n')
}

/// Finds the values in a file's list cells.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    separator: Option<u8>,
}

impl Lists {
    /// Learns from a cell of identifiers what stands between values.
    pub(crate) fn learn(&mut self, identifiers: &[u8]) {
        if self.separator.is_none() {
            self.separator = identifiers.iter().copied().find(|&b| separates(b));
        }
    }

    /// How many values are in a cell.
    pub(crate) fn count(&self, cell: &[u8]) -> usize {
        let cell = self.without_last_separator(cell);
        if cell.is_empty() {
            return 0;
        }
        self.separator
            .map_or(1, |separator| memchr_iter(separator, cell).count() + 1)
    }

    /// The values in a cell, without the spaces around them. One that is empty stays, so that names
    /// keep the places of their identifiers.
    pub(crate) fn values<'a>(&self, cell: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
        let separator = self.separator;
        let cell = self.without_last_separator(cell);
        // Only an empty cell has no value; `split` would find an empty one in it.
        let cell = (!cell.is_empty()).then_some(cell);
        cell.into_iter()
            .flat_map(move |cell| cell.split(move |&b| Some(b) == separator))
            .map(<[u8]>::trim_ascii)
    }

    fn without_last_separator<'a>(&self, cell: &'a [u8]) -> &'a [u8] {
        let mut end = cell;
        while let [before @ .., b' ' | b'\r'] = end {
            end = before;
        }
        match end {
            [before @ .., last] if Some(*last) == self.separator => before,
            _ => cell,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(learnt: &[&str], cell: &str) -> Vec<String> {
        let mut lists = Lists::default();
        for cell in learnt {
            lists.learn(cell.as_bytes());
        }
        let values: Vec<String> = lists
            .values(cell.as_bytes())
            .map(|value| String::from_utf8(value.to_vec()).unwrap())
            .collect();
        assert_eq!(values.len(), lists.count(cell.as_bytes()));
        values
    }

    #[test]
    fn the_first_character_between_identifiers_separates_in_the_whole_file() {
        assert_eq!(
            split(&["0-1a", "0-1a;0-2b", "0-1a,0-2b"], "bug, critical;vip"),
            ["bug, critical", "vip"]
        );
        assert_eq!(split(&["0-1a | 0-2b"], "billing | vip"), ["billing", "vip"]);
        assert_eq!(split(&["0-1a, 0-2b"], "billing, vip"), ["billing", "vip"]);
        assert_eq!(
            split(&["0-1a\r\n0-2b"], "billing\r\nvip"),
            ["billing", "vip"]
        );
    }

    #[test]
    fn until_a_separator_is_seen_a_cell_is_one_value() {
        assert_eq!(split(&["0-1a"], "bug; critical"), ["bug; critical"]);
    }

    #[test]
    fn a_separator_at_the_end_ends_the_list() {
        assert_eq!(split(&["0-1a;0-2b;"], "billing; vip; "), ["billing", "vip"]);
        assert_eq!(split(&["0-1a\n"], "billing\r\nvip\r\n"), ["billing", "vip"]);
        assert_eq!(split(&["0-1a;"], "billing;;vip"), ["billing", "", "vip"]);
    }

    #[test]
    fn an_empty_cell_has_no_values() {
        assert_eq!(split(&["0-1a;0-2b"], ""), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn values_joined_come_apart_again(
            values in proptest::collection::vec("[a-z0-9-]{1,8}", 1..6),
            separator in prop::sample::select(vec![";", "|", ",", "\n", "; ", " | ", "\r\n"]),
        ) {
            let cell = values.join(separator);
            prop_assert_eq!(split(&[&cell], &cell), values);
        }
    }
}
