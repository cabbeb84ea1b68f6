//! Whole runs: a stage, a plan, faults, and the checker's verdict.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use local_stack::{RegisteredAgent, StackInfo};

use crate::{
    agents::{self, Kind, Profile},
    bot::{Bot, Later},
    checker::{self, Expected, Violation, Wrong, check_exports},
    drive::{self, Played},
    files,
    logs::Signed,
    options::Options,
    plan, rotation,
    seed::Seed,
    stage::{Stage, Wanted},
    strikes::Rates,
    verdict::{count_simulator_faults, verdict},
};

/// What a run came to.
#[derive(Debug)]
pub struct Ran {
    pub seed: Seed,
    pub messages: usize,
    pub conversations: usize,
    pub files: usize,
    pub violations: Vec<Violation>,
    pub counts: BTreeMap<String, u64>,
    pub signed: Vec<Signed>,
    /// Agents and tables whose planted bug has struck.
    pub struck: BTreeSet<String>,
    pub load: Duration,
    pub settling: Duration,
    pub all: Duration,
    /// Where the functions' logs are.
    pub logs: std::path::PathBuf,
}

/// Ends the task with its owner.
struct Until(tokio::task::JoinHandle<()>);

impl Drop for Until {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Everything goes wrong; nothing may be wrong in the end.
///
/// # Errors
/// The harness itself can't go on.
pub async fn fault_run(stack: &StackInfo, options: Options, say: impl Fn(&str)) -> Result<Ran> {
    let began = Instant::now();
    let wanted = Wanted {
        seed: options.seed,
        rates: Rates::ON,
        planted: false,
    };
    let (stage, bot) = started(stack, wanted, false).await?;
    let profiles = agents::of_a_run();
    // Operators' own calls do not fail at random; the functions' do, from here on.
    stage.aws.hush(true);
    let registered = registered(&stage, &bot, &profiles, options.answer_within_secs).await?;
    files::configure(&stage).await?;
    stage.aws.hush(false);
    say(&format!("stage {} is up", stage.info.stage));

    let plan = plan::planned(options.seed, &profiles, options.messages);
    let orders = (options.files / 16).clamp(1, 8);
    let own_files = options.files.saturating_sub(orders * 4);
    let loading = Instant::now();
    let kills = {
        let stage = Arc::clone(&stage);
        Until(tokio::spawn(async move {
            drive::kill_now_and_then(&stage, options.seed, options.kill_every).await;
        }))
    };
    let rotations = Until(tokio::spawn(rotation::keep_rotating(
        Arc::clone(&stage),
        Arc::clone(&bot),
        registered.clone(),
        options.rotate_every,
    )));
    let pulls = Until(tokio::spawn(files::keep_pulling(Arc::clone(&stage))));
    // About as long as the conversations take: some messages a second.
    let over = Duration::from_secs(u64::try_from(options.messages / 20).unwrap_or(60).max(15));
    let delivering = tokio::spawn(files::deliver(
        Arc::clone(&stage),
        options.seed,
        own_files,
        over,
        false,
    ));
    let count = plan.len();
    let played = drive::play(&stage, plan, options.at_once, |done| {
        if done % 50 == 0 || done == count {
            say(&format!("{done} of {count} conversations played"));
        }
    })
    .await?;
    let mut expected = delivering.await??;
    expected.extend(files::order_from_simulator(&stage, orders).await?);
    drop((kills, rotations, pulls));
    let load = loading.elapsed();
    say(&format!(
        "load is over after {} s; settling",
        load.as_secs()
    ));

    let settling = Instant::now();
    let rested = drive::settle(&stage, &bot, options.settle_within).await?;
    say(&format!(
        "queues are empty after {} s",
        settling.elapsed().as_secs()
    ));
    stage.aws.hush(true);
    pull_the_rest(&stage, &expected).await?;
    let settling = settling.elapsed();
    say(&format!("at rest after {} s; checking", settling.as_secs()));
    let mut violations = verdict(&stage, &registered, &played).await?;
    violations.extend(check_exports(
        &expected,
        &files::found(&stage, &expected).await?,
    ));
    if !rested {
        violations.push(restless());
    }
    count_simulator_faults(&stage).await?;
    Ok(told(
        &stage,
        options.seed,
        &played,
        &expected,
        violations,
        [load, settling, began.elapsed()],
    ))
}

/// Nothing goes wrong but what was planted.
///
/// # Errors
/// The harness itself can't go on.
pub async fn planted_run(stack: &StackInfo, seed: Seed, say: impl Fn(&str)) -> Result<Ran> {
    let began = Instant::now();
    let wanted = Wanted {
        seed,
        rates: Rates::OFF,
        planted: true,
    };
    let (stage, bot) = started(stack, wanted, true).await?;
    let profiles = agents::with_bugs();
    let registered = registered(&stage, &bot, &profiles, 40).await?;
    files::configure(&stage).await?;
    say(&format!("stage {} is up", stage.info.stage));
    let loading = Instant::now();
    let over = Duration::from_secs(2);
    let delivering = tokio::spawn(files::deliver(Arc::clone(&stage), seed, 8, over, true));
    let played = drive::play(&stage, plan::with_bugs(&profiles), 24, |_| {}).await?;
    let expected = delivering.await??;
    let load = loading.elapsed();
    say(&format!(
        "load is over after {} s; settling",
        load.as_secs()
    ));
    let settling = Instant::now();
    pull_the_rest(&stage, &expected).await?;
    let rested = drive::settle(&stage, &bot, Duration::from_secs(300)).await?;
    // What was held back until people had given the conversation back.
    let late = Duration::from_secs(checker::LATE_WORD_SECS + 12);
    tokio::time::sleep(late.saturating_sub(settling.elapsed())).await;
    let settling = settling.elapsed();
    let mut violations = verdict(&stage, &registered, &played).await?;
    violations.extend(check_exports(
        &expected,
        &files::found(&stage, &expected).await?,
    ));
    if !rested {
        violations.push(restless());
    }
    Ok(told(
        &stage,
        seed,
        &played,
        &expected,
        violations,
        [load, settling, began.elapsed()],
    ))
}

pub(crate) async fn started(
    stack: &StackInfo,
    wanted: Wanted,
    calm: bool,
) -> Result<(Arc<Stage>, Arc<Bot>)> {
    let stage = Arc::new(Stage::start(stack, wanted).await?);
    let bot = Arc::new(Bot::start(wanted.seed, calm, Arc::clone(&stage.tally)).await?);
    Ok((stage, bot))
}

pub(crate) async fn registered(
    stage: &Stage,
    bot: &Bot,
    profiles: &[Profile],
    answer_within_secs: u64,
) -> Result<BTreeMap<String, RegisteredAgent>> {
    let registered = agents::register(stage, bot, profiles, answer_within_secs).await?;
    for profile in profiles
        .iter()
        .filter(|profile| profile.kind == Kind::Later)
    {
        let agent = registered.get(&profile.name).context("no such agent")?;
        let later = Later {
            api_url: stage.info.api_url.clone(),
            token: agent.api_tokens.contributor.clone(),
        };
        bot.answers_later(&profile.name, later);
    }
    Ok(registered)
}

/// What an invocation had claimed that was killed is free again after two minutes.
const CLAIMS_END_WITHIN: Duration = Duration::from_secs(180);

/// Until every file is where it belongs, or nothing moves any more.
async fn pull_the_rest(stage: &Stage, expected: &[Expected]) -> Result<()> {
    let begun = Instant::now();
    while begun.elapsed() < CLAIMS_END_WITHIN {
        // Its status tells of quarantined files, too.
        stage.sparkbridge(&["exports", "pull", "--no-wait"]).await?;
        while stage.queued_in("landed").await? > 0 || stage.functions.working() > 0 {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        let found = files::found(stage, expected).await?;
        let left = check_exports(expected, &found);
        // A bug that is planted there keeps a file out for good.
        let struck = stage.planted.struck();
        let mut left = left.iter().filter(|one| !struck.contains(&one.agent));
        if left.all(|one| one.wrong != Wrong::FileUnsettled) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    Ok(())
}

pub(crate) fn restless() -> Violation {
    Violation {
        wrong: Wrong::Unsettled,
        agent: "all".into(),
        place: "queues".into(),
        what: "messages are still under way".into(),
        trail: Vec::new(),
    }
}

pub(crate) fn told(
    stage: &Stage,
    seed: Seed,
    played: &[Played],
    expected: &[Expected],
    violations: Vec<Violation>,
    [load, settling, all]: [Duration; 3],
) -> Ran {
    Ran {
        seed,
        messages: played.iter().map(|one| one.planned.messages()).sum(),
        conversations: played.len(),
        files: expected.len(),
        violations,
        counts: stage.tally.counts(),
        signed: stage.logs.signed(),
        struck: stage.planted.struck(),
        load,
        settling,
        all,
        logs: stage.folder.clone(),
    }
}
