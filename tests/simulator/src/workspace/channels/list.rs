//! The page of all channels and teams.

use maud::{Markup, html};

use super::{access, address, name};
use crate::{
    channels::{
        Channels,
        access::Team,
        settings::Entry,
        twitter::{self, Asked, Standing},
    },
    history::Queue,
    moment::Moment,
    workspace::{
        fields::{Attempt, alert, at, typed},
        shown::duration,
        words,
    },
};

/// The form that adds a channel.
pub(super) const ADD: &str = "add";
/// The form that makes a team.
pub(super) const TEAM: &str = "team";

/// Ids of media a channel can be added for, in the order of the form.
const MEDIA: [&str; 7] = [
    "rtm",
    "smooch-rtm",
    "whatsapp",
    "fb",
    "instagram",
    "linkedin",
    twitter::MEDIUM,
];

pub(super) fn body(channels: &Channels, now: Moment, attempt: Option<&Attempt>) -> Markup {
    let asked = channels.authorizations.all_asked(now);
    html! {
        p.lead { "A channel is an account customers write to. What is set here decides who may act on its conversations, and when they are resolved by themselves." }
        section #channels.card data-live { (table(channels)) }
        (adding(attempt))
        section #asked data-live {
            @if !asked.is_empty() { (authorisations(&asked)) }
        }
        section #teams.card aria-labelledby="teams-heading" {
            h2 #teams-heading { "Teams" }
            (teams(&channels.teams.all()))
            (team_form(attempt))
        }
    }
}

fn table(channels: &Channels) -> Markup {
    let entries: Vec<_> = channels.all().collect();
    if entries.is_empty() {
        return html! {
            p { "There is no channel yet. Add one below; a conversation that names an unknown channel makes it, too." }
        };
    }
    html! {
        div.scroll {
            table aria-label="Channels" {
                thead { tr {
                    th scope="col" { "Name" } th scope="col" { "Medium" } th scope="col" { "Display name" }
                    th scope="col" { "Access" } th scope="col" { "Auto-ownership" } th scope="col" { "Auto-resolve" }
                } }
                tbody { @for entry in entries { (row(entry)) } }
            }
        }
    }
}

fn row(entry: &Entry) -> Markup {
    html! {
        tr {
            th scope="row" {
                a href=(address(&entry.id)) { (name(entry)) }
                @if entry.implicit { br; span.hint { "made by a conversation" } }
            }
            td { (words::medium(&entry.medium)) }
            td { (entry.display_name) }
            td {
                @match access::summary(&entry.access) {
                    Some(summary) => (summary),
                    None => span.badge.warn { "Nobody yet" },
                }
            }
            td { @if entry.auto_ownership { "On" } @else { "Off" } }
            td { (auto_resolve(entry)) }
        }
    }
}

fn auto_resolve(entry: &Entry) -> String {
    let after = |queue| {
        entry
            .auto_resolve
            .after(queue)
            .map(duration)
            .unwrap_or_default()
    };
    let (new, pending) = (after(Queue::New), after(Queue::Pending));
    if new == pending {
        format!("After {new}")
    } else {
        format!("New after {new}, Pending after {pending}")
    }
}

fn adding(attempt: Option<&Attempt>) -> Markup {
    let attempt = at(attempt, ADD);
    let chosen = typed(attempt, "medium", MEDIA[0]);
    html! {
        section #add.card {
            h2 #add-heading { "Add a channel" }
            (alert(attempt))
            form.row.add-channel method="post" action="/workspace/channels#add" aria-labelledby="add-heading" {
                div.field {
                    label for="medium" { "Medium" }
                    select #medium name="medium" {
                        @for medium in MEDIA {
                            option value=(medium) selected[medium == chosen] { (words::medium(medium)) }
                        }
                    }
                }
                div.field.not-twitter {
                    label for="name" { "Name" }
                    input #name name="name" value=(typed(attempt, "name", "")) maxlength="255" autocomplete="off"
                        aria-invalid=[attempt.map(|_| "true")];
                }
                button.primary { "Add" }
            }
            p.hint { "A Twitter channel has its handle for a name: Twitter asks for it, and whether Sparkcentral may use the account." }
        }
    }
}

fn authorisations(asked: &[Asked]) -> Markup {
    html! {
        div.card {
            h2 #asked-heading { "Not authorised by Twitter" }
            ul.plain aria-labelledby="asked-heading" {
                @for asked in asked {
                    li {
                        a href=(address(&asked.channel)) { "Twitter channel" } " "
                        @match asked.standing {
                            Standing::WaitingForAuthorization => {
                                span.badge.warn { "Waiting" } " until " (words::clock(asked.expires))
                            }
                            Standing::Cancelled => span.badge.bad { "Cancelled" },
                            Standing::Expired => {
                                span.badge.bad { "Expired" } " at " (words::clock(asked.expires))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn teams(teams: &[Team]) -> Markup {
    html! {
        p.hint { "A user is in one team at most. A team's role in a channel is set on the channel's page." }
        div #team-list data-live {
            @if teams.is_empty() {
                p { "There are no teams yet." }
            } @else {
                div.scroll { table aria-label="Teams" {
                    thead { tr { th scope="col" { "Team" } th scope="col" { "Members" } } }
                    tbody {
                        @for team in teams {
                            tr {
                                th scope="row" { (team.name) }
                                td { (team.users.iter().cloned().collect::<Vec<_>>().join(", ")) }
                            }
                        }
                    }
                } }
            }
        }
    }
}

fn team_form(attempt: Option<&Attempt>) -> Markup {
    let attempt = at(attempt, TEAM);
    html! {
        (alert(attempt))
        form.row method="post" action="/workspace/teams#teams" aria-label="Set a team" {
            div.field {
                label for="team" { "Team" }
                input #team name="team" value=(typed(attempt, "team", "")) required autocomplete="off"
                    aria-describedby="team-hint";
            }
            div.field.wide {
                label for="members" { "Members" }
                input #members name="members" value=(typed(attempt, "members", "")) autocomplete="off"
                    placeholder="agent-1, agent-2";
            }
            button { "Set team" }
        }
        p #team-hint.hint { "A name that is known gets these members instead of those it has." }
    }
}
