//! Virtual agents: how one is registered, and what the simulator keeps of it.

use std::{collections::BTreeSet, fmt, time::Duration};

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use url::Url;
use uuid::Uuid;

use crate::{config::Config, dialect::Dialect, refusal::Refusal};

/// How a virtual agent comes by its conversations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Picks up what starts in its channels.
    #[default]
    Inception,
    /// Gets what a human gives to it.
    Delegation,
}

/// Where `complete: HANDOVER` sends a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandoffRule {
    /// To the New queue.
    #[default]
    NoOne,
    /// To the human who had it before; to the New queue when there was none.
    PreviousAgent,
}

/// How much of `INBOUND_MESSAGE_RECEIVED` is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InboundDetail {
    /// `conversationId` and `message{text, payload?}`: all that Sparkcentral's own sample shows.
    Minimal,
    /// Also message id, topics, channel, contact and medium, as Inbox documents.
    Full,
}

/// A virtual agent as registered with `POST /sim/agents`, or through [`Config::agents`].
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentSpec {
    /// Chosen here if absent. An id that exists is updated.
    pub id: Option<String>,
    /// Shown to people.
    pub name: String,
    /// http or https.
    pub webhook_url: String,
    /// Webhook secret, hex.
    pub secret: String,
    /// Default: sparkcentral.
    #[serde(default)]
    pub dialect: Dialect,
    /// Default: inception.
    #[serde(default)]
    pub kind: Kind,
    /// Default: no one.
    #[serde(default)]
    pub handoff_rule: HandoffRule,
    /// OAuth client whose tokens reach this agent's conversations; default [`Config::client_id`].
    pub client_id: Option<String>,
    /// Goes with `client_id`: both or neither.
    pub client_secret: Option<String>,
    /// Ids or names of the channels it has access to; absent means all.
    pub channels: Option<Vec<String>>,
    /// Overrides [`Config::inbox_fields`] for this agent.
    pub inbox_fields: Option<bool>,
    /// Default: minimal for sparkcentral, full for inbox.
    pub inbound_detail: Option<InboundDetail>,
    /// Overrides [`Config::reply_limit`]; at most 3600, the vendor's own maximum.
    pub reply_limit_seconds: Option<f64>,
    /// Where the agent's own system tells about its conversations: only the workspace reads it.
    pub sparkbridge: Option<Sparkbridge>,
}

/// Where an agent's own system tells about its conversations, under the agent's id here.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sparkbridge {
    /// Base of conversation-api, http or https.
    pub api_url: Url,
    /// A token with the role of a viewer.
    pub token: String,
}

impl fmt::Debug for Sparkbridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sparkbridge")
            .field("api_url", &self.api_url.as_str())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AgentSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentSpec")
            .field("id", &self.id)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A registered agent. Serialises without its secrets.
#[derive(Clone, Serialize)]
pub(crate) struct Agent {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) webhook_url: Url,
    #[serde(skip)]
    secret: Vec<u8>,
    pub(crate) dialect: Dialect,
    pub(crate) kind: Kind,
    pub(crate) handoff_rule: HandoffRule,
    pub(crate) client_id: String,
    #[serde(skip)]
    pub(crate) client_secret: String,
    pub(crate) channels: Option<BTreeSet<String>>,
    pub(crate) inbox_fields: bool,
    pub(crate) inbound_detail: InboundDetail,
    #[serde(rename = "reply_limit_seconds", serialize_with = "as_seconds")]
    pub(crate) reply_limit: Duration,
    #[serde(skip)]
    pub(crate) sparkbridge: Option<Sparkbridge>,
}

fn as_seconds<S: serde::Serializer>(limit: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(limit.as_secs_f64())
}

impl Agent {
    /// # Errors
    /// [`Refusal::Invalid`] names the field that can't be used.
    pub(crate) fn from_spec(spec: AgentSpec, config: &Config) -> Result<Self, Refusal> {
        let webhook_url = Url::parse(&spec.webhook_url)
            .ok()
            .filter(is_http)
            .ok_or_else(|| Refusal::invalid("webhook_url is not an http or https URL"))?;
        if let Some(told) = &spec.sparkbridge
            && !is_http(&told.api_url)
        {
            return Err(Refusal::invalid(
                "sparkbridge.api_url is not an http or https URL",
            ));
        }
        let secret = hex::decode(&spec.secret)
            .ok()
            .filter(|secret| !secret.is_empty())
            .ok_or_else(|| Refusal::invalid("secret is not a hexadecimal string"))?;
        let (client_id, client_secret) = match (spec.client_id, spec.client_secret) {
            (Some(id), Some(secret)) => (id, secret),
            (None, None) => (config.client_id.clone(), config.client_secret.clone()),
            _ => return Err(Refusal::invalid("client_id and client_secret go together")),
        };
        let reply_limit = match spec.reply_limit_seconds {
            None => config.reply_limit,
            Some(seconds) if seconds > 0.0 && seconds <= 3600.0 => Duration::from_secs_f64(seconds),
            Some(_) => {
                return Err(Refusal::invalid(
                    "reply_limit_seconds is not between 0 and 3600",
                ));
            }
        };
        Ok(Self {
            id: spec.id.unwrap_or_else(|| Uuid::new_v4().to_string()),
            name: spec.name,
            webhook_url,
            secret,
            dialect: spec.dialect,
            kind: spec.kind,
            handoff_rule: spec.handoff_rule,
            client_id,
            client_secret,
            channels: spec.channels.map(BTreeSet::from_iter),
            inbox_fields: spec
                .inbox_fields
                .unwrap_or(config.inbox_fields || spec.dialect == Dialect::Inbox),
            inbound_detail: spec.inbound_detail.unwrap_or(match spec.dialect {
                Dialect::Sparkcentral => InboundDetail::Minimal,
                Dialect::Inbox => InboundDetail::Full,
            }),
            reply_limit,
            sparkbridge: spec.sparkbridge,
        })
    }

    /// Lower-case hex HMAC-SHA256 of `body`, keyed with the decoded secret.
    pub(crate) fn sign(&self, body: &[u8]) -> String {
        // HMAC takes a key of any length: the error can't happen, and would sign with nothing.
        Hmac::<Sha256>::new_from_slice(&self.secret)
            .map(|mac| hex::encode(mac.chain_update(body).finalize().into_bytes()))
            .unwrap_or_default()
    }

    /// Whether the channel, by id or name, is among those it has access to.
    pub(crate) fn has_channel(&self, id: &str, name: &str) -> bool {
        self.channels
            .as_ref()
            .is_none_or(|channels| channels.contains(id) || channels.contains(name))
    }
}

fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

#[cfg(test)]
pub(crate) fn spec(id: &str) -> AgentSpec {
    AgentSpec {
        id: Some(id.into()),
        name: "Bot".into(),
        webhook_url: "http://127.0.0.1:1/hook".into(),
        secret: "6b6579".into(),
        dialect: Dialect::Sparkcentral,
        kind: Kind::Inception,
        handoff_rule: HandoffRule::NoOne,
        client_id: None,
        client_secret: None,
        channels: None,
        inbox_fields: None,
        inbound_detail: None,
        reply_limit_seconds: None,
        sparkbridge: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_keyed_with_the_decoded_secret() {
        // The well-known HMAC-SHA256 example: key "key", 6b6579 in hex.
        let agent = Agent::from_spec(spec("a"), &Config::default()).unwrap();
        assert_eq!(
            agent.sign(b"The quick brown fox jumps over the lazy dog"),
            "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
        );
    }

    #[test]
    fn a_secret_that_is_not_hex_is_refused() {
        for secret in ["", "xyz", "abc"] {
            let spec = AgentSpec {
                secret: secret.into(),
                ..spec("a")
            };
            assert!(Agent::from_spec(spec, &Config::default()).is_err());
        }
    }

    #[test]
    fn a_serialised_agent_shows_no_secret() {
        let told = Sparkbridge {
            api_url: "http://127.0.0.1:1".parse().unwrap(),
            token: "viewer-token".into(),
        };
        assert!(!format!("{told:?}").contains("viewer-token"));
        let spec = AgentSpec {
            sparkbridge: Some(told),
            ..spec("a")
        };
        let agent = Agent::from_spec(spec, &Config::default()).unwrap();
        let shown = serde_json::to_string(&agent).unwrap();
        for secret in ["6b6579", "simulator-secret", "viewer-token"] {
            assert!(!shown.contains(secret), "{secret}");
        }
    }
}
