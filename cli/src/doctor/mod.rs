//! `sparkbridge doctor`: looks at everything that must work, and says what to do about what does not.
//!
//! Checks don't wait for each other unless one needs what another found out, and none hides another: what
//! can't be looked at is said to be skipped, and why.

mod agent;
mod alarms;
mod check;
mod cloud;
mod exports;
mod queues;
mod reach;
mod render;
mod webhook;

use anyhow::{Result, bail};
use futures::future::{FutureExt, LocalBoxFuture, join_all};
use indicatif::ProgressBar;

use self::check::{Check, Status};
use crate::output;
use crate::place::Place;
use crate::progress;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Name of the agent; left out: all of them. What all agents share is checked in either case.
    agent: Option<String>,
}

pub(crate) async fn run(stage: &str, args: Args, json: bool) -> Result<()> {
    let place = &Place::of(stage).await?;
    let bar = progress::spinner("asking AWS who we are");
    let checks = all(place, args.agent.as_deref(), &bar).await;
    drop(bar);
    if json {
        output::json(&checks)?;
    } else {
        output::print(&render::text(&checks))?;
    }
    let failed = checks
        .iter()
        .filter(|check| check.status == Status::Fail)
        .count();
    match failed {
        0 => Ok(()),
        1 => bail!("1 of {} fails", output::count(checks.len(), "check")),
        _ => bail!("{failed} of {} fail", output::count(checks.len(), "check")),
    }
}

async fn all(place: &Place, agent: Option<&str>, bar: &ProgressBar) -> Vec<Check> {
    let identity = cloud::identity(place).await;
    let knows_us = identity.status == Status::Pass;
    let mut checks = vec![identity];
    if !knows_us {
        checks.push(Check::skipped(
            "everything else",
            place.stage(),
            "AWS must know us first",
        ));
        return checks;
    }
    let mut groups: Vec<LocalBoxFuture<'_, Vec<Check>>> = vec![
        cloud::stacks(place).boxed_local(),
        queues::waiting(place).boxed_local(),
        queues::dead(place).boxed_local(),
        alarms::checks(place).boxed_local(),
        exports::checks(place).boxed_local(),
    ];
    let (names, unread) = agent::names(place, agent).await;
    checks.extend(unread);
    // Behind the stacks, before the rest: what people ask for first.
    for (index, name) in names.into_iter().enumerate() {
        groups.insert(1 + index, agent::checks(place, name).boxed_local());
    }
    let count = groups.len();
    bar.set_message(format!("checking {}", output::count(count, "part")));
    let groups = groups.into_iter().map(|group| {
        group.inspect(|_done| {
            bar.inc(1);
            bar.set_message(format!(
                "checking: {} of {count} parts done",
                bar.position()
            ));
        })
    });
    checks.extend(join_all(groups).await.into_iter().flatten());
    checks
}
