//! What docs/bots-aws.md shows is what the code takes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

use std::path::Path;

use bots::SdkConfig;
use conversation::{AgentSettings, BotSecrets};

#[test]
fn the_settings_on_the_page_are_settings_without_problems() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/bots-aws.md");
    let page = std::fs::read_to_string(path).unwrap();
    let blocks = page.split("```toml\n").skip(1);
    let blocks = blocks.map(|rest| rest.split("```").next().unwrap());
    let mut kinds = Vec::new();
    for block in blocks {
        let settings = format!("region = \"eu\"\n{block}");
        let settings: AgentSettings = toml::from_str(&settings).unwrap();
        assert_eq!(settings.problems(), []);
        let aws = SdkConfig::builder().build();
        bots::build(&settings.bot, &BotSecrets::default(), &aws).unwrap();
        kinds.push(settings.bot.kind());
        // As the table keeps it.
        let kept = serde_json::to_string(&settings).unwrap();
        let again: AgentSettings = serde_json::from_str(&kept).unwrap();
        assert!(again == settings);
    }
    assert_eq!(kinds, ["lex", "bedrock"]);
}
