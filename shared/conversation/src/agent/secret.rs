//! Secrets of one agent.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::role::Role;
use crate::channel::{ChannelAccess, is_member_name};

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
    /// Bearer token that a `rasa` or `webhook` bot asks for.
    #[serde(default)]
    pub bot_token: Option<SecretString>,
    /// Key file of the Google service account of a `dialogflow` bot, as JSON text.
    #[serde(default)]
    pub google_service_account: Option<SecretString>,
    /// Who may call conversation-api for this agent.
    #[serde(default)]
    pub api_tokens: Vec<ApiToken>,
}

impl fmt::Debug for AgentSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentSecret").finish_non_exhaustive()
    }
}

/// What of an agent's secrets its bot needs.
#[derive(Clone, Default)]
pub struct BotSecrets {
    /// See [`AgentSecret::bot_signing_key`].
    pub signing_key: Option<SecretString>,
    /// See [`AgentSecret::bot_token`].
    pub token: Option<SecretString>,
    /// See [`AgentSecret::google_service_account`].
    pub google_service_account: Option<SecretString>,
}

impl AgentSecret {
    /// What of it the bot needs.
    pub fn bot(&self) -> BotSecrets {
        BotSecrets {
            signing_key: self.bot_signing_key.clone(),
            token: self.bot_token.clone(),
            google_service_account: self.google_service_account.clone(),
        }
    }
}

impl PartialEq for BotSecrets {
    fn eq(&self, other: &Self) -> bool {
        let all = |secrets: &Self| {
            [
                &secrets.signing_key,
                &secrets.token,
                &secrets.google_service_account,
            ]
            .map(|secret| secret.as_ref().map(|s| s.expose_secret().to_owned()))
        };
        all(self) == all(other)
    }
}

impl fmt::Debug for BotSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BotSecrets").finish_non_exhaustive()
    }
}

/// One bearer token of conversation-api. Only its hash is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiToken {
    /// For people and the audit trail.
    pub name: String,
    /// SHA-256 of the token, hex.
    pub sha256: String,
    /// What the token may do. With a user or team it is the most it may do, and may be absent; without
    /// either it must be there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Channel ids the token is good for; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<String>>,
    /// Who has it, as the channels' access names them: their roles decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The team its user is a member of, or whose members share it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
}

// Tokens and users are often named after people.
impl fmt::Debug for ApiToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiToken")
            .field("role", &self.role)
            .field("channels", &self.channels)
            .finish_non_exhaustive()
    }
}

/// Tokens that can't work, or don't fit together. Tells them by their place in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenProblem {
    /// Nothing says what it may do.
    #[error("api_tokens[{0}]: give a role, a user or a team: it may do nothing as it is")]
    NoRole(usize),
    /// A user or team without a name, or with one that is too long.
    #[error("api_tokens[{0}]: user and team must have 1 to 128 bytes, and not only spaces")]
    Name(usize),
    /// A user is a member of one team at most.
    #[error(
        "api_tokens[{later}]: its user is in another team by api_tokens[{earlier}]; a user is a member of one team at most"
    )]
    TwoTeams {
        /// The token that named the first team.
        earlier: usize,
        /// The token that names another.
        later: usize,
    },
    /// One token would be two.
    #[error("api_tokens[{later}]: it is the same token as api_tokens[{earlier}]; make another")]
    Same {
        /// The first of them.
        earlier: usize,
        /// The second.
        later: usize,
    },
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

    /// Whether the token stands for a user or a team, so that its role is that in the channel.
    pub fn is_personal(&self) -> bool {
        self.user.is_some() || self.team.is_some()
    }

    /// The role the token has where a conversation's channel is `channel_id`. `access` is that
    /// channel's, where the registry has it: a user or team has no role in a channel without.
    pub fn role_in(
        &self,
        channel_id: Option<&str>,
        access: Option<&ChannelAccess>,
    ) -> Option<Role> {
        if !self.covers_channel(channel_id) {
            return None;
        }
        if !self.is_personal() {
            return self.role;
        }
        let granted = access?.role(self.user.as_deref(), self.team.as_deref())?;
        Some(self.role.map_or(granted, |most| most.min(granted)))
    }

    /// What is wrong with an agent's tokens.
    pub fn problems(tokens: &[Self]) -> Vec<TokenProblem> {
        let mut problems = Vec::new();
        for (later, token) in tokens.iter().enumerate() {
            if token.role.is_none() && !token.is_personal() {
                problems.push(TokenProblem::NoRole(later));
            }
            let mut names = token.user.iter().chain(&token.team);
            if !names.all(|name| is_member_name(name)) {
                problems.push(TokenProblem::Name(later));
            }
            let earlier = |found: &dyn Fn(&Self) -> bool| tokens[..later].iter().position(found);
            let elsewhere = |other: &Self| {
                let both = other.team.is_some() && token.team.is_some();
                token.user.is_some() && other.user == token.user && both && other.team != token.team
            };
            if let Some(earlier) = earlier(&elsewhere) {
                problems.push(TokenProblem::TwoTeams { earlier, later });
            }
            let same = |other: &Self| other.sha256.eq_ignore_ascii_case(&token.sha256);
            if let Some(earlier) = earlier(&same) {
                problems.push(TokenProblem::Same { earlier, later });
            }
        }
        problems
    }
}
