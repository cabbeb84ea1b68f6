//! What the dashboards draw, and where.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::Value;

use crate::templates::{Stage, list, text};
use crate::written::{Metric, Written};
use crate::{ALARM, name, runbooks};

/// The dashboards' bodies, by name.
fn dashboards(stage: &Stage) -> BTreeMap<String, Value> {
    let dashboards = stage.all("AWS::CloudWatch::Dashboard").into_iter();
    dashboards
        .map(|dashboard| {
            let name = text(&dashboard.properties["DashboardName"]).to_owned();
            let body = serde_json::from_str(text(&dashboard.properties["DashboardBody"]));
            let body = body.unwrap_or_else(|error| panic!("{name} is no JSON: {error}"));
            (name, body)
        })
        .collect()
}

fn widgets<'a>(
    bodies: &'a BTreeMap<String, Value>,
    kind: &'a str,
) -> impl Iterator<Item = &'a Value> {
    let all = bodies.values().flat_map(|body| list(&body["widgets"]));
    all.filter(move |widget| widget["type"] == kind)
        .map(|widget| &widget["properties"])
}

fn drawn(bodies: &BTreeMap<String, Value>) -> Vec<Metric> {
    let rows = widgets(bodies, "metric").flat_map(|graph| list(&graph["metrics"]));
    rows.map(|row| {
        let words: Vec<_> = list(row).iter().filter_map(Value::as_str).collect();
        assert_eq!(words.len() % 2, 0, "{row}: namespace, name, and pairs");
        Metric {
            namespace: words[0].to_owned(),
            name: words[1].to_owned(),
            dimensions: words[2..]
                .chunks(2)
                .map(|pair| (pair[0].to_owned(), pair[1].to_owned()))
                .collect(),
        }
    })
    .collect()
}

#[test]
fn dashboards_draw_only_what_somebody_writes() {
    let stage = Stage::read();
    let written = Written::of(&stage);
    let drawn = drawn(&dashboards(&stage));
    assert!(!drawn.is_empty());
    for metric in &drawn {
        assert_eq!(written.problem(metric), None);
    }
    // And leave out no reason, no export, no queue, no function, no table.
    for dimension in ["Reason", "Type", "FunctionName", "TableName"] {
        let shown = drawn
            .iter()
            .filter_map(|metric| metric.dimensions.get(dimension));
        let shown: BTreeSet<String> = shown.cloned().collect();
        assert_eq!(
            shown,
            *written.values(dimension),
            "{dimension}: drawn, there"
        );
    }
}

#[test]
fn every_alarm_is_on_a_dashboard_and_every_graph_has_its_place() {
    let stage = Stage::read();
    let bodies = dashboards(&stage);
    let alarms = widgets(&bodies, "alarm").flat_map(|widget| list(&widget["alarms"]));
    let shown: BTreeSet<_> = alarms
        .map(|arn| {
            text(arn).replace(
                "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:sparkbridge-stage-",
                "",
            )
        })
        .collect();
    let there: BTreeSet<_> = stage.all(ALARM).iter().map(name).collect();
    assert_eq!(shown, there, "shown, there");

    for (dashboard, body) in &bodies {
        let mut taken = BTreeMap::new();
        for widget in list(&body["widgets"]) {
            let side = |name: &str| widget[name].as_u64().unwrap();
            let (x, y) = (side("x"), side("y"));
            assert!(x + side("width") <= 24, "{dashboard}: {widget}");
            for x in x..x + side("width") {
                for y in y..y + side("height") {
                    let before = taken.insert((x, y), widget);
                    assert!(before.is_none(), "{dashboard}: {widget} is over {before:?}");
                }
            }
        }
        for widget in list(&body["widgets"]) {
            let shows = &widget["properties"];
            let what = if widget["type"] == "text" {
                "markdown"
            } else {
                "title"
            };
            assert!(!text(&shows[what]).is_empty(), "{dashboard}: {widget}");
        }
    }
}

#[test]
fn dashboards_link_runbooks_and_read_logs_that_are_there() {
    let stage = Stage::read();
    let bodies = dashboards(&stage);
    let runbook = Regex::new(r"\((docs/runbooks/[^)]*)\)").unwrap();
    let mut linked = BTreeSet::new();
    for guide in widgets(&bodies, "text") {
        let found = runbook.captures_iter(text(&guide["markdown"]));
        linked.extend(found.map(|link| link[1].to_owned()));
    }
    let mut there = runbooks();
    there.insert("docs/runbooks/README.md".into());
    assert_eq!(linked, there, "linked, there");

    let groups = stage.names("AWS::Logs::LogGroup", "LogGroupName");
    let source = Regex::new("SOURCE '([^']*)'").unwrap();
    let mut read = 0;
    for query in widgets(&bodies, "log") {
        for group in source.captures_iter(text(&query["query"])) {
            assert!(groups.contains(&group[1].to_owned()), "{}", &group[1]);
            read += 1;
        }
    }
    assert!(read > 0);
}
