//! Who may do what in a channel: roles in words, and as fields of a form.

use std::collections::BTreeMap;

use maud::{Markup, html};
use serde_json::{Value, json};

use crate::{
    channels::access::{Access, Role, Team},
    workspace::fields::{Attempt, Fields},
};

/// The value that stands for no role.
const NONE: &str = "none";

/// Value, name, and what it means.
const ROLES: [(Role, &str, &str, &str); 3] = [
    (
        Role::Viewer,
        "viewer",
        "Viewer",
        "moves conversations and adds topics, tags and notes, but does not reply",
    ),
    (
        Role::Contributor,
        "contributor",
        "Contributor",
        "also replies",
    ),
    (
        Role::Supervisor,
        "supervisor",
        "Supervisor",
        "also reads the channel's reports",
    ),
];

fn value(role: Option<Role>) -> &'static str {
    let known = ROLES.iter().find(|(known, ..)| Some(*known) == role);
    known.map_or(NONE, |(_, value, ..)| value)
}

fn name(role: Role) -> &'static str {
    let known = ROLES.iter().find(|(known, ..)| *known == role);
    known.map_or("", |(_, _, name, _)| name)
}

/// "All users: Contributor, team-1: Viewer"; `None` if nobody has a role.
pub(super) fn summary(access: &Access) -> Option<String> {
    let everybody = access.all_users.map(|role| ("All users", role));
    let every_team = access.all_teams.map(|role| ("All teams", role));
    let named = access.teams.iter().chain(&access.users);
    let parts: Vec<_> = everybody
        .into_iter()
        .chain(every_team)
        .chain(named.map(|(who, role)| (who.as_str(), *role)))
        .map(|(who, role)| format!("{who}: {}", name(role)))
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The fields of a channel's form.
pub(super) fn fields(access: &Access, teams: &[Team], attempt: Option<&Attempt>) -> Markup {
    let typed = |field: &str, role: Option<Role>| {
        let typed = attempt.map(|attempt| attempt.fields.text(field).to_owned());
        typed.unwrap_or_else(|| value(role).into())
    };
    let roles_of = |who: &str, role: &str| attempt.map(|attempt| named(&attempt.fields, who, role));
    let team_roles = roles_of("team", "team_role");
    let team_role = |team: &str| {
        let known = access.teams.get(team).copied();
        let typed = team_roles.as_ref().and_then(|typed| typed.get(team));
        typed.cloned().unwrap_or_else(|| value(known).into())
    };
    let mut users = roles_of("user", "user_role").unwrap_or_default();
    if attempt.is_none() {
        let known = access.users.iter();
        users.extend(known.map(|(user, role)| (user.clone(), value(Some(*role)).into())));
    }
    html! {
        fieldset {
            legend { "Access" }
            @if *access == Access::default() {
                p.warning { "Nobody has access yet: no agent can act on this channel's conversations." }
            }
            p.hint { "The most particular role counts: a user's own, the team's, that of all teams, that of all users." }
            dl.roles {
                @for (_, _, name, meaning) in ROLES { div { dt { (name) } dd { (meaning) } } }
            }
            div.grid {
                (select("all-users", "All Users", "all_users", &typed("all_users", access.all_users), None))
                (select("all-teams", "All Teams", "all_teams", &typed("all_teams", access.all_teams), None))
            }
            h3 { "Teams" }
            @if teams.is_empty() {
                p.hint { "There are no teams yet. " a href="/workspace/channels#teams" { "Make one" } "." }
            }
            div.grid {
                @for (number, team) in teams.iter().enumerate() {
                    div {
                        input type="hidden" name="team" value=(team.name);
                        (select(&format!("team-{number}"), &team.name, "team_role", &team_role(&team.name), Some(&members(team))))
                    }
                }
            }
            h3 { "Users" }
            div.grid {
                @for (number, (user, role)) in users.iter().enumerate() {
                    div {
                        input type="hidden" name="user" value=(user);
                        (select(&format!("user-{number}"), user, "user_role", role, None))
                    }
                }
            }
            div.grid {
                div.field {
                    label for="new-user" { "Another user" }
                    input #new-user name="user" autocomplete="off" placeholder="agent-1";
                }
                (select("new-user-role", "Role of the other user", "user_role", value(Some(Role::Contributor)), None))
            }
        }
    }
}

fn members(team: &Team) -> String {
    match team.users.len() {
        0 => "Nobody is in it".into(),
        _ => team.users.iter().cloned().collect::<Vec<_>>().join(", "),
    }
}

fn select(id: &str, label: &str, field: &str, chosen: &str, hint: Option<&str>) -> Markup {
    let hint_id = hint.map(|_| format!("{id}-hint"));
    html! {
        div.field {
            label for=(id) { (label) }
            select id=(id) name=(field) aria-describedby=[&hint_id] {
                option value=(NONE) selected[chosen == NONE] { "No role" }
                @for (_, value, name, _) in ROLES {
                    option value=(value) selected[chosen == value] { (name) }
                }
            }
            @if let (Some(id), Some(hint)) = (hint_id, hint) { p.hint id=(id) { (hint) } }
        }
    }
}

/// What the fields come to, as the control face takes it. Null takes a role away.
pub(super) fn edit(fields: &Fields) -> Value {
    let role = |role: &str| match role {
        NONE => Value::Null,
        role => json!(role),
    };
    let roles = |who, field| {
        let named = named(fields, who, field).into_iter();
        named
            .map(|(who, given)| (who, role(&given)))
            .collect::<serde_json::Map<_, _>>()
    };
    json!({
        "all_users": role(fields.text("all_users")),
        "all_teams": role(fields.text("all_teams")),
        "users": roles("user", "user_role"),
        "teams": roles("team", "team_role"),
    })
}

/// Names and roles that stand beside each other; a name that is left empty names nobody.
fn named(fields: &Fields, who: &str, role: &str) -> BTreeMap<String, String> {
    fields
        .all(who)
        .map(str::trim)
        .zip(fields.all(role))
        .filter(|(who, _)| !who.is_empty())
        .map(|(who, role)| (who.into(), role.into()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_stand_beside_each_other_become_roles() {
        let sent = "all_users=none&all_teams=viewer&team=team-1&team_role=supervisor\
                    &user=agent-1&user_role=none&user=&user_role=contributor";
        assert_eq!(
            edit(&Fields::read(sent.as_bytes())),
            json!({
                "all_users": null,
                "all_teams": "viewer",
                "teams": {"team-1": "supervisor"},
                "users": {"agent-1": null},
            })
        );
    }

    #[test]
    fn access_is_summed_up_from_all_to_one() {
        let mut access = Access::all_users(Role::Viewer);
        access.users.insert("agent-1".into(), Role::Supervisor);
        access.teams.insert("team-1".into(), Role::Contributor);
        assert_eq!(
            summary(&access).as_deref(),
            Some("All users: Viewer, team-1: Contributor, agent-1: Supervisor")
        );
        assert_eq!(summary(&Access::default()), None);
    }
}
