//! What can go wrong, by meaning. No error holds message text, and none holds a URL's query.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// The error behind an error.
pub type Cause = Box<dyn Error + Send + Sync>;

/// Why a turn got no answer.
#[derive(Debug, thiserror::Error)]
pub enum BotError {
    /// No connection, the connection broke, or the bot said that it is busy or broken
    /// (408, 425, 429, 5xx).
    #[error("the bot is unavailable{}", status_note(*status))]
    Unavailable {
        /// The HTTP status, where there was a response.
        status: Option<u16>,
        /// What broke, where there was none.
        #[source]
        source: Option<Cause>,
    },
    /// Nothing complete came in time. The bot may have seen the turn.
    #[error("the bot did not answer within {} ms", after.as_millis())]
    TimedOut {
        /// The time it had.
        after: Duration,
    },
    /// The bot's answer breaks the contract.
    #[error("the bot's answer can't be used: {problem}")]
    InvalidAnswer {
        /// Where and what, such as `actions[1].text: must be text`. Names fields, never holds values.
        problem: String,
    },
    /// The bot does not want this turn (other 4xx): 401 and 403 point at the key or token,
    /// 404 at the URL.
    #[error("the bot refused the turn with status {status}")]
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// The bot's host name has private addresses only, and the settings don't allow these.
    #[error(
        "the bot's host name leads to a private network, which allow_private_addresses = false forbids"
    )]
    AddressNotAllowed {
        /// The refused look-up.
        #[source]
        source: Cause,
    },
    /// Asking can't work until somebody changes the settings.
    #[error("the bot is misconfigured: {problem}")]
    Misconfigured {
        /// What to change.
        problem: &'static str,
        /// What was behind it, where something was.
        #[source]
        source: Option<Cause>,
    },
}

impl BotError {
    /// Whether the same turn, asked again a little later, can go well.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Unavailable { .. } | Self::TimedOut { .. } => true,
            Self::InvalidAnswer { .. }
            | Self::Refused { .. }
            | Self::AddressNotAllowed { .. }
            | Self::Misconfigured { .. } => false,
        }
    }

    /// A name for logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "unavailable",
            Self::TimedOut { .. } => "timed_out",
            Self::InvalidAnswer { .. } => "invalid_answer",
            Self::Refused { .. } => "refused",
            Self::AddressNotAllowed { .. } => "address_not_allowed",
            Self::Misconfigured { .. } => "misconfigured",
        }
    }
}

fn status_note(status: Option<u16>) -> String {
    status
        .map(|status| format!(" (status {status})"))
        .unwrap_or_default()
}

/// Why a bot can't be made from its settings. Written for the operator.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Rules of a script bot; every problem found, not just the first.
    #[error("the bot's rules can't be used:{}", listed(problems))]
    Rules {
        /// At least one.
        problems: Vec<RuleProblem>,
    },
    /// An `http` bot without a key.
    #[error("an http bot needs a signing key: set bot_signing_key in the agent's secret")]
    SigningKeyMissing,
    /// A key we can't sign with. Holds no cause: a decoder's words quote the key.
    #[error("bot_signing_key must be `whsec_` and the base64 of 24 to 64 random bytes")]
    SigningKeyInvalid,
    /// A secret the kind of bot needs is not there.
    #[error("a {kind} bot needs {name} in the agent's secret")]
    SecretMissing {
        /// The bot's kind.
        kind: &'static str,
        /// The field of the secret.
        name: &'static str,
    },
    /// A secret that can't be used. Holds no cause: a decoder's words quote the secret.
    #[error("{name} in the agent's secret {rule}")]
    SecretInvalid {
        /// The field of the secret.
        name: &'static str,
        /// What it must be.
        rule: &'static str,
    },
    /// A setting that can't work.
    #[error("bot.{setting} {problem}")]
    Setting {
        /// The setting, as in the file.
        setting: &'static str,
        /// What to change.
        problem: String,
    },
    /// A URL that can't be posted to, or that we won't post to.
    #[error("bot.url {problem}")]
    Url {
        /// What to change.
        problem: &'static str,
    },
}

/// One thing wrong in a file of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleProblem {
    /// A rule's name or a line.
    pub place: String,
    /// What is wrong and what to do.
    pub problem: String,
}

impl fmt::Display for RuleProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

fn listed(problems: &[RuleProblem]) -> String {
    problems
        .iter()
        .map(|problem| format!("\n  {problem}"))
        .collect()
}
