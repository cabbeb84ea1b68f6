//! Asking the bot, and what its part of the turn came to.

use std::time::Duration;

use bots::BotError;
use conversation::{Answer, BotAnswer, Conversation, HandoverReason, StoredEvent, first_word};
use platform::{Agent, Failed, Retry, Unfinished, Work};
use time::OffsetDateTime;

use crate::take_turn::Deps;

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
    /// The bot was not asked, because the conversation is not its own.
    NotAsked,
    /// The bot was not asked, because the agent is paused.
    Paused,
}

/// Asks the bot, within what is left of the invocation and of Sparkcentral's patience. `Err`: the
/// turn is put back, to ask once more.
pub(crate) async fn ask(
    deps: &Deps,
    agent: &Agent,
    work: &Work,
    event: &StoredEvent,
    conversation: &Conversation,
    remaining: Duration,
    record: &mut Unfinished,
) -> Result<Said, Failed> {
    let secrets = agent.secrets.current.bot();
    let bot = match deps.bots.get(&agent.name, &agent.settings.bot, secrets) {
        Ok(bot) => bot,
        Err(error) => {
            tracing::error!(agent = agent.name, %error, "the agent's bot can't be built");
            return Ok(Said::Failed(HandoverReason::BotFailed));
        }
    };
    let mut turn = event.turn(conversation, &agent.settings.turns);
    let (store, now) = (&deps.platform.store, OffsetDateTime::now_utc());
    let before = store.history(conversation, &event.key, bot.history(), now);
    let before = before.await;
    turn.history = before.map_err(|error| Failed::because("store_unavailable", work, &error))?;
    let left = Duration::try_from(turn.answer_by - OffsetDateTime::now_utc()).unwrap_or_default();
    if left.is_zero() {
        return Ok(Said::Failed(HandoverReason::Deadline));
    }
    let within = left.min(remaining);
    let error = match tokio::time::timeout(within, bot.answer(&turn, within)).await {
        Ok(Ok(said)) => {
            let language = conversation.language.as_deref();
            let settings = &agent.settings.turns;
            return Ok(match first_word(said, &turn.trigger, settings, language) {
                BotAnswer::Now(answer) => Said::Answer(Box::new(answer)),
                BotAnswer::Later => Said::Later,
            });
        }
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
