//! Which metrics there are: those that the code writes, and those of the AWS services we use.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use exports::EXPORTS;
use regex::Regex;

use crate::templates::{Stage, file, root};

/// A metric that an alarm watches or a graph shows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Metric {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) dimensions: BTreeMap<String, String>,
}

/// What AWS's services write: namespace, the names of its metrics, dimensions of one of them.
const SERVICES: [(&str, &[&str], &[&str]); 5] = [
    (
        "AWS/SQS",
        &[
            "ApproximateAgeOfOldestMessage",
            "ApproximateNumberOfMessagesVisible",
        ],
        &["QueueName"],
    ),
    (
        "AWS/Lambda",
        &["ConcurrentExecutions", "Duration", "Errors", "Throttles"],
        &["FunctionName"],
    ),
    (
        "AWS/DynamoDB",
        &[
            "ReadThrottleEvents",
            "TransactionConflict",
            "WriteThrottleEvents",
        ],
        &["TableName"],
    ),
    ("AWS/ApiGateway", &["4xx", "5xx", "Count"], &["ApiId"]),
    (
        "AWS/ApiGateway",
        &["Latency"],
        &["ApiId", "Method", "Resource", "Stage"],
    ),
];

/// Where records are defined.
const RECORDS: [&str; 2] = ["shared/platform/src/record.rs", "shared/lake/src/record.rs"];

/// Everything that can be watched.
pub(crate) struct Written {
    /// Metric and dimensions, of our own records.
    own: BTreeSet<(String, BTreeSet<String>)>,
    /// By dimension, what it can be.
    values: BTreeMap<&'static str, BTreeSet<String>>,
    /// By function.
    outcomes: BTreeMap<String, BTreeSet<String>>,
}

impl Written {
    pub(crate) fn of(stage: &Stage) -> Self {
        let functions = stage.names("AWS::Lambda::Function", "FunctionName");
        let short = |name: &String| name.replace("sparkbridge-stage-", "");
        let routes = stage.names("AWS::ApiGatewayV2::Route", "RouteKey");
        let route = |place: usize| routes.iter().map(move |key| part(key, place)).collect();
        Self {
            own: RECORDS
                .iter()
                .flat_map(|path| records(&file(path)))
                .collect(),
            outcomes: functions
                .iter()
                .map(|name| (short(name), outcomes(&short(name))))
                .collect(),
            values: BTreeMap::from([
                ("Function", functions.iter().map(short).collect()),
                ("FunctionName", functions.iter().cloned().collect()),
                ("Reason", reasons()),
                ("Type", types()),
                ("QueueName", known(stage, "AWS::SQS::Queue", "QueueName")),
                (
                    "TableName",
                    known(stage, "AWS::DynamoDB::Table", "TableName"),
                ),
                (
                    "Stage",
                    known(stage, "AWS::ApiGatewayV2::Stage", "StageName"),
                ),
                ("ApiId", ["the-ApiId".to_owned()].into()),
                ("Method", route(0)),
                ("Resource", route(1)),
            ]),
        }
    }

    /// What is wrong with a metric: nobody writes it.
    pub(crate) fn problem(&self, metric: &Metric) -> Option<String> {
        let Metric {
            namespace,
            name,
            dimensions,
        } = metric;
        let names: BTreeSet<String> = dimensions.keys().cloned().collect();
        let is_ours =
            namespace == "Sparkbridge/stage" && self.own.contains(&(name.clone(), names.clone()));
        let is_theirs = SERVICES.iter().any(|(of, metrics, by)| {
            of == namespace
                && metrics.contains(&name.as_str())
                && names.iter().map(String::as_str).eq(by.iter().copied())
        });
        if !is_ours && !is_theirs {
            return Some(format!("nobody writes {namespace} {name} by {names:?}"));
        }
        for (dimension, value) in dimensions {
            let known = match dimension.as_str() {
                "Outcome" => self.outcomes.get(&dimensions["Function"]),
                other => self.values.get(other),
            };
            if !known.is_some_and(|known| known.contains(value)) {
                return Some(format!("{dimension} is never {value:?}: {metric:?}"));
            }
        }
        None
    }

    pub(crate) fn values(&self, dimension: &str) -> &BTreeSet<String> {
        &self.values[dimension]
    }
}

fn known(stage: &Stage, kind: &str, property: &str) -> BTreeSet<String> {
    stage.names(kind, property).into_iter().collect()
}

fn part(route: &str, place: usize) -> String {
    route.split(' ').nth(place).unwrap_or_default().to_owned()
}

/// The metrics of the structs in a file: each with each of its struct's sets of dimensions.
fn records(code: &str) -> Vec<(String, BTreeSet<String>)> {
    let record = Regex::new(
        r"(?s)dimension_sets = \[(?<sets>\[.*?\]),?\s*\](?:,\s*)?\)\]\s*(?:pub )?struct \w+ \{(?<fields>.*?)\n\}",
    )
    .unwrap();
    let set = Regex::new(r"\[([^\[\]]*)\]").unwrap();
    let field = Regex::new(r"#\[metrics\(unit = \w+\)\]\s*(?:pub )?(\w+):").unwrap();
    let mut found = Vec::new();
    for record in record.captures_iter(code) {
        for metric in field.captures_iter(&record["fields"]) {
            for set in set.captures_iter(&record["sets"]) {
                let dimensions = set[1].split(',').map(|name| name.trim().trim_matches('"'));
                found.push((pascal(&metric[1]), dimensions.map(str::to_owned).collect()));
            }
        }
    }
    found
}

fn pascal(field: &str) -> String {
    let words = field.split('_');
    words
        .map(|word| word[..1].to_uppercase() + &word[1..])
        .collect()
}

/// The words in a function's code that an outcome can be.
fn outcomes(function: &str) -> BTreeSet<String> {
    let mut code = code_below(&root().join("functions").join(function).join("src"));
    if !function.starts_with("export-") {
        code.push_str(&own(&file("shared/platform/src/batch.rs")));
    }
    let word = Regex::new(r#""([a-z]+(?:_[a-z]+)*)""#).unwrap();
    let words = word.captures_iter(&code);
    words.map(|word| word[1].to_owned()).collect()
}

/// Without tests.
fn code_below(folder: &Path) -> String {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            !name.contains("tests")
        })
        .map(|path| match path.is_dir() {
            true => code_below(&path),
            false => own(&fs::read_to_string(path).unwrap()),
        })
        .collect()
}

fn own(code: &str) -> String {
    code.split("#[cfg(test)]")
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn reasons() -> BTreeSet<String> {
    let reasons = conversation::HandoverReason::ALL.iter();
    reasons.map(|reason| reason.as_str().to_owned()).collect()
}

fn types() -> BTreeSet<String> {
    EXPORTS
        .iter()
        .map(|export| export.table.to_owned())
        .collect()
}

#[test]
fn metrics_are_read_from_the_code_of_records() {
    let found = records(
        r#"
#[metrics(rename_all = "PascalCase", emf::dimension_sets = [["Type"], ["Function", "Outcome"]])]
pub struct Lag {
    function: &'static str,
    #[metrics(name = "Type")]
    table: &'static str,
    #[metrics(unit = Second)]
    pub lag_seconds: Option<u64>,
}
"#,
    );
    let set = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            ("LagSeconds".to_owned(), set(&["Type"])),
            ("LagSeconds".to_owned(), set(&["Function", "Outcome"])),
        ]
    );
}
