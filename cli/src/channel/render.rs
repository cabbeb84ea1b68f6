//! Channels for people to read.

use std::collections::{BTreeMap, BTreeSet};

use conversation::{Channel, Role};

use crate::output::{Align, Table, count, one_line};
use crate::span::shown as span;

/// All channels, a line each.
pub(crate) fn list(channels: &[Channel]) -> String {
    if channels.is_empty() {
        return "no channels yet: they are learned with their first event\n".to_owned();
    }
    let names = ["channel", "medium", "name", "new", "pending", "access"];
    let mut table = Table::new(names.map(|name| (name, Align::Left)));
    for channel in channels {
        table.row([
            one_line(&channel.id),
            medium(channel),
            one_line(channel.shown_name()),
            span(channel.auto_resolve.new_secs),
            span(channel.auto_resolve.pending_secs),
            access(channel),
        ]);
    }
    table.render()
}

/// One channel with everything.
pub(crate) fn one(channel: &Channel) -> String {
    let mut settings = Table::new([("setting", Align::Left), ("value", Align::Left)]);
    for (setting, value) in values(channel) {
        settings.row([setting, &value]);
    }
    let mut roles = Table::new([
        ("who", Align::Left),
        ("name", Align::Left),
        ("role", Align::Left),
    ]);
    let granted = granted(channel);
    for ((who, name), role) in &granted {
        roles.row([who, name.as_str(), word(*role)]);
    }
    let roles = match granted.is_empty() {
        true => "nobody has access through a user's or team's token\n".to_owned(),
        false => roles.render(),
    };
    format!("{}\n{roles}", settings.render())
}

/// What is another than before, a line each.
pub(crate) fn changes(before: &Channel, after: &Channel) -> String {
    let names = ["setting", "before", "after"];
    let mut table = Table::new(names.map(|name| (name, Align::Left)));
    let mut changed = false;
    let mut row = |setting: &str, before: &str, after: &str| {
        if before != after {
            changed = true;
            table.row([setting, or_none(before), or_none(after)]);
        }
    };
    for ((setting, before), (_, after)) in values(before).into_iter().zip(values(after)) {
        row(setting, &one_line(&before), &one_line(&after));
    }
    let (before, after) = (granted(before), granted(after));
    let everybody: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    for who in everybody {
        let role = |granted: &BTreeMap<Who, Role>| granted.get(who).copied().map_or("", word);
        let (kind, name) = who;
        let setting = format!("{kind} {name}");
        row(setting.trim_end(), role(&before), role(&after));
    }
    match changed {
        true => table.render(),
        false => "nothing changed: it was so already\n".to_owned(),
    }
}

fn or_none(value: &str) -> &str {
    if value.is_empty() { "none" } else { value }
}

/// Settings with their values, in an order of their own. Empty: not set.
fn values(channel: &Channel) -> [(&'static str, String); 7] {
    let ownership = if channel.auto_ownership { "on" } else { "off" };
    [
        ("id", channel.id.clone()),
        ("medium", medium(channel)),
        ("name", channel.name.clone().unwrap_or_default()),
        (
            "display name",
            channel.display_name.clone().unwrap_or_default(),
        ),
        ("auto-resolve new", span(channel.auto_resolve.new_secs)),
        (
            "auto-resolve pending",
            span(channel.auto_resolve.pending_secs),
        ),
        ("auto-ownership", ownership.to_owned()),
    ]
}

/// A kind of entry, and whom it names.
type Who = (&'static str, String);

/// Every entry of the access, those for everybody first.
fn granted(channel: &Channel) -> BTreeMap<Who, Role> {
    let access = &channel.access;
    let everybody = [
        ("all users", access.all_users),
        ("all teams", access.all_teams),
    ];
    let everybody = everybody
        .into_iter()
        .filter_map(|(who, role)| Some(((who, String::new()), role?)));
    let members = [("team", &access.teams), ("user", &access.users)];
    let members = members.into_iter().flat_map(|(who, members)| {
        let members = members.iter();
        members.map(move |(name, role)| ((who, name.clone()), *role))
    });
    everybody.chain(members).collect()
}

fn medium(channel: &Channel) -> String {
    let medium = channel.medium.as_ref();
    medium.map(|id| one_line(id.as_ref())).unwrap_or_default()
}

/// "all users, 2 teams, 1 user", or "nobody".
fn access(channel: &Channel) -> String {
    let access = &channel.access;
    let mut parts = Vec::new();
    if access.all_users.is_some() {
        parts.push("all users".to_owned());
    }
    if access.all_teams.is_some() {
        parts.push("all teams".to_owned());
    }
    for (members, one) in [(&access.teams, "team"), (&access.users, "user")] {
        if !members.is_empty() {
            parts.push(count(members.len(), one));
        }
    }
    if parts.is_empty() {
        return "nobody".to_owned();
    }
    parts.join(", ")
}

fn word(role: Role) -> &'static str {
    match role {
        Role::Viewer => "viewer",
        Role::Contributor => "contributor",
        Role::Supervisor => "supervisor",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use conversation::SeenChannel;
    use time::OffsetDateTime;

    fn channel() -> Channel {
        let seen = SeenChannel {
            id: "channel-1".into(),
            medium: Some("fb".into()),
            name: Some("Shop\u{1b}[2J".into()),
        };
        Channel::new(seen, OffsetDateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_list_has_a_line_for_each_channel_and_commands_no_terminal() {
        assert_eq!(
            list(&[channel()]),
            "channel    medium  name           new  pending  access\n\
             channel-1  fb      Shop\\u{1b}[2J  30d  30d      nobody\n"
        );
        assert!(list(&[]).starts_with("no channels yet"));
    }

    #[test]
    fn a_channel_is_shown_with_everybody_who_has_access() {
        let mut channel = channel();
        assert!(one(&channel).ends_with("nobody has access through a user's or team's token\n"));
        channel.access.all_teams = Some(Role::Contributor);
        channel.access.users.insert("agent-1".into(), Role::Viewer);
        let shown = one(&channel);
        assert!(
            shown.contains("all teams           contributor\n"),
            "{shown}"
        );
        assert!(shown.contains("user       agent-1  viewer\n"), "{shown}");
        assert_eq!(access(&channel), "all teams, 1 user");
    }

    #[test]
    fn an_edit_is_told_by_what_was_before_and_what_is_after() {
        let mut before = channel();
        before.access.users.insert("agent-1".into(), Role::Viewer);
        before.access.teams.insert("team-1".into(), Role::Viewer);
        before.access.all_users = Some(Role::Contributor);
        let mut after = before.clone();
        after.display_name = Some("Desk".into());
        after.auto_resolve.pending_secs = 604_800;
        after
            .access
            .users
            .insert("agent-1".into(), Role::Supervisor);
        after.access.users.insert("agent-2".into(), Role::Viewer);
        after.access.all_users = None;
        let told = changes(&before, &after);
        let told: Vec<Vec<&str>> = told
            .lines()
            .map(|line| {
                line.split("  ")
                    .map(str::trim)
                    .filter(|cell| !cell.is_empty())
                    .collect()
            })
            .collect();
        assert_eq!(
            told,
            [
                ["setting", "before", "after"],
                ["display name", "none", "Desk"],
                ["auto-resolve pending", "30d", "7d"],
                ["all users", "contributor", "none"],
                ["user agent-1", "viewer", "supervisor"],
                ["user agent-2", "none", "viewer"],
            ]
        );
        assert!(changes(&after, &after).starts_with("nothing changed"));
    }
}
