//! Who is asking, and what they may do.

use conversation::{ApiToken, ChannelAccess, Permission};
use lambda_http::http::{HeaderMap, StatusCode, header};
use platform::{Agent, AgentError, Platform};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::problem::Problem;

/// A caller whose token is one of the agent's.
pub(crate) struct Caller {
    pub(crate) agent: Agent,
    pub(crate) token: ApiToken,
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
    let tokens = match find(&agent, &presented) {
        Some(token) => return Ok(Caller { token, agent }),
        // Perhaps a token made a moment ago.
        None => platform.agents.refreshed_secrets(&agent.name).await,
    };
    let secrets = tokens.map_err(|error| Problem::unavailable(&error))?;
    let agent = Agent { secrets, ..agent };
    let token = find(&agent, &presented).ok_or_else(Problem::unauthorized)?;
    Ok(Caller { token, agent })
}

/// Hashes are compared, and in constant time: how much of a guess was right can't be measured.
fn find(agent: &Agent, presented: &str) -> Option<ApiToken> {
    let tokens = &agent.secrets.current.api_tokens;
    tokens
        .iter()
        .find(|token| {
            let known = token.sha256.to_ascii_lowercase();
            bool::from(known.as_bytes().ct_eq(presented.as_bytes()))
        })
        .cloned()
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
    fn a_user_sees_nothing_whose_channel_is_unknown_or_was_never_granted() {
        let user = token(json!({"user": "agent-1", "role": "supervisor"}));
        for channel in [None, Some("channel-1")] {
            assert!(permit(&user, Permission::Read, channel, None).is_err());
        }
        let unrestricted = token(json!({"role": "viewer"}));
        assert!(permit(&unrestricted, Permission::Read, None, None).is_ok());
    }
}
