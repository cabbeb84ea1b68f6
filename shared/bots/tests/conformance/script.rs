//! Rules: no service, so nothing that could be down.

use conversation::BotSettings;

use crate::access::{no_aws, no_secrets};
use crate::suite::Setup;

const RULES: &str = r#"
    default_language = "en"
    greeting.started.en = "Welcome!"
    greeting.delegated.en = "Back again."
    no_text.en = "Sorry?"
    fallback = { handover_after = 3, text.en = "Sorry?" }
    rules = [
        { name = "question", patterns.any = ['^question$'], text.en = "Answer.", topics = ["questions"] },
        { name = "person", patterns.any = ['^person$'], text.en = "One moment.", handover = "contact_asked" },
        { name = "thanks", patterns.any = ['^thanks$'], text.en = "Goodbye!", resolve = true },
        { name = "ok", patterns.any = ['^ok$'], silent = true },
    ]
"#;

async fn playing() -> Setup {
    let settings = BotSettings::Script {
        rules: Some(RULES.to_owned()),
    };
    Setup {
        bot: bots::build(&settings, &no_secrets(), &no_aws()).unwrap(),
        _service: Box::new(()),
    }
}

conversation_tests!();
