//! Alarms, dashboards and runbooks against each other, and against the code that writes the metrics.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

mod dashboards;
mod templates;
mod written;

use std::collections::BTreeSet;
use std::fs;

use regex::Regex;
use serde_json::Value;

use templates::{Resource, Stage, file, list, object, root, text};
use written::{Metric, Written};

const ALARM: &str = "AWS::CloudWatch::Alarm";
const RUNBOOKS: &str = "docs/runbooks";

/// Without the stage.
fn name(alarm: &Resource) -> String {
    text(&alarm.properties["AlarmName"]).replace("sparkbridge-stage-", "")
}

/// The runbook that ends an alarm's description.
fn runbook(alarm: &Resource) -> String {
    let description = text(&alarm.properties["AlarmDescription"]);
    description
        .rsplit(' ')
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// Every runbook, as it is linked.
fn runbooks() -> BTreeSet<String> {
    let entries = fs::read_dir(root().join(RUNBOOKS)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| name != "README.md")
        .map(|name| format!("{RUNBOOKS}/{name}"))
        .collect()
}

fn watched(alarm: &Resource) -> Vec<Metric> {
    let single = alarm
        .properties
        .get("MetricName")
        .map(|_| &alarm.properties);
    let parts = list(&alarm.properties["Metrics"]).iter();
    let parts = parts.filter_map(|part| part.get("MetricStat").map(|stat| &stat["Metric"]));
    single
        .into_iter()
        .chain(parts)
        .map(|metric| Metric {
            namespace: text(&metric["Namespace"]).to_owned(),
            name: text(&metric["MetricName"]).to_owned(),
            dimensions: list(&metric["Dimensions"])
                .iter()
                .map(|by| (text(&by["Name"]).to_owned(), text(&by["Value"]).to_owned()))
                .collect(),
        })
        .collect()
}

#[test]
fn every_alarm_ends_in_a_runbook_that_tells_of_it() {
    let stage = Stage::read();
    let index = file("docs/runbooks/README.md");
    let mut linked = BTreeSet::new();
    for alarm in stage.all(ALARM) {
        let (name, runbook) = (name(&alarm), runbook(&alarm));
        assert!(runbook.starts_with("docs/runbooks/"), "{name}: {runbook}");
        let told = format!("`{name}`");
        assert!(
            file(&runbook).contains(&told),
            "{runbook} does not tell of {told}"
        );
        assert!(index.contains(&told), "the index does not tell of {told}");
        linked.insert(runbook);
    }
    assert_eq!(linked, runbooks(), "linked by alarms, there");
}

#[test]
fn runbooks_tell_the_same_four_things_and_link_only_what_is_there() {
    let link = Regex::new(r"\]\(([^)#:]+)(?:#[^)]*)?\)").unwrap();
    for runbook in runbooks()
        .into_iter()
        .chain([format!("{RUNBOOKS}/README.md")])
    {
        let words = file(&runbook);
        if !runbook.ends_with("README.md") {
            let headings: Vec<_> = words
                .lines()
                .filter(|line| line.starts_with("## "))
                .collect();
            assert_eq!(
                headings,
                [
                    "## What it means",
                    "## What is wrong",
                    "## What to do",
                    "## When it is over"
                ],
                "{runbook}"
            );
        }
        for link in link.captures_iter(&words) {
            let target = root().join(RUNBOOKS).join(&link[1]);
            assert!(target.exists(), "{runbook} links {}", &link[1]);
        }
    }
}

#[test]
fn alarms_watch_only_what_somebody_writes() {
    let stage = Stage::read();
    let written = Written::of(&stage);
    for alarm in stage.all(ALARM) {
        let watched = watched(&alarm);
        assert!(!watched.is_empty(), "{} watches nothing", name(&alarm));
        for metric in watched {
            assert_eq!(written.problem(&metric), None, "{}", name(&alarm));
        }
    }
}

#[test]
fn a_metric_that_nobody_writes_is_found() {
    let written = Written::of(&Stage::read());
    let metric = |namespace: &str, name: &str, dimensions: &[(&str, &str)]| Metric {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        dimensions: dimensions
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    };
    let own = |name, dimensions| metric("Sparkbridge/stage", name, dimensions);
    let good = own(
        "Count",
        &[("Function", "reply-sender"), ("Outcome", "unknown")],
    );
    assert_eq!(written.problem(&good), None);
    for wrong in [
        own("Counts", &[("Function", "reply-sender")]),
        own("Count", &[("Outcome", "unknown")]),
        own(
            "Count",
            &[("Function", "reply-sender"), ("Outcome", "not_known")],
        ),
        own(
            "Count",
            &[("Function", "reply-maker"), ("Outcome", "unknown")],
        ),
        own("Handovers", &[("Reason", "bored")]),
        own("LagSeconds", &[("Type", "letters")]),
        metric("Sparkbridge", "Count", &[("Function", "reply-sender")]),
        metric(
            "AWS/SQS",
            "Age",
            &[("QueueName", "sparkbridge-stage-turns.fifo")],
        ),
        metric(
            "AWS/SQS",
            "ApproximateAgeOfOldestMessage",
            &[("QueueName", "sparkbridge-stage-turns")],
        ),
    ] {
        assert!(written.problem(&wrong).is_some(), "{wrong:?}");
    }
}

#[test]
fn nothing_that_can_go_wrong_lacks_its_alarm() {
    let stage = Stage::read();
    let watched: Vec<_> = stage.all(ALARM).iter().flat_map(watched).collect();
    let is_watched = |name: &str, dimension: &str, value: &str| {
        watched.iter().any(|metric| {
            metric.name == name
                && metric
                    .dimensions
                    .get(dimension)
                    .is_some_and(|is| is == value)
        })
    };
    for queue in stage.names("AWS::SQS::Queue", "QueueName") {
        let metric = match queue.contains("-dead") {
            true => "ApproximateNumberOfMessagesVisible",
            false => "ApproximateAgeOfOldestMessage",
        };
        // Its messages are old by intent: they wait for their turns' deadlines.
        if queue != "sparkbridge-stage-deadlines" {
            assert!(is_watched(metric, "QueueName", &queue), "{queue}: {metric}");
        }
    }
    for function in stage.names("AWS::Lambda::Function", "FunctionName") {
        for metric in ["Errors", "Throttles"] {
            assert!(
                is_watched(metric, "FunctionName", &function),
                "{function}: {metric}"
            );
        }
    }
    for table in stage.names("AWS::DynamoDB::Table", "TableName") {
        for metric in ["ReadThrottleEvents", "WriteThrottleEvents"] {
            assert!(is_watched(metric, "TableName", &table), "{table}: {metric}");
        }
    }
}

#[test]
fn no_alarms_name_ends_like_another() {
    // `sparkbridge doctor` tells a stage `a-b` from `a` by that.
    let names: Vec<_> = Stage::read().all(ALARM).iter().map(name).collect();
    for name in &names {
        let longer = names
            .iter()
            .find(|other| other.ends_with(&format!("-{name}")));
        assert_eq!(longer, None, "{name}");
    }
}

#[test]
fn cloudwatch_and_cloudformation_take_what_we_send() {
    let stage = Stage::read();
    for (template, size) in stage.sizes() {
        assert!(size <= 51_200, "{template} has {size} bytes");
    }
    for alarm in stage.all(ALARM) {
        let name = name(&alarm);
        let number = |value: &Value| value.as_u64().or(text(value).parse().ok());
        let parts = list(&alarm.properties["Metrics"]).iter();
        let periods = parts.filter_map(|part| number(&part["MetricStat"]["Period"]));
        let periods: BTreeSet<_> = periods.chain(number(&alarm.properties["Period"])).collect();
        assert_eq!(periods.len(), 1, "{name}: one period");
        let period = periods.into_iter().next().unwrap();
        let evaluated = number(&alarm.properties["EvaluationPeriods"]).unwrap();
        let longest = if period < 3_600 { 86_400 } else { 604_800 };
        assert!(
            period * evaluated <= longest,
            "{name}: {period} s × {evaluated}"
        );
        let breaching = number(&alarm.properties["DatapointsToAlarm"]).unwrap_or(evaluated);
        assert!((1..=evaluated).contains(&breaching), "{name}");
        assert!(list(&alarm.properties["Metrics"]).len() <= 10, "{name}");
        let ids = list(&alarm.properties["Metrics"])
            .iter()
            .map(|part| text(&part["Id"]));
        for id in ids {
            assert!(
                id.starts_with(|first: char| first.is_ascii_lowercase()),
                "{name}: {id}"
            );
        }
        assert!(
            object(&alarm.properties).contains_key("OKActions"),
            "{name}"
        );
    }
}
