//! The other commands, and what of their input needs no AWS to be seen.

use super::{Files, SECRET, SETTINGS};

const ADD: [&str; 10] = [
    "add",
    "shop",
    "--region",
    "us",
    "--client-id",
    "c",
    "--client-secret-file",
    "hex",
    "--webhook-secret-file",
    "hex",
];

fn files() -> Files {
    Files::new(SETTINGS, SECRET)
}

fn add(more: &[&str]) -> Vec<&'static str> {
    ADD.into_iter()
        .chain(more.iter().map(|one| &*one.to_string().leak()))
        .collect()
}

#[test]
fn an_agent_that_could_be_registered_is_looked_for_in_the_table_first() {
    let said = files().refused(&ADD, &[], 1);
    assert!(said.contains("reading the agent's settings"), "{said}");
    assert!(said.contains("can't be reached"), "{said}");
}

#[test]
fn without_a_terminal_everything_that_is_missing_is_named() {
    let said = files().refused(&["add"], &[], 1);
    for expected in [
        "missing: NAME, --region us|eu, --client-id ID",
        "SPARKBRIDGE_CLIENT_SECRET",
        "SPARKBRIDGE_WEBHOOK_SECRET",
        "on a terminal",
    ] {
        assert!(said.contains(expected), "{said}");
    }
    let from_environment = [
        ("SPARKBRIDGE_CLIENT_SECRET", "s"),
        ("SPARKBRIDGE_WEBHOOK_SECRET", "00ff"),
    ];
    let said = files().refused(&["add", "shop"], &from_environment, 1);
    assert!(
        said.contains("missing: --region us|eu, --client-id ID; give it"),
        "{said}"
    );
}

#[test]
fn what_can_not_be_an_agent_is_told_before_anything_is_asked_of_anybody() {
    let hunter = [("SPARKBRIDGE_WEBHOOK_SECRET", "hunter2")];
    let said = files().refused(&["add", "shop", "--region", "us"], &hunter, 1);
    assert!(said.contains("not hexadecimal"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
    for (more, expected) in [
        (
            &["--bot", "http", "--bot-url", "https://bot.example.com/"][..],
            "--signing-key (makes one)",
        ),
        (
            &[
                "--bot",
                "http",
                "--bot-url",
                "http://bot.example.com/",
                "--signing-key",
            ],
            "https",
        ),
        (&["--bot", "rasa"], "--bot-url URL"),
        (&["--set", "bot.rules=[[rules"], "the bot's settings"),
        (&["--set", "mood=1"], "unknown field `mood`"),
        (&["--set", "retention_days=0"], "must be 1 to 365"),
        (
            &["--settings", "secret.json"],
            "settings in secret.json: line 1",
        ),
        (&["--dialect", "inbox"], "--organization-id ID"),
        (
            &["--api-token", "a:viewer", "--api-token", "a:viewer"],
            "different names",
        ),
        (
            &["--google-service-account-file", "hex"],
            "google_service_account",
        ),
    ] {
        let said = files().refused(&add(more), &[], 1);
        assert!(said.contains(expected), "{more:?}: {said}");
    }
}

#[test]
fn what_an_option_can_not_be_is_an_error_of_the_command_line() {
    for (arguments, expected) in [
        (
            &["add", "shop", "--region", "mars"][..],
            "[possible values: us, eu]",
        ),
        (
            &["add", "shop", "--bot", "oracle"],
            "[possible values: script, http",
        ),
        (
            &["add", "shop", "--client-secret", "hunter2"],
            "--client-secret",
        ),
        (
            &["add", "shop", "--api-token", "bot:owner"],
            "viewer, contributor or supervisor",
        ),
        (&["edit", "shop", "--set", "mode"], "KEY=VALUE"),
        (
            &[
                "edit",
                "shop",
                "--set",
                "mode=queued",
                "--file",
                "settings.toml",
            ],
            "cannot be used with",
        ),
        (
            &[
                "rotate",
                "client-secret",
                "shop",
                "--finish",
                "--client-id",
                "c",
            ],
            "cannot be used with",
        ),
        (&["rotate", "password", "shop"], "unrecognized subcommand"),
    ] {
        let said = files().refused(arguments, &[], 2);
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
}

#[test]
fn questions_need_a_terminal_or_the_option_that_answers_them() {
    for (arguments, expected) in [
        (&["edit", "shop"][..], "--file FILE, or --set KEY=VALUE"),
        (
            &["rotate", "webhook-secret", "shop"],
            "--webhook-secret-file FILE (or SPARKBRIDGE_WEBHOOK_SECRET)",
        ),
        (
            &["rotate", "client-secret", "shop"],
            "--client-secret-file FILE (or SPARKBRIDGE_CLIENT_SECRET)",
        ),
    ] {
        let said = files().refused(arguments, &[], 1);
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
}

#[test]
fn names_and_files_that_can_not_be_are_named() {
    let broken = Files::new("region = \"us\"\n[bot\n", SECRET);
    let said = broken.refused(&["edit", "shop", "--file", "settings.toml"], &[], 1);
    assert!(
        said.contains("settings in settings.toml: line 2: "),
        "{said}"
    );
    for (arguments, expected) in [
        (&["show", "Shop"][..], "a-z, 0-9 and -"),
        (&["pause", "-"], "a-z, 0-9 and -"),
        (&["remove", "", "--yes"], "a-z, 0-9 and -"),
        (
            &["edit", "shop", "--file", "none.toml"],
            "reading none.toml",
        ),
        (
            &[
                "rotate",
                "webhook-secret",
                "shop",
                "--webhook-secret-file",
                "secret.json",
            ],
            "not hexadecimal",
        ),
        (
            &[
                "rotate",
                "client-secret",
                "shop",
                "--client-secret-file",
                "none",
            ],
            "reading none",
        ),
    ] {
        let said = files().refused(arguments, &[], 1);
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
}
