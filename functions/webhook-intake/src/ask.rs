//! Asking the bot while Sparkcentral waits.

use std::time::Duration;

use conversation::{Answer, BotAnswer, Choice, Conversation, Plan, StoredEvent, first_word};
use platform::StoreError;
use sparkcentral::Reply;
use time::OffsetDateTime;

use crate::intake::Intake;

/// Kept back from the inline budget for the commit and the way back.
const COMMIT_RESERVE: Duration = Duration::from_millis(300);

/// An answer that can be given in the response.
pub(crate) struct Inline {
    /// The response; `None` where the bot answers later through conversation-api.
    pub(crate) reply: Option<Box<Reply>>,
    /// What the bot said.
    pub(crate) answer: Answer,
    /// Answers it offers to the contact.
    pub(crate) choices: Vec<Choice>,
    /// The reply closes the conversation.
    pub(crate) resolves: bool,
}

/// Asks the bot within the inline budget. `Err`: bot-turn has to go on, with the bot's answer where
/// it gave one that does not fit into one response.
pub(crate) async fn ask(
    intake: &Intake<'_>,
    event: &StoredEvent,
    conversation: &Conversation,
) -> Result<Result<Inline, Option<Box<Answer>>>, StoreError> {
    let agent = intake.agent;
    let settings = &agent.settings;
    let secrets = agent.secrets.current.bot();
    let bot = match intake.deps.bots.get(&agent.name, &settings.bot, secrets) {
        Ok(bot) => bot,
        Err(error) => {
            tracing::error!(agent = agent.name, %error, "the agent's bot can't be built");
            return Ok(Err(None));
        }
    };
    let mut turn = event.turn(conversation, &settings.turns);
    let (store, now) = (&intake.deps.platform.store, intake.delivery.now);
    let before = store.history(conversation, &event.key, bot.history(), now);
    turn.history = before.await?;
    let within = left(intake.inline_until());
    if within.is_zero() {
        return Ok(Err(None));
    }
    // The bot's own time-out is not trusted alone: the budget is Sparkcentral's, not the bot's.
    let asked = tokio::time::timeout(within, bot.answer(&turn, within)).await;
    let said = match asked {
        Ok(Ok(said)) => said,
        Ok(Err(error)) => {
            tracing::warn!(agent = agent.name, %error, "the bot failed inline, the turn is queued");
            return Ok(Err(None));
        }
        Err(_elapsed) => return Ok(Err(None)),
    };
    let language = conversation.language.as_deref();
    Ok(
        match first_word(said, &event.trigger, &settings.turns, language) {
            BotAnswer::Now(answer) => fit(intake, event, conversation, answer),
            BotAnswer::Later => Ok(Inline {
                reply: None,
                answer: Answer::default(),
                choices: Vec::new(),
                resolves: false,
            }),
        },
    )
}

/// The answer as one response, if it can be that.
fn fit(
    intake: &Intake<'_>,
    event: &StoredEvent,
    conversation: &Conversation,
    answer: Answer,
) -> Result<Inline, Option<Box<Answer>>> {
    let settings = &intake.agent.settings;
    let features = settings.features();
    let planned_for = conversation.plan_for(&features, &settings.messages, &event.key);
    match Plan::of(&answer, &planned_for) {
        Ok(plan) => match plan.inline() {
            Some(reply) => Ok(Inline {
                reply: Some(Box::new(reply)),
                resolves: plan.resolves,
                choices: plan.choices,
                answer,
            }),
            None => Err(Some(Box::new(answer))),
        },
        // bot-turn judges it again, and asks people.
        Err(_) => Err(Some(Box::new(answer))),
    }
}

fn left(until: OffsetDateTime) -> Duration {
    Duration::try_from(until - OffsetDateTime::now_utc())
        .unwrap_or_default()
        .saturating_sub(COMMIT_RESERVE)
}
