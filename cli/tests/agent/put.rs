//! `agent put`: an agent from files.

use std::path::Path;

use super::{Files, SECRET, SETTINGS};

/// Registers `agent`; what the command says.
fn refused(files: &Files, agent: &str) -> String {
    refused_with(files, agent, &["--secret-file", "secret.json"])
}

/// The same with other arguments behind the settings.
fn refused_with(files: &Files, agent: &str, more: &[&str]) -> String {
    let arguments = [&["put", agent, "--file", "settings.toml"], more].concat();
    files.refused(&arguments, &[], 1)
}

#[test]
fn an_address_that_cannot_work_is_refused_though_the_secret_is_not_given_again() {
    for kind in ["http", "webhook", "rasa"] {
        let settings =
            format!("region = \"us\"\n[bot]\nkind = \"{kind}\"\nurl = \"https://10.0.0.1/\"\n");
        let files = Files::new(&settings, SECRET);
        let said = refused_with(&files, "shop", &[]);
        assert!(said.contains("allow_private_addresses"), "{kind}: {said}");
    }
    let missing = "region = \"us\"\n[bot]\nkind = \"http\"\nurl = \"https://bot.example.com\"\n";
    let files = Files::new(missing, SECRET);
    let said = refused_with(&files, "shop", &[]);
    assert!(
        said.contains("saving the settings"),
        "the key in place may be good: {said}"
    );
}

#[test]
fn each_wrong_input_is_named_with_what_to_do() {
    let script = "region = \"us\"\n[bot]\nkind = \"script\"\nrules = \"\"\"\n[[rules]]\nname = \"a\"\n\"\"\"\n";
    let http = "region = \"us\"\n[bot]\nkind = \"http\"\nurl = \"https://bot.example.com\"\n";
    let plain = http.replace("https", "http");
    let cases = [
        ("Shop", SETTINGS, SECRET, "a-z, 0-9"),
        (
            "shop",
            "region = \"mars\"\n[bot]\nkind = \"script\"\n",
            SECRET,
            "expected `us` or `eu`",
        ),
        (
            "shop",
            "region = \"us\"\nmood = 1\n[bot]\nkind = \"script\"\n",
            SECRET,
            "mood",
        ),
        (
            "shop",
            "inline_budget_ms = 99\nregion = \"us\"\n[bot]\nkind = \"script\"\n",
            SECRET,
            "100 to 9000",
        ),
        ("shop", script, SECRET, "rules"),
        ("shop", http, SECRET, "bot_signing_key"),
        (
            "shop",
            &plain,
            r#"{"webhook_secret":"00ff","client_id":"c","client_secret":"s",
            "bot_signing_key":"whsec_c3BhcmticmlkZ2UtdGVzdC1rZXktMDEyMzQ1Njc4OWE="}"#,
            "https",
        ),
        (
            "shop",
            SETTINGS,
            r#"{"webhook_secret":"xyz","client_id":"c","client_secret":"s"}"#,
            "hexadecimal",
        ),
        (
            "shop",
            SETTINGS,
            r#"{"webhook_secret":"00ff","client_id":"c"}"#,
            "missing field `client_secret`",
        ),
        (
            "shop",
            SETTINGS,
            r#"{"webhook_secret":"00ff","client_id":"c","client_secret":"s",
            "api_tokens":[{"name":"t","role":"viewer"}]}"#,
            "token or sha256",
        ),
    ];
    for (agent, settings, secret, expected) in cases {
        let said = refused(&Files::new(settings, secret), agent);
        assert!(said.contains(expected), "{expected} is not in {said}");
    }
}

#[test]
fn no_message_quotes_a_secret() {
    let secret = r#"{"webhook_secret":"00ff","client_id":"c","client_secret":["hunter2"]}"#;
    let said = refused(&Files::new(SETTINGS, secret), "shop");
    assert!(said.contains("secret.json: line 1"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn what_docs_agents_shows_is_taken() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/agents.md");
    let page = std::fs::read_to_string(page).unwrap();
    let settings = page
        .split("```toml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    // Everything else is in order, so that only the connection can fail.
    let said = refused(&Files::new(settings, SECRET), "shop");
    assert!(said.contains("can't be reached"), "{said}");
}
