//! What `build` makes of settings.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

mod access;

use access::{no_aws, no_secrets, signed_with};
use bots::BuildError;
use conversation::{BotSettings, HttpSettings};
use secrecy::SecretString;

fn http(url: &str, allow_private_addresses: bool) -> BotSettings {
    BotSettings::Http(HttpSettings {
        url: url.parse().unwrap(),
        timeout_ms: 1_000,
        allow_private_addresses,
        history_messages: 0,
    })
}

fn key() -> SecretString {
    SecretString::from("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
}

#[test]
fn a_script_bot_without_rules_gets_the_built_in_ones() {
    let bot = bots::build(
        &BotSettings::Script { rules: None },
        &no_secrets(),
        &no_aws(),
    )
    .unwrap();
    assert!(format!("{bot:?}").starts_with("ScriptBot"));
}

#[test]
fn rules_with_problems_are_refused_with_all_of_them() {
    let rules = "default_language = \"en\"\nno_text.en = \"T\"\nfallback = { handover_after = 0 }\ncolour = 1";
    let settings = BotSettings::Script {
        rules: Some(rules.to_owned()),
    };
    let error = bots::build(&settings, &no_secrets(), &no_aws()).unwrap_err();
    let BuildError::Rules { problems } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(problems.len(), 2);
    for problem in problems {
        assert!(error.to_string().contains(&problem.to_string()));
    }
}

#[test]
fn an_http_bot_needs_a_signing_key() {
    let error = bots::build(
        &http("https://bot.example/", false),
        &no_secrets(),
        &no_aws(),
    )
    .unwrap_err();
    assert!(matches!(error, BuildError::SigningKeyMissing));
    assert!(
        bots::build(
            &http("https://bot.example/", false),
            &signed_with(key()),
            &no_aws()
        )
        .is_ok()
    );
}

#[test]
fn http_without_tls_and_private_addresses_are_for_those_who_allow_them() {
    for url in [
        "http://bot.example/",
        "http://localhost:9001/",
        "https://10.0.0.1/",
    ] {
        let error = bots::build(&http(url, false), &signed_with(key()), &no_aws()).unwrap_err();
        assert!(matches!(error, BuildError::Url { .. }), "{url}");
        assert!(
            error.to_string().contains("allow_private_addresses"),
            "{error}"
        );
        assert!(
            bots::build(&http(url, true), &signed_with(key()), &no_aws()).is_ok(),
            "{url}"
        );
    }
}
