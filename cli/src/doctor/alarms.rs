//! CloudWatch alarms of the stage.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::{AlarmType, StateValue};

use super::check::{Check, told};
use crate::output::{count, visible};
use crate::place::Place;

const CHECK: &str = "alarm";

/// What is to be known of an alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Alarm {
    rings: bool,
    description: Option<String>,
    /// CloudWatch's own words on the state.
    reason: Option<String>,
}

pub(super) async fn checks(place: &Place) -> Vec<Check> {
    let prefix = format!("sparkbridge-{}-", place.stage());
    match all(place, &prefix).await {
        Ok(alarms) => judge(place.stage(), &prefix, alarms),
        Err(error) => {
            let next = "allow cloudwatch:DescribeAlarms, or look at the alarms in the console";
            vec![Check::fail(
                CHECK,
                place.stage(),
                told(error, place.stage()),
                next,
            )]
        }
    }
}

/// By their names behind the prefix.
async fn all(place: &Place, prefix: &str) -> Result<BTreeMap<String, Alarm>> {
    let mut alarms = BTreeMap::new();
    let mut pages = Client::new(place.aws())
        .describe_alarms()
        .alarm_name_prefix(prefix)
        .alarm_types(AlarmType::MetricAlarm)
        .alarm_types(AlarmType::CompositeAlarm)
        .into_paginator()
        .send();
    let rings = |state: Option<&StateValue>| state == Some(&StateValue::Alarm);
    let text = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    while let Some(page) = pages.next().await {
        let page = page.context("reading the alarms")?;
        let metric = page.metric_alarms().iter().map(|alarm| {
            (
                alarm.alarm_name(),
                Alarm {
                    rings: rings(alarm.state_value()),
                    description: text(alarm.alarm_description()),
                    reason: text(alarm.state_reason()),
                },
            )
        });
        let composite = page.composite_alarms().iter().map(|alarm| {
            (
                alarm.alarm_name(),
                Alarm {
                    rings: rings(alarm.state_value()),
                    description: text(alarm.alarm_description()),
                    reason: text(alarm.state_reason()),
                },
            )
        });
        for (name, alarm) in metric.chain(composite) {
            if let Some(name) = name.and_then(|name| name.strip_prefix(prefix)) {
                alarms.insert(name.to_owned(), alarm);
            }
        }
    }
    Ok(alarms)
}

fn judge(stage: &str, prefix: &str, alarms: BTreeMap<String, Alarm>) -> Vec<Check> {
    let alarms = of_this_stage(alarms);
    if alarms.is_empty() {
        let none = Check::skipped(CHECK, stage, format!("there are none named {prefix}…"));
        return vec![none.next(format!("make deploy STAGE={stage}"))];
    }
    let ringing: Vec<Check> = alarms
        .iter()
        .filter(|(_, alarm)| alarm.rings)
        .map(|(name, alarm)| {
            let reason = alarm.reason.as_deref().unwrap_or("it does not say why");
            let described = alarm.description.as_deref();
            let next = described.unwrap_or("look at it in CloudWatch");
            Check::fail(
                CHECK,
                name,
                format!("in alarm: {}", visible(reason)),
                visible(next),
            )
        })
        .collect();
    if ringing.is_empty() {
        let found = format!("none of {} is in alarm", count(alarms.len(), "alarm"));
        return vec![Check::pass(CHECK, stage, found)];
    }
    ringing
}

/// A stage `dev-2` has the prefix of `dev`: its alarms end like ours, with more in front.
fn of_this_stage(mut alarms: BTreeMap<String, Alarm>) -> BTreeMap<String, Alarm> {
    let names: Vec<String> = alarms.keys().map(|name| format!("-{name}")).collect();
    alarms.retain(|name, _| !names.iter().any(|other| name.ends_with(other)));
    alarms
}

#[cfg(test)]
mod tests {
    use super::super::check::Status;
    use super::*;

    fn alarm(rings: bool) -> Alarm {
        Alarm {
            rings,
            description: Some("Read them, then redrive them.".into()),
            reason: Some("Threshold Crossed".into()),
        }
    }

    fn judged(alarms: &[(&str, bool)]) -> Vec<Check> {
        let alarms = alarms
            .iter()
            .map(|&(name, rings)| (name.to_owned(), alarm(rings)));
        judge("dev", "sparkbridge-dev-", alarms.collect())
    }

    #[test]
    fn each_alarm_that_rings_fails_with_its_own_description() {
        let checks = judged(&[("turns-dead", true), ("turns-age", false), ("late", true)]);
        let names: Vec<&str> = checks.iter().map(|check| check.subject.as_str()).collect();
        assert_eq!(names, ["late", "turns-dead"]);
        assert!(checks.iter().all(|check| check.status == Status::Fail));
        assert_eq!(
            checks[0].next_step.as_deref(),
            Some("Read them, then redrive them.")
        );
    }

    #[test]
    fn silence_passes_and_no_alarms_at_all_are_skipped() {
        let checks = judged(&[("turns-dead", false)]);
        assert_eq!((checks.len(), checks[0].status), (1, Status::Pass));
        assert_eq!(judged(&[])[0].status, Status::Skipped);
    }

    #[test]
    fn the_alarms_of_a_stage_whose_name_begins_like_ours_are_not_ours() {
        let checks = judged(&[("turns-dead", false), ("2-turns-dead", true)]);
        assert_eq!((checks.len(), checks[0].status), (1, Status::Pass));
    }

    #[test]
    fn no_alarm_of_the_templates_is_taken_for_another_stages() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra");
        let files = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let templates = files.filter(|file| file.extension().is_some_and(|kind| kind == "yaml"));
        let texts: Vec<String> = templates
            .map(|file| std::fs::read_to_string(file).unwrap())
            .collect();
        let lines = texts.iter().flat_map(|template| template.lines());
        let names = lines.filter_map(|line| {
            line.trim()
                .strip_prefix("AlarmName: !Sub sparkbridge-${Stage}-")
        });
        let alarms: BTreeMap<String, Alarm> =
            names.map(|name| (name.to_owned(), alarm(false))).collect();
        assert!(alarms.len() > 10, "{alarms:?}");
        assert_eq!(of_this_stage(alarms.clone()), alarms);
    }
}
