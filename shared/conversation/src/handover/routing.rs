//! Routing profiles: sets of topics and attributes that Sparkcentral's own routing rules look at.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sparkcentral::{MediumId, MediumKind};

use super::settings::check_alias;
use super::{Handover, HandoverReason};
use crate::agent::problem::Problems;

/// A named set of topics and attributes, applied together with `complete`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RoutingProfile {
    /// What a bot asks for it by.
    pub name: String,
    /// When it applies by itself; absent: only by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<RoutingCondition>,
    /// Topics to apply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<String>,
    /// Contact attributes to set, by alias.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

/// When a profile applies by itself: every condition that is given holds. None given: always.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct RoutingCondition {
    /// One of these reasons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reason: Vec<HandoverReason>,
    /// One of these languages; `fr` is also `fr-BE`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub language: Vec<String>,
    /// One of these media, by id; the spellings of one network are the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub medium: Vec<String>,
    /// One of these channels, by id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub channel: Vec<String>,
    /// One of these topics was applied.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub topic: Vec<String>,
    /// The contact is marked as VIP, or is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vip: Option<bool>,
}

/// What routing looks at.
#[derive(Clone, Debug, Default)]
pub struct RoutingFacts<'a> {
    /// As Sparkcentral detected it.
    pub language: Option<&'a str>,
    /// Medium of the conversation.
    pub medium: Option<&'a MediumId>,
    /// Id of the channel.
    pub channel: Option<&'a str>,
    /// Topics applied so far, by whomever.
    pub topics: BTreeSet<&'a str>,
    /// Whether the contact is marked as VIP.
    pub vip: bool,
}

/// What a handover carries for routing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Routed {
    /// Topics: the handover's own first, each once.
    pub topics: Vec<String>,
    /// Attributes: the handover's own win over a profile's, and an earlier profile's over a later one's.
    pub attributes: BTreeMap<String, String>,
    /// How many profiles were asked for by a name that the settings don't have.
    pub unknown: usize,
}

/// What a handover carries for routing: its own, and that of every profile that matches or was named.
pub fn route(profiles: &[RoutingProfile], handover: &Handover, facts: &RoutingFacts<'_>) -> Routed {
    let named = |profile: &RoutingProfile| handover.profiles.contains(&profile.name);
    let known = |name: &&String| profiles.iter().any(|profile| profile.name == **name);
    let mut routed = Routed {
        topics: Vec::new(),
        attributes: handover.attributes.clone(),
        unknown: handover.profiles.iter().filter(|name| !known(name)).count(),
    };
    let applied = profiles
        .iter()
        .filter(|profile| named(profile) || profile.applies(handover, facts));
    let topics = applied.clone().flat_map(|profile| &profile.topics);
    for topic in handover.topics.iter().chain(topics) {
        if !routed.topics.contains(topic) {
            routed.topics.push(topic.clone());
        }
    }
    for (alias, value) in applied.flat_map(|profile| &profile.attributes) {
        let place = routed.attributes.entry(alias.clone());
        place.or_insert_with(|| value.clone());
    }
    routed
}

impl RoutingProfile {
    fn applies(&self, handover: &Handover, facts: &RoutingFacts<'_>) -> bool {
        self.when
            .as_ref()
            .is_some_and(|when| when.holds(handover, facts))
    }

    pub(super) fn check_all(profiles: &[Self], problems: &mut Problems) {
        for (index, profile) in profiles.iter().enumerate() {
            let setting = format!("handover.routing[{index}]");
            problems.check(
                !profile.name.trim().is_empty(),
                format!("{setting}.name"),
                &profile.name,
                "must not be blank",
            );
            let twice = profiles[..index].iter().any(|one| one.name == profile.name);
            problems.check(
                !twice,
                format!("{setting}.name"),
                &profile.name,
                "must be unique",
            );
            problems.check(
                !profile.topics.is_empty() || !profile.attributes.is_empty(),
                setting.as_str(),
                &profile.name,
                "must have topics or attributes",
            );
            problems.check(
                profile.topics.iter().all(|topic| !topic.trim().is_empty()),
                format!("{setting}.topics"),
                &"a blank topic",
                "must be names of topics",
            );
            for alias in profile.attributes.keys() {
                check_alias(alias, &format!("{setting}.attributes"), problems);
            }
        }
    }
}

impl RoutingCondition {
    fn holds(&self, handover: &Handover, facts: &RoutingFacts<'_>) -> bool {
        let any = |wanted: &[String], fits: &dyn Fn(&str) -> bool| {
            wanted.is_empty() || wanted.iter().any(|wanted| fits(wanted))
        };
        (self.reason.is_empty() || self.reason.contains(&handover.reason))
            && any(&self.language, &|wanted| {
                facts.language.is_some_and(|is| is_language(is, wanted))
            })
            && any(&self.medium, &|wanted| {
                facts.medium.is_some_and(|is| is_medium(is, wanted))
            })
            && any(&self.channel, &|wanted| facts.channel == Some(wanted))
            && any(&self.topic, &|wanted| {
                let own = handover.topics.iter().map(String::as_str);
                let mut topics = facts.topics.iter().copied().chain(own);
                topics.any(|topic| topic.eq_ignore_ascii_case(wanted))
            })
            && self.vip.is_none_or(|wanted| wanted == facts.vip)
    }
}

fn is_language(is: &str, wanted: &str) -> bool {
    let primary = is.split(['-', '_']).next().unwrap_or(is);
    is.eq_ignore_ascii_case(wanted) || primary.eq_ignore_ascii_case(wanted)
}

fn is_medium(is: &MediumId, wanted: &str) -> bool {
    let kind = is.kind();
    is.as_str().eq_ignore_ascii_case(wanted)
        || (kind != MediumKind::Other && kind == MediumId::new(wanted).kind())
}
