//! `sparkbridge dead-letters` with input that can't work.

use super::{Machine, misused};

#[test]
fn a_queue_that_there_is_not_is_refused_with_those_there_are() {
    for command in ["show", "redrive"] {
        let said = misused(&["dead-letters", command, "nothing"]);
        for queue in [
            "turns",
            "outbound",
            "handovers",
            "deadlines",
            "landed",
            "export-sync",
        ] {
            assert!(said.contains(queue), "{said}");
        }
    }
}

#[test]
fn a_redrive_must_say_what_it_moves() {
    for arguments in [
        &["dead-letters", "redrive", "turns"][..],
        &["dead-letters", "redrive", "turns", "--all", "--id", "m-1"],
    ] {
        let said = misused(arguments);
        assert!(said.contains("--all") && said.contains("--id"), "{said}");
    }
}

#[test]
fn nothing_is_saved_and_nothing_printed_where_nobody_answers() {
    let machine = Machine::nowhere();
    let file = machine.home.path().join("kept.jsonl");
    let file = file.to_str().unwrap();
    for arguments in [
        &["dead-letters", "list", "--json"][..],
        &["dead-letters", "show", "turns"],
        &["dead-letters", "redrive", "turns", "--all", "--save", file],
    ] {
        let said = machine.refused(arguments);
        assert!(said.contains("http://127.0.0.1:9"), "{said}");
    }
    assert!(!std::fs::exists(file).unwrap());
}
