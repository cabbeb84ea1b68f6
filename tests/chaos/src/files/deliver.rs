//! Writing files: whole, by halves, growing, replaced, said again, broken, poisoned.

use std::{collections::BTreeSet, fs, path::Path, sync::Arc, time::Duration};

use anyhow::Result;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{SHEETS, Sheet};
use crate::{
    checker::{Expected, Fate},
    drive::Control,
    seed::{Draw, Seed},
    stage::Stage,
};

/// How a file comes to be.
#[derive(Clone, Copy, Debug)]
enum Way {
    Whole,
    Halves,
    Growing,
    /// Other rows under the same name, later.
    Replaced,
    /// The same bytes under a new time, later.
    Touched,
    Poison,
}

/// Writes so many files, spread over a time; what must be in the tables then.
pub(crate) async fn deliver(
    stage: Arc<Stage>,
    seed: Seed,
    count: usize,
    over: Duration,
    planted: bool,
) -> Result<Vec<Expected>> {
    let pause = over / u32::try_from(count.max(1)).unwrap_or(1);
    let mut writing = Vec::new();
    for number in 0..count {
        let mut draw = seed.of(&["file", &number.to_string()]);
        let sheet = SHEETS[number % SHEETS.len()];
        // Where bugs are planted, only one table has broken rows, and all else is plain.
        let broken = match planted {
            true if sheet.table == "users" => 3,
            true => 0,
            false if draw.hits(3_000) => draw.between(1, 5),
            false => 0,
        };
        let way = if planted { Way::Whole } else { way(&mut draw) };
        stage.tally.hit(&format!("file.{way:?}").to_lowercase());
        stage.tally.add("file.broken_rows", broken);
        let stage = Arc::clone(&stage);
        writing.push(tokio::spawn(async move {
            write(&stage, &mut draw, number, sheet, broken, way).await
        }));
        tokio::time::sleep(pause).await;
    }
    let mut all = Vec::new();
    for one in writing {
        all.push(one.await??);
    }
    Ok(all)
}

fn way(draw: &mut Draw) -> Way {
    match draw.below(100) {
        0..18 => Way::Halves,
        18..32 => Way::Growing,
        32..44 => Way::Replaced,
        44..52 => Way::Touched,
        52..57 => Way::Poison,
        _ => Way::Whole,
    }
}

async fn write(
    stage: &Stage,
    draw: &mut Draw,
    number: usize,
    sheet: Sheet,
    broken: u64,
    way: Way,
) -> Result<Expected> {
    let folder = stage.info.sftp.folder.join("export").join(sheet.directory);
    fs::create_dir_all(&folder)?;
    let (day, hour) = (1 + number / 24 % 28, number % 24);
    let name = format!(
        "[o-1][{}][{day:02}102026{hour:02}0000][{day:02}102026{hour:02}5959][{}].csv",
        sheet.directory,
        Uuid::new_v4()
    );
    let file = folder.join(&name);
    let mut expected = Expected {
        path: format!("/export/{}/{name}", sheet.directory),
        table: sheet.table.into(),
        fate: Fate::Loaded,
        ids: BTreeSet::new(),
        rows: 0,
        broken,
    };
    let pause = |draw: &mut Draw, low, high| {
        tokio::time::sleep(Duration::from_millis(draw.between(low, high)))
    };
    let text = rows(draw, &format!("f{number}v1"), sheet, broken, &mut expected);
    let bytes = text.as_bytes();
    match way {
        Way::Whole => place(&file, bytes)?,
        Way::Halves => {
            place(&file, half(bytes))?;
            pause(draw, 2_000, 9_000).await;
            place(&file, bytes)?;
        }
        Way::Growing => {
            // Never a whole last line, until the end: nothing else says that there is more to come.
            let step = (bytes.len() / 5).max(1);
            for end in (step..bytes.len()).step_by(step) {
                let piece = &bytes[..end];
                let piece = piece.strip_suffix(b"\n").unwrap_or(piece);
                fs::write(&file, piece)?;
                pause(draw, 200, 1_500).await;
            }
            fs::write(&file, bytes)?;
        }
        Way::Replaced => {
            place(&file, bytes)?;
            pause(draw, 1_500, 9_000).await;
            expected.ids.clear();
            let other = rows(draw, &format!("f{number}v2"), sheet, broken, &mut expected);
            place(&file, other.as_bytes())?;
        }
        Way::Touched => {
            place(&file, bytes)?;
            pause(draw, 3_000, 9_000).await;
            place(&file, bytes)?;
        }
        Way::Poison => {
            place(&file, b"not,an,export\n1,2,3\n")?;
            expected.fate = Fate::Quarantined;
            expected.ids.clear();
            (expected.rows, expected.broken) = (0, 0);
        }
    }
    Ok(expected)
}

/// As Sparkcentral's own: it appears at once.
fn place(file: &Path, bytes: &[u8]) -> Result<()> {
    let folder = file.ancestors().nth(3).unwrap_or(file);
    let unfinished = folder.join(format!("unfinished-{}", Uuid::new_v4()));
    fs::write(&unfinished, bytes)?;
    fs::rename(&unfinished, file)?;
    Ok(())
}

/// Half of it, which does not end with a line.
fn half(bytes: &[u8]) -> &[u8] {
    let half = &bytes[..bytes.len() / 2];
    half.strip_suffix(b"\n").unwrap_or(half)
}

fn rows(draw: &mut Draw, name: &str, sheet: Sheet, broken: u64, expected: &mut Expected) -> String {
    let count = draw.between(5, 80);
    let mut lines: Vec<String> = (0..count)
        .map(|row| {
            let id = format!("{name}r{row}");
            let name = match draw.below(10) {
                0 => "\"two\nlines, and a \"\"quote\"\"\"",
                _ => "a name",
            };
            let line = sheet.line([&id, name, &row.to_string()]);
            expected.ids.insert(id);
            line
        })
        .collect();
    expected.rows = count;
    for row in 0..broken {
        let line = match draw.below(3) {
            0 => format!("x{name}r{row},too few"),
            1 => sheet.line(["x", "too many cells", "1"]) + ",,",
            _ => sheet.line(["x", "no number", "none"]),
        };
        let at = usize::try_from(draw.below(count)).unwrap_or_default();
        lines.insert(at, line);
    }
    format!("{}\n{}\n", sheet.header, lines.join("\n"))
}

/// The simulator's own exports of what happened, in every form they drift to.
pub(crate) async fn order_from_simulator(stage: &Stage, orders: usize) -> Result<Vec<Expected>> {
    const FAULTS: [&[&str]; 7] = [
        &[],
        &["bom", "crlf"],
        &["half_written"],
        &["growing"],
        &["renamed_headers"],
        &["extra_column"],
        &["renamed_headers", "bom", "half_written"],
    ];
    const TYPES: [&str; 4] = [
        "messages",
        "contacts",
        "response_times",
        "open_conversations",
    ];
    let control = Control::of(stage)?;
    let mut all = Vec::new();
    for number in 0..orders {
        let faults = FAULTS[number % FAULTS.len()];
        let mut order = json!({"types": TYPES, "faults": faults});
        if faults.contains(&"half_written") {
            order["complete_after_ms"] = 3_000.into();
        }
        if faults.contains(&"growing") {
            order["grow_ms"] = 3_000.into();
        }
        for fault in faults {
            stage.tally.hit(&format!("file.{fault}"));
        }
        let ordered = control.post("/sim/exports", order).await?;
        for file in ordered["files"].as_array().into_iter().flatten() {
            stage.tally.hit("file.of_the_simulator");
            all.push(expected(file));
        }
    }
    Ok(all)
}

fn expected(file: &Value) -> Expected {
    Expected {
        path: file["path"].as_str().unwrap_or_default().to_owned(),
        table: file["type"].as_str().unwrap_or_default().to_owned(),
        fate: Fate::Loaded,
        ids: BTreeSet::new(),
        rows: file["rows"].as_u64().unwrap_or(0),
        broken: 0,
    }
}
