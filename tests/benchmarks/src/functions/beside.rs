//! A webhook as it usually is, beside the vendor's sample: all of them run all the time, on one core, and take turns
//! of a fraction of a second. The machine's speed changes from second to second, and so do absolute times; within a
//! round it is about the same for everyone.

use std::time::Duration;

use anyhow::Result;

use super::at_most;
use super::flask::{Application, Running};
use super::pass::{RULES, warm_intake};
use super::sample::{CPU, PEAK, Sample};
use super::webhook::Text;
use super::world::{INLINE, Template, World, answered};
use crate::figures::{Contender, Limit, Section};
use crate::one_core::OneCore;
use crate::report::Progress;
use crate::runtime::{Answer, Function};

/// Rounds of each run.
const ROUNDS: u32 = 20;
/// Webhooks of one turn.
const TURN: usize = 100;

/// An application beside ours.
struct Other {
    application: Running,
    row: Contender,
    /// Our CPU time of each round divided by the application's.
    ours_to_it: Vec<f64>,
}

/// Measures `runs` times so many rounds.
pub(super) async fn measure(
    world: &mut World,
    from: &Template,
    applications: &[Application],
    runs: u32,
    progress: &Progress,
) -> Result<Section> {
    progress.say("functions: a webhook beside the vendor's sample");
    let one_core = OneCore::hold()?;
    let mut intake = warm_intake(world, from).await?;
    let mut row = Contender::new(RULES);
    let mut others = Vec::new();
    for application in applications {
        let mut other = Other {
            row: Contender::new(application.name()),
            application: Running::start(application).await?,
            ours_to_it: Vec::new(),
        };
        // Until everything in it is warm.
        other.application.webhooks(2 * TURN).await?;
        others.push(other);
    }
    for _ in 0..runs * ROUNDS {
        let ours = ours(world, &mut intake, from).await?;
        ours.add_speed(&mut row);
        for other in &mut others {
            let cpu_us = other.turn().await?;
            other.ours_to_it.push(ours.cpu_us() / cpu_us);
        }
    }
    intake.end().await?;
    drop(one_core);

    let limits = others.iter().map(Other::a_third).collect();
    let mut contenders = vec![row];
    contenders.extend(others.into_iter().map(|other| other.row));
    Ok(Section {
        title: "A webhook beside the vendor's sample, in turns".into(),
        contenders,
        limits,
    })
}

/// A turn of ours.
async fn ours(world: &mut World, intake: &mut Function, from: &Template) -> Result<Sample> {
    let ids = world.copies(from, TURN)?;
    let event = |world: &mut World, id: &String| world.requests.message(INLINE, id, Text::Question);
    let judge = |answer: &Answer| answered(&answer.body).map(drop);
    let sample = Sample::of(world, intake, &ids, event, judge).await?;
    world.forget(from, &ids);
    Ok(sample)
}

impl Other {
    /// A turn of it; its CPU time for one webhook, in µs.
    async fn turn(&mut self) -> Result<f64> {
        let before = self.application.cpu()?;
        let mut took = self.application.webhooks(TURN).await?;
        let cpu = self.application.cpu()?.saturating_sub(before);
        took.sort();
        let us = |time: Duration| time.as_secs_f64() * 1e6;
        let cpu_us = us(cpu) / TURN as f64;
        self.row.add(CPU, cpu_us);
        self.row.add("p50 µs", us(took[TURN / 2]));
        self.row.add("p99 µs", us(took[TURN * 99 / 100]));
        self.row.add(PEAK, self.application.mib()?);
        Ok(cpu_us)
    }

    /// The limit of the median of all rounds.
    fn a_third(&self) -> Limit {
        let mut ratios = Contender::new("");
        for ratio in &self.ours_to_it {
            ratios.add(CPU, *ratio);
        }
        let what = format!(
            "a webhook's CPU ÷ that of {}, in the same round",
            self.row.name
        );
        at_most(&what, ratios.median(CPU), 0.333)
    }
}
