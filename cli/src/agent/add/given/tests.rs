use clap::Parser;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: Args,
}

fn given(arguments: &[&str]) -> Result<Given, String> {
    let line = Line::try_parse_from(std::iter::once(&"add").chain(arguments));
    let line = line.map_err(|error| error.to_string())?;
    Given::read(line.args).map_err(|error| format!("{error:#}"))
}

/// A file of one test, gone when dropped.
fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

#[test]
fn everything_that_is_missing_is_named_at_once() {
    let told = |arguments: &[&str]| {
        let given = given(arguments).unwrap();
        given.check_complete().unwrap_err().to_string()
    };
    assert_eq!(
        told(&[]),
        "missing: NAME, --region us|eu, --client-id ID, --client-secret-file FILE (or SPARKBRIDGE_CLIENT_SECRET), --webhook-secret-file FILE (or SPARKBRIDGE_WEBHOOK_SECRET); give it, or run the command on a terminal, where it asks"
    );
    for (arguments, missing) in [
        (
            &["shop", "--bot", "http"][..],
            "--bot-url URL, --signing-key (makes one)",
        ),
        (
            &["shop", "--bot", "lex"],
            "--set bot.bot_id=VALUE, --set bot.bot_alias_id=VALUE",
        ),
        (
            &["shop", "--bot", "lex", "--set", "bot.bot_id=ABCDEFGHIJ"],
            "), --set bot.bot_alias_id=VALUE;",
        ),
        (
            &["shop", "--bot", "dialogflow"],
            "--google-service-account-file FILE",
        ),
        (&["shop", "--dialect", "inbox"], "--organization-id ID"),
        (&["shop", "--set", "dialect=inbox"], "--organization-id ID"),
    ] {
        let told = told(arguments);
        assert!(told.contains(missing), "{told}");
        assert!(!told.contains("NAME"), "{told}");
    }
}

#[test]
fn options_go_over_the_file_and_assignments_over_both() {
    let settings = file(
        "region = \"us\"\nmode = \"queued\"\n[bot]\nkind = \"http\"\nurl = \"https://a.example.com\"\n",
    );
    let settings = settings.path().to_str().unwrap();
    let secret = file("00ff\n");
    let secret = secret.path().to_str().unwrap();
    let given = given(&[
        "shop",
        "--settings",
        settings,
        "--region",
        "eu",
        "--bot-url",
        "https://b.example.com/t",
        "--signing-key",
        "--client-id",
        "c",
        "--client-secret-file",
        secret,
        "--webhook-secret-file",
        secret,
        "--set",
        "bot.timeout_ms=900",
        "--api-token",
        "bot:viewer",
    ]);
    let given = given.unwrap();
    given.check_complete().unwrap();
    let settings = serde_json::to_value(given.settings().unwrap()).unwrap();
    assert_eq!(settings["region"], "eu");
    assert_eq!(settings["mode"], "queued");
    assert_eq!(settings["bot"]["url"], "https://b.example.com/t");
    assert_eq!(settings["bot"]["timeout_ms"], 900);
    let stored = given.secret().unwrap();
    assert_eq!(stored.secret().webhook_secret.expose_secret(), "00ff");
    assert!(stored.bot().signing_key.is_some() && given.bot.signing_key_is_new);
    assert_eq!(stored.secret().api_tokens[0].name, "bot");
    let token = given.api_tokens[0].token.expose_secret();
    assert!(!stored.json().contains(token), "only its hash is kept");
    assert_eq!(given.account().unwrap().region, sparkcentral::Region::Eu);
}

#[test]
fn without_a_kind_it_is_the_script_bot() {
    let settings = given(&["--region", "us"]).unwrap().settings().unwrap();
    assert_eq!(settings.bot.kind(), "script");
    let rules = given(&["--region", "us", "--set", "bot.rules=x"]).unwrap();
    assert_eq!(rules.kind().unwrap().name, "script");
    assert!(serde_json::to_value(rules.settings().unwrap().bot).unwrap()["rules"] == "x");
    let other = given(&["--region", "us", "--set", "bot.kind=lex"]).unwrap();
    assert_eq!(other.kind().unwrap().name, "lex");
}

#[test]
fn wrong_input_is_named_and_no_secret_quoted() {
    let secret = file("hunter2");
    let secret = secret.path().to_str().unwrap();
    let settings = file("region = \"us\"\n[bot]\nkind = \"http\"\n");
    let settings = settings.path().to_str().unwrap();
    for (arguments, named) in [
        (&["Shop"][..], "a-z, 0-9 and -"),
        (&["--region", "mars"], "possible values: us, eu"),
        (&["--bot", "oracle"], "possible values: script, http"),
        (&["--bot-url", "bot"], "--bot-url"),
        (&["--webhook-secret-file", secret], "not hexadecimal"),
        (
            &["--client-secret-file", "no-such-file"],
            "--client-secret-file: reading no-such-file",
        ),
        (
            &["--client-secret-file", "-", "--bot-token-file", "-"],
            "only one can be",
        ),
        (&["--api-token", "bot"], "NAME:ROLE"),
        (
            &["--signing-key", "--signing-key-file", secret],
            "cannot be used with",
        ),
        (&["--settings", secret], "line 1"),
        (
            &["--settings", settings, "--bot", "rasa"],
            "another kind of bot",
        ),
    ] {
        let told = given(arguments).err().unwrap();
        assert!(told.contains(named), "{arguments:?}: {told}");
        assert!(
            !told.contains("hunter2") || arguments.contains(&"--settings"),
            "{told}"
        );
    }
    let twice = [
        "--api-token",
        "a:viewer",
        "--api-token",
        "a:supervisor",
        "--client-id",
        "c",
    ];
    let mut twice = given(&twice).unwrap();
    (twice.client_secret, twice.webhook_secret) = (Some("s".into()), Some("00".into()));
    assert!(
        twice
            .secret()
            .unwrap_err()
            .to_string()
            .contains("different names")
    );
}
