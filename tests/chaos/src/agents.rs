//! The agents of a run: which bot each has, and how it answers.

use std::collections::BTreeMap;

use anyhow::Result;
use local_stack::{NewAgent, RegisteredAgent};
use serde_json::{Value, json};

use crate::{bot::Bot, bugs::Bug, stage::Stage};

/// How an agent is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The built-in script bot, in the webhook's response.
    Script,
    /// The harness's bot, in the webhook's response.
    Inline,
    /// The same, with as much time as there is: answers that must be inline.
    Patient,
    /// The same, never in the response.
    Queued,
    /// The same, and a reply that may have arrived is sent again.
    Resending,
    /// The harness's bot takes its time and answers through conversation-api.
    Later,
}

/// An agent of the plan.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

/// The agents of a fault run.
pub(crate) fn of_a_run() -> Vec<Profile> {
    let profile = |(name, kind): (&str, Kind)| Profile {
        name: name.into(),
        kind,
    };
    [
        ("script", Kind::Script),
        ("inline", Kind::Inline),
        ("queued", Kind::Queued),
        ("resending", Kind::Resending),
        ("later", Kind::Later),
    ]
    .map(profile)
    .into()
}

/// The agents that have a planted bug, and one beside them that has none.
pub(crate) fn with_bugs() -> Vec<Profile> {
    let kind = |bug: Bug| match bug {
        Bug::AcceptsUnread | Bug::LosesInlineAnswer => Kind::Patient,
        _ => Kind::Queued,
    };
    let bugs = Bug::ALL.map(|bug| Profile {
        name: bug.agent().into(),
        kind: kind(bug),
    });
    let control = Profile {
        name: "control".into(),
        kind: Kind::Queued,
    };
    let inline = Profile {
        name: "control-inline".into(),
        kind: Kind::Patient,
    };
    bugs.into_iter().chain([control, inline]).collect()
}

const SCRIPT: &str = r#"[bot]
kind = "script"
rules = '''
default_language = "en"
[no_text]
en = "~ only text"
[fallback]
handover_after = 3
[fallback.text]
en = "~ not understood"
[fallback.handover_text]
en = "~ handed over"
[greeting.delegated]
en = "~ back"
[[rules]]
name = "human"
patterns.any = ['(?<mark>c[0-9]+m[0-9]+) human']
text.en = "re {mark}"
handover = "contact_asked"
[[rules]]
name = "close"
patterns.any = ['(?<mark>c[0-9]+m[0-9]+) close']
text.en = "re {mark}"
resolve = true
[[rules]]
name = "any"
patterns.any = ['(?<mark>c[0-9]+m[0-9]+)']
text.en = "re {mark}"
'''
"#;

impl Profile {
    /// Whether a reply that may have arrived is sent again.
    pub(crate) fn resends(&self) -> bool {
        self.kind == Kind::Resending
    }

    fn settings(&self, bot: &Bot, answer_within_secs: u64) -> String {
        let top = match self.kind {
            Kind::Script => "",
            Kind::Inline | Kind::Later => "inline_budget_ms = 2500\n",
            Kind::Patient => "inline_budget_ms = 8000\n",
            Kind::Queued => "mode = \"queued\"\n",
            Kind::Resending => "mode = \"queued\"\nunknown_delivery = \"resend\"\n",
        };
        // The script bot captures one mark of a text: its messages stay apart.
        let busy = match self.kind {
            Kind::Script => "queue",
            _ => "merge",
        };
        let turns = format!(
            "[turns]\nwhile_busy = \"{busy}\"\nanswer_within_secs = {answer_within_secs}\n\
             delegated_within_secs = {answer_within_secs}\ndelegated_text = \"~ back\"\n"
        );
        let bot = match self.kind {
            Kind::Script => SCRIPT.to_owned(),
            _ => format!(
                "[bot]\nkind = \"http\"\nurl = \"{}/{}\"\ntimeout_ms = 4000\nallow_private_addresses = true\n",
                bot.url(),
                self.name
            ),
        };
        format!("{top}{turns}{bot}")
    }

    fn secrets(&self) -> Value {
        match self.kind {
            Kind::Script => json!({}),
            _ => json!({"bot_signing_key": crate::bot::SIGNING_KEY}),
        }
    }
}

/// Makes them known to both sides.
///
/// # Errors
/// One of the sides refuses one.
pub(crate) async fn register(
    stage: &Stage,
    bot: &Bot,
    profiles: &[Profile],
    answer_within_secs: u64,
) -> Result<BTreeMap<String, RegisteredAgent>> {
    let registering = profiles.iter().map(|profile| async {
        let agent = NewAgent {
            name: profile.name.clone(),
            settings: profile.settings(bot, answer_within_secs),
            simulator_fields: json!({}),
            secret_fields: profile.secrets(),
        };
        let registered = stage.register(agent).await?;
        Ok((profile.name.clone(), registered))
    });
    // Each starts a process of the command line: a few at once.
    futures::StreamExt::collect::<Vec<_>>(futures::StreamExt::buffer_unordered(
        futures::stream::iter(registering),
        3,
    ))
    .await
    .into_iter()
    .collect()
}
