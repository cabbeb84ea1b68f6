//! Every function on a message's way, killed at each of its writes: just before anybody hears of the write,
//! and just after it was carried out. Whatever the moment, what Sparkcentral, the queues and callers do then
//! by themselves brings the conversation to the same end.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test's panic is its report"
)]

mod agents;
mod check;
mod journeys;
mod lambda;
mod point;
mod run;
mod sparkcentral;
mod stage;
mod talk;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt};
use journeys::Journey;
use point::{Cut, Point, Side, Stamp};
use run::Run;
use stage::Stage;
use system_tests::World;
use talk::Expected;

/// Every kind of write there is on a message's way: a point can't vanish, and a new one is noticed.
const KINDS: [&str; 34] = [
    "bot-turn SendMessage handovers.fifo",
    "bot-turn SendMessage outbound.fifo",
    "bot-turn TransactWriteItems STATE EVENT",
    "bot-turn TransactWriteItems STATE EVENT EVENT REPLY",
    "bot-turn TransactWriteItems STATE EVENT REPLY",
    "bot-turn TransactWriteItems STATE EVENT REPLY REPLY",
    "bot-turn answer",
    "conversation-api SendMessage handovers.fifo",
    "conversation-api SendMessage outbound.fifo",
    "conversation-api TransactWriteItems STATE",
    "conversation-api TransactWriteItems STATE REPLY",
    "conversation-api TransactWriteItems STATE REPLY EVENT",
    "conversation-api answer",
    "handover SendMessage deadlines",
    "handover SendMessage handovers.fifo",
    "handover SendMessage outbound.fifo",
    "handover TransactWriteItems (STATE) REPLY",
    "handover TransactWriteItems STATE",
    "handover TransactWriteItems STATE REPLY",
    "handover answer",
    "reply-sender POST complete",
    "reply-sender POST message",
    "reply-sender PutItem REPLY",
    "reply-sender SendMessage handovers.fifo",
    "reply-sender TransactWriteItems STATE",
    "reply-sender answer",
    "webhook-intake PutItem CHANNEL",
    "webhook-intake PutItem EVENT",
    "webhook-intake PutItem STATE",
    "webhook-intake SendMessage deadlines",
    "webhook-intake SendMessage turns.fifo",
    "webhook-intake TransactWriteItems STATE EVENT",
    "webhook-intake UpdateItem STATE",
    "webhook-intake answer",
];

/// Journeys side by side: most of one's time is waiting for the lease of a dead invocation to end.
const AT_ONCE: usize = 48;
/// Times that a journey is begun until it comes by its point, and until each of its events is accepted: a
/// machine that is too busy sends some on another way, and lets others fail.
const TRIES: usize = 3;

/// Goes through only those journeys whose name, as a failure tells it, contains this.
const ONLY: &str = "SPARKBRIDGE_CUT";

/// A journey's end.
struct Ended {
    journey: Journey,
    run: Arc<Run>,
    expected: Expected,
}

async fn go(stage: &Stage, journey: Journey, cut: Option<Cut>) -> Ended {
    let mut tries = 1;
    loop {
        let run = Run::new(journey.agent(), cut.clone());
        stage.runs.add(&run);
        let expected = journey.go(stage, &run).await;
        if tries == TRIES || !run.seen().is_given_up {
            return Ended {
                journey,
                run,
                expected,
            };
        }
        println!("{journey:?}: an event was given up, try {tries}");
        tries += 1;
    }
}

/// A whole journey; of one in which two act at the same time, once they do.
async fn go_whole(stage: &Stage, journey: Journey) -> Vec<Ended> {
    let mut all = Vec::new();
    for _ in 0..TRIES {
        let ended = go(stage, journey, None).await;
        let is_told = journey.is_told_by(&ended.run.seen().writes);
        all.push(ended);
        if is_told {
            break;
        }
    }
    all
}

/// The same, until it is cut. A further write of a kind may depend on who comes first: what a handover finds
/// delivered it does not queue again. The first of a kind always comes.
async fn go_until_cut(stage: &Stage, journey: Journey, cut: Cut) -> Vec<Ended> {
    let mut all = Vec::new();
    for _ in 0..TRIES {
        let ended = go(stage, journey, Some(cut.clone())).await;
        let is_cut = ended.run.seen().is_cut;
        all.push(ended);
        if is_cut {
            return all;
        }
    }
    if cut.point.number == 1 {
        let last = &all[TRIES - 1].run;
        last.problem("it never came to its point".to_owned());
    } else {
        println!("{journey:?}, {cut}: it never came to its point");
    }
    all
}

/// Both sides of a point. Where Sparkcentral sends again, also stamped anew, after the write: before a write
/// everything is as it was after the one before.
fn cuts(point: &Point) -> Vec<Cut> {
    let cut = |side, stamp| Cut {
        point: point.clone(),
        side,
        stamp,
    };
    let mut cuts = vec![
        cut(Side::Before, Stamp::Kept),
        cut(Side::After, Stamp::Kept),
    ];
    if point.write.function == "webhook-intake" {
        cuts.push(cut(Side::After, Stamp::Anew));
    }
    cuts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_conversation_comes_to_the_same_end_wherever_a_function_is_killed() {
    let began = Instant::now();
    let world = World::join();
    let stage = Stage::set(&world).await;

    let whole = stream::iter(Journey::ALL).map(|journey| go_whole(&stage, journey));
    let whole: Vec<_> = whole.buffer_unordered(4).collect().await;
    let mut kinds = BTreeSet::new();
    let mut wanted = BTreeSet::new();
    for Ended { journey, run, .. } in whole.iter().filter_map(|tries| tries.last()) {
        let mut points = run.seen().writes.clone();
        points.retain(|point| journey.is_about(point.write.function));
        let names: Vec<_> = points.iter().map(ToString::to_string).collect();
        println!("{journey:?}: {} points: {}", points.len(), names.join(", "));
        kinds.extend(points.iter().map(|point| point.write.to_string()));
        wanted.extend(points.into_iter().map(|point| (*journey, point)));
    }
    println!("whole journeys: {:?}", began.elapsed());
    assert!(
        kinds.iter().eq(KINDS.iter()),
        "the kinds of writes are {kinds:#?}"
    );

    let cuts = |(journey, point)| cuts(&point).into_iter().map(move |cut| (journey, cut));
    let mut wanted: Vec<_> = wanted.into_iter().flat_map(cuts).collect();
    if let Ok(only) = std::env::var(ONLY) {
        wanted.retain(|(journey, cut)| format!("{journey:?}, {cut}").contains(&only));
    }
    // What takes longest first: a lease for sending, then deadlines.
    wanted.sort_by_key(|(journey, cut)| {
        let is_sending = cut.point.write.function == "reply-sender";
        (!is_sending, !journey.has_deadlines())
    });
    println!("{} journeys are cut", wanted.len());
    let cut = stream::iter(wanted).map(|(journey, cut)| go_until_cut(&stage, journey, cut));
    let cut: Vec<_> = cut.buffer_unordered(AT_ONCE).collect().await;
    println!("all journeys: {:?}", began.elapsed());
    let is_missed = |tries: &&Vec<Ended>| tries.iter().all(|ended| !ended.run.seen().is_cut);
    let missed = cut.iter().filter(is_missed).count();
    assert!(
        missed * 20 <= cut.len(),
        "{missed} of {} never came to their points",
        cut.len()
    );
    let ended: Vec<_> = whole.into_iter().chain(cut).flatten().collect();

    drained(&stage).await;
    let mut wrong = Vec::new();
    for Ended {
        journey,
        run,
        expected,
    } in &ended
    {
        let problems = check::problems(&stage, run, expected).await;
        if !problems.is_empty() {
            let cut = run.cut.as_ref().map(ToString::to_string);
            let cut = cut.unwrap_or_else(|| "whole".to_owned());
            let writes: Vec<_> = run.seen().writes.iter().map(ToString::to_string).collect();
            let (problems, writes) = (problems.join("\n  "), writes.join(", "));
            wrong.push(format!(
                "{journey:?}, {cut}:\n  {problems}\n  after {writes}"
            ));
        }
    }
    println!("{} journeys, {:?}", ended.len(), began.elapsed());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Waits until no message is left in any queue, not even a deadline.
async fn drained(stage: &Stage) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while stage.queued().await > 0 {
        assert!(Instant::now() < deadline, "messages are left");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
