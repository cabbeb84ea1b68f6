//! A model of Amazon Bedrock, by `Converse`.
//!
//! What the model reads is in [`prompt`], what it can do beside talking in [`tools`], what its answers
//! mean in [`round`]; for operators all of it is told in `docs/bots-aws.md`.

mod prompt;
mod round;
mod tools;
mod wire;

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use aws_types::SdkConfig;
use conversation::{
    Action, Answer, BedrockSettings, BotAnswer, HandoverReason, LocalText, Temperature, Trigger,
    Turn,
};
use serde_json::{Value, json};

use crate::aws::{self, Advice, Kind, Service};
use crate::draft::Draft;
use crate::{Bot, BotError, contract};
use round::Next;
use wire::{Converse, Message};

static BEDROCK: Kind = Kind {
    name: "bedrock",
    host: "bedrock-runtime",
    advice: Advice {
        denied: "AWS does not allow the call: the role needs bedrock:InvokeModel on the model or inference profile (and bedrock:ApplyGuardrail), and the account access to the model",
        not_found: "Bedrock knows no such model: check bot.model_id, the guardrail and the region",
        invalid: "Bedrock does not take the request: check that the model takes system prompts, tools and the temperature, that it can be called by this id, and its context's length",
    },
};

/// How often a model that calls tools without a word is asked for words.
const MAX_TELLINGS: usize = 2;

/// A model of Amazon Bedrock.
pub struct BedrockBot {
    settings: BedrockSettings,
    service: Service,
}

impl BedrockBot {
    /// A model that is asked with the credentials of `aws`.
    pub fn new(settings: &BedrockSettings, aws: &SdkConfig) -> Self {
        let (region, endpoint) = (settings.region.as_deref(), settings.endpoint_url.as_ref());
        Self {
            settings: settings.clone(),
            service: Service::new(&BEDROCK, aws, region, endpoint),
        }
    }

    /// What is said without asking the model, if it need not be asked.
    fn first_words(&self, turn: &Turn) -> Option<&LocalText> {
        match turn.trigger {
            Trigger::Started => self.settings.greeting.as_ref(),
            Trigger::Delegated => self.settings.delegated.as_ref(),
            Trigger::Message { .. } => None,
        }
    }

    async fn ask(&self, turn: &Turn, now: String) -> Result<Answer, BotError> {
        let settings = &self.settings;
        let mut messages = prompt::messages(settings, turn, now);
        let tools = tools::tools(settings);
        let mut draft = Draft::default();
        let mut tellings = 0;
        loop {
            let output = self.converse(turn, &messages, &tools).await?;
            match round::read(&output, settings, &turn.topics, &mut draft)? {
                Next::Done => return Ok(self.answered(turn, draft, 0)),
                Next::Tell(_) if tellings == MAX_TELLINGS => {
                    if !draft.ends() {
                        return Err(round::unusable("the model calls tools and says nothing"));
                    }
                    return Ok(self.answered(turn, draft, 0));
                }
                Next::Tell(told) => {
                    tellings += 1;
                    messages.extend(told);
                }
                Next::Intervened(words) => return Ok(self.intervened(turn, &words, draft)),
                Next::Filtered => return Ok(self.filtered(turn, draft)),
            }
        }
    }

    async fn converse(
        &self,
        turn: &Turn,
        messages: &[Message],
        tools: &Value,
    ) -> Result<Converse, BotError> {
        let settings = &self.settings;
        let mut request = json!({
            "system": prompt::system(settings, turn),
            "messages": messages,
            "inferenceConfig": {"maxTokens": settings.max_tokens},
            "toolConfig": tools,
        });
        if let Temperature::Of(temperature) = settings.temperature {
            request["inferenceConfig"]["temperature"] = json!(temperature);
        }
        if let Some(guardrail) = &settings.guardrail {
            request["guardrailConfig"] = json!({
                "guardrailIdentifier": guardrail.id,
                "guardrailVersion": guardrail.version,
                "trace": "disabled",
            });
        }
        let path = ["model", &settings.model_id, "converse"];
        let request = request.to_string().into_bytes();
        aws::read(&self.service.post(&path, request).await?)
    }

    fn intervened(&self, turn: &Turn, words: &str, mut draft: Draft) -> Answer {
        let guardrail = self.settings.guardrail.as_ref();
        let own = guardrail.and_then(|guardrail| guardrail.text.as_ref());
        draft.say(in_language(own, turn).unwrap_or(words));
        // Without a word, nobody would know that nothing is coming.
        if guardrail.is_some_and(|guardrail| guardrail.handover) || !draft.speaks() {
            draft.add(Action::hand_over(Some(HandoverReason::Policy)));
        }
        self.answered(turn, draft, 0)
    }

    fn filtered(&self, turn: &Turn, mut draft: Draft) -> Answer {
        let mut misses = misses(turn).saturating_add(1);
        let text = in_language(self.settings.filtered_text.as_ref(), turn);
        if let Some(text) = text {
            draft.say(text);
        }
        if text.is_none() || misses >= self.settings.not_understood_after {
            misses = 0;
            draft.add(Action::hand_over(Some(HandoverReason::NotUnderstood)));
        }
        self.answered(turn, draft, misses)
    }

    fn answered(&self, turn: &Turn, draft: Draft, now: u32) -> Answer {
        Answer {
            actions: draft.into_actions(),
            session: (misses(turn) != now).then(|| json!({ "misses": now })),
        }
    }
}

/// Reads the body of one 200.
pub(crate) fn read(
    settings: &BedrockSettings,
    turn: &Turn,
    body: &[u8],
) -> Result<Answer, BotError> {
    let output: Converse = aws::read(body)?;
    let mut draft = Draft::default();
    if let Next::Intervened(words) = round::read(&output, settings, &turn.topics, &mut draft)? {
        draft.say(&words);
    }
    contract::checked(Answer {
        actions: draft.into_actions(),
        session: None,
    })
}

/// Withheld answers in a row, so far.
fn misses(turn: &Turn) -> u32 {
    let misses = turn.session.get("misses").and_then(Value::as_u64);
    misses
        .and_then(|misses| u32::try_from(misses).ok())
        .unwrap_or(0)
}

fn in_language<'a>(text: Option<&'a LocalText>, turn: &Turn) -> Option<&'a str> {
    text.and_then(|text| text.in_language(turn.language.as_deref()))
}

#[async_trait]
impl Bot for BedrockBot {
    async fn answer(&self, turn: &Turn, within: Duration) -> Result<BotAnswer, BotError> {
        let after = within.min(Duration::from_millis(self.settings.timeout_ms));
        if after.is_zero() {
            return Err(BotError::TimedOut { after });
        }
        let Some(now) = prompt::now(&self.settings, &turn.trigger) else {
            let words = in_language(self.first_words(turn), turn);
            return Ok(BotAnswer::Now(Answer {
                actions: words.map(Action::say).into_iter().collect(),
                session: None,
            }));
        };
        // One limit over all the calls of the turn.
        let answer = tokio::time::timeout(after, self.ask(turn, now))
            .await
            .unwrap_or(Err(BotError::TimedOut { after }))?;
        contract::checked(answer).map(BotAnswer::Now)
    }

    fn history(&self) -> usize {
        self.settings.history_messages as usize
    }
}

// Prompts are the operator's business, an endpoint's path can hold a token.
impl fmt::Debug for BedrockBot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BedrockBot")
            .field("model_id", &self.settings.model_id)
            .field("timeout_ms", &self.settings.timeout_ms)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
