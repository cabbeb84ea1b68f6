//! Whether work and memory grow: with the messages of a conversation, with the conversations of the table, with
//! the invocations of a process.

use anyhow::Result;

use super::pass::warm_intake;
use super::sample::{CPU, Sample};
use super::webhook::Text;
use super::world::{INLINE, Template, World, answered};
use crate::figures::{Bound, Contender, Limit, Section};
use crate::measured;
use crate::report::Progress;
use crate::runtime::{Answer, Function};

/// Webhooks of each row and run.
const WEBHOOKS: usize = 1_000;
/// Copies of a conversation that are there at the same time, where it is long.
const COPIES: usize = 20;
const CONVERSATIONS: [usize; 4] = [100, 1_000, 10_000, 100_000];
const INVOCATIONS: [usize; 4] = [1_000, 10_000, 50_000, 100_000];
const RESIDENT_MIB: f64 = 24.0;
/// Divided by the CPU time of webhooks in new conversations of always the same kind, a moment before: the machine's
/// speed changes by the second.
const BESIDE: &str = "CPU ÷ others'";

/// Answers one message in each conversation.
async fn answer(world: &mut World, intake: &mut Function, ids: &[String]) -> Result<Sample> {
    let event = |world: &mut World, id: &String| world.requests.message(INLINE, id, Text::Question);
    let judge = |answer: &Answer| answered(&answer.body).map(drop);
    Sample::of(world, intake, ids, event, judge).await
}

/// CPU of webhooks in these conversations, which are made anew each time they were used.
async fn webhooks(
    world: &mut World,
    intake: &mut Function,
    (warm, from): (&Template, &Template),
    ids: &[String],
    row: &mut Contender,
) -> Result<()> {
    let mut cpu = 0.0;
    let mut beside = Vec::new();
    let mut last = None;
    while beside.len() * ids.len() < WEBHOOKS {
        // Making conversations anew takes long enough to cool the function's caches down.
        let others = world.copies(warm, 2 * ids.len())?;
        let (first, then) = others.split_at(ids.len());
        answer(world, intake, first).await?;
        let others_us = answer(world, intake, then).await?.cpu_us();
        world.forget(warm, &others);
        let sample = answer(world, intake, ids).await?;
        for id in ids {
            world.renew(from, id)?;
        }
        cpu += sample.cpu_us();
        beside.push(sample.cpu_us() / others_us);
        last = Some(sample);
    }
    row.add(CPU, cpu / beside.len() as f64);
    for ratio in beside {
        row.add(BESIDE, ratio);
    }
    if let Some(sample) = last {
        sample.add_counts(row);
    }
    Ok(())
}

fn no_growth(rows: &[Contender]) -> Vec<Limit> {
    // Not the first: a conversation with one message has no begun event yet, so that less of it is read.
    let (Some(first), Some(last)) = (rows.get(1), rows.last()) else {
        return Vec::new();
    };
    let ratio = |measure: &str| last.median(measure) / first.median(measure);
    [BESIDE, "bytes out", "bytes in"]
        .map(|measure| Limit {
            what: format!("{measure}, {} ÷ {}", last.name, first.name),
            figure: ratio(measure),
            bound: Bound::AtMost(1.1),
        })
        .into()
}

/// In conversations of 1, 10, 100 and 1,000 messages.
pub(super) async fn with_messages(
    world: &mut World,
    templates: &[(usize, &Template)],
    runs: u32,
    progress: &Progress,
) -> Result<Section> {
    let mut intake = warm_intake(world, templates[0].1).await?;
    let mut rows: Vec<Contender> = Vec::new();
    for (messages, _) in templates {
        rows.push(Contender::new(&format!("{messages} messages")));
    }
    for run in 1..=runs {
        progress.say(&format!(
            "functions: long conversations, run {run} of {runs}"
        ));
        for ((_, template), row) in templates.iter().zip(&mut rows) {
            let ids = world.copies(template, COPIES)?;
            webhooks(world, &mut intake, (templates[0].1, template), &ids, row).await?;
            world.forget(template, &ids);
        }
    }
    intake.end().await?;
    Ok(Section {
        title: "A webhook in a conversation that has".into(),
        limits: no_growth(&rows),
        contenders: rows,
    })
}

/// With 100 to 100,000 conversations in the table, then 100,000 invocations of one process.
pub(super) async fn with_conversations(
    world: &mut World,
    template: &Template,
    runs: u32,
    progress: &Progress,
) -> Result<Vec<Section>> {
    let mut intake = warm_intake(world, template).await?;
    let mut rows = Vec::new();
    let mut ids = Vec::new();
    for conversations in CONVERSATIONS {
        progress.say(&format!("functions: {conversations} conversations"));
        let more = conversations.saturating_sub(ids.len());
        ids.extend(world.copies(template, more)?);
        let mut row = Contender::new(&format!("{conversations} conversations"));
        // From all over the table.
        let chosen = ids.iter().step_by((ids.len() / 100).max(1));
        let chosen: Vec<String> = chosen.take(100).cloned().collect();
        for _ in 0..runs {
            webhooks(world, &mut intake, (template, template), &chosen, &mut row).await?;
        }
        rows.push(row);
    }
    let growth = Section {
        title: "A webhook with so many conversations in the table".into(),
        limits: no_growth(&rows),
        contenders: rows,
    };
    intake.end().await?;
    let memory = memory(world, template, ids, progress).await?;
    Ok(vec![growth, memory])
}

/// One webhook in each of 100,000 conversations.
async fn memory(
    world: &mut World,
    template: &Template,
    mut ids: Vec<String>,
    progress: &Progress,
) -> Result<Section> {
    let mut row = Contender::new("webhook-intake, resident MiB");
    let mut intake = world.start("webhook-intake").await?;
    let most = INVOCATIONS[INVOCATIONS.len() - 1];
    ids.extend(world.copies(template, most.saturating_sub(ids.len()))?);
    let mut resident = Vec::new();
    for (number, id) in ids.iter().enumerate() {
        let message = world.requests.message(INLINE, id, Text::Question);
        answered(&intake.invoke(message).await?.body)?;
        // What is stored for it is not needed any more, and this machine's memory is others' too.
        world.forget(template, std::slice::from_ref(id));
        if INVOCATIONS.contains(&(number + 1)) {
            let mib = measured::resident_mib(intake.process()?)?;
            progress.say(&format!(
                "functions: {} invocations, {mib:.1} MiB",
                number + 1
            ));
            row.add(&format!("after {}", number + 1), mib);
            resident.push(mib);
        }
    }
    let (_, peak) = measured::so_far(intake.process()?)?;
    row.add("peak", peak);
    world.aws.take_calls();
    intake.end().await?;
    let limit = |what: &str, figure, most| Limit {
        what: what.to_owned(),
        figure,
        bound: Bound::AtMost(most),
    };
    let grown = resident
        .last()
        .zip(resident.get(1))
        .map(|(last, early)| last / early);
    Ok(Section {
        title: format!("Memory of one process over {most} webhooks"),
        contenders: vec![row],
        limits: vec![
            limit("peak MiB", peak, RESIDENT_MIB),
            limit(
                "after 100000 ÷ after 10000",
                grown.unwrap_or(f64::NAN),
                1.05,
            ),
        ],
    })
}
