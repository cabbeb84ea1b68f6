//! `sparkbridge doctor` where nothing answers.

use serde_json::Value;

use super::{Machine, refusal};

#[test]
fn aws_that_does_not_answer_is_the_one_failure_and_the_rest_is_skipped() {
    let arguments = ["doctor"];
    let output = Machine::nowhere().run(&arguments);
    let said = refusal(&arguments, &output);
    assert_eq!(said, "1 of 2 checks fails");
    let text = String::from_utf8(output.stdout).unwrap();
    let failed: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("FAIL"))
        .collect();
    assert_eq!(failed.len(), 1, "{text}");
    assert!(
        failed[0].contains("AWS identity") && failed[0].contains("127.0.0.1:9"),
        "{text}"
    );
    assert!(
        text.contains("To be mended:\n  AWS identity, eu-west-1: "),
        "{text}"
    );
    assert!(
        text.ends_with("2 checks: 0 ok, 1 failed, 1 skipped\n"),
        "{text}"
    );
}

#[test]
fn programs_get_a_list_of_checks_and_the_same_status() {
    let arguments = ["doctor", "demo", "--json"];
    let output = Machine::nowhere().run(&arguments);
    refusal(&arguments, &output);
    let checks: Value = serde_json::from_slice(&output.stdout).unwrap();
    let checks = checks.as_array().unwrap();
    assert_eq!(checks.len(), 2, "{checks:#?}");
    for check in checks {
        for field in ["check", "subject", "status", "found"] {
            assert!(check[field].is_string(), "{check}");
        }
    }
    assert_eq!(checks[0]["status"], "fail");
    assert!(checks[0]["next_step"].is_string());
    assert_eq!(checks[1]["status"], "skipped");
    assert!(checks[1]["next_step"].is_null());
}

#[test]
fn without_a_region_nothing_is_checked() {
    let said = Machine::bare().refused(&["doctor"]);
    assert!(said.contains("AWS_REGION"), "{said}");
}
