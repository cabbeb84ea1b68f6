//! What is printed on standard output: aligned tables, JSON, CSV.

use std::io::{self, Write};

use anyhow::{Context, Result};
use comfy_table::{CellAlignment, ContentArrangement, presets};
use dialoguer::console::Term;
use serde::Serialize;

/// Longest cell of an answer for people. CSV and JSON have everything.
const WIDEST: usize = 80;
/// Blanks between two columns.
const APART: u16 = 2;

/// Which side a column's cells stand on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    /// Numbers.
    Right,
}

/// A table for people.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new<'a>(columns: impl IntoIterator<Item = (&'a str, Align)>) -> Self {
        let columns = columns.into_iter();
        Self {
            columns: columns
                .map(|(name, align)| (visible(name), align))
                .collect(),
            rows: Vec::new(),
        }
    }

    pub(crate) fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        let cells = cells.into_iter();
        self.rows
            .push(cells.map(|cell| visible(cell.as_ref())).collect());
    }

    /// Lines, each ended. On a terminal, cells are wrapped so that the table fits; elsewhere a row is a
    /// line.
    pub(crate) fn render(&self) -> String {
        let size = Term::stdout().size_checked();
        self.render_in(size.map(|(_rows, columns)| columns))
    }

    fn render_in(&self, width: Option<u16>) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING);
        match width {
            Some(width) => {
                table.set_content_arrangement(ContentArrangement::Dynamic);
                // The blanks behind the last column are cut off.
                table.set_width(width.saturating_add(APART));
            }
            None => {
                table.set_content_arrangement(ContentArrangement::Disabled);
            }
        }
        table.set_header(self.columns.iter().map(|(name, _)| name));
        for (column, (_, align)) in table.column_iter_mut().zip(&self.columns) {
            column.set_padding((0, APART));
            column.set_cell_alignment(match align {
                Align::Left => CellAlignment::Left,
                Align::Right => CellAlignment::Right,
            });
        }
        table.add_rows(self.rows.iter().cloned());
        let lines = table.lines();
        lines.fold(String::new(), |mut text, line| {
            text.push_str(line.trim_end());
            text.push('\n');
            text
        })
    }
}

/// [`visible`], and cut where it is too long.
pub(crate) fn one_line(cell: &str) -> String {
    let mut line = visible(cell);
    if let Some((end, _)) = line.char_indices().nth(WIDEST) {
        line.truncate(end);
        line.pop();
        line.push('…');
    }
    line
}

/// Text that stays in its line and in its order: control characters, which could also command a terminal,
/// and marks that turn the direction of what follows are shown as escapes.
pub(crate) fn visible(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let ends = |c: char| matches!(c, '\u{2028}' | '\u{2029}');
    text.chars().fold(String::new(), |mut line, c| {
        if c.is_control() || turns(c) || ends(c) {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
        line
    })
}

/// A number with its thousands apart.
pub(crate) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "1 file", "2 files".
pub(crate) fn count(value: usize, one: &str) -> String {
    let plural = if value == 1 { "" } else { "s" };
    format!("{} {one}{plural}", number(value as u64))
}

/// A span of seconds in the largest unit that says something, cut.
pub(crate) fn age(secs: i64) -> String {
    match secs {
        ..0 => "0 s".to_owned(),
        0..120 => format!("{secs} s"),
        120..7200 => format!("{} min", secs / 60),
        7200..172_800 => format!("{} h", secs / 3600),
        _ => format!("{} d", secs / 86_400),
    }
}

/// Prints text as it is.
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // Whoever read it has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("writing to standard output"),
    }
}

/// Prints a line.
pub(crate) fn line(text: &str) -> Result<()> {
    print(&format!("{text}\n"))
}

/// Prints a value as JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<()> {
    line(&serde_json::to_string_pretty(value)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_have_no_blanks_at_their_end() {
        let mut table = Table::new([("table", Align::Left), ("rows", Align::Right)]);
        table.row(["messages", "7"]);
        table.row(["tags", "1,024"]);
        assert_eq!(
            table.render_in(None),
            "table      rows\nmessages      7\ntags      1,024\n"
        );
        let mut left = Table::new([("a", Align::Left), ("b", Align::Left)]);
        left.row(["é", ""]);
        assert_eq!(left.render_in(None), "a  b\né\n");
    }

    #[test]
    fn columns_stay_aligned_behind_wide_characters() {
        let mut table = Table::new([("name", Align::Left), ("n", Align::Right)]);
        table.row(["世界", "1"]);
        table.row(["abc", "22"]);
        assert_eq!(table.render_in(None), "name   n\n世界   1\nabc   22\n");
    }

    #[test]
    fn a_terminal_gets_a_table_of_its_width_and_everybody_else_a_line_per_row() {
        let mut table = Table::new([("agent", Align::Left), ("found", Align::Left)]);
        table.row(["demo", "the token endpoint does not know the credentials"]);
        assert_eq!(table.render_in(None).lines().count(), 2);
        for width in [20, 30, 40] {
            let text = table.render_in(Some(width));
            let widest = text.lines().map(|line| line.chars().count()).max();
            assert!(widest <= Some(width.into()), "{width}:\n{text}");
            let words = text.split_whitespace();
            assert!(words.clone().any(|word| word == "credentials"), "{text}");
        }
    }

    #[test]
    fn a_row_that_is_short_of_cells_has_empty_ones() {
        let mut table = Table::new([("a", Align::Left), ("b", Align::Left)]);
        table.row(["1"]);
        assert_eq!(table.render_in(None), "a  b\n1\n");
    }

    #[test]
    fn a_cell_can_not_leave_its_line_or_command_the_terminal() {
        assert_eq!(one_line("a\nb\u{1b}[2J"), "a\\nb\\u{1b}[2J");
        assert_eq!(
            visible("\u{9b}31m \u{202e}gnp.csv\u{2028}é"),
            "\\u{9b}31m \\u{202e}gnp.csv\\u{2028}é"
        );
        let long = one_line(&"x".repeat(100));
        assert_eq!(long.chars().count(), WIDEST);
        assert!(long.ends_with('…'));
        let just = "é".repeat(WIDEST);
        assert_eq!(one_line(&just), just);
    }

    proptest! {
        #[test]
        fn nothing_in_a_table_leaves_its_row(cells in prop::collection::vec(".{0,30}", 1..6)) {
            let mut table = Table::new([("name", Align::Left)]);
            for cell in &cells {
                table.row([cell]);
            }
            let text = table.render_in(None);
            prop_assert_eq!(text.lines().count(), cells.len() + 1);
            prop_assert!(!text.replace('\n', "").contains(char::is_control));
        }
    }

    #[test]
    fn a_span_is_told_in_a_unit_that_says_something() {
        let cases = [
            (-5, "0 s"),
            (119, "119 s"),
            (120, "2 min"),
            (7199, "119 min"),
            (7200, "2 h"),
            (172_800, "2 d"),
        ];
        for (secs, expected) in cases {
            assert_eq!(age(secs), expected);
        }
    }

    #[test]
    fn numbers_are_grouped_and_counted() {
        assert_eq!(number(0), "0");
        assert_eq!(number(999), "999");
        assert_eq!(number(1_234_567), "1,234,567");
        assert_eq!(count(1, "file"), "1 file");
        assert_eq!(count(2000, "row"), "2,000 rows");
    }
}
