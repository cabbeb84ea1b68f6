//! What the bodies of services mean, without asking them: the pure half of the adapters, for tests that
//! feed them what no well-meaning service sends.

use conversation::{Answer, BedrockSettings, DialogflowSettings, LexSettings, Turn};

use crate::{BotError, contract};

/// The 200 of a bot of one's own.
///
/// # Errors
/// [`BotError::InvalidAnswer`], as for the functions below.
pub fn http(body: &[u8]) -> Result<Answer, BotError> {
    contract::answer(body)
}

/// The 200 of Rasa's REST channel; `applied` are the topics the conversation has.
///
/// # Errors
/// As [`http`].
pub fn rasa(body: &[u8], applied: &[String]) -> Result<Answer, BotError> {
    crate::rasa::read(body, applied)
}

/// The 200 of Dialogflow's `detectIntent`.
///
/// # Errors
/// As [`http`].
pub fn dialogflow(
    settings: &DialogflowSettings,
    turn: &Turn,
    body: &[u8],
) -> Result<Answer, BotError> {
    crate::dialogflow::read(settings, turn, body)
}

/// The 200 of Lex's `RecognizeText`, to words of the contact's.
///
/// # Errors
/// As [`http`].
pub fn lex(settings: &LexSettings, turn: &Turn, body: &[u8]) -> Result<Answer, BotError> {
    crate::lex::read(settings, turn, body)
}

/// One 200 of Bedrock's `Converse`.
///
/// # Errors
/// As [`http`].
pub fn bedrock(settings: &BedrockSettings, turn: &Turn, body: &[u8]) -> Result<Answer, BotError> {
    crate::bedrock::read(settings, turn, body)
}
