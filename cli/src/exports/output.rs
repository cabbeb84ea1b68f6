//! What is printed on standard output: aligned tables, JSON, CSV.

use std::io::{self, Write};

use anyhow::{Context, Result};
use serde::Serialize;

/// Longest cell of an answer for people. CSV and JSON have everything.
const WIDEST: usize = 80;

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

    /// Lines, each ended.
    pub(crate) fn render(&self) -> String {
        let width = |index: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(index));
            let names = self.columns.get(index).map(|(name, _)| name);
            cells.chain(names).map(|cell| cell.chars().count()).max()
        };
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|index| width(index).unwrap_or(0))
            .collect();
        let names: Vec<String> = self.columns.iter().map(|(name, _)| name.clone()).collect();
        let mut text = String::new();
        for row in std::iter::once(&names).chain(&self.rows) {
            let mut line = String::new();
            for ((cell, width), (_, align)) in row.iter().zip(&widths).zip(&self.columns) {
                let padding = " ".repeat(width - cell.chars().count());
                match align {
                    Align::Left => line.extend([cell, &padding, "  "]),
                    Align::Right => line.extend([&padding, cell, "  "]),
                }
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
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

/// Text that stays in its line: control characters, which could also command a terminal, are shown as
/// escapes.
pub(crate) fn visible(text: &str) -> String {
    text.chars().fold(String::new(), |mut line, c| {
        if c.is_control() {
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
    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_have_no_blanks_at_their_end() {
        let mut table = Table::new([("table", Align::Left), ("rows", Align::Right)]);
        table.row(["messages", "7"]);
        table.row(["tags", "1,024"]);
        assert_eq!(
            table.render(),
            "table      rows\nmessages      7\ntags      1,024\n"
        );
        let mut left = Table::new([("a", Align::Left), ("b", Align::Left)]);
        left.row(["é", ""]);
        assert_eq!(left.render(), "a  b\né\n");
    }

    #[test]
    fn a_cell_can_not_leave_its_line_or_command_the_terminal() {
        assert_eq!(one_line("a\nb\u{1b}[2J"), "a\\nb\\u{1b}[2J");
        let long = one_line(&"x".repeat(100));
        assert_eq!(long.chars().count(), WIDEST);
        assert!(long.ends_with('…'));
        let just = "é".repeat(WIDEST);
        assert_eq!(one_line(&just), just);
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
