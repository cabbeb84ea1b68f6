//! Completions and manual pages.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use super::{Machine, misused};

#[test]
fn bash_accepts_its_completions() {
    let machine = Machine::bare();
    let script = machine.told(&["completions", "bash"]);
    assert!(script.contains("dead-letters"), "no command in it");
    let mut bash = machine.command("bash", &["-n"]);
    let mut bash = bash
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    bash.stdin
        .take()
        .unwrap()
        .write_all(script.as_bytes())
        .unwrap();
    let output = bash.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
fn every_common_shell_has_completions_and_others_are_refused() {
    let machine = Machine::bare();
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        let script = machine.told(&["completions", shell]);
        assert!(script.contains("dead-letters"), "{shell}");
    }
    let said = misused(&["completions", "nothing"]);
    assert!(said.contains("bash") && said.contains("zsh"), "{said}");
}

#[test]
fn the_main_manual_page_is_printed_and_is_no_json() {
    let machine = Machine::bare();
    let page = machine.told(&["man"]);
    assert!(page.contains(".TH sparkbridge 1"), "{page}");
    assert!(page.contains("dead\\-letters"), "{page}");
    let said = machine.refused(&["man", "--json"]);
    assert!(said.contains("--out DIR"), "{said}");
}

#[test]
fn each_command_has_a_manual_page_of_its_own() {
    let machine = Machine::bare();
    let folder = machine.home.path().join("man/man1");
    let out = folder.to_str().unwrap();
    let told = machine.told(&["man", "--out", out]);
    let mut files: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(told, format!("{} pages in {out}\n", files.len()));
    for expected in [
        "sparkbridge.1",
        "sparkbridge-doctor.1",
        "sparkbridge-dead-letters-redrive.1",
        "sparkbridge-exports-pull.1",
        "sparkbridge-local-up.1",
    ] {
        assert!(
            files.iter().any(|file| file == expected),
            "{expected} in {files:?}"
        );
    }
    assert!(!files.iter().any(|file| file.contains("help")), "{files:?}");
    let page = fs::read_to_string(folder.join("sparkbridge-dead-letters-redrive.1")).unwrap();
    assert!(
        page.contains("\\-\\-save") && page.contains("\\-\\-stage"),
        "{page}"
    );

    let written = machine.told(&["man", "--out", out, "--json"]);
    let written: Vec<String> = serde_json::from_str(&written).unwrap();
    assert_eq!(written.len(), files.len());
    let file = folder.join("sparkbridge.1");
    let said = machine.refused(&["man", "--out", file.to_str().unwrap()]);
    assert!(said.starts_with("making "), "{said}");
}
