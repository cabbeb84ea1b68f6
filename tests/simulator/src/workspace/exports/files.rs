//! The page of all files.

use maud::{Markup, html};

use super::{address, order};
use crate::{
    exports::{File, FileState},
    workspace::{
        fields::{Attempt, alert, at},
        shown::size,
    },
};

/// The form that completes what isn't whole.
pub(super) const FINISH: &str = "finish";

pub(super) fn body(files: Option<&[File]>, attempt: Option<&Attempt>) -> Markup {
    html! {
        p.lead {
            "Sparkcentral puts what happened into CSV files on an SFTP server. "
            code { "sparkbridge exports pull" } " fetches them and loads the rows into the tables."
        }
        @match files {
            None => (no_root(attempt)),
            Some(files) => {
                (order::form(at(attempt, order::FORM)))
                (alert(at(attempt, FINISH)))
                section #files.card data-live aria-labelledby="files-heading" {
                    h2 #files-heading { "Files on the server" }
                    (table(files))
                }
            }
        }
    }
}

fn no_root(attempt: Option<&Attempt>) -> Markup {
    html! {
        section.card {
            h2 { "There is nowhere to write to" }
            (alert(attempt))
            p { "This simulator was started without a directory for exports. Start it with one, and give the same directory to an SFTP server as its root:" }
            pre.scroll tabindex="0" { code { "cargo run -p simulator -- --exports-root DIR" } }
            p { code { "make run" } " starts both." }
        }
    }
}

fn table(files: &[File]) -> Markup {
    if files.is_empty() {
        return html! { p { "No file has been written yet." } };
    }
    let unfinished = files.iter().any(|file| file.state != FileState::Whole);
    html! {
        @if unfinished {
            form.row method="post" action="/workspace/exports/finish" {
                button #finish { "Complete all files" }
            }
        }
        div.scroll {
            table aria-label="Files" {
                thead { tr {
                    th scope="col" { "Type" } th scope="col" { "Look" } th scope="col" { "State" } th.number scope="col" { "Rows" }
                    th.number scope="col" { "Size" } th scope="col" { "Path" }
                } }
                tbody {
                    // The newest first: somebody has just ordered it.
                    @for file in files.iter().rev() { (row(file)) }
                }
            }
        }
    }
}

fn row(file: &File) -> Markup {
    let at = address(file);
    html! {
        tr {
            th scope="row" { (file.kind.title()) }
            td.whole {
                a href=(at) { "Rows" span.visually-hidden { " of " (file.kind.title()) } } " "
                a href={ (at) "/csv" } { "CSV" span.visually-hidden { " of " (file.kind.title()) } }
            }
            td.whole { (state(file.state)) }
            td.number { (file.rows) }
            td.number { (written(file)) }
            td { code.path { (file.path) } }
        }
    }
}

pub(super) fn state(state: FileState) -> Markup {
    html! {
        @match state {
            FileState::Whole => span.badge.good { "Whole" },
            FileState::HalfWritten => span.badge.warn { "Half written" },
            FileState::Growing => span.badge.warn { "Growing" },
        }
    }
}

/// The size, and how much of it is there.
pub(super) fn written(file: &File) -> String {
    let whole = size(file.bytes);
    if file.written == file.bytes {
        whole
    } else {
        format!("{} of {whole}", size(file.written))
    }
}
