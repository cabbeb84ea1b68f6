//! What an operator configures for one agent. Secrets are apart: see [`AgentSecret`].

mod bot;
mod messages;
pub(crate) mod problem;
mod role;
mod secret;
mod turns;

use serde::{Deserialize, Serialize};
use sparkcentral::{Dialect, Features, Region};
use time::{Duration, OffsetDateTime};
use url::Url;

use crate::handover::HandoverSettings;
use problem::Problems;

pub use bot::*;
pub use messages::MessageSettings;
pub use problem::SettingsProblem;
pub use role::{Permission, Role};
pub use secret::{AgentSecret, ApiToken, BotSecrets, TokenProblem};
pub use turns::{TurnSettings, WhileBusy};

/// Settings of one agent: a TOML file at registration, JSON in the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
    /// While set, the bot is not asked: every turn is handed over to people
    /// ([`AgentPaused`](crate::HandoverReason::AgentPaused)). What the bot said before still goes out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
    /// How webhooks are answered.
    #[serde(default)]
    pub mode: IntakeMode,
    /// Milliseconds from a webhook's arrival in which an `inline` answer must be ready (100 to 9000).
    #[serde(default = "defaults::inline_budget_ms")]
    pub inline_budget_ms: u64,
    /// Seconds a webhook's timestamp may be away from now; 0 turns the check off.
    #[serde(default = "defaults::timestamp_window_secs")]
    pub timestamp_window_secs: u32,
    /// How turns follow each other, and what happens to one that takes too long.
    #[serde(default)]
    pub turns: TurnSettings,
    /// How messages to contacts are made.
    #[serde(default)]
    pub messages: MessageSettings,
    /// When and how people take over.
    #[serde(default)]
    pub handover: HandoverSettings,
    /// What to do with a reply of which nobody knows whether Sparkcentral got it.
    #[serde(default)]
    pub unknown_delivery: UnknownDelivery,
    /// Verb of the attachment upload; the vendor's pages disagree.
    #[serde(default)]
    pub attachment_method: AttachmentMethod,
    /// Parts of the protocol to use beyond the dialect's defaults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<Features>,
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
    pub(super) fn retention_days() -> u32 {
        30
    }
}

/// How webhooks are answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AttachmentMethod {
    /// As the vendor's sample does.
    #[default]
    Put,
    /// As the vendor's OpenAPI file says.
    Post,
}

impl AgentSettings {
    /// Every setting that is out of bounds, not just the first.
    pub fn problems(&self) -> Vec<SettingsProblem> {
        let mut problems = Problems::default();
        problems.check(
            (100..=9_000).contains(&self.inline_budget_ms),
            "inline_budget_ms",
            &self.inline_budget_ms,
            "must be 100 to 9000: Sparkcentral hangs up after 10 s",
        );
        problems.check(
            (1..=365).contains(&self.retention_days),
            "retention_days",
            &self.retention_days,
            "must be 1 to 365",
        );
        problems.check(
            self.dialect != Dialect::Inbox || self.organization_id.is_some(),
            "organization_id",
            &"absent",
            "must be set for the inbox dialect: its token grant asks for it",
        );
        self.turns.check(&mut problems);
        self.messages.check(&mut problems);
        self.handover.check(self.dialect, &mut problems);
        self.bot.check(&mut problems);
        problems.0
    }

    /// The parts of the protocol in use.
    pub fn features(&self) -> Features {
        self.features
            .unwrap_or_else(|| self.dialect.default_features())
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
