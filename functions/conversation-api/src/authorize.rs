//! Who is asking, and what they may do.

use std::sync::Arc;

use conversation::{AgentSettings, ApiToken, ChannelAccess, Permission};
use lambda_http::http::{HeaderMap, StatusCode, header};
use platform::{AgentError, AgentSecrets, Platform};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::problem::Problem;

/// A caller who may ask for the agent: with one of its tokens, or as an operator.
pub(crate) struct Caller {
    /// Name of the agent.
    pub(crate) agent: String,
    pub(crate) settings: Arc<AgentSettings>,
    /// What the caller may do.
    pub(crate) token: ApiToken,
    /// Whether the token presented is the one of before a rotation.
    pub(crate) is_old: bool,
}

/// Finds the caller. An agent that does not exist answers like a wrong token: names of agents are
/// not for guessing.
pub(crate) async fn authenticate(
    platform: &Platform,
    agent: &str,
    headers: &HeaderMap,
) -> Result<Caller, Problem> {
    let presented = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
        .filter(|token| !token.is_empty())
        .ok_or_else(Problem::unauthorized)?;
    let presented = hex::encode(Sha256::digest(presented.as_bytes()));
    let agent = match platform.agents.agent(agent).await {
        Ok(agent) => agent,
        Err(AgentError::Unknown) => return Err(Problem::unauthorized()),
        Err(error) => return Err(Problem::unavailable(&error)),
    };
    let known = find(&agent.secrets.current.api_tokens, &presented);
    let (token, is_old) = match known {
        Some(token) => (token.clone(), false),
        // Perhaps a token made a moment ago, or the one of before a rotation.
        None => {
            let secrets = platform.agents.refreshed_secrets(&agent.name).await;
            let secrets = secrets.map_err(|error| Problem::unavailable(&error))?;
            accepted(&secrets, &presented).ok_or_else(Problem::unauthorized)?
        }
    };
    Ok(Caller {
        agent: agent.name,
        settings: agent.settings,
        token,
        is_old,
    })
}

/// The token with this hash, and whether it is the one of before a rotation.
fn accepted(secrets: &AgentSecrets, presented: &str) -> Option<(ApiToken, bool)> {
    let current = &secrets.current.api_tokens;
    if let Some(token) = find(current, presented) {
        return Some((token.clone(), false));
    }
    let previous = secrets.previous.as_ref()?;
    rotated(current, &previous.api_tokens, presented).map(|token| (token.clone(), true))
}

/// The current entry of a token that was given a new value. A token that was taken away has none, and
/// what the old one might do beyond the current entry is gone. Two entries of one name leave open which
/// is meant, so neither is.
fn rotated<'a>(
    current: &'a [ApiToken],
    previous: &[ApiToken],
    presented: &str,
) -> Option<&'a ApiToken> {
    let old = find(previous, presented)?;
    let mut of_that_name = current.iter().filter(|token| token.name == old.name);
    let entry = of_that_name.next()?;
    of_that_name.next().is_none().then_some(entry)
}

/// Hashes are compared, and in constant time: how much of a guess was right can't be measured.
fn find<'a>(tokens: &'a [ApiToken], presented: &str) -> Option<&'a ApiToken> {
    tokens.iter().find(|token| {
        let known = token.sha256.to_ascii_lowercase();
        bool::from(known.as_bytes().ct_eq(presented.as_bytes()))
    })
}

/// Refuses what the token may not do in a channel. `access` is the channel's, where the registry
/// has it.
pub(crate) fn permit(
    token: &ApiToken,
    permission: Permission,
    channel_id: Option<&str>,
    access: Option<&ChannelAccess>,
) -> Result<(), Problem> {
    let forbidden = |detail| Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail));
    match token.role_in(channel_id, access) {
        Some(role) if role.may(permission) => Ok(()),
        Some(role) => forbidden(format!(
            "The token's role {role:?} does not include {permission:?}; a higher one of Viewer, Contributor and Supervisor does."
        )),
        None if !token.covers_channel(channel_id) => {
            forbidden("The token is not for this conversation's channel.".to_owned())
        }
        None => forbidden(
            "The token's user or team has no role in this channel; a Supervisor of the channel can give one."
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use conversation::Role;
    use serde_json::{Value, json};

    fn token(fields: Value) -> ApiToken {
        let mut token = json!({"name": "t", "sha256": "00"});
        let fields = fields.as_object().unwrap().clone();
        token.as_object_mut().unwrap().extend(fields);
        serde_json::from_value(token).unwrap()
    }

    #[test]
    fn each_refusal_says_what_is_missing() {
        use Permission::{HandOver, ManageChannel, Read, Reply, Resolve, SetTopics};
        let access = ChannelAccess {
            users: [
                ("agent-1".to_owned(), Role::Viewer),
                ("agent-2".to_owned(), Role::Supervisor),
            ]
            .into(),
            ..ChannelAccess::default()
        };
        let (here, any) = (Some("channel-1"), None);
        let user = |user: &str| json!({ "user": user });
        for (fields, permission, channel, refusal) in [
            (json!({"role": "viewer"}), Read, any, None),
            (json!({"role": "viewer"}), Reply, here, Some("Viewer")),
            (json!({"role": "contributor"}), HandOver, here, None),
            (
                json!({"role": "contributor"}),
                ManageChannel,
                here,
                Some("ManageChannel"),
            ),
            (
                json!({"role": "supervisor", "channels": ["channel-2"]}),
                Read,
                here,
                Some("not for"),
            ),
            (
                json!({"role": "supervisor", "channels": ["channel-1"]}),
                Read,
                any,
                Some("not for"),
            ),
            (user("agent-1"), Resolve, here, None),
            (user("agent-1"), SetTopics, here, None),
            (user("agent-1"), Reply, here, Some("Viewer")),
            (user("agent-2"), ManageChannel, here, None),
            (
                json!({"user": "agent-2", "role": "viewer"}),
                Reply,
                here,
                Some("Viewer"),
            ),
            (user("agent-3"), Read, here, Some("no role")),
            (json!({"team": "team-1"}), Read, here, Some("no role")),
        ] {
            let told = format!("{fields} {permission:?} {channel:?}");
            let result = permit(&token(fields), permission, channel, Some(&access));
            match (result, refusal) {
                (Ok(()), None) => {}
                (Err(problem), Some(word)) => {
                    assert_eq!(problem.status, StatusCode::FORBIDDEN, "{told}");
                    assert!(problem.detail.contains(word), "{told}: {problem:?}");
                }
                (result, _) => panic!("{told}: {result:?}"),
            }
        }
    }

    #[test]
    fn a_token_of_before_a_rotation_has_the_rights_of_its_successor() {
        let entry = |name: &str, sha256: &str, role: &str| {
            token(json!({"name": name, "sha256": sha256, "role": role}))
        };
        let previous = [
            entry("desk", "0a", "supervisor"),
            entry("gone", "0b", "viewer"),
            entry("twin", "0c", "viewer"),
            entry("same", "0d", "viewer"),
        ];
        let current = [
            entry("desk", "1a", "viewer"),
            entry("twin", "1c", "viewer"),
            entry("twin", "2c", "supervisor"),
            entry("same", "0d", "viewer"),
        ];
        let found = |presented: &str| rotated(&current, &previous, presented);
        let desk = found("0a").unwrap();
        assert_eq!(
            (desk.sha256.as_str(), desk.role),
            ("1a", Some(Role::Viewer))
        );
        assert_eq!(found("0b"), None, "a token that was taken away");
        assert_eq!(found("0c"), None, "two entries of that name");
        assert_eq!(found("0e"), None, "a token nobody made");
        assert_eq!(find(&current, "0d"), current.last(), "it was not changed");
        assert_eq!(find(&current, ""), None);
    }

    #[test]
    fn a_user_sees_nothing_whose_channel_is_unknown_or_was_never_granted() {
        let user = token(json!({"user": "agent-1", "role": "supervisor"}));
        for channel in [None, Some("channel-1")] {
            assert!(permit(&user, Permission::Read, channel, None).is_err());
        }
        let unrestricted = token(json!({"role": "viewer"}));
        assert!(permit(&unrestricted, Permission::Read, None, None).is_ok());
    }
}
