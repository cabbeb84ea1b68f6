//! A bot of Amazon Lex V2, by `RecognizeText`.
//!
//! Lex's session state is kept with the conversation and sent with every turn ([`stored`]), so a turn
//! asked again is understood as before. What is sent is in [`request`], what the answer means in
//! [`answer`]; for operators all of it is told in `docs/bots-aws.md`.

mod answer;
mod convert;
mod message;
mod nulls;
mod request;
mod stored;

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_lexruntimev2::operation::recognize_text::RecognizeTextOutput;
use aws_sdk_lexruntimev2::{Client, config};
use aws_types::SdkConfig;
use conversation::{Action, Answer, BotAnswer, LexSettings, Turn};

use crate::aws::{self, Advice};
use crate::{Bot, BotError, contract};
use answer::Asked;
use request::Ask;
use stored::Stored;

const ADVICE: Advice = Advice {
    denied: "AWS does not allow the call: the role needs lex:RecognizeText on the bot's alias",
    not_found: "Lex knows no such bot: check bot.bot_id, bot.bot_alias_id, the locale and the region, and that the alias has a built version",
    invalid: "Lex does not take the request: check bot.bot_id, bot.bot_alias_id and the locale, and that the locale is built",
};

/// A bot of Amazon Lex V2.
pub struct LexBot {
    settings: LexSettings,
    aws: SdkConfig,
    // Made with the first turn and kept, so that warm invocations find connections open.
    client: OnceLock<Client>,
}

impl LexBot {
    /// A bot that is asked with the credentials of `aws`.
    pub fn new(settings: &LexSettings, aws: &SdkConfig) -> Self {
        Self {
            settings: settings.clone(),
            aws: aws.clone(),
            client: OnceLock::new(),
        }
    }

    fn client(&self) -> Result<&Client, BotError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let aws = aws::one_try(&self.aws, self.settings.region.as_deref())?;
        let mut config = config::Builder::from(&aws).interceptor(nulls::WithoutNulls);
        if let Some(endpoint) = &self.settings.endpoint_url {
            config = config.endpoint_url(endpoint.as_str());
        }
        // Two first turns at once make two clients; one is kept.
        Ok(self
            .client
            .get_or_init(|| Client::from_conf(config.build())))
    }

    async fn recognize(
        &self,
        turn: &Turn,
        text: String,
        locale: &str,
        before: &Stored,
        after: Duration,
    ) -> Result<RecognizeTextOutput, BotError> {
        let now = turn.received_at.unix_timestamp();
        let state = convert::state(before, request::attributes(turn), now);
        let state = state.map_err(|error| BotError::Misconfigured {
            problem: "the conversation's session is not one of Lex",
            source: Some(Box::new(error)),
        })?;
        let call = self
            .client()?
            .recognize_text()
            .bot_id(&self.settings.bot_id)
            .bot_alias_id(&self.settings.bot_alias_id)
            .locale_id(locale)
            .session_id(request::session_id(turn))
            .text(text)
            .session_state(state);
        match tokio::time::timeout(after, call.send()).await {
            Ok(Ok(output)) => Ok(output),
            Ok(Err(error)) => Err(aws::failed(error, &ADVICE, after)),
            Err(_) => Err(BotError::TimedOut { after }),
        }
    }
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
        let output = self.recognize(turn, text, locale, &before, after).await?;
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
