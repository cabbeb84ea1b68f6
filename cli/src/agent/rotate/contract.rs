//! What may be rotated when. The current version of a secret and the one before are good; a third one
//! would make the oldest worthless.

use anyhow::{Result, bail};
use conversation::{AgentSecret, ApiToken};
use platform::OldSecret;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::told::{argument, name};
use crate::agent::secret::{Stored, Versions};
use crate::agent::when;

/// An old secret that was used within this time is taken for one that is in use.
const IN_USE: Duration = Duration::minutes(10);

/// A rotation that has begun and was not finished.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct UnderWay {
    /// When the current version was made.
    pub(crate) since: Option<OffsetDateTime>,
    /// What differs from the version before, and when the old one was last used since then.
    pub(crate) parts: Vec<(OldSecret, Option<OffsetDateTime>)>,
}

/// The rotation under way, if there is one. `used`: when old secrets were last used.
pub(crate) fn under_way(
    versions: &Versions,
    used: &[(OldSecret, OffsetDateTime)],
) -> Option<UnderWay> {
    let since = versions.current.created;
    let last_used = |part: &OldSecret| {
        let mut of_part = used.iter().filter(|(of, _)| of == part).map(|(_, at)| *at);
        // A use of before is one of an earlier rotation's old secret.
        of_part.find(|at| since.is_none_or(|since| *at >= since))
    };
    let parts: Vec<_> = differing(versions)
        .into_iter()
        .map(|part| (part.clone(), last_used(&part)))
        .collect();
    (!parts.is_empty()).then_some(UnderWay { since, parts })
}

/// What of the version before is good beside the current one.
pub(crate) fn differing(versions: &Versions) -> Vec<OldSecret> {
    let Some(previous) = &versions.previous else {
        return Vec::new();
    };
    between(versions.current.stored.secret(), previous.stored.secret())
}

fn between(current: &AgentSecret, previous: &AgentSecret) -> Vec<OldSecret> {
    let same = |a: &SecretString, b: &SecretString| a.expose_secret() == b.expose_secret();
    let mut parts = Vec::new();
    if !same(&current.webhook_secret, &previous.webhook_secret) {
        parts.push(OldSecret::WebhookSecret);
    }
    if current.client_id != previous.client_id
        || !same(&current.client_secret, &previous.client_secret)
    {
        parts.push(OldSecret::ClientSecret);
    }
    for token in &current.api_tokens {
        let of_name = |other: &&ApiToken| other.name == token.name;
        // The old one is good under the name of one current token only.
        let is_one = current.api_tokens.iter().filter(of_name).count() == 1;
        let mut before = previous.api_tokens.iter().filter(of_name);
        if is_one && before.any(|before| before.sha256 != token.sha256) {
            parts.push(OldSecret::Token(token.name.clone()));
        }
    }
    parts
}

/// Why another rotation must wait. `line` makes a command of its arguments.
pub(crate) fn refusal(
    agent: &str,
    under_way: &UnderWay,
    now: OffsetDateTime,
    line: impl Fn(&str) -> String,
) -> String {
    let parts: Vec<String> = under_way
        .parts
        .iter()
        .map(|(part, used)| format!("{} (the old one {})", name(part), last_use(*used, now)))
        .collect();
    let since = under_way
        .since
        .map(|since| format!(" since {}", when::ago(since, now)));
    let finish = line(&finish_line(under_way, agent));
    format!(
        "agent {agent}: a rotation is under way{}: {}; first end it with `{}`, or let --force drop what is old",
        since.unwrap_or_default(),
        parts.join(", "),
        finish
    )
}

/// What ends it, behind `sparkbridge`.
pub(crate) fn finish_line(under_way: &UnderWay, agent: &str) -> String {
    let part = under_way.parts.first();
    let argument = part.map(|(part, _)| argument(part, agent));
    format!("agent rotate {} --finish", argument.unwrap_or_default())
}

/// "was last used …".
pub(crate) fn last_use(used: Option<OffsetDateTime>, now: OffsetDateTime) -> String {
    match used {
        Some(at) => format!("was last used {}", when::ago(at, now)),
        None => "was not used since".to_owned(),
    }
}

/// The rotation that `--finish` ends.
pub(crate) fn to_finish(
    agent: &str,
    part: &OldSecret,
    under_way: Option<UnderWay>,
) -> Result<UnderWay> {
    let Some(under_way) = under_way else {
        bail!("agent {agent}: no rotation is under way, there is nothing to finish");
    };
    if under_way.parts.iter().all(|(of, _)| of != part) {
        let parts: Vec<_> = under_way
            .parts
            .iter()
            .map(|(of, _)| argument(of, agent))
            .collect();
        bail!(
            "agent {agent}: no rotation of the {} is under way; of what is: sparkbridge agent rotate {} --finish",
            name(part),
            parts.join(", ")
        );
    }
    Ok(under_way)
}

/// Refuses to end what somebody used a moment ago.
pub(crate) fn not_in_use(agent: &str, under_way: &UnderWay, now: OffsetDateTime) -> Result<()> {
    for (part, used) in &under_way.parts {
        if let Some(at) = used
            && now - *at < IN_USE
        {
            bail!(
                "agent {agent}: the old {} is in use, it was last used {}: replace it where it is used, and try again ten minutes after; --finish --force ends it now",
                name(part),
                when::ago(*at, now)
            );
        }
    }
    Ok(())
}

/// There must be one token of that name.
pub(crate) fn one_token(agent: &str, token: &str, versions: &Versions) -> Result<()> {
    let tokens = &versions.current.stored.secret().api_tokens;
    match tokens.iter().filter(|one| one.name == token).count() {
        1 => Ok(()),
        0 if tokens.is_empty() => bail!(
            "agent {agent} has no API tokens: `sparkbridge agent token add {agent} NAME:ROLE` makes one"
        ),
        0 => {
            let names: Vec<&str> = tokens.iter().map(|one| one.name.as_str()).collect();
            bail!(
                "agent {agent} has no token called {token:?}; there are: {}",
                crate::output::visible(&names.join(", "))
            )
        }
        _ => bail!(
            "agent {agent} has more than one token called {token:?}: give them different names with `sparkbridge agent put`"
        ),
    }
}

/// The secret with another token of that name.
pub(crate) fn with_token(
    current: &Stored,
    part: &OldSecret,
    token: &SecretString,
) -> Result<Stored> {
    let OldSecret::Token(of) = part else {
        bail!("no token was named");
    };
    current.with(|json| {
        let tokens = json["api_tokens"].as_array_mut().into_iter().flatten();
        for entry in tokens.filter(|entry| entry["name"] == **of) {
            if let Value::Object(fields) = entry {
                fields.remove("sha256");
                fields.insert("token".into(), token.expose_secret().into());
            }
        }
    })
}

#[cfg(test)]
mod tests;
