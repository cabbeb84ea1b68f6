//! One pass: messages go the ways that there are, each function on its own with what the one before it queued.

use anyhow::{Result, ensure};

use super::aws::Message;
use super::sample::Sample;
use super::webhook::Text;
use super::world::{INLINE, QUEUED, Template, World, answered, batch, delivered};
use crate::runtime::{Answer, Function};

/// A contact's message, answered at once and nothing else.
pub(super) const RULES: &str = "webhook-intake: answered by rules";
pub(super) const SECONDS_AFTER: &str = "webhook-intake: seconds after another";
pub(super) const REMEMBERS: &str = "webhook-intake: the bot's memory changes";
pub(super) const QUEUES: &str = "webhook-intake: queued";
const ASKS_PEOPLE: &str = "webhook-intake: asks for people";
/// Before anything is measured: caches, connections, allocations.
const WARM: usize = 40;

/// Conversations of both agents to go on with.
pub(super) struct Templates {
    pub(super) inline: Template,
    pub(super) queued: Template,
}

/// What was measured of one way.
pub(super) type Way = (&'static str, Sample);

/// Sends `number` messages each way.
pub(super) async fn pass(world: &mut World, from: &Templates, number: usize) -> Result<Vec<Way>> {
    let mut ways = Vec::new();
    let (queued, for_people) = webhooks(world, from, number, &mut ways).await?;
    let turns = world.take_messages("turns.fifo");
    ensure!(
        turns.len() == 2 * number,
        "{} turns were queued",
        turns.len()
    );
    world.take_messages("deadlines");
    let (answered, handed_over) = turns.split_at(number);
    for (way, turns, to_people) in [
        ("bot-turn: answers", answered, 0),
        ("bot-turn: asks for people", handed_over, number),
    ] {
        messages(world, "bot-turn", way, turns, &mut ways).await?;
        let replies = world.take_messages("outbound.fifo");
        ensure!(replies.len() == number, "{} replies", replies.len());
        if to_people == 0 {
            messages(world, "reply-sender", "reply-sender", &replies, &mut ways).await?;
        } else {
            let mut unmeasured = Vec::new();
            messages(
                world,
                "reply-sender",
                "reply-sender",
                &replies,
                &mut unmeasured,
            )
            .await?;
        }
        let handovers = world.take_messages("handovers.fifo");
        ensure!(
            handovers.len() == to_people,
            "{} handovers",
            handovers.len()
        );
        if to_people > 0 {
            messages(world, "handover", "handover", &handovers, &mut ways).await?;
        }
    }
    let completing = world.take_messages("outbound.fifo");
    let way = "reply-sender: hands over";
    messages(world, "reply-sender", way, &completing, &mut ways).await?;
    world.forget(&from.queued, &queued);
    world.forget(&from.inline, &for_people);
    calls(world, from, number, &mut ways).await?;
    Ok(ways)
}

/// Messages of contacts, in conversations of their own but for [`SECONDS_AFTER`]. Those of which something is
/// queued are left for the functions behind the queues: of the queued agent, and those that ask for people.
async fn webhooks(
    world: &mut World,
    from: &Templates,
    number: usize,
    ways: &mut Vec<Way>,
) -> Result<(Vec<String>, Vec<String>)> {
    let mut intake = warm_intake(world, &from.inline).await?;
    // Each agent's settings, secret and channel are asked for once.
    for id in world.copies(&from.queued, 1)? {
        let message = world.requests.message(QUEUED, &id, Text::Question);
        self::answered(&intake.invoke(message).await?.body)?;
    }
    world.take_messages("turns.fifo");
    let ways_in = [
        (RULES, INLINE, Text::Question),
        (SECONDS_AFTER, INLINE, Text::Question),
        (REMEMBERS, INLINE, Text::InGerman),
        (QUEUES, QUEUED, Text::Question),
        (ASKS_PEOPLE, INLINE, Text::ForPeople),
    ];
    let (mut ids, mut left) = (Vec::new(), Vec::new());
    for (way, agent, text) in ways_in {
        let template = if agent == QUEUED {
            &from.queued
        } else {
            &from.inline
        };
        if way != SECONDS_AFTER {
            world.forget(template, &ids);
            ids = world.copies(template, number)?;
        }
        let judge = |answer: &Answer| {
            let said = self::answered(&answer.body)?.contains("sendMessage");
            let at_once = !matches!(way, QUEUES | ASKS_PEOPLE);
            ensure!(said == at_once, "{way}: another answer than expected");
            Ok(())
        };
        let event = |world: &mut World, id: &String| world.requests.message(agent, id, text);
        let sample = Sample::of(world, &mut intake, &ids, event, judge).await?;
        ways.push((way, sample));
        if matches!(way, QUEUES | ASKS_PEOPLE) {
            left.push(std::mem::take(&mut ids));
        }
    }
    intake.end().await?;
    let for_people = left.pop().unwrap_or_default();
    Ok((left.pop().unwrap_or_default(), for_people))
}

/// A webhook-intake that has answered some messages.
pub(super) async fn warm_intake(world: &mut World, from: &Template) -> Result<Function> {
    let mut intake = world.start("webhook-intake").await?;
    let ids = world.copies(from, WARM)?;
    for id in &ids {
        let message = world.requests.message(INLINE, id, Text::Question);
        answered(&intake.invoke(message).await?.body)?;
    }
    world.forget(from, &ids);
    Ok(intake)
}

/// A function behind a queue; the first messages warm it up.
async fn messages(
    world: &mut World,
    function: &'static str,
    way: &'static str,
    messages: &[Message],
    ways: &mut Vec<Way>,
) -> Result<()> {
    let mut function = world.start(function).await?;
    let (warm, measured) = messages.split_at(WARM.min(messages.len() / 2));
    for message in warm {
        delivered(&function.invoke(batch(message)).await?.body)?;
    }
    let event = |_: &mut World, message: &Message| batch(message).into();
    let judge = |answer: &Answer| delivered(&answer.body);
    let sample = Sample::of(world, &mut function, measured, event, judge).await?;
    ways.push((way, sample));
    function.end().await
}

/// conversation-api: a reply, and reading the conversation it is in.
async fn calls(
    world: &mut World,
    from: &Templates,
    number: usize,
    ways: &mut Vec<Way>,
) -> Result<()> {
    let mut api = world.start("conversation-api").await?;
    let ids = world.copies(&from.inline, number)?;
    let warm = world.copies(&from.inline, WARM)?;
    for id in &warm {
        let reply = world.requests.reply(INLINE, id);
        answered(&api.invoke(reply).await?.body)?;
    }
    let judge = |answer: &Answer| self::answered(&answer.body).map(drop);
    let reply = |world: &mut World, id: &String| world.requests.reply(INLINE, id);
    let sample = Sample::of(world, &mut api, &ids, reply, judge).await?;
    ways.push(("conversation-api: POST …/replies", sample));
    let read = |world: &mut World, id: &String| world.requests.read(INLINE, id);
    let sample = Sample::of(world, &mut api, &ids, read, judge).await?;
    ways.push(("conversation-api: GET the conversation", sample));
    world.take_messages("outbound.fifo");
    world.forget(&from.inline, &ids);
    world.forget(&from.inline, &warm);
    api.end().await
}
