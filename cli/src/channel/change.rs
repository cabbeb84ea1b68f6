//! What `sparkbridge channel edit` changes.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use conversation::{ChannelPatch, Role};

use crate::span::seconds;

#[derive(clap::Args)]
pub(crate) struct Change {
    /// The name people see: at most 255 characters.
    #[arg(long, value_name = "NAME", conflicts_with = "no_display_name")]
    display_name: Option<String>,
    /// Go back to Sparkcentral's name.
    #[arg(long)]
    no_display_name: bool,
    /// After how long Sparkcentral resolves conversations in New: 30d, 12h, 90m.
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    auto_resolve_new: Option<u32>,
    /// After how long Sparkcentral resolves conversations in Pending.
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    auto_resolve_pending: Option<u32>,
    /// Whether whoever replies first becomes the owner.
    #[arg(long, value_name = "on|off", value_parser = on_or_off)]
    auto_ownership: Option<bool>,
    /// A user's role: viewer, contributor, supervisor, or none to take it away. May be repeated.
    #[arg(long, value_name = "USER=ROLE", value_parser = member)]
    user: Vec<(String, Granted)>,
    /// A team's role. May be repeated.
    #[arg(long, value_name = "TEAM=ROLE", value_parser = member)]
    team: Vec<(String, Granted)>,
    /// Everybody's role, or none.
    #[arg(long, value_name = "ROLE", value_parser = role)]
    all_users: Option<Granted>,
    /// The role of everybody who is in a team, or none.
    #[arg(long, value_name = "ROLE", value_parser = role)]
    all_teams: Option<Granted>,
    /// With --add: id of the medium, as events name it (fb, whatsapp, …).
    #[arg(long, value_name = "MEDIUM", requires = "add")]
    medium: Option<String>,
}

/// A role, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Granted(Option<Role>);

impl Change {
    /// The change as the registry takes it.
    pub(crate) fn patch(&self) -> Result<ChannelPatch> {
        let display_name = match (&self.display_name, self.no_display_name) {
            (Some(name), _) => Some(Some(name.clone())),
            (None, true) => Some(None),
            (None, false) => None,
        };
        Ok(ChannelPatch {
            display_name,
            new_secs: self.auto_resolve_new,
            pending_secs: self.auto_resolve_pending,
            auto_ownership: self.auto_ownership,
            all_users: self.all_users.map(|granted| granted.0),
            all_teams: self.all_teams.map(|granted| granted.0),
            teams: members("--team", &self.team)?,
            users: members("--user", &self.user)?,
        })
    }

    pub(crate) fn medium(&self) -> Option<&str> {
        self.medium.as_deref()
    }
}

fn members(option: &str, given: &[(String, Granted)]) -> Result<BTreeMap<String, Option<Role>>> {
    let mut members = BTreeMap::new();
    for (name, granted) in given {
        let before = members.insert(name.clone(), granted.0);
        if before.is_some_and(|before| before != granted.0) {
            bail!("{option} gives {name:?} two roles: give it one");
        }
    }
    Ok(members)
}

fn role(text: &str) -> Result<Granted, String> {
    match text {
        "viewer" => Ok(Granted(Some(Role::Viewer))),
        "contributor" => Ok(Granted(Some(Role::Contributor))),
        "supervisor" => Ok(Granted(Some(Role::Supervisor))),
        "none" => Ok(Granted(None)),
        _ => Err("give viewer, contributor, supervisor or none".to_owned()),
    }
}

/// `NAME=ROLE`; the name may hold `=` itself.
fn member(text: &str) -> Result<(String, Granted), String> {
    let (name, granted) = text
        .rsplit_once('=')
        .ok_or_else(|| "give NAME=ROLE, such as agent-1=viewer".to_owned())?;
    Ok((name.to_owned(), role(granted)?))
}

fn on_or_off(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("give on or off".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{FromArgMatches, Parser};

    #[derive(Parser)]
    struct Line {
        #[arg(long)]
        add: bool,
        #[command(flatten)]
        change: Change,
    }

    fn patch(arguments: &[&str]) -> Result<ChannelPatch, String> {
        let line = Line::try_parse_from(std::iter::once(&"set").chain(arguments));
        let line = line.map_err(|error| error.to_string())?;
        assert!(line.add || line.change.medium().is_none());
        line.change.patch().map_err(|error| error.to_string())
    }

    #[test]
    fn each_option_changes_one_thing() {
        let none = ChannelPatch::default();
        for (arguments, expected) in [
            (&[][..], none.clone()),
            (
                &["--display-name", "Shop"],
                ChannelPatch {
                    display_name: Some(Some("Shop".into())),
                    ..none.clone()
                },
            ),
            (
                &["--no-display-name"],
                ChannelPatch {
                    display_name: Some(None),
                    ..none.clone()
                },
            ),
            (
                &["--auto-resolve-new", "30d", "--auto-resolve-pending", "90m"],
                ChannelPatch {
                    new_secs: Some(2_592_000),
                    pending_secs: Some(5_400),
                    ..none.clone()
                },
            ),
            (
                &[
                    "--auto-ownership",
                    "off",
                    "--all-users",
                    "none",
                    "--all-teams",
                    "viewer",
                ],
                ChannelPatch {
                    auto_ownership: Some(false),
                    all_users: Some(None),
                    all_teams: Some(Some(Role::Viewer)),
                    ..none.clone()
                },
            ),
            (
                &[
                    "--user",
                    "a=b=supervisor",
                    "--user",
                    "agent-2=none",
                    "--team",
                    "t=contributor",
                ],
                ChannelPatch {
                    users: [
                        ("a=b".to_owned(), Some(Role::Supervisor)),
                        ("agent-2".to_owned(), None),
                    ]
                    .into(),
                    teams: [("t".to_owned(), Some(Role::Contributor))].into(),
                    ..none.clone()
                },
            ),
        ] {
            assert_eq!(patch(arguments).unwrap(), expected, "{arguments:?}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for (arguments, named) in [
            (
                &["--display-name", "a", "--no-display-name"][..],
                "--no-display-name",
            ),
            (&["--auto-resolve-new", "30"], "30d"),
            (&["--auto-resolve-new", "1.5d"], "30d"),
            (&["--auto-resolve-new", "99999999d"], "30d"),
            (&["--auto-ownership", "yes"], "on or off"),
            (&["--user", "agent-1"], "NAME=ROLE"),
            (&["--team", "t=owner"], "viewer, contributor"),
            (&["--user", "a=viewer", "--user", "a=none"], "two roles"),
            (&["--medium", "fb"], "--add"),
        ] {
            let said = patch(arguments).unwrap_err();
            assert!(said.contains(named), "{arguments:?}: {said}");
        }
    }

    #[test]
    fn a_line_without_options_is_a_change_of_nothing() {
        let matches = <Line as clap::CommandFactory>::command().get_matches_from(["set"]);
        let line = Line::from_arg_matches(&matches).unwrap();
        assert!(line.change.patch().unwrap().is_empty());
    }
}
