//! Every command of the documentation is run, as it stands there, but for the names that a reader fills in.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test's panic is its report"
)]

mod commands;
mod scene;

use std::path::{Path, PathBuf};

use commands::{Documented, commands};
use scene::Scene;
use system_tests::World;

/// Commands that are not run here, by how they begin, and where what they do is tried instead.
const ELSEWHERE: [(&str, &str); 13] = [
    (
        "sparkbridge agent edit shop\n",
        "opens an editor; tests/command_line/agent/terminal.rs has one",
    ),
    (
        "sparkbridge --stage prod agent add shop\n",
        "asks at a terminal; tests/command_line/agent/terminal.rs answers",
    ),
    (
        "make run",
        "behind every local stack; `make run ONCE=1` by hand",
    ),
    ("make test", "this is it"),
    ("make bench", "takes minutes, and release builds"),
    ("make chaos", "takes minutes; tests/chaos runs a short one"),
    (
        "target/debug/chaos ",
        "takes minutes; tests/chaos runs a short one",
    ),
    (
        "make deploy",
        "infra/deploy.sh deploys the stack this runs against",
    ),
    ("make package", "release builds"),
    (
        "STAGE=prod infra/deploy.sh",
        "infra/deploy.sh deploys the stack this runs against",
    ),
    ("export ", "the environment is the test's own"),
    ("eval ", "the environment is the test's own"),
    (
        "sparkbridge local up",
        "a stack runs already; tests/command_line/local.rs starts one",
    ),
];

#[tokio::test]
async fn every_documented_command_runs() {
    let world = World::join();
    let scene = Scene::set(&world).await;
    let mut failures = Vec::new();
    let mut ran = 0;
    for documented in everything() {
        let Documented {
            page,
            line,
            command,
        } = &documented;
        if let Some((_, why)) = ELSEWHERE
            .iter()
            .find(|(begin, _)| format!("{command}\n").starts_with(begin))
        {
            is_a_target(command);
            println!("{page}:{line}: not here ({why}): {command}");
            continue;
        }
        match scene.run(command).await {
            Ok(_told) => ran += 1,
            Err(problem) => failures.push(format!("{page}:{line}: {problem}")),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert!(ran > 40, "only {ran} commands were found");
}

/// A misspelt target would not be noticed otherwise.
fn is_a_target(command: &str) {
    let Some(target) = command.strip_prefix("make ") else {
        return;
    };
    let target = target.split(' ').next().unwrap();
    let makefile = std::fs::read_to_string(root().join("Makefile")).unwrap();
    let is_there = makefile
        .lines()
        .any(|line| line.starts_with(&format!("{target}:")));
    assert!(is_there, "the Makefile has no target {target}");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The commands of all pages.
fn everything() -> Vec<Documented> {
    let mut pages = vec![root().join("README.md"), root().join("infra/README.md")];
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.extension().is_some_and(|e| e == "md") => pages.push(path),
                false => {}
            }
        }
    }
    pages.sort();
    let of_page = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        commands(&name, &text)
    };
    pages.into_iter().flat_map(of_page).collect()
}
