//! What every page has: head, navigation, main.

use maud::{DOCTYPE, Markup, html};

/// The pages of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Conversations,
    Channels,
    Exports,
    Faults,
}

impl Section {
    const ALL: [Self; 4] = [
        Self::Conversations,
        Self::Channels,
        Self::Exports,
        Self::Faults,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Conversations => "Conversations",
            Self::Channels => "Channels",
            Self::Exports => "Exports",
            Self::Faults => "Faults",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Conversations => "/workspace",
            Self::Channels => "/workspace/channels",
            Self::Exports => "/workspace/exports",
            Self::Faults => "/workspace/faults",
        }
    }
}

/// A whole page. `title` is its `h1` and stands in the tab; elements of `body` with `data-live` and an id
/// are kept up to date by `live.js`.
pub(crate) fn page(here: Section, title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Sparkcentral (simulated)" }
                link rel="stylesheet" href="/workspace/style.css";
                link rel="icon" href="/workspace/icon.svg" type="image/svg+xml";
                script src="/workspace/live.js" defer {}
            }
            body {
                a.skip href="#main" { "Skip to content" }
                header.top {
                    p.brand { img src="/workspace/icon.svg" alt="" width="24" height="24"; "Sparkcentral " span.muted { "simulated" } }
                    nav aria-label="Pages" {
                        @for section in Section::ALL {
                            a href=(section.path()) aria-current=[(section == here).then_some("page")] {
                                (section.name())
                            }
                        }
                    }
                }
                main #main tabindex="-1" {
                    h1 { (title) }
                    (body)
                }
                p #live-status role="status" {}
            }
        }
    }
}
