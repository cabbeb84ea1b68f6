//! Settings of `kind = "dialogflow"`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use url::Url;

use super::timeout_ms;
use crate::agent::problem::Problems;
use crate::handover::HandoverReason;

/// An agent of Dialogflow CX.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DialogflowSettings {
    /// `projects/…/locations/…/agents/…`, with `/environments/…` behind it for anything but the draft.
    pub agent: String,
    /// Another endpoint of the service than the location's: a private one, a proxy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_url: Option<Url>,
    /// Allow addresses of private networks.
    #[serde(default)]
    pub allow_private_addresses: bool,
    /// Milliseconds one call may take (100 to 50000).
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u64,
    /// Language of contacts of whom Sparkcentral did not tell one.
    #[serde(default = "defaults::language")]
    pub default_language: String,
    /// Event when a conversation starts; `""`: none, and the contact writes first.
    #[serde(default = "defaults::welcome")]
    pub welcome_event: String,
    /// Event when a person gives the conversation to the bot.
    #[serde(default = "defaults::welcome")]
    pub delegated_event: String,
    /// Event when the contact sent something without text (a picture, say).
    #[serde(default = "defaults::no_text")]
    pub no_text_event: String,
    /// Topics per intent, by its display name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub topics: BTreeMap<String, Vec<String>>,
    /// Contact attributes per session parameter, by their aliases.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// Messages in a row that no intent matched after which people are asked; 0: never.
    #[serde(default = "defaults::not_understood_after")]
    pub not_understood_after: u32,
    /// Why people are asked where the agent's handoff does not tell.
    #[serde(default = "defaults::handover_reason")]
    pub handover_reason: HandoverReason,
    /// Close the conversation when the agent's session ends.
    #[serde(default = "defaults::yes")]
    pub resolve_at_end: bool,
    /// Tell Dialogflow with every turn on which page it is, so that a turn that is asked twice is
    /// answered twice the same. Costs Dialogflow its own memory: counters of misunderstandings, and
    /// the way back from a flow that another flow called.
    #[serde(default)]
    pub restore_page: bool,
}

mod defaults {
    use crate::handover::HandoverReason;

    pub(super) fn language() -> String {
        "en".to_owned()
    }
    pub(super) fn welcome() -> String {
        "WELCOME".to_owned()
    }
    pub(super) fn no_text() -> String {
        "sys.no-input-default".to_owned()
    }
    pub(super) fn not_understood_after() -> u32 {
        3
    }
    pub(super) fn handover_reason() -> HandoverReason {
        HandoverReason::BotAsked
    }
    pub(super) fn yes() -> bool {
        true
    }
}

impl DialogflowSettings {
    /// The agent's location, if [`DialogflowSettings::agent`] has the form it must have.
    pub fn location(&self) -> Option<&str> {
        let is_part = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
                && part.bytes().any(|b| b.is_ascii_alphanumeric())
        };
        let parts: Vec<&str> = self.agent.split('/').collect();
        let (agent, environment) = parts.split_at_checked(6)?;
        let &["projects", project, "locations", location, "agents", id] = agent else {
            return None;
        };
        let in_environment = match environment {
            [] => true,
            ["environments", name] => is_part(name),
            _ => false,
        };
        // The location stands in a host name.
        let is_host = location
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let ok = in_environment && is_host && [project, location, id].into_iter().all(is_part);
        ok.then_some(location)
    }

    /// The time-out, to be checked by the caller.
    pub(super) fn check(&self, problems: &mut Problems) -> u64 {
        problems.check(
            self.location().is_some(),
            "bot.agent",
            &self.agent,
            "must be projects/…/locations/…/agents/…, or that with /environments/… behind it",
        );
        problems.check(
            !self.default_language.trim().is_empty(),
            "bot.default_language",
            &self.default_language,
            "must be a language Dialogflow knows, such as en or pt-br",
        );
        let is_alias = |alias: &String| {
            !alias.is_empty()
                && alias
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'_')
        };
        for (parameter, alias) in &self.attributes {
            problems.check(
                is_alias(alias),
                format!("bot.attributes.{parameter}"),
                alias,
                "must be the alias of a contact attribute: a-z, A-Z, 0-9 and _ only",
            );
        }
        self.timeout_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_location_is_read_from_a_well_formed_name_only() {
        let location = |agent: &str| {
            let settings = serde_json::json!({ "agent": agent });
            let settings: DialogflowSettings = serde_json::from_value(settings).unwrap();
            settings.location().map(str::to_owned)
        };
        for (agent, expected) in [
            ("projects/p-1/locations/global/agents/a", Some("global")),
            (
                "projects/example.com:p/locations/europe-west1/agents/a/environments/e",
                Some("europe-west1"),
            ),
            ("projects/p/locations/eu/agents/", None),
            ("projects/p/locations/evil.example#/agents/a", None),
            ("projects/p/locations/eu/agents/../x", None),
            ("projects/../locations/eu/agents/a", None),
            ("projects/p/locations/eu/agents/a/environments", None),
            ("projects/p/agents/a", None),
            ("", None),
        ] {
            assert_eq!(location(agent).as_deref(), expected, "{agent}");
        }
    }
}
