//! Asking the bot, and what its part of the turn came to.

use std::time::Duration;

use bots::{BotError, Bots};
use conversation::{Answer, BotAnswer, HandoverReason, Turn};
use platform::{Agent, Failed, Retry, Unfinished, Work};
use time::OffsetDateTime;

/// Times the bot is asked before people are.
const MAX_ATTEMPTS: u32 = 3;

/// What the bot's part of the turn came to.
pub(crate) enum Said {
    /// Something to carry out.
    Answer(Box<Answer>),
    /// An answer through conversation-api, some time.
    Later,
    /// Nothing usable, and asking again won't help or can't be done in time.
    Failed(HandoverReason),
}

/// Asks the bot, within what is left of the invocation and of Sparkcentral's patience. `Err`: the
/// turn is put back, to ask once more.
pub(crate) async fn ask(
    bots: &Bots,
    agent: &Agent,
    work: &Work,
    turn: &Turn,
    remaining: Duration,
    record: &mut Unfinished,
) -> Result<Said, Failed> {
    let left = Duration::try_from(turn.answer_by - OffsetDateTime::now_utc()).unwrap_or_default();
    if left.is_zero() {
        return Ok(Said::Failed(HandoverReason::Deadline));
    }
    let key = agent.secrets.current.bot_signing_key.as_ref();
    let bot = match bots.get(&agent.name, &agent.settings.bot, key) {
        Ok(bot) => bot,
        Err(error) => {
            tracing::error!(agent = agent.name, %error, "the agent's bot can't be built");
            return Ok(Said::Failed(HandoverReason::BotFailed));
        }
    };
    let within = left.min(remaining);
    let error = match tokio::time::timeout(within, bot.answer(turn, within)).await {
        Ok(Ok(BotAnswer::Now(answer))) => return Ok(Said::Answer(Box::new(answer))),
        Ok(Ok(BotAnswer::Later)) => return Ok(Said::Later),
        Ok(Err(error)) => error,
        Err(_elapsed) => BotError::TimedOut { after: within },
    };
    tracing::warn!(agent = agent.name, attempt = work.received, %error, "the bot failed");
    record.reason = Some(error.name().to_owned());
    let retry = Retry::backed_off(work.received);
    let in_time = retry.after + within < left;
    if error.is_retryable() && work.received < MAX_ATTEMPTS && in_time {
        return Err(Failed {
            outcome: "bot_failed_retrying",
            retry,
        });
    }
    Ok(Said::Failed(if in_time {
        HandoverReason::BotFailed
    } else {
        HandoverReason::Deadline
    }))
}
