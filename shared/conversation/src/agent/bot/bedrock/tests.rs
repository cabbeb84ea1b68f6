use super::*;

fn settings(more: &str) -> BedrockSettings {
    let start = r#"{"model_id":"eu.amazon.nova-lite-v1:0","system_prompt":"You help.""#;
    serde_json::from_str(&format!("{start}{more}}}")).unwrap()
}

fn named(settings: &BedrockSettings) -> Vec<String> {
    let mut problems = Problems::default();
    settings.check(&mut problems);
    problems
        .0
        .into_iter()
        .map(|problem| problem.setting)
        .collect()
}

#[test]
fn a_model_and_its_part_are_enough() {
    let settings = settings("");
    assert!(named(&settings).is_empty());
    assert_eq!(settings.temperature, Temperature::Of(0.0));
    assert_eq!(
        (settings.history_messages, settings.context_tokens),
        (20, 8_000)
    );
    assert!(settings.may_resolve && !settings.quick_replies);
}

#[test]
fn everything_out_of_bounds_is_told() {
    let mut settings = settings(
        r#","max_tokens":0,"temperature":1.5,"history_messages":201,"topics":[" "],
        "attributes":{"loyalty tier":"gold or silver"},"not_understood_after":21,
        "guardrail":{"id":"","version":"latest"},"greeting":"Hi","greeting_instruction":"Greet.",
        "delegated_instruction":" ""#,
    );
    settings.model_id = "a model".into();
    settings.system_prompt = " ".into();
    assert_eq!(
        named(&settings),
        [
            "bot.model_id",
            "bot.system_prompt",
            "bot.max_tokens",
            "bot.history_messages",
            "bot.not_understood_after",
            "bot.temperature",
            "bot.guardrail.id",
            "bot.guardrail.version",
            "bot.topics",
            "bot.attributes",
            "bot.greeting",
            "bot.delegated_instruction"
        ]
    );
}

#[test]
fn a_temperature_is_a_number_or_the_models_own() {
    assert_eq!(
        settings(r#","temperature":0.3"#).temperature,
        Temperature::Of(0.3)
    );
    let own = settings(r#","temperature":"model""#);
    assert_eq!(own.temperature, Temperature::Model(ModelsOwn::Model));
    let again: BedrockSettings =
        serde_json::from_value(serde_json::to_value(&own).unwrap()).unwrap();
    assert!(again == own);
}

#[test]
fn arns_of_models_profiles_and_guardrails_are_taken() {
    for model in [
        "mistral.mistral-large-2402-v1:0",
        "arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.amazon.nova-lite-v1:0",
    ] {
        let mut settings = settings(
            r#","guardrail":{"id":"arn:aws:bedrock:eu-west-1:111122223333:guardrail/abc123","version":"DRAFT"}"#,
        );
        settings.model_id = model.into();
        assert!(named(&settings).is_empty(), "{model}");
    }
}
