//! Channels for people to read.

use conversation::{Channel, Role};

use crate::exports::output::{Align, Table, count, one_line};

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
    let ownership = if channel.auto_ownership { "on" } else { "off" };
    for (setting, value) in [
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
    ] {
        settings.row([setting, &value]);
    }
    let mut roles = Table::new([
        ("who", Align::Left),
        ("name", Align::Left),
        ("role", Align::Left),
    ]);
    let everybody = [
        ("all users", channel.access.all_users),
        ("all teams", channel.access.all_teams),
    ];
    for (who, role) in everybody {
        if let Some(role) = role {
            roles.row([who, "", word(role)]);
        }
    }
    for (who, members) in [
        ("team", &channel.access.teams),
        ("user", &channel.access.users),
    ] {
        for (name, role) in members {
            roles.row([who, name.as_str(), word(*role)]);
        }
    }
    let roles = if access(channel) == "nobody" {
        "nobody has access through a user's or team's token\n".to_owned()
    } else {
        roles.render()
    };
    format!("{}\n{roles}", settings.render())
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

/// As it can be entered: in the largest unit that needs no fraction.
fn span(secs: u32) -> String {
    [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")]
        .into_iter()
        .find(|(each, _)| secs.is_multiple_of(*each))
        .map(|(each, unit)| format!("{}{unit}", secs / each))
        .unwrap_or_default()
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
    fn times_are_shown_as_they_can_be_entered() {
        for (secs, shown) in [
            (2_592_000, "30d"),
            (5_400, "90m"),
            (7_200, "2h"),
            (61, "61s"),
        ] {
            assert_eq!(span(secs), shown);
        }
    }
}
