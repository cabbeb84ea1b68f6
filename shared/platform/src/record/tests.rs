//! Records as they are written, read as CloudWatch reads them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::*;

/// As the templates name one for each stage.
const NAMESPACE: &str = "Sparkbridge/production";
/// CloudWatch keeps a line for as long as it is paid for, one for each webhook.
const LONGEST_LINE: usize = 600;

/// What was written.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The lines that `act` writes.
fn lines(function: &'static str, act: impl FnOnce(&Telemetry)) -> Vec<String> {
    let written = Written::default();
    let writer = written.clone();
    act(&Telemetry {
        function,
        sink: telemetry::sink(NAMESPACE.to_owned(), move || writer.clone()),
    });
    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    text.lines().map(ToOwned::to_owned).collect()
}

/// The one line that `act` writes.
fn line(function: &'static str, act: impl FnOnce(&Telemetry)) -> Value {
    let lines = lines(function, act);
    assert_eq!(lines.len(), 1, "{lines:?}");
    serde_json::from_str(&lines[0]).unwrap()
}

/// Metrics of a line by name, each with its unit, and the dimension sets of all of them. Checks what
/// CloudWatch asks for: each metric is a number of the line, and each dimension a text.
fn metrics(line: &Value) -> (BTreeMap<&str, &str>, BTreeSet<Vec<&str>>) {
    let directives = line["_aws"]["CloudWatchMetrics"].as_array().unwrap();
    assert_eq!(directives.len(), 1);
    assert_eq!(directives[0]["Namespace"], NAMESPACE);
    assert!(line["_aws"]["Timestamp"].as_u64().unwrap() > 1_700_000_000_000);
    let metrics = directives[0]["Metrics"].as_array().unwrap().iter();
    let metrics = metrics.map(|metric| {
        let name = metric["Name"].as_str().unwrap();
        assert!(line[name].is_number(), "{name}: {line}");
        (name, metric["Unit"].as_str().unwrap_or("None"))
    });
    let dimensions = directives[0]["Dimensions"].as_array().unwrap().iter();
    let dimensions = dimensions.map(|set| {
        let names = set.as_array().unwrap().iter();
        let names = names.map(|name| name.as_str().unwrap());
        names
            .inspect(|name| assert!(line[*name].is_string(), "{name}: {line}"))
            .collect()
    });
    (metrics.collect(), dimensions.collect())
}

fn at(millis: i64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + time::Duration::milliseconds(millis)
}

#[test]
fn a_record_counts_and_times_by_function_by_outcome_and_by_agent() {
    let line = line("bot-turn", |telemetry| {
        let mut record = telemetry.begin();
        record.agent = "shop".into();
        record.finish("answered");
    });
    let (metrics, dimensions) = metrics(&line);
    assert_eq!(
        metrics,
        BTreeMap::from([("Count", "Count"), ("Duration", "Milliseconds")])
    );
    assert_eq!(
        dimensions,
        BTreeSet::from([
            vec!["Function"],
            vec!["Function", "Outcome"],
            vec!["Function", "Agent", "Outcome"],
        ])
    );
    assert_eq!(line["Count"], 1);
    for (property, value) in [
        ("Function", "bot-turn"),
        ("Agent", "shop"),
        ("Outcome", "answered"),
    ] {
        assert_eq!(line[property], value);
    }
    for absent in ["Age", "OldSecret", "Reason", "Conversation", "Id", "Secret"] {
        assert_eq!(line.get(absent), None, "{absent}");
    }
}

#[test]
fn the_age_is_that_of_what_waited_longest_and_never_less_than_nothing() {
    for (since, age) in [
        (vec![at(5_000)], 15_000.0),
        (vec![at(5_000), at(2_500), at(10_000)], 17_500.0),
        (vec![at(20_001)], 0.0),
    ] {
        let line = line("reply-sender", |telemetry| {
            let mut record = telemetry.begin();
            for since in &since {
                record.done_since(*since, at(20_000));
            }
            record.finish("sent");
        });
        assert_eq!(metrics(&line).0["Age"], "Milliseconds");
        assert_eq!(line["Age"].as_f64(), Some(age), "{since:?}");
    }
}

#[test]
fn an_old_secret_is_counted_where_it_was_used_only() {
    for (version, named, counted) in [
        (SecretVersion::Current, "current", None),
        (SecretVersion::Previous, "previous", Some(&json!(1))),
    ] {
        let line = line("webhook-intake", |telemetry| {
            let mut record = telemetry.begin();
            record.signed_with(version);
            record.finish("answered");
        });
        assert_eq!(line["Secret"], named);
        assert_eq!(line.get("OldSecret"), counted);
        let unit = metrics(&line).0.get("OldSecret").copied();
        assert_eq!(unit, counted.map(|_| "Count"));
    }
}

#[test]
fn a_handover_is_counted_by_its_reason_alone() {
    for reason in HandoverReason::ALL {
        let line = line("handover", |telemetry| telemetry.handed_over(reason));
        let (metrics, dimensions) = metrics(&line);
        assert_eq!(metrics, BTreeMap::from([("Handovers", "Count")]));
        assert_eq!(dimensions, BTreeSet::from([vec!["Reason"]]));
        assert_eq!(line["Handovers"], 1);
        assert_eq!(line["Reason"], reason.as_str());
    }
}

#[test]
fn a_webhooks_line_stays_short_because_there_is_one_for_each() {
    let lines = lines("webhook-intake", |telemetry| {
        for version in [SecretVersion::Current, SecretVersion::Previous] {
            let mut record = telemetry.begin();
            record.agent = "customer-service".into();
            record.conversation = Some("0-01c6421333d-000-00000001".into());
            record.id = Some("5fc2a1be-9a3c-4f1e-8d1c-0b6b9cf4a7e2".into());
            record.signed_with(version);
            record.finish("recorded_handing_over");
        }
    });
    assert_eq!(lines.len(), 2);
    for line in lines {
        assert!(line.len() <= LONGEST_LINE, "{} bytes: {line}", line.len());
    }
}

#[test]
fn an_id_with_line_ends_of_any_kind_stays_in_its_line() {
    for line_end in [
        "\n", "\r\n", "\u{85}", "\u{b}", "\u{c}", "\u{0}", "\u{2028}", "\u{2029}",
    ] {
        let id = format!("c{line_end}{{\"Outcome\":\"forged\"}}");
        let lines = lines("webhook-intake", |telemetry| {
            let mut record = telemetry.begin();
            record.conversation = Some(id.clone());
            record.id = Some(id.clone());
            record.reason = Some(id.clone());
            record.finish("queued");
        });
        let [line] = &lines[..] else {
            panic!("{line_end:?}: {lines:?}");
        };
        assert!(
            !line.contains(['\u{85}', '\u{b}', '\u{c}', '\u{2028}', '\u{2029}']),
            "{line}"
        );
        let told: Value = serde_json::from_str(line).unwrap();
        assert_eq!(told["Outcome"], "queued");
        assert_eq!(told["Conversation"], told["Id"]);
    }
}
