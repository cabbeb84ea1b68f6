//! A bot of Amazon Lex V2, by `RecognizeText`.
//!
//! Lex's session state is kept with the conversation and sent with every turn ([`stored`]), so a turn
//! asked again is understood as before. What is sent is in [`request`], what the answer means in
//! [`answer`]; for operators all of it is told in `docs/bots-aws.md`.

mod answer;
mod convert;
mod message;
mod request;
mod stored;
mod wire;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use aws_types::SdkConfig;
use conversation::{Action, Answer, BotAnswer, LexSettings, Turn};

use crate::aws::{self, Advice, Kind, Service};
use crate::{Bot, BotError, contract};
use answer::Asked;
use request::Ask;
use stored::Stored;
use wire::{Recognize, Recognized};

static LEX: Kind = Kind {
    name: "lex",
    host: "runtime-v2-lex",
    advice: Advice {
        denied: "AWS does not allow the call: the role needs lex:RecognizeText on the bot's alias",
        not_found: "Lex knows no such bot: check bot.bot_id, bot.bot_alias_id, the locale and the region, and that the alias has a built version",
        invalid: "Lex does not take the request: check bot.bot_id, bot.bot_alias_id and the locale, and that the locale is built",
    },
};

/// A bot of Amazon Lex V2.
pub struct LexBot {
    settings: LexSettings,
    service: Service,
}

impl LexBot {
    /// A bot that is asked with the credentials of `aws`.
    pub fn new(settings: &LexSettings, aws: &SdkConfig) -> Self {
        let (region, endpoint) = (settings.region.as_deref(), settings.endpoint_url.as_ref());
        Self {
            settings: settings.clone(),
            service: Service::new(&LEX, aws, region, endpoint),
        }
    }

    async fn recognize(
        &self,
        turn: &Turn,
        text: &str,
        locale: &str,
        before: &Stored,
    ) -> Result<Recognized, BotError> {
        let now = turn.received_at.unix_timestamp();
        let request = Recognize {
            text,
            session_state: convert::state(before, request::attributes(turn), now),
        };
        let request = serde_json::to_vec(&request).map_err(aws::unmade)?;
        let (settings, session) = (&self.settings, request::session_id(turn));
        let path = [
            "bots",
            &settings.bot_id,
            "botAliases",
            &settings.bot_alias_id,
            "botLocales",
            locale,
            "sessions",
            &session,
            "text",
        ];
        let answer = self.service.post(&path, request).await?;
        Recognized::read(&answer).map_err(|_| aws::unreadable())
    }
}

/// Reads the body of a 200 to the contact's words.
pub(crate) fn read(settings: &LexSettings, turn: &Turn, body: &[u8]) -> Result<Answer, BotError> {
    let output = Recognized::read(body).map_err(|_| aws::unreadable())?;
    let before = Stored::from_session(&turn.session);
    let asked = Asked {
        turn,
        from_contact: true,
        locale: settings.locale(turn.language.as_deref()),
        before: &before,
    };
    contract::checked(answer::answer(&output, &asked, settings)?)
}

#[async_trait]
impl Bot for LexBot {
    async fn answer(&self, turn: &Turn, within: Duration) -> Result<BotAnswer, BotError> {
        let after = within.min(Duration::from_millis(self.settings.timeout_ms));
        if after.is_zero() {
            return Err(BotError::TimedOut { after });
        }
        let (text, from_contact) = match Ask::of(turn, &self.settings) {
            Ask::Lex { text, from_contact } => (text, from_contact),
            Ask::Say(text) => {
                return Ok(BotAnswer::Now(Answer {
                    actions: text.map(Action::say).into_iter().collect(),
                    session: None,
                }));
            }
        };
        let before = Stored::from_session(&turn.session);
        let locale = match &before.locale {
            Some(locale) => locale.as_str(),
            None => self.settings.locale(turn.language.as_deref()),
        };
        let asked = self.recognize(turn, &text, locale, &before);
        let output = tokio::time::timeout(after, asked)
            .await
            .unwrap_or(Err(BotError::TimedOut { after }))?;
        let asked = Asked {
            turn,
            from_contact,
            locale,
            before: &before,
        };
        let answer = answer::answer(&output, &asked, &self.settings)?;
        contract::checked(answer).map(BotAnswer::Now)
    }
}

// Settings hold texts for contacts, an endpoint's path can hold a token.
impl fmt::Debug for LexBot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LexBot")
            .field("bot_id", &self.settings.bot_id)
            .field("bot_alias_id", &self.settings.bot_alias_id)
            .field("timeout_ms", &self.settings.timeout_ms)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
