//! `sparkbridge channel` with input that can't work: told before anything is sent. What it does against a
//! running system is in tests/system/tests/command_line/.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

use std::process::Command;

/// What it says on standard error, after asserting that it ends with `status` and prints nothing else.
fn refused(arguments: &[&str], status: i32) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_sparkbridge"))
        .arg("channel")
        .args(arguments)
        // Nobody listens there: input that got this far is told by another message.
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env_remove("AWS_PROFILE")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(status), "{arguments:?}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn an_edit_that_makes_no_sense_is_refused_in_one_line() {
    for (arguments, told) in [
        (&[][..], "nothing to change is named"),
        (
            &["--user", "agent-1=viewer", "--user", "agent-1=none"],
            "two roles",
        ),
    ] {
        for verb in ["edit", "set"] {
            let arguments = [&[verb, "demo", "channel-1"], arguments].concat();
            let said = refused(&arguments, 1);
            assert!(
                said.starts_with("sparkbridge: ") && said.contains(told),
                "{said}"
            );
            assert_eq!(said.lines().count(), 1, "{said}");
        }
    }
}

#[test]
fn arguments_that_make_no_sense_are_refused_with_what_would() {
    for (arguments, told) in [
        (&["show", "demo"][..], "<CHANNEL>"),
        (&["show", "demo", ""], "<CHANNEL>"),
        (
            &["edit", "demo", "channel-1", "--auto-resolve-new", "30"],
            "30d",
        ),
        (
            &["edit", "demo", "channel-1", "--user", "agent-1"],
            "NAME=ROLE",
        ),
        (&["edit", "demo", "channel-1", "--medium", "fb"], "--add"),
    ] {
        let said = refused(arguments, 2);
        assert!(said.contains(told), "{arguments:?}: {said}");
    }
}

#[test]
fn a_name_that_no_agent_can_have_is_no_agents() {
    for arguments in [
        &["list", "Demo"][..],
        &["show", "Demo", "channel-1"],
        &["edit", "Demo", "channel-1", "--add"],
    ] {
        let said = refused(arguments, 1);
        assert!(said.contains("no agent is called \"Demo\""), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}
