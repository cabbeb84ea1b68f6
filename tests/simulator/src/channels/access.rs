//! Who may do what in a channel.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize};

use crate::refusal::Refusal;

/// The three roles. Only a supervisor reads reports, which the simulator doesn't show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// Does everything but reply.
    Viewer,
    Contributor,
    Supervisor,
}

/// What a human does to a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HumanAct {
    /// Into another queue or to another owner.
    Move,
    Reply,
}

impl Role {
    pub(crate) fn allows(self, act: HumanAct) -> bool {
        act != HumanAct::Reply || self != Self::Viewer
    }
}

/// Who has which role in a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Access {
    /// The role of everybody who isn't named otherwise.
    pub(crate) all_users: Option<Role>,
    /// The role of everybody who is in some team.
    pub(crate) all_teams: Option<Role>,
    pub(crate) users: BTreeMap<String, Role>,
    pub(crate) teams: BTreeMap<String, Role>,
}

impl Access {
    pub(crate) fn all_users(role: Role) -> Self {
        Self {
            all_users: Some(role),
            ..Self::default()
        }
    }

    /// The role of a human: their own, otherwise their team's, otherwise that of all teams, otherwise that of all users.
    pub(crate) fn role(&self, human: &str, teams: &Teams) -> Option<Role> {
        let team = teams.of(human);
        self.users
            .get(human)
            .or_else(|| self.teams.get(team?))
            .copied()
            .or(self.all_teams.filter(|_| team.is_some()))
            .or(self.all_users)
    }

    /// Whether a team has access as a team.
    pub(crate) fn has_team(&self, team: &str) -> bool {
        self.all_teams.is_some() || self.teams.contains_key(team)
    }

    /// # Errors
    /// [`Refusal::Invalid`]: there is no such team.
    pub(crate) fn edit(&mut self, edit: AccessEdit, teams: &Teams) -> Result<(), Refusal> {
        let unknown = |team: &&String| !teams.0.contains_key(*team);
        if let Some(team) = edit.teams.keys().find(unknown) {
            return Err(Refusal::invalid(format!("team {team:?} does not exist")));
        }
        self.all_users = edit.all_users.unwrap_or(self.all_users);
        self.all_teams = edit.all_teams.unwrap_or(self.all_teams);
        merge(&mut self.users, edit.users);
        merge(&mut self.teams, edit.teams);
        Ok(())
    }
}

fn merge(known: &mut BTreeMap<String, Role>, edit: BTreeMap<String, Option<Role>>) {
    for (name, role) in edit {
        match role {
            Some(role) => known.insert(name, role),
            None => known.remove(&name),
        };
    }
}

/// A change of [`Access`]: what isn't mentioned stays, null takes away.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AccessEdit {
    #[serde(deserialize_with = "mentioned")]
    all_users: Option<Option<Role>>,
    #[serde(deserialize_with = "mentioned")]
    all_teams: Option<Option<Role>>,
    users: BTreeMap<String, Option<Role>>,
    teams: BTreeMap<String, Option<Role>>,
}

/// Tells a null from nothing at all.
fn mentioned<'de, D: Deserializer<'de>>(role: D) -> Result<Option<Option<Role>>, D::Error> {
    Option::deserialize(role).map(Some)
}

/// Teams and their members. A human is in one team at most.
#[derive(Clone, Debug, Default)]
pub(crate) struct Teams(BTreeMap<String, BTreeSet<String>>);

/// A team as the control face names it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Team {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) users: BTreeSet<String>,
}

impl Teams {
    /// # Errors
    /// [`Refusal::Invalid`]: two teams of one name, or a human in two teams.
    pub(crate) fn new(teams: Vec<Team>) -> Result<Self, Refusal> {
        let mut all = Self::default();
        for team in teams {
            if all.0.contains_key(&team.name) {
                return Err(Refusal::invalid(format!("team {:?} twice", team.name)));
            }
            all.put(team)?;
        }
        Ok(all)
    }

    /// Adds a team, or gives it other members.
    ///
    /// # Errors
    /// [`Refusal::Invalid`]: a member is in another team.
    pub(crate) fn put(&mut self, team: Team) -> Result<(), Refusal> {
        for user in &team.users {
            if let Some(other) = self.of(user).filter(|&other| *other != team.name) {
                return Err(Refusal::invalid(format!(
                    "{user} is in team {other:?}: a user is in one team at most"
                )));
            }
        }
        self.0.insert(team.name, team.users);
        Ok(())
    }

    /// The team somebody is in.
    pub(crate) fn of(&self, human: &str) -> Option<&String> {
        let mut teams = self.0.iter();
        teams
            .find(|(_, users)| users.contains(human))
            .map(|(name, _)| name)
    }

    pub(crate) fn contains(&self, team: &str, human: &str) -> bool {
        self.0.get(team).is_some_and(|users| users.contains(human))
    }

    pub(crate) fn all(&self) -> Vec<Team> {
        let team = |(name, users): (&String, &BTreeSet<String>)| Team {
            name: name.clone(),
            users: users.clone(),
        };
        self.0.iter().map(team).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn teams() -> Teams {
        let teams = json!([{"name": "team-1", "users": ["agent-1", "agent-2"]}, {"name": "team-2", "users": ["agent-3"]}]);
        Teams::new(serde_json::from_value(teams).unwrap()).unwrap()
    }

    fn edited(access: &mut Access, edit: Value) -> Result<(), Refusal> {
        access.edit(serde_json::from_value(edit).unwrap(), &teams())
    }

    #[test]
    fn the_most_particular_role_counts() {
        let mut access = Access::default();
        edited(
            &mut access,
            json!({
                "users": {"agent-1": "viewer"},
                "teams": {"team-1": "supervisor"},
                "all_teams": "contributor",
                "all_users": "viewer",
            }),
        )
        .unwrap();
        for (human, role) in [
            ("agent-1", Role::Viewer),
            ("agent-2", Role::Supervisor),
            ("agent-3", Role::Contributor),
            ("agent-4", Role::Viewer),
        ] {
            assert_eq!(access.role(human, &teams()), Some(role), "{human}");
        }
    }

    #[test]
    fn what_an_edit_does_not_mention_stays_and_null_takes_away() {
        let mut access = Access::all_users(Role::Contributor);
        edited(&mut access, json!({"users": {"agent-1": "viewer"}})).unwrap();
        assert_eq!(access.role("agent-4", &teams()), Some(Role::Contributor));
        edited(
            &mut access,
            json!({"all_users": null, "users": {"agent-1": null}}),
        )
        .unwrap();
        assert_eq!(access, Access::default());
        assert_eq!(access.role("agent-1", &teams()), None);
    }

    #[test]
    fn a_team_that_does_not_exist_is_given_nothing() {
        let mut access = Access::default();
        assert!(edited(&mut access, json!({"teams": {"team-9": "viewer"}})).is_err());
    }

    #[test]
    fn a_user_is_in_one_team_at_most() {
        let team = |name: &str, user: &str| Team {
            name: name.into(),
            users: [user.into()].into(),
        };
        assert!(Teams::new(vec![team("a", "agent-1"), team("b", "agent-1")]).is_err());
        assert!(Teams::new(vec![team("a", "agent-1"), team("a", "agent-2")]).is_err());
        let mut teams = teams();
        assert!(teams.put(team("team-2", "agent-1")).is_err());
        teams.put(team("team-2", "agent-5")).unwrap();
        assert_eq!(teams.of("agent-3"), None);
    }

    #[test]
    fn a_viewer_moves_conversations_and_does_not_reply() {
        assert!(Role::Viewer.allows(HumanAct::Move));
        assert!(!Role::Viewer.allows(HumanAct::Reply));
        assert!(Role::Contributor.allows(HumanAct::Reply));
        assert!(Role::Supervisor.allows(HumanAct::Reply));
    }
}
