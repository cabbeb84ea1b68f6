//! When secrets of before a rotation were last used: what tells an operator that a rotation is over.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::item::{Item, Key};
use super::{Store, StoreError};

/// How long a use is remembered: longer than anybody leaves a rotation unfinished.
const KEPT: Duration = Duration::days(90);

/// A part of an agent's secret of before its last rotation.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "name", rename_all = "snake_case")]
pub enum OldSecret {
    /// A webhook was signed with it.
    WebhookSecret,
    /// Sparkcentral's token endpoint took it, after refusing the current one.
    ClientSecret,
    /// conversation-api was called with the token of this name.
    Token(String),
}

impl OldSecret {
    /// The name in logs and tables: `webhook_secret`, `client_secret`, `token`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::WebhookSecret => "webhook_secret",
            Self::ClientSecret => "client_secret",
            Self::Token(_) => "token",
        }
    }

    fn sort_key(&self) -> String {
        match self {
            Self::Token(name) => format!("TOKEN#{name}"),
            Self::WebhookSecret => "WEBHOOK".into(),
            Self::ClientSecret => "CLIENT".into(),
        }
    }
}

// Tokens are often named after people.
impl fmt::Debug for OldSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())
    }
}

/// The item's JSON.
#[derive(Serialize, Deserialize)]
struct LastUse {
    secret: OldSecret,
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
}

impl Store {
    /// Notes that an old secret was used at `now`.
    pub async fn note_old_secret(
        &self,
        agent: &str,
        old: &OldSecret,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let key = Key::old_secret(agent, old.sort_key());
        let last_use = LastUse {
            secret: old.clone(),
            at: now,
        };
        let expires_at = now.saturating_add(KEPT).unix_timestamp();
        let item = Item::new(&key, &last_use)?.number("expires_at", expires_at);
        let put = self.client.put_item().table_name(&self.table);
        let put = put.set_item(Some(item.into_map())).send();
        Box::pin(put).await.map(drop).map_err(StoreError::aws)
    }

    /// Which old secrets of an agent were used, and when each was for the last time.
    pub async fn old_secrets(
        &self,
        agent: &str,
    ) -> Result<Vec<(OldSecret, OffsetDateTime)>, StoreError> {
        let items = self.partition(Key::old_secrets(agent)).await?;
        let told = |item: &Item| item.body().map(|used: LastUse| (used.secret, used.at));
        items.iter().map(told).collect()
    }
}
