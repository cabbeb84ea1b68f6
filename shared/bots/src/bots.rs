//! Bots kept between invocations: rules stay compiled, connections warm.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_types::SdkConfig;
use conversation::{BotSecrets, BotSettings};

use crate::{Bot, BuildError, build};

/// The bots of all agents this process has served.
#[derive(Debug)]
pub struct Bots {
    kept: Mutex<HashMap<String, Kept>>,
    aws: SdkConfig,
}

#[derive(Debug)]
struct Kept {
    settings: BotSettings,
    secrets: BotSecrets,
    bot: Arc<dyn Bot>,
}

impl Bots {
    /// Bots that reach AWS services by `aws`.
    pub fn new(aws: SdkConfig) -> Self {
        Self {
            kept: Mutex::default(),
            aws,
        }
    }

    /// The agent's bot; built anew when its settings or secrets have changed.
    ///
    /// # Errors
    /// As [`build`].
    pub fn get(
        &self,
        agent: &str,
        settings: &BotSettings,
        secrets: BotSecrets,
    ) -> Result<Arc<dyn Bot>, BuildError> {
        let mut bots = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = bots.get(agent)
            && kept.settings == *settings
            && kept.secrets == secrets
        {
            return Ok(Arc::clone(&kept.bot));
        }
        let bot: Arc<dyn Bot> = build(settings, &secrets, &self.aws)?.into();
        let kept = Kept {
            settings: settings.clone(),
            secrets,
            bot: Arc::clone(&bot),
        };
        bots.insert(agent.to_owned(), kept);
        Ok(bot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bot_is_kept_until_its_settings_change() {
        let bots = Bots::new(SdkConfig::builder().build());
        let built_in = BotSettings::Script { rules: None };
        let get = |agent: &str, secrets: BotSecrets| bots.get(agent, &built_in, secrets).unwrap();
        let first = get("a", BotSecrets::default());
        assert!(Arc::ptr_eq(&first, &get("a", BotSecrets::default())));
        assert!(!Arc::ptr_eq(&first, &get("b", BotSecrets::default())));
        let other = BotSecrets {
            token: Some("other".into()),
            ..BotSecrets::default()
        };
        assert!(!Arc::ptr_eq(&first, &get("a", other)));
    }
}
