#![allow(clippy::unwrap_used)]

use super::*;

const HEAD: &str = r#"
default_language = "en"
no_text.en = "Text only."
fallback = { handover_after = 2, text.en = "Pardon?" }
"#;

fn problems(rules: &str) -> Vec<String> {
    match load(rules) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn the_demo_rules_have_no_problem_and_speak_every_language_everywhere() {
    let script = load(super::super::DEMO).unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!(
        script.languages.iter().collect::<Vec<_>>(),
        ["de", "en", "es", "fr"]
    );
    let fallback = &script.fallback;
    let own = [
        &script.started,
        &script.delegated,
        &script.no_text,
        &fallback.text,
        &fallback.handover_text,
    ];
    for texts in own
        .into_iter()
        .chain(script.rules.iter().map(|rule| &rule.text))
    {
        assert!(texts.is_empty() || texts.len() == 4);
    }
}

#[test]
fn every_problem_is_reported_at_once_with_the_rules_name_and_what_to_do() {
    let found = problems(&format!(
        r#"{HEAD}
        colour = "blue"
        greeting.started.en = "Hello {{order}}"
        [[rules]]
        name = "order"
        patern.en = ['x']
        patterns.en = ['(', 'a*', '']
        patterns.English = ['order']
        text.de = "Ja"
        text.en = "{{order}}"
        [[rules]]
        name = "order"
        payloads = ["A", "A"]
        text.de = "Nur Deutsch"
        handover = "deadline"
        [[rules]]
        patterns.any = ['x']
    "#
    ));
    for expected in [
        "the file: colour is an unknown key: correct or remove it",
        "greeting.started: {order} has no value here: only rules capture values",
        "rule order: patern is an unknown key: correct or remove it",
        "rule order: patterns.en, number 1: correct the regular expression: unclosed group",
        "rule order: patterns.en, number 2: it matches an empty text, and so every text: let it ask for something",
        "rule order: patterns.en, number 3: it is empty: write or remove it",
        "rule order: patterns.English is no language: write a tag such as en, or any",
        "rule order: {order}: no pattern captures it: write (?<order>…)",
        "rule order: another rule has the same name: give each its own",
        "rule order: payload A is used twice: keep it in one rule",
        "rule order: add the text in the file's default language, en",
        "rule order: this handover reason is not a bot's to give: use contact_asked, bot_asked or not_understood",
        "rule 3 of the file: give the rule a name",
        "rule 3 of the file: it does nothing: add text, or silent = true to stay silent on purpose",
    ] {
        assert!(
            found.iter().any(|problem| problem == expected),
            "{expected}\nis not in {found:#?}"
        );
    }
    assert_eq!(found.len(), 14, "{found:#?}");
}

#[test]
fn a_file_that_is_not_toml_or_has_another_shape_is_answered_with_the_line() {
    for (rules, line, holds) in [
        ("default_language = \"en\"\nno_text = [", "line 2", ""),
        ("default_language = 7", "line 1", "expected a string"),
        (
            "default_language = \"en\"\n[no_text]\nen = \"T\"",
            "line 1",
            "fallback",
        ),
    ] {
        let found = problems(rules);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with(line) && found[0].contains(holds),
            "{found:?}"
        );
    }
    let reason = format!("{HEAD}\n[[rules]]\nname = \"a\"\nhandover = \"bored\"");
    let found = problems(&reason);
    assert!(
        found[0].starts_with("line 8") && found[0].contains("contact_asked"),
        "{found:?}"
    );
}

#[test]
fn what_one_rule_must_hold_is_checked() {
    for (rule, holds) in [
        ("text.en = \"Hi\"", "it can never match"),
        ("patterns.en = []\ntext.en = \"Hi\"", "it can never match"),
        (
            "patterns.en = ['a']\ntext.en = \"Hi\"\nsilent = true",
            "it is silent and has text",
        ),
        (
            "patterns.en = ['a']\nresolve = true\nhandover = \"bot_asked\"",
            "it hands over and resolves",
        ),
        (
            "patterns.en = ['a']\ntext.en = \" \"",
            "the text in en is empty",
        ),
        ("patterns.en = ['a']\ntext.en = \"Hi {\"", "a single brace"),
        (
            "patterns.en = ['a']\ntext.en = \"Hi\"\ntext.Deutsch = \"Tag\"",
            "Deutsch is no language",
        ),
        ("patterns.en = ['a']\ntopics = [\"\"]", "a topic is empty"),
        ("patterns.en = ['a']\nnote = \"\"", "the note is empty"),
        (
            "patterns.en = ['a']\nattributes = { \"loyalty tier\" = \"gold\" }",
            "attribute loyalty tier",
        ),
        ("payloads = [\" \"]\ntext.en = \"Hi\"", "a payload is empty"),
        (
            "patterns.en = ['(?<a>x)', 'y']\ntext.en = \"{a}\"",
            "{a} is not captured by every pattern",
        ),
        (
            "patterns.en = ['(?<a>x)']\npayloads = [\"P\"]\ntext.en = \"{a}\"",
            "{a} is not captured",
        ),
        (
            "patterns.en = ['\\w{1,200}']\ntext.en = \"Hi\"",
            "it is too large",
        ),
        (
            "patterns.en = ['(a{1000}){1000}']\ntext.en = \"Hi\"",
            "it is too large",
        ),
    ] {
        let found = problems(&format!("{HEAD}\n[[rules]]\nname = \"r\"\n{rule}"));
        assert!(
            found
                .iter()
                .any(|p| p.starts_with("rule r: ") && p.contains(holds)),
            "{rule}: {found:?}"
        );
    }
    let long = format!(
        "{HEAD}\n[[rules]]\nname = \"r\"\npatterns.en = ['a']\nnote = \"{}\"",
        "n".repeat(2_001)
    );
    assert!(problems(&long)[0].contains("over 2000 characters"));
}

#[test]
fn the_head_of_the_file_is_checked() {
    for (from, to, holds) in [
        (
            "\"en\"",
            "\"English\"",
            "default_language: write a lower-case",
        ),
        (
            "handover_after = 2",
            "handover_after = 0",
            "fallback: handover_after must be",
        ),
        (
            "handover_after = 2",
            "handover_after = 11",
            "fallback: handover_after must be",
        ),
        (", text.en = \"Pardon?\"", "", "fallback: add text"),
        (
            "no_text.en = \"Text only.\"",
            "no_text = {}",
            "no_text: add a text",
        ),
        (
            "no_text.en",
            "no_text.de",
            "no_text: add the text in the file's default language, en",
        ),
    ] {
        let found = problems(&HEAD.replace(from, to));
        assert!(
            found.iter().any(|problem| problem.contains(holds)),
            "{to}: {found:?}"
        );
    }
    let at_once = HEAD.replace(
        "handover_after = 2, text.en = \"Pardon?\"",
        "handover_after = 1",
    );
    assert_eq!(problems(&at_once), Vec::<String>::new());
}
