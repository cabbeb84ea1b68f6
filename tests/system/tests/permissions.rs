//! Each function's role against what its code calls: nothing missing, nothing more. That nothing is
//! missing is shown a second time by the system tests, which run with the emulator's IAM on.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// What a piece of code means for the role: action and, for queues, the resource.
const CALLS: &[(&str, &[&str])] = &[
    // Store
    (r"\.begin\( ?&", &["dynamodb:PutItem"]),
    (
        r"\.commit\(Commit",
        &["dynamodb:PutItem", "dynamodb:ConditionCheckItem"],
    ),
    (r"\.conversation\(", &["dynamodb:GetItem"]),
    (r"\.event\(", &["dynamodb:GetItem"]),
    (r"store\.reply\(", &["dynamodb:GetItem"]),
    (r"\.save_reply\(", &["dynamodb:PutItem", "dynamodb:GetItem"]),
    (r"\.transcript\(", &["dynamodb:Query"]),
    // Agents: settings and secret
    (
        r"agents\.agent\(|\.agent_of\(",
        &["dynamodb:GetItem", "secretsmanager:GetSecretValue"],
    ),
    // Queues, by the work sent: made, not matched
    (r"Work::Turn \{ turn_id: ", &["sqs:SendMessage TurnsQueue"]),
    (
        r"(Work|Queued)::Reply \{ reply_id: ",
        &["sqs:SendMessage OutboundQueue"],
    ),
    (
        r"(Work|Queued)::Handover \{ handover_id: ",
        &["sqs:SendMessage HandoversQueue"],
    ),
    (r"QueueOf::Turns", &READS[0]),
    (r"QueueOf::Outbound", &READS[1]),
    (r"QueueOf::Handovers", &READS[2]),
];

/// What a function's batches need of their queue: three of Lambda's own, one of the retries.
const READS: [[&str; 4]; 3] = [
    [
        "sqs:ReceiveMessage TurnsQueue",
        "sqs:DeleteMessage TurnsQueue",
        "sqs:GetQueueAttributes TurnsQueue",
        "sqs:ChangeMessageVisibility TurnsQueue",
    ],
    [
        "sqs:ReceiveMessage OutboundQueue",
        "sqs:DeleteMessage OutboundQueue",
        "sqs:GetQueueAttributes OutboundQueue",
        "sqs:ChangeMessageVisibility OutboundQueue",
    ],
    [
        "sqs:ReceiveMessage HandoversQueue",
        "sqs:DeleteMessage HandoversQueue",
        "sqs:GetQueueAttributes HandoversQueue",
        "sqs:ChangeMessageVisibility HandoversQueue",
    ],
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What the code of a function calls.
fn called(function: &str) -> BTreeSet<String> {
    let mut code = String::new();
    for file in fs::read_dir(root().join("functions").join(function).join("src")).unwrap() {
        code.push_str(&fs::read_to_string(file.unwrap().path()).unwrap());
    }
    // However it is laid out.
    let code = code
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace(" .", ".");
    let found = CALLS
        .iter()
        .filter(|(call, _)| Regex::new(call).unwrap().is_match(&code));
    found
        .flat_map(|(_, actions)| actions.iter().map(ToString::to_string))
        .collect()
}

/// What the template's role of a function allows, less what writing logs and reading an encrypted
/// secret takes.
fn allowed(function: &str) -> BTreeSet<String> {
    let template = fs::read_to_string(root().join("infra/template.yaml")).unwrap();
    let start = template.find(&format!("PolicyName: {function}\n")).unwrap();
    let role = &template[start..];
    let role = &role[..role.find("AWS::Lambda::Function").unwrap()];
    let action = Regex::new(r"Action: ([a-z]+:\w+)(?:, Resource: !GetAtt (\w+)\.Arn)?").unwrap();
    action
        .captures_iter(role)
        .map(|found| {
            (
                found[1].to_owned(),
                found.get(2).map(|resource| resource.as_str()),
            )
        })
        .filter(|(action, _)| !action.starts_with("logs:") && !action.starts_with("kms:"))
        .map(|(action, resource)| match resource {
            Some(queue) if action.starts_with("sqs:") => format!("{action} {queue}"),
            _ => action,
        })
        .collect()
}

#[test]
fn each_role_allows_exactly_what_its_function_calls() {
    for function in [
        "webhook-intake",
        "bot-turn",
        "reply-sender",
        "handover",
        "conversation-api",
    ] {
        assert_eq!(
            allowed(function),
            called(function),
            "{function}: allowed, called"
        );
    }
}

#[test]
fn no_role_allows_a_wildcard_action_or_every_resource() {
    let template = fs::read_to_string(root().join("infra/template.yaml")).unwrap();
    for line in template.lines().filter(|line| line.contains("Action:")) {
        assert!(
            !line.contains(":*") && !line.contains("Resource: \"*\""),
            "{line}"
        );
    }
}
