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
    let presented = presented(headers).ok_or_else(Problem::unauthorized)?;
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

/// The hash of the token presented. None of several: which is meant would be a guess.
fn presented(headers: &HeaderMap) -> Option<String> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let only = values.next().filter(|_| values.next().is_none())?;
    let (scheme, token) = only.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    let is_one = scheme.eq_ignore_ascii_case("bearer") && !token.is_empty();
    is_one.then(|| hex::encode(Sha256::digest(token.as_bytes())))
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
#[path = "authorize_tests.rs"]
mod tests;
