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
    (
        r"\.commit\(",
        &["dynamodb:PutItem", "dynamodb:ConditionCheckItem"],
    ),
    (r"\.conversation\(", &["dynamodb:GetItem"]),
    (r"\.event\(", &["dynamodb:GetItem"]),
    (r"store\.reply\(", &["dynamodb:GetItem"]),
    (r"\.begin_at_once\(", &["dynamodb:UpdateItem"]),
    (
        r"\.answer_begun\(",
        &["dynamodb:PutItem", "dynamodb:GetItem"],
    ),
    (r"\.save_reply\(", &["dynamodb:PutItem", "dynamodb:GetItem"]),
    (r"\.transcript\(|store\.history\(", &["dynamodb:Query"]),
    // Channels
    (r"\.channel\(", &["dynamodb:GetItem"]),
    (r"\.channels\(", &["dynamodb:Query"]),
    (
        r"\.(save|learn)_channel\(",
        &["dynamodb:PutItem", "dynamodb:GetItem"],
    ),
    // Attachments, where the parameter names a bucket's objects
    (r"objects\.read\(", &["s3:GetObject"]),
    // Bots on AWS, each only where its parameter names one
    (
        r"bots\.get\(",
        &[
            "lex:RecognizeText",
            "bedrock:InvokeModel",
            "bedrock:ApplyGuardrail",
        ],
    ),
    // Agents: settings and secret
    (
        r"agents\.agent\(|\.agent_of\(",
        &["dynamodb:GetItem", "secretsmanager:GetSecretValue"],
    ),
    // Queues, by the work sent: made, not matched
    (
        r"(\w\(|, |= )(Work|Queued)::Turn \{",
        &["sqs:SendMessage TurnsQueue"],
    ),
    (
        r"(\w\(|, |= )(Work|Queued)::Reply \{",
        &["sqs:SendMessage OutboundQueue"],
    ),
    (
        r"(\w\(|, |= )(Work|Queued)::Handover \{",
        &["sqs:SendMessage HandoversQueue"],
    ),
    (r"QueueOf::Turns", &READS[0]),
    (r"QueueOf::Outbound", &READS[1]),
    (r"QueueOf::Handovers", &READS[2]),
    (r"QueueOf::Deadlines", &READS[3]),
    (r"send_later\(", &["sqs:SendMessage DeadlinesQueue"]),
    // The ledger of exports
    (r"ledger\.(settings|file)\(", &["dynamodb:GetItem"]),
    (r"ledger\.files\(", &["dynamodb:BatchGetItem"]),
    (
        r"ledger\.(versions|calendar|newest_window_end)\(",
        &["dynamodb:Query"],
    ),
    (r"ledger\.(create|save)\(", &["dynamodb:PutItem"]),
    (
        r"secrets\.(credential|hash_key)\(",
        &["secretsmanager:GetSecretValue"],
    ),
    // The lake: export-sync writes raw/, export-load reads it and writes tables
    (r"lake\.(put|add)\(", &["s3:PutObject raw/*"]),
    (r"lake\.abort\(", &["s3:AbortMultipartUpload raw/*"]),
    (r"lake\.read\(&key\)", &["s3:GetObject raw/*"]),
    (r"lake\.read\(&key\.0\)", &["s3:GetObject inbox/*"]),
    (
        r"upload_writer\(",
        &["s3:PutObject tables/*", "s3:AbortMultipartUpload tables/*"],
    ),
    (r"lake\.delete\(", &["s3:DeleteObject tables/*"]),
    (r"lake\.copy\(", &["s3:PutObject quarantine/*"]),
    (
        r"notification::keys\(",
        &[
            "sqs:ReceiveMessage LandedQueue",
            "sqs:DeleteMessage LandedQueue",
            "sqs:GetQueueAttributes LandedQueue",
        ],
    ),
];

/// What a function's batches need of their queue: three of Lambda's own, one of the retries.
const READS: [[&str; 4]; 4] = [
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
    [
        "sqs:ReceiveMessage DeadlinesQueue",
        "sqs:DeleteMessage DeadlinesQueue",
        "sqs:GetQueueAttributes DeadlinesQueue",
        "sqs:ChangeMessageVisibility DeadlinesQueue",
    ],
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn code_below(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .map(|path| match path.is_dir() {
            true => code_below(&path),
            false => fs::read_to_string(path).unwrap(),
        })
        .collect()
}

/// What the code of a function calls.
fn called(function: &str) -> BTreeSet<String> {
    let code = code_below(&root().join("functions").join(function).join("src"));
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

/// The templates that have functions.
fn templates() -> [String; 2] {
    ["infra/template.yaml", "infra/exports.yaml"]
        .map(|path| fs::read_to_string(root().join(path)).unwrap())
}

/// What the role of a function allows, less what writing logs and reading an encrypted secret takes: the
/// action, of queues with their name, of files in the lake with what their keys begin with.
fn allowed(function: &str) -> BTreeSet<String> {
    let policy = format!("PolicyName: {function}\n");
    let templates = templates();
    let role = templates
        .iter()
        .find_map(|template| Some(&template[template.find(&policy)?..]))
        .unwrap();
    let role = &role[..role.find("AWS::Lambda::Function").unwrap()];
    let queue = r"!GetAtt (?<queue>\w+)\.Arn";
    let files = r#"!Sub "\$\{LakeBucket\.Arn\}/(?<files>[^"]*)""#;
    let action = format!(r"Action: (?<action>[a-z0-9]+:\w+)(?:, Resource: (?:{queue}|{files}))?");
    Regex::new(&action)
        .unwrap()
        .captures_iter(role)
        .filter(|found| {
            !["logs:", "kms:"]
                .iter()
                .any(|of| found["action"].starts_with(of))
        })
        .map(|found| {
            let action = &found["action"];
            let queue = found.name("queue").filter(|_| action.starts_with("sqs:"));
            match queue.or(found.name("files")) {
                Some(resource) => format!("{action} {}", resource.as_str()),
                None => action.to_owned(),
            }
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
        "export-sync",
        "export-load",
    ] {
        assert_eq!(
            allowed(function),
            called(function),
            "{function}: allowed, called"
        );
    }
}

#[test]
fn nothing_allows_a_wildcard_action_or_every_resource() {
    let everything = Regex::new(
        r#"(?x) Action: \s [^,}]* \*      # beside the word
             | ^ \s* - \s [a-z0-9]+ : \w* \* $ # in a list below it
             | Resource: \s "\*""#,
    )
    .unwrap();
    for template in templates() {
        let mut allows = true;
        for line in template.lines() {
            if line.contains("Effect:") {
                allows = line.contains("Effect: Allow");
            }
            // AWS knows no resource for it.
            let no_other_way = line.contains("Action: cloudwatch:GetMetricStatistics,");
            assert!(
                no_other_way || !(allows && everything.is_match(line)),
                "{line}"
            );
        }
    }
}
