//! The kinds of bots, and what each must be given.

/// One kind.
#[derive(Debug)]
pub(crate) struct Kind {
    /// As in `[bot] kind`.
    pub(crate) name: &'static str,
    /// For whoever has to choose.
    pub(crate) about: &'static str,
    /// Settings without which there is no such bot, and the question for each.
    pub(crate) settings: &'static [(&'static str, &'static str)],
    /// The key that turns are signed with.
    pub(crate) signing_key: Use,
    /// A token that the bot asks for.
    pub(crate) token: Use,
    /// A Google service account's key file.
    pub(crate) google: Use,
}

/// Whether a kind of bot has something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    No,
    Possible,
    Needed,
}

/// The kind that needs nothing else.
pub(crate) const DEFAULT: &str = "script";

const URL: (&str, &str) = ("url", "Address of the bot (https://…)");

/// All of them.
pub(crate) const KINDS: [Kind; 7] = [
    Kind {
        name: "script",
        about: "rules in a file, built in; without a file it is the demo bot",
        settings: &[],
        signing_key: Use::No,
        token: Use::No,
        google: Use::No,
    },
    Kind {
        name: "http",
        about: "a service of your own, in any language",
        settings: &[URL],
        signing_key: Use::Needed,
        token: Use::No,
        google: Use::No,
    },
    Kind {
        name: "webhook",
        about: "a platform that takes turns and answers later",
        settings: &[URL],
        signing_key: Use::Possible,
        token: Use::Possible,
        google: Use::No,
    },
    Kind {
        name: "rasa",
        about: "Rasa's REST channel",
        settings: &[URL],
        signing_key: Use::No,
        token: Use::Possible,
        google: Use::No,
    },
    Kind {
        name: "dialogflow",
        about: "Google Dialogflow CX",
        settings: &[(
            "agent",
            "Dialogflow's agent (projects/…/locations/…/agents/…)",
        )],
        signing_key: Use::No,
        token: Use::No,
        google: Use::Needed,
    },
    Kind {
        name: "lex",
        about: "Amazon Lex V2",
        settings: &[
            ("bot_id", "Id of the Lex bot (10 letters and digits)"),
            ("bot_alias_id", "Id of its alias"),
        ],
        signing_key: Use::No,
        token: Use::No,
        google: Use::No,
    },
    Kind {
        name: "bedrock",
        about: "a model of Amazon Bedrock",
        settings: &[
            ("model_id", "Id of the model or inference profile"),
            ("system_prompt", "What the model is told about its part"),
        ],
        signing_key: Use::No,
        token: Use::No,
        google: Use::No,
    },
];

/// The kind of that name.
pub(crate) fn of(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// Their names, for a choice.
pub(crate) fn names() -> [&'static str; KINDS.len()] {
    KINDS.each_ref().map(|kind| kind.name)
}

#[cfg(test)]
mod tests {
    use conversation::{AgentSecret, AgentSettings};
    use serde_json::json;

    use super::*;

    /// A bot of that kind with `settings` for what is said to be needed.
    fn settings(kind: &Kind) -> Result<AgentSettings, String> {
        let mut bot = json!({"kind": kind.name});
        for (key, _) in kind.settings {
            bot[key] = match *key {
                "url" => json!("https://bot.example.com/"),
                "agent" => json!("projects/p/locations/eu/agents/a"),
                "bot_id" | "bot_alias_id" => json!("ABCDEFGHIJ"),
                _ => json!("text"),
            };
        }
        serde_json::from_value(json!({"region": "us", "bot": bot})).map_err(|e| e.to_string())
    }

    #[test]
    fn the_settings_asked_for_are_those_a_bot_can_not_do_without() {
        for kind in &KINDS {
            let whole = settings(kind).unwrap();
            assert_eq!(whole.bot.kind(), kind.name);
            assert!(whole.problems().is_empty(), "{}", kind.name);
            for missing in 0..kind.settings.len() {
                let mut without: Vec<_> = kind.settings.to_vec();
                without.remove(missing);
                let without = Kind {
                    settings: Vec::leak(without),
                    ..*kind
                };
                assert!(settings(&without).is_err(), "{} {missing}", kind.name);
            }
        }
    }

    #[test]
    fn the_secrets_asked_for_are_those_a_bot_can_not_do_without() {
        let aws = aws_config::SdkConfig::builder()
            .region(aws_config::Region::new("eu-west-1"))
            .build();
        let key = "whsec_c3BhcmticmlkZ2UtdGVzdC1rZXktMDEyMzQ1Njc4OWE=";
        for kind in &KINDS {
            let settings = settings(kind).unwrap();
            let build = |signing: bool, google: bool| {
                let mut secret =
                    json!({"webhook_secret": "00", "client_id": "c", "client_secret": "s"});
                if signing {
                    secret["bot_signing_key"] = key.into();
                }
                if google {
                    secret["google_service_account"] = json!({"type": "x"}).to_string().into();
                }
                let secret: AgentSecret = serde_json::from_value(secret).unwrap();
                bots::build(&settings.bot, &secret.bot(), &aws).map(drop)
            };
            if kind.signing_key == Use::Needed {
                assert!(matches!(
                    build(false, false),
                    Err(bots::BuildError::SigningKeyMissing)
                ));
                assert!(build(true, false).is_ok());
            } else if kind.google == Use::Needed {
                assert!(matches!(
                    build(false, false),
                    Err(bots::BuildError::SecretMissing {
                        name: "google_service_account",
                        ..
                    })
                ));
            } else if kind.name == "webhook" {
                assert!(build(false, false).is_err() && build(true, false).is_ok());
            } else {
                assert!(build(false, false).is_ok(), "{}", kind.name);
            }
        }
    }
}
