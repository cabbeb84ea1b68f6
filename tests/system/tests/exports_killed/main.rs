//! Both export functions, killed at each of their writes: just before AWS hears of it, and just after.
//! Whatever the moment, running them again ends in the same bytes.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test's panic is its report"
)]

mod cut;
mod scene;

use std::collections::BTreeMap;
use std::fmt::Write;

use cut::Cut;
use futures::stream::{self, StreamExt};
use lake::FileVersion;
use scene::Scene;
use system_tests::World;

/// Journeys side by side: most of one's time is waiting for the claim of a dead invocation to end.
const AT_ONCE: usize = 6;

/// What a journey leaves behind.
#[derive(Debug, PartialEq)]
struct Left {
    tables: BTreeMap<String, String>,
    raw: BTreeMap<String, String>,
    states: Vec<String>,
}

impl Left {
    async fn by(scene: &Scene, files: &[&FileVersion]) -> Self {
        let mut states = Vec::new();
        for file in files {
            states.push(scene.state(file).await);
        }
        Self {
            tables: scene.objects("tables/").await,
            raw: scene.objects("raw/").await,
            states,
        }
    }
}

/// Tags, one of whose rows can't be read.
fn tags(rows: usize, total: usize) -> Vec<u8> {
    let mut csv = String::from(
        "Tag ID,Tag Name,Total Contacts,Total Messages,Total Current Messages,Medium,Channel,Channel Display Name\n",
    );
    for row in 0..rows {
        let filler = "x".repeat(row % 97);
        writeln!(
            csv,
            "t-{row},\"name {row}\n{filler}\",{row},{total},1,sms,c-1,SMS"
        )
        .unwrap();
    }
    csv.push_str("t-bad,bad,one,1,1,sms,c-1,SMS\n");
    csv.into_bytes()
}

const NAME: &str =
    "[o-1][tag][01112026000000][02112026000000][0b5ab1fc-4a05-4d0e-8d6c-0d9d3a5f7a11].csv";

/// A file that is pulled in parts.
async fn long_file(world: &World, cut: Option<Cut>) -> (Left, Vec<String>) {
    let scene = Scene::set(world, cut).await;
    let content = tags(260_000, 7);
    assert!(content.len() > 17 * 1024 * 1024, "more than two parts");
    let file = scene.export(NAME, &content, 1_793_600_000);
    scene.pull().await;
    assert!(
        scene.object(&file.raw_key().unwrap()).await == content,
        "raw/ is byte for byte what the server had ({cut:?})"
    );
    let left = (Left::by(&scene, &[&file]).await, scene.proxy.writes());
    scene.end().await;
    left
}

/// A file that is pulled and loaded, then stated again under the same name, pulled and loaded.
async fn stated_again(world: &World, cut: Option<Cut>) -> (Left, Vec<String>) {
    let scene = Scene::set(world, cut).await;
    let first = scene.export(NAME, &tags(20, 1), 1_793_600_000);
    scene.pull().await;
    scene.load(&first).await;
    let second = scene.export(NAME, &tags(21, 2), 1_793_600_060);
    scene.pull().await;
    scene.load(&second).await;
    let left = (
        Left::by(&scene, &[&first, &second]).await,
        scene.proxy.writes(),
    );
    scene.end().await;
    left
}

/// A file whose time changes, and not its bytes, before anybody goes on where its pull was killed. The
/// tables it is in.
async fn touched(world: &World, cut: Option<Cut>) -> (Vec<String>, Vec<String>) {
    let scene = Scene::set(world, cut).await;
    let content = tags(20, 1);
    let first = scene.export(NAME, &content, 1_793_600_000);
    scene.pull_once().await;
    let second = scene.export(NAME, &content, 1_793_600_060);
    scene.pull().await;
    let writes = scene.proxy.writes();
    // As S3 tells of them.
    let landed = scene.objects("raw/").await;
    for file in [&first, &second] {
        if landed.contains_key(&file.raw_key().unwrap()) {
            scene.load(file).await;
        }
    }
    let tables = scene.objects("tables/").await;
    let table = |key: &String| key.split('/').nth(1).map(str::to_owned);
    let tables = tables.keys().filter_map(table).collect();
    scene.end().await;
    (tables, writes)
}

/// Compares a journey that is cut at each write with the one that isn't.
async fn killed_at_each_write<J, L>(journey: J) -> L
where
    J: AsyncFn(Option<Cut>) -> (L, Vec<String>),
    L: std::fmt::Debug + PartialEq,
{
    let (whole, writes) = journey(None).await;
    println!("{} writes: {}", writes.len(), writes.join(", "));
    let cuts = (0..writes.len()).flat_map(|at| [Cut::Before(at), Cut::After(at)]);
    let journey = &journey;
    let mut journeys = stream::iter(cuts)
        .map(|cut| async move { (cut, journey(Some(cut)).await) })
        .buffer_unordered(AT_ONCE);
    while let Some((cut, (left, again))) = journeys.next().await {
        assert_eq!(
            left, whole,
            "killed at {cut:?} of {writes:?}, then {again:?}"
        );
    }
    whole
}

#[tokio::test]
async fn a_long_file_lands_byte_for_byte_wherever_the_pull_is_killed() {
    let world = World::join();
    let left = killed_at_each_write(async |cut| long_file(&world, cut).await).await;
    assert_eq!(left.raw.len(), 1);
    assert_eq!(left.states, ["landed"]);
}

#[tokio::test]
async fn a_file_touched_while_nobody_pulls_it_is_loaded_once_wherever_the_pull_was_killed() {
    let world = World::join();
    let left = killed_at_each_write(async |cut| touched(&world, cut).await).await;
    assert_eq!(left, ["rejects", "tags"]);
}

#[tokio::test]
async fn a_file_stated_again_replaces_the_first_wherever_either_function_is_killed() {
    let world = World::join();
    let left = killed_at_each_write(async |cut| stated_again(&world, cut).await).await;
    assert_eq!(left.states, ["superseded", "loaded"]);
    let tables: Vec<_> = left.tables.keys().map(String::as_str).collect();
    assert!(
        matches!(tables[..], [rejects, rows]
            if rejects.starts_with("tables/rejects/") && rows.starts_with("tables/tags/")),
        "one object of rows and one of rejects: {tables:?}"
    );
}
