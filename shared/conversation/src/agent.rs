//! What an operator configures for one agent. Secrets are apart: see [`AgentSecret`].

use std::collections::BTreeMap;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sparkcentral::{Dialect, Features, Region};
use time::{Duration, OffsetDateTime};
use url::Url;

use crate::handover::HandoverReason;

/// Settings of one agent: a TOML file at registration, JSON in the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentSettings {
    /// Which of the vendor's two protocols this agent speaks.
    #[serde(default)]
    pub dialect: Dialect,
    /// Where the Sparkcentral account lives; decides the API's base URL.
    pub region: Region,
    /// Overrides the region's base URL (a proxy, a simulator).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_base: Option<Url>,
    /// Needed by the `inbox` dialect's token grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    /// How webhooks are answered.
    #[serde(default)]
    pub mode: IntakeMode,
    /// Milliseconds from a webhook's arrival in which an `inline` answer must be ready (100 to 9000).
    #[serde(default = "defaults::inline_budget_ms")]
    pub inline_budget_ms: u64,
    /// Seconds a webhook's timestamp may be away from now; 0 turns the check off.
    #[serde(default = "defaults::timestamp_window_secs")]
    pub timestamp_window_secs: u32,
    /// Seconds from an event's arrival after which people are asked instead of the bot (10 to 3600).
    #[serde(default = "defaults::answer_within_secs")]
    pub answer_within_secs: u32,
    /// What to do with a reply of which nobody knows whether Sparkcentral got it.
    #[serde(default)]
    pub unknown_delivery: UnknownDelivery,
    /// Verb of the attachment upload; the vendor's pages disagree.
    #[serde(default)]
    pub attachment_method: AttachmentMethod,
    /// Parts of the protocol to use beyond the dialect's defaults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<Features>,
    /// Topic per handover reason; a reason without one gets its own name with dashes, `""` means no topic.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub handover_topics: BTreeMap<HandoverReason, String>,
    /// Days that events, replies and finished conversations are kept (1 to 365).
    #[serde(default = "defaults::retention_days")]
    pub retention_days: u32,
    /// Who answers.
    pub bot: BotSettings,
}

mod defaults {
    pub(super) fn inline_budget_ms() -> u64 {
        6_000
    }
    pub(super) fn timestamp_window_secs() -> u32 {
        300
    }
    pub(super) fn answer_within_secs() -> u32 {
        240
    }
    pub(super) fn retention_days() -> u32 {
        30
    }
    pub(super) fn bot_timeout_ms() -> u64 {
        20_000
    }
}

/// How webhooks are answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntakeMode {
    /// In the HTTP response where the bot is quick enough, else later.
    #[default]
    Inline,
    /// Always `{}`; the bot answers over REST.
    Queued,
}

/// What to do with a reply whose POST may have arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownDelivery {
    /// Leave it, record it as unknown: the contact may miss it, but never reads it twice.
    #[default]
    Hold,
    /// Send it again: the contact may read it twice, but never misses it.
    Resend,
}

/// Verb of the attachment upload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttachmentMethod {
    /// As the vendor's sample does.
    #[default]
    Put,
    /// As the vendor's OpenAPI file says.
    Post,
}

/// Who answers the contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum BotSettings {
    /// The embedded rules engine.
    Script {
        /// The rules, TOML; the built-in demo rules when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rules: Option<String>,
    },
    /// A bot of one's own behind a URL.
    Http {
        /// Where turns are posted: https, or http together with `allow_private_addresses`.
        url: Url,
        /// Milliseconds one call may take (100 to 50000).
        #[serde(default = "defaults::bot_timeout_ms")]
        timeout_ms: u64,
        /// Allow addresses of private networks (a bot inside the VPC, tests).
        #[serde(default)]
        allow_private_addresses: bool,
    },
}

/// A setting out of bounds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{setting} = {found}: {rule}")]
pub struct SettingsProblem {
    /// Name of the setting, as in the file.
    pub setting: &'static str,
    /// What it was.
    pub found: String,
    /// What it must be.
    pub rule: &'static str,
}

impl AgentSettings {
    /// Every setting that is out of bounds, not just the first.
    pub fn problems(&self) -> Vec<SettingsProblem> {
        let mut problems = Vec::new();
        let mut check = |ok: bool, setting, found: String, rule| {
            if !ok {
                problems.push(SettingsProblem {
                    setting,
                    found,
                    rule,
                });
            }
        };
        check(
            (100..=9_000).contains(&self.inline_budget_ms),
            "inline_budget_ms",
            self.inline_budget_ms.to_string(),
            "must be 100 to 9000: Sparkcentral hangs up after 10 s",
        );
        check(
            (10..=3_600).contains(&self.answer_within_secs),
            "answer_within_secs",
            self.answer_within_secs.to_string(),
            "must be 10 to 3600: Sparkcentral waits 1 hour at most",
        );
        check(
            (1..=365).contains(&self.retention_days),
            "retention_days",
            self.retention_days.to_string(),
            "must be 1 to 365",
        );
        check(
            self.dialect != Dialect::Inbox || self.organization_id.is_some(),
            "organization_id",
            "absent".into(),
            "must be set for the inbox dialect: its token grant asks for it",
        );
        if let BotSettings::Http { timeout_ms, .. } = &self.bot {
            check(
                (100..=50_000).contains(timeout_ms),
                "bot.timeout_ms",
                timeout_ms.to_string(),
                "must be 100 to 50000",
            );
        }
        problems
    }

    /// The parts of the protocol in use.
    pub fn features(&self) -> Features {
        self.features
            .unwrap_or_else(|| self.dialect.default_features())
    }

    /// The topic of a handover reason, if one is to be applied.
    pub fn handover_topic(&self, reason: HandoverReason) -> Option<String> {
        match self.handover_topics.get(&reason) {
            Some(topic) if topic.is_empty() => None,
            Some(topic) => Some(topic.clone()),
            None => Some(reason.default_topic()),
        }
    }

    /// Seconds since 1970 until which something written now is kept.
    pub fn expires_at(&self, now: OffsetDateTime) -> i64 {
        now.saturating_add(Duration::days(i64::from(self.retention_days)))
            .unix_timestamp()
    }
}

/// Whether `name` can name an agent: 1 to 64 of `a-z`, `0-9`, `-`, starting with a letter or digit.
/// It stands in URLs, secret names and table keys.
pub fn is_agent_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && !name.starts_with('-')
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Secrets of one agent: the JSON in its Secrets Manager secret.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentSecret {
    /// Sparkcentral's shared secret of the Custom Virtual Agent, hex.
    pub webhook_secret: SecretString,
    /// OAuth2 client id.
    pub client_id: String,
    /// OAuth2 client secret.
    pub client_secret: SecretString,
    /// Standard Webhooks key (`whsec_…`) that signs turns to an `http` bot.
    #[serde(default)]
    pub bot_signing_key: Option<SecretString>,
    /// Who may call conversation-api for this agent.
    #[serde(default)]
    pub api_tokens: Vec<ApiToken>,
}

impl fmt::Debug for AgentSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentSecret").finish_non_exhaustive()
    }
}

/// One bearer token of conversation-api. Only its hash is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiToken {
    /// For people and the audit trail.
    pub name: String,
    /// SHA-256 of the token, hex.
    pub sha256: String,
    /// What the token may do.
    pub role: Role,
    /// Channel ids the token is good for; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<String>>,
}

/// Roles per channel, as Sparkcentral names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads, resolves, sets topics; does not reply.
    Viewer,
    /// Also replies and hands over.
    Contributor,
    /// Everything.
    Supervisor,
}

/// What a caller of conversation-api wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Read state, transcript and replies.
    Read,
    /// Close a conversation.
    Resolve,
    /// Apply topics.
    SetTopics,
    /// Send a reply.
    Reply,
    /// Ask people to take over.
    HandOver,
}

impl Role {
    /// Whether the role includes the permission.
    pub fn may(self, permission: Permission) -> bool {
        match permission {
            Permission::Read | Permission::Resolve | Permission::SetTopics => true,
            Permission::Reply | Permission::HandOver => self >= Self::Contributor,
        }
    }
}

impl ApiToken {
    /// Hash of a token as kept in [`ApiToken::sha256`].
    pub fn hash(token: &SecretString) -> String {
        use sha2::{Digest, Sha256};
        hex::encode(Sha256::digest(token.expose_secret().as_bytes()))
    }

    /// Whether the token is good for a conversation's channel. A token with a channel list is not
    /// good for a conversation whose channel is unknown.
    pub fn covers_channel(&self, channel_id: Option<&str>) -> bool {
        match (&self.channels, channel_id) {
            (None, _) => true,
            (Some(allowed), Some(channel)) => allowed.iter().any(|id| id == channel),
            (Some(_), None) => false,
        }
    }
}
