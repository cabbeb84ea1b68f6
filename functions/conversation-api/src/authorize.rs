//! Who is asking, and what they may do.

use conversation::{ApiToken, Permission};
use lambda_http::http::{HeaderMap, StatusCode, header};
use platform::{Agent, AgentError, Platform};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::problem::Problem;

/// A caller whose token is one of the agent's.
pub(crate) struct Caller {
    pub(crate) agent: Agent,
    token: ApiToken,
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

impl Caller {
    /// Name of the token, for the record.
    pub(crate) fn token_name(&self) -> &str {
        &self.token.name
    }

    /// Refuses what the token's role or channels don't cover.
    pub(crate) fn require(
        &self,
        permission: Permission,
        channel: Option<&str>,
    ) -> Result<(), Problem> {
        let forbidden = |detail| Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail));
        if !self.token.role.may(permission) {
            return forbidden(format!(
                "The token's role {:?} does not include {permission:?}; a Contributor's or Supervisor's does.",
                self.token.role
            ));
        }
        if !self.token.covers_channel(channel) {
            return forbidden("The token is not for this conversation's channel.".to_owned());
        }
        Ok(())
    }
}
