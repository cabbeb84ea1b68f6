//! A file's page: what is in it, as a table.

use maud::{Markup, html};

use super::{
    LIST, address,
    files::{state, written},
};
use crate::{
    exports::{File, FileState},
    refusal::Refusal,
    workspace::{fields::warning, words},
};

/// So many rows are shown, the first.
const SHOWN: usize = 200;

/// U+FEFF, as a fault puts it in front.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// Rows of as many cells as each has: a file that isn't whole can end within one.
struct Sheet {
    headers: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Sheet {
    /// The header and the first rows; what is no UTF-8 is shown as U+FFFD.
    fn read(content: &[u8]) -> Self {
        let content = content.strip_prefix(BOM).unwrap_or(content);
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(content);
        let mut records = reader.into_byte_records().map_while(Result::ok).map(cells);
        let headers = records.next().unwrap_or_default();
        let rows = records.take(SHOWN).collect();
        Self { headers, rows }
    }
}

fn cells(record: csv::ByteRecord) -> Vec<String> {
    let text = |cell| String::from_utf8_lossy(cell).into_owned();
    record.iter().map(text).collect()
}

pub(super) fn body(file: &File, content: &[u8]) -> Markup {
    let sheet = Sheet::read(content);
    let shown = sheet.rows.len();
    html! {
        (back())
        section #about.card data-live aria-labelledby="about-heading" {
            h2 #about-heading { "About the file" }
            dl.facts {
                div { dt { "State" } dd { (state(file.state)) } }
                div { dt { "Rows" } dd { (file.rows) } }
                div { dt { "Size" } dd { (written(file)) } }
                div { dt { "Path" } dd { code.path { (file.path) } } }
                div { dt { "SHA-256" } dd { code.path { (file.sha256) } } }
            }
            @if content.starts_with(BOM) { p { "It begins with a byte order mark." } }
            p { a.button href={ (address(file)) "/csv" } { "Raw CSV" } }
        }
        section #rows.card data-live aria-labelledby="rows-heading" {
            h2 #rows-heading { "Rows" }
            p.hint {
                @if shown < file.rows && file.state == FileState::Whole {
                    "The first " (shown) " of " (words::count(file.rows, "row")) "."
                } @else if file.state != FileState::Whole {
                    "What is there by now: the last row can be cut."
                } @else if shown == 0 {
                    "There is nothing but the header: nothing of this kind happened in the window."
                } @else {
                    (words::count(shown, "row")) "."
                }
            }
            div.scroll.tall tabindex="0" role="region" aria-label="Rows, can be scrolled" {
                table.data aria-label="Rows" {
                    thead { tr { @for header in &sheet.headers { th scope="col" { (header) } } } }
                    tbody {
                        @for row in &sheet.rows { tr { @for cell in row { td { (cell) } } } }
                    }
                }
            }
        }
    }
}

pub(super) fn missing(refusal: &Refusal) -> Markup {
    html! { (warning(&refusal.text())) (back()) }
}

fn back() -> Markup {
    html! { p { a href=(LIST) { "All exports" } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_ends_within_a_row_is_shown_as_far_as_it_goes() {
        let sheet = Sheet::read("\u{feff}A,B\r\n1,\"x\ny\"\r\n2,\"z".as_bytes());
        assert_eq!(sheet.headers, ["A", "B"]);
        assert_eq!(sheet.rows, [vec!["1", "x\ny"], vec!["2", "z"]]);
        assert!(Sheet::read(b"").headers.is_empty());
    }

    #[test]
    fn no_more_than_two_hundred_rows_are_shown() {
        let content = format!("A\n{}", "1\n".repeat(201));
        assert_eq!(Sheet::read(content.as_bytes()).rows.len(), SHOWN);
    }
}
