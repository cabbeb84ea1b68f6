//! Planning one answer, and reading what it became.

use conversation::{Answer, BadAnswer, MessageSettings, Plan, PlanFor};
use serde_json::{Value, json};
use sparkcentral::{Dialect, Features, MediumId, OutgoingMessage};

pub(crate) struct On<'a> {
    pub(crate) medium: Option<&'a str>,
    pub(crate) messages: MessageSettings,
    pub(crate) features: Features,
}

pub(crate) fn on(medium: &str) -> On<'_> {
    On {
        medium: Some(medium),
        messages: MessageSettings::default(),
        features: Dialect::Sparkcentral.default_features(),
    }
}

impl On<'_> {
    pub(crate) fn plan(&self, actions: Value) -> Result<Plan, BadAnswer> {
        let answer: Answer = serde_json::from_value(json!({ "actions": actions })).unwrap();
        let medium = self.medium.map(MediumId::new);
        Plan::of(
            &answer,
            &PlanFor {
                features: &self.features,
                messages: &self.messages,
                medium: medium.as_ref(),
                language: Some("en"),
                id: "turn-1",
            },
        )
    }

    pub(crate) fn reply(&self, reply: Value) -> Plan {
        self.plan(json!([with_type(reply)])).unwrap()
    }
}

pub(crate) fn with_type(mut reply: Value) -> Value {
    reply["type"] = json!("reply");
    reply
}

pub(crate) fn messages(plan: &Plan) -> Vec<OutgoingMessage> {
    let planned = plan.replies.iter();
    planned
        .flat_map(|planned| planned.reply.messages().cloned())
        .collect()
}

pub(crate) fn texts(plan: &Plan) -> Vec<String> {
    messages(plan)
        .into_iter()
        .map(|message| message.text.unwrap_or_default())
        .collect()
}

pub(crate) fn problem(on: &On<'_>, actions: Value) -> String {
    on.plan(actions).unwrap_err().to_string()
}

pub(crate) const PICTURE: &str = "https://files.example/maps/town.png";

/// Reads shortcodes as Sparkcentral's documents describe them: label and target of each `%[…](…)`.
pub(crate) fn buttons(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("%[") {
        rest = after;
        if let Some((label, tail)) = after.split_once(']')
            && let Some(tail) = tail.strip_prefix('(')
            && let Some((target, tail)) = tail.split_once(')')
        {
            found.push((label.to_owned(), target.to_owned()));
            rest = tail;
        }
    }
    found
}

/// Everything else that would be shown as something other than text.
pub(crate) fn holds_other_shortcodes(text: &str) -> bool {
    let other = ["![", "&((", "$[", "%((", "%{{"];
    other.iter().any(|opener| text.contains(opener))
}
