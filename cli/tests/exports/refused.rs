//! Input that can't work: one clear line, a non-zero status, and nothing sent.

use crate::{Caller, Files, SECRET, SETTINGS, blocks, page};

#[test]
fn settings_that_are_wrong_are_named_with_what_to_do() {
    let files = Files::new();
    let secret = files.write("secret.json", SECRET);
    let cases = [
        ("user = \"u\"\n", "missing field `host`"),
        (
            "host = \"h\"\nuser = \"u\"\nmood = 1\n",
            "line 3: unknown field `mood`",
        ),
        (
            "host = \"h\"\nuser = \"u\"\ntime_zone = \"Brussels\"\n",
            "IANA",
        ),
        (
            "host = \"h\"\nuser = \"u\"\nhost_key = \"SHA256:x\"\n",
            "host_key: not a fingerprint",
        ),
        ("host = \"h\"\nuser = \n", "line 2"),
    ];
    for (settings, expected) in cases {
        let file = files.write("exports.toml", settings);
        let arguments = ["configure", "--file", &file, "--secret-file", &secret];
        let said = Caller::nowhere().refused(&arguments);
        assert!(said.contains(expected), "{expected} is not in {said}");
    }
}

#[test]
fn every_problem_of_the_settings_is_told_at_once() {
    let files = Files::new();
    let file = files.write(
        "exports.toml",
        "host = \"sftp://h\"\nuser = \"\"\nport = 0\nroot = \"export\"\n\
         [exports.message]\n[exports.messages]\ncolumns = { message_id = \"drop\", words = \"drop\" }\n",
    );
    let said = Caller::nowhere().refused(&["configure", "--file", &file]);
    for expected in [
        "host: ",
        "user: ",
        "port: ",
        "root: ",
        "exports.message: ",
        "exports.messages.columns.message_id: ",
        "exports.messages.columns.words: ",
    ] {
        assert!(said.contains(expected), "{expected} is not in {said}");
    }
}

#[test]
fn no_message_quotes_a_secret() {
    let files = Files::new();
    let settings = files.write("exports.toml", SETTINGS);
    for secret in [
        r#"{"password":["hunter2"]}"#,
        r#"{"password":"hunter2","private_key":"hunter2"}"#,
        r#"{"password":"p","hash_key":"hunter2"}"#,
    ] {
        let secret = files.write("secret.json", secret);
        let arguments = ["configure", "--file", &settings, "--secret-file", &secret];
        let said = Caller::nowhere().refused(&arguments);
        assert!(said.contains("secret.json"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn what_docs_exports_shows_is_taken() {
    let page = page();
    let files = Files::new();
    let settings = files.write("exports.toml", blocks(&page, "toml")[0]);
    for secret in blocks(&page, "json") {
        let secret = files.write("secret.json", secret);
        let arguments = ["configure", "--file", &settings, "--secret-file", &secret];
        // Everything else is in order, so that only the connection can fail.
        let said = Caller::nowhere().refused(&arguments);
        assert!(said.contains("can't be reached"), "{said}");
    }
}

#[test]
fn arguments_that_make_no_sense_are_refused_before_anything_is_asked() {
    let files = Files::new();
    let absent = files.0.join("absent.csv");
    let cases: [(&[&str], &str); 5] = [
        (
            &["backfill", "--from", "2026-02-01", "--to", "2026-01-31"],
            "earlier day first",
        ),
        (
            &["reconcile", "--from", "2026-02-01", "--to", "2026-01-31"],
            "earlier day first",
        ),
        (&["query", " "], "the question is empty"),
        (&["query", "-"], "the question is empty"),
        (&["upload", absent.to_str().unwrap()], "absent.csv"),
    ];
    for (arguments, expected) in cases {
        let said = Caller::nowhere().refused(arguments);
        assert!(said.contains(expected), "{expected} is not in {said}");
    }
}

#[test]
fn arguments_that_the_command_does_not_know_are_refused_with_those_it_knows() {
    for (arguments, expected) in [
        (&["pull", "--table", "message"], "contact_attributes"),
        (&["upload", "x.csv", "--time-zone=CEST?"], "Europe/Brussels"),
        (
            &["trust-host", "--yes", "--fingerprint=x"],
            "cannot be used with",
        ),
    ] {
        let output = Caller::nowhere().call(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(expected), "{expected} is not in {said}");
    }
}
