//! The whole page: styles inside, nothing fetched, fit to be printed.

use chrono::{DateTime, Utc};
use maud::{DOCTYPE, PreEscaped, html};

use super::period::Period;
use super::sections::Section;

/// The page as HTML.
pub(super) fn page(
    period: &Period,
    stage: &str,
    written: DateTime<Utc>,
    sections: &[Section],
) -> String {
    let (from, to, zone) = (period.from, period.to, period.zone);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Conversations from " (from) " to " (to) }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body {
                header {
                    h1 { "Conversations from " (from) " to " (to) }
                    p.muted {
                        "Stage " (stage) " · days and hours in " (zone) " · written "
                        (written.format("%Y-%m-%d %H:%M")) " UTC from Sparkcentral's exports by Sparkbridge"
                    }
                    nav aria-label="Sections" {
                        @for section in sections { a href={ "#" (section.id) } { (section.title) } }
                    }
                }
                main {
                    @for section in sections {
                        section id=(section.id) aria-labelledby={ (section.id) "-title" } {
                            h2 id={ (section.id) "-title" } { (section.title) }
                            p.muted { (section.about) }
                            @if let Some(picture) = &section.picture {
                                (picture)
                                details {
                                    summary { "Figures" }
                                    div.scroll tabindex="0" role="group" aria-label={ "Figures: " (section.title) } {
                                        (section.figures)
                                    }
                                }
                            } @else {
                                p.nothing { "Nothing in these days." }
                            }
                            details {
                                summary { "The query" }
                                pre.scroll tabindex="0" { code { (section.sql) } }
                            }
                        }
                    }
                }
                footer.muted {
                    p { "Ask further: " code { "sparkbridge exports query \"SELECT …\"" } }
                }
            }
        }
    };
    page.into_string()
}
