//! `sparkbridge conversation` with input that can't work: told before anything is sent. What it does
//! against a running system is in tests/system/tests/command_line/.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

use std::process::{Command, Output, Stdio};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sparkbridge"))
        .arg("conversation")
        .args(arguments)
        .stdin(Stdio::null())
        // Nobody listens there: input that got this far is told by another message.
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env_remove("AWS_PROFILE")
        .output()
        .unwrap()
}

/// What it says on standard error, after asserting that it ends with `status` and prints nothing else.
fn refused(arguments: &[&str], status: i32) -> String {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn arguments_that_make_no_sense_are_refused_with_what_would() {
    for (arguments, told) in [
        (&["list", "--state", "open"][..], "handing_over"),
        (&["list", "--since", "2"], "30d"),
        (&["list", "--limit", "0"], "1..=10000"),
        (&["list", "--agent", ""], "--agent"),
        (&["show", "demo"], "<ID>"),
        (&["show", "demo", ""], "<ID>"),
        (&["tail", "demo", "--last", "3"], "<ID>"),
        (&["tail", "demo", "--every", "0s"], "at least a second"),
        (&["tail", "demo", "--for", "soon"], "30d"),
        (&["reply", "demo", "c-1"], "--text"),
        (
            &["reply", "demo", "c-1", "--text", "a", "--text-file", "b"],
            "cannot be used with",
        ),
        (&["reply", "demo", "c-1", "--text", "a", "--id", ""], "--id"),
        (
            &["handover", "demo", "c-1", "--reason", "boredom"],
            "contact_asked",
        ),
    ] {
        let said = refused(arguments, 2);
        assert!(said.contains(told), "{arguments:?}: {said}");
    }
}

#[test]
fn a_text_that_says_nothing_or_can_not_be_read_is_refused_in_one_line() {
    for (arguments, told) in [
        (&["--text", " \n"][..], "the text is empty"),
        (&["--text-file", "-"], "the text is empty"),
        (
            &["--text-file", "no-such-file"],
            "reading the text from no-such-file",
        ),
    ] {
        let arguments = [&["reply", "demo", "c-1"], arguments].concat();
        let said = refused(&arguments, 1);
        assert!(
            said.starts_with("sparkbridge: ") && said.contains(told),
            "{said}"
        );
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn a_name_that_no_agent_can_have_is_no_agents() {
    let said = refused(&["list", "--agent", "Not an agent"], 1);
    assert!(
        said.contains("no agent is called \"Not an agent\""),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn listing_says_what_it_costs() {
    let output = run(&["list", "--help"]);
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    // Lines are broken to fit.
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for word in ["whole table", "read units", "US dollars"] {
        assert!(said.contains(word), "{word}: {said}");
    }
}
