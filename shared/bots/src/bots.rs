//! Bots kept between invocations: rules stay compiled, connections warm.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use conversation::BotSettings;
use secrecy::{ExposeSecret, SecretString};

use crate::{Bot, BuildError, build};

/// The bots of all agents this process has served.
#[derive(Debug, Default)]
pub struct Bots(Mutex<HashMap<String, Kept>>);

#[derive(Debug)]
struct Kept {
    settings: BotSettings,
    signing_key: Option<SecretString>,
    bot: Arc<dyn Bot>,
}

impl Bots {
    /// The agent's bot; built anew when its settings or its key have changed.
    ///
    /// # Errors
    /// As [`build`].
    pub fn get(
        &self,
        agent: &str,
        settings: &BotSettings,
        signing_key: Option<&SecretString>,
    ) -> Result<Arc<dyn Bot>, BuildError> {
        let mut bots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = bots.get(agent)
            && kept.settings == *settings
            && exposed(kept.signing_key.as_ref()) == exposed(signing_key)
        {
            return Ok(Arc::clone(&kept.bot));
        }
        let bot: Arc<dyn Bot> = build(settings, signing_key)?.into();
        let kept = Kept {
            settings: settings.clone(),
            signing_key: signing_key.cloned(),
            bot: Arc::clone(&bot),
        };
        bots.insert(agent.to_owned(), kept);
        Ok(bot)
    }
}

fn exposed(key: Option<&SecretString>) -> Option<&str> {
    key.map(ExposeSecret::expose_secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bot_is_kept_until_its_settings_change() {
        let bots = Bots::default();
        let built_in = BotSettings::Script { rules: None };
        let first = bots.get("a", &built_in, None).unwrap();
        assert!(Arc::ptr_eq(
            &first,
            &bots.get("a", &built_in, None).unwrap()
        ));
        assert!(!Arc::ptr_eq(
            &first,
            &bots.get("b", &built_in, None).unwrap()
        ));
        let key = SecretString::from("whsec_other");
        assert!(!Arc::ptr_eq(
            &first,
            &bots.get("a", &built_in, Some(&key)).unwrap()
        ));
    }
}
