//! `sparkbridge agent token`: API tokens come and go without the other secrets.

use anyhow::{Result, bail};
use conversation::Role;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::json;

use super::secret::{self, Found, Stored, Vault, Versions};
use super::{known, rotate};
use crate::output;
use crate::place::Place;

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Make a token, and print it once.
    Add {
        /// Name of the agent.
        name: String,
        /// Name of the token, and its role: viewer, contributor or supervisor.
        #[arg(value_name = "NAME:ROLE", value_parser = wanted)]
        token: Wanted,
        /// Go on though a rotation is under way: what is old is good no longer.
        #[arg(long)]
        force: bool,
    },
    /// Take a token back: within five minutes nobody can use it any more.
    Remove {
        /// Name of the agent.
        name: String,
        /// Name of the token.
        token: String,
        /// Go on though a rotation is under way: what is old is good no longer.
        #[arg(long)]
        force: bool,
    },
}

/// A token to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) name: String,
    pub(crate) role: Role,
}

/// A token that was made, to be printed once.
#[derive(Debug, Serialize)]
pub(crate) struct Made {
    pub(crate) name: String,
    pub(crate) role: Role,
    #[serde(serialize_with = "exposed")]
    pub(crate) token: SecretString,
}

fn exposed<S: serde::Serializer>(token: &SecretString, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(token.expose_secret())
}

impl Wanted {
    pub(crate) fn make(&self) -> Result<Made> {
        Ok(Made {
            name: self.name.clone(),
            role: self.role,
            token: secret::token()?,
        })
    }
}

/// `NAME:ROLE`; the name may hold `:` itself.
pub(crate) fn wanted(text: &str) -> Result<Wanted, String> {
    let (name, role) = text
        .rsplit_once(':')
        .ok_or_else(|| "give NAME:ROLE, such as bot:contributor".to_owned())?;
    let name = name.trim();
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err("the token needs a name: give NAME:ROLE".to_owned());
    }
    let role = serde_json::from_value(json!(role.trim()))
        .map_err(|_| "the role is viewer, contributor or supervisor".to_owned())?;
    Ok(Wanted {
        name: name.to_owned(),
        role,
    })
}

/// The role's word.
pub(crate) fn role_word(role: Role) -> &'static str {
    match role {
        Role::Viewer => "viewer",
        Role::Contributor => "contributor",
        Role::Supervisor => "supervisor",
    }
}

pub(crate) async fn run(place: &Place, command: Command, json: bool) -> Result<()> {
    match command {
        Command::Add { name, token, force } => {
            let made = token.make()?;
            change(place, &name, force, |current| with(&name, current, &made)).await?;
            if json {
                return output::json(&json!({"agent": name, "made": made}));
            }
            output::print(&format!(
                "agent {name}: token {} ({}) is made; within five minutes the conversation API takes it\n\n  {}\n\nIt is shown only now.\n",
                output::visible(&made.name),
                role_word(made.role),
                made.token.expose_secret()
            ))
        }
        Command::Remove { name, token, force } => {
            change(place, &name, force, |current| {
                without(&name, current, &token)
            })
            .await?;
            if json {
                return output::json(&json!({"agent": name, "removed": token}));
            }
            output::line(&format!(
                "agent {name}: token {} is good no longer, within five minutes everywhere",
                output::visible(&token)
            ))
        }
    }
}

async fn change(
    place: &Place,
    name: &str,
    force: bool,
    change: impl Fn(&Versions) -> Result<Stored>,
) -> Result<()> {
    known(&place.store(), name).await?;
    let vault = Vault::of(place, name);
    let Found::Here(versions) = vault.find().await? else {
        bail!("agent {name} has no secret: `sparkbridge agent put` gives it one");
    };
    let changed = change(&versions)?;
    if !force {
        // A new version is made here too, and the oldest goes.
        rotate::check_none(place, name, &versions).await?;
    }
    vault.put(&changed).await
}

fn with(agent: &str, versions: &Versions, made: &Made) -> Result<Stored> {
    let current = &versions.current.stored;
    if current
        .secret()
        .api_tokens
        .iter()
        .any(|token| token.name == made.name)
    {
        bail!(
            "agent {agent} has a token called {:?} already: `sparkbridge agent rotate token` replaces it",
            made.name
        );
    }
    current.with(|json| {
        let entry =
            json!({"name": made.name, "role": made.role, "token": made.token.expose_secret()});
        if let Some(tokens) = json["api_tokens"].as_array_mut() {
            tokens.push(entry);
        }
    })
}

fn without(agent: &str, versions: &Versions, token: &str) -> Result<Stored> {
    rotate::one_token(agent, token, versions)?;
    versions.current.stored.with(|json| {
        if let Some(tokens) = json["api_tokens"].as_array_mut() {
            tokens.retain(|entry| entry["name"] != *token);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_asked_for_by_name_and_role() {
        for (text, name, role) in [
            ("bot:contributor", "bot", Role::Contributor),
            ("a:b : viewer", "a:b", Role::Viewer),
            ("bot platform:supervisor", "bot platform", Role::Supervisor),
        ] {
            let expected = Wanted {
                name: name.into(),
                role,
            };
            assert_eq!(wanted(text), Ok(expected));
        }
        for (text, told) in [
            ("bot", "NAME:ROLE"),
            (":viewer", "needs a name"),
            ("a\nb:viewer", "needs a name"),
            ("bot:owner", "viewer, contributor or supervisor"),
        ] {
            assert!(wanted(text).unwrap_err().contains(told), "{text}");
        }
    }

    #[test]
    fn a_made_token_is_shown_as_json_and_not_in_debug() {
        let made = wanted("bot:viewer").unwrap().make().unwrap();
        let token = made.token.expose_secret();
        assert_eq!(serde_json::to_value(&made).unwrap()["token"], token);
        assert!(!format!("{made:?}").contains(token));
    }
}
