//! Asking the bot while Sparkcentral waits.

use std::time::Duration;

use bots::Bots;
use conversation::{Answer, BotAnswer, Conversation, Plan, StoredEvent};
use platform::Agent;
use sparkcentral::Reply;
use time::OffsetDateTime;

/// Kept back from the inline budget for the commit and the way back.
const COMMIT_RESERVE: Duration = Duration::from_millis(300);

/// An answer that can be given in the response.
pub(crate) struct Inline {
    /// The response; `None` where the bot answers later through conversation-api.
    pub(crate) reply: Option<Box<Reply>>,
    /// What the bot said.
    pub(crate) answer: Answer,
    /// The reply closes the conversation.
    pub(crate) resolves: bool,
}

/// Asks the bot within the inline budget. `Err`: bot-turn has to go on, with the bot's answer where
/// it gave one that does not fit into one response.
pub(crate) async fn answer_inline(
    bots: &Bots,
    agent: &Agent,
    until: OffsetDateTime,
    event: &StoredEvent,
    conversation: &Conversation,
) -> Result<Inline, Option<Box<Answer>>> {
    let settings = &agent.settings;
    let left = until - OffsetDateTime::now_utc();
    let within = Duration::try_from(left)
        .unwrap_or_default()
        .saturating_sub(COMMIT_RESERVE);
    if within.is_zero() {
        return Err(None);
    }
    let key = agent.secrets.current.bot_signing_key.as_ref();
    let bot = match bots.get(&agent.name, &settings.bot, key) {
        Ok(bot) => bot,
        Err(error) => {
            tracing::error!(agent = agent.name, %error, "the agent's bot can't be built");
            return Err(None);
        }
    };
    let mut event = event.clone();
    event.episode = conversation.episode;
    let turn = event.turn(conversation, settings.answer_within_secs);
    // The bot's own time-out is not trusted alone: the budget is Sparkcentral's, not the bot's.
    let asked = tokio::time::timeout(within, bot.answer(&turn, within)).await;
    match asked {
        Ok(Ok(BotAnswer::Now(answer))) => {
            match Plan::of(&answer, &settings.features(), conversation.medium()) {
                Ok(plan) => match plan.inline() {
                    Some(reply) => Ok(Inline {
                        reply: Some(Box::new(reply)),
                        resolves: plan.resolves,
                        answer,
                    }),
                    None => Err(Some(Box::new(answer))),
                },
                // bot-turn judges it again, and asks people.
                Err(_) => Err(Some(Box::new(answer))),
            }
        }
        Ok(Ok(BotAnswer::Later)) => Ok(Inline {
            reply: None,
            answer: Answer::default(),
            resolves: false,
        }),
        Ok(Err(error)) => {
            tracing::warn!(agent = agent.name, %error, "the bot failed inline, the turn is queued");
            Err(None)
        }
        Err(_elapsed) => Err(None),
    }
}
