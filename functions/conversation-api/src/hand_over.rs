//! Asking people to take over.

use std::collections::BTreeMap;

use conversation::{
    AgentSettings, Conversation, Handover, HandoverReason, Permission, State, Work,
};
use lambda_http::http::StatusCode;
use platform::{Attempts, Commit, CommitError};
use serde::Deserialize;
use serde_json::json;
use sparkcentral::Reply;
use sparkcentral::reply::MAX_NOTE_CHARS;
use sparkcentral::rich_text::neutralise;
use time::OffsetDateTime;

use crate::call::{Call, Success, parse};
use crate::problem::Problem;
use crate::view::HandoverTaken;

/// Asking people to take over; all of it optional.
#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct NewHandover {
    /// Why; `api_asked` when absent.
    #[serde(default)]
    reason: Option<HandoverReason>,
    /// Topics to apply beside the reason's own.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(inner(regex(pattern = r"\S"))))]
    topics: Vec<String>,
    /// Contact attributes to set, by their aliases.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("propertyNames" = {"pattern": "^[A-Za-z0-9_]+$"})))]
    attributes: BTreeMap<String, String>,
    /// Name of a routing profile of the agent's settings.
    #[serde(default)]
    profile: Option<String>,
    /// What people should know.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = MAX_NOTE_CHARS)))]
    summary: Option<String>,
}

impl NewHandover {
    /// Everything that is wrong with it.
    fn problems(&self, settings: &AgentSettings) -> Vec<String> {
        let told = Reply {
            apply_topics: self.topics.clone(),
            set_contact_attributes: self.attributes.clone(),
            ..Reply::default()
        };
        let refused = told.validate(&settings.features(), None).err();
        let mut problems: Vec<String> = refused.iter().flatten().map(ToString::to_string).collect();
        let profiles = &settings.handover.routing;
        if let Some(name) = &self.profile
            && !profiles.iter().any(|profile| profile.name == *name)
        {
            let problem = "profile: the agent's settings have no routing profile of this name";
            problems.push(problem.to_owned());
        }
        let chars = self.summary.as_ref().map_or(0, |text| text.chars().count());
        if chars > MAX_NOTE_CHARS {
            problems.push(format!(
                "summary: it has {chars} characters, at most {MAX_NOTE_CHARS} are taken"
            ));
        }
        problems
    }

    fn handover(&self, of: &Conversation, now: OffsetDateTime) -> Handover {
        let reason = self.reason.unwrap_or(HandoverReason::ApiAsked);
        let summary = self
            .summary
            .as_deref()
            .filter(|text| !text.trim().is_empty());
        Handover {
            topics: self.topics.clone(),
            attributes: self.attributes.clone(),
            profiles: self.profile.iter().cloned().collect(),
            // As a bot's: it may become a message.
            summary: summary.map(|text| neutralise(text).into_owned()),
            // Asking again finds the one under way; one that was turned down makes room for another.
            ..Handover::new(format!("api-{}-{}", of.episode, of.version), reason, now)
        }
    }
}

/// `POST /v1/agents/{agent}/conversations/{id}/handover`. Asking twice is one handover.
pub(crate) async fn ask(call: &Call<'_>, body: &[u8]) -> Result<Success, Problem> {
    let wanted: NewHandover = parse(body)?;
    let problems = wanted.problems(&call.caller.settings);
    if !problems.is_empty() {
        return Err(Problem::invalid(problems));
    }
    let mut attempts = Attempts::default();
    while attempts.next().await {
        let before = call.conversation().await?;
        call.require(Permission::HandOver, &before).await?;
        if !matches!(before.state, State::WithBot | State::HandingOver) {
            return Err(Problem::not_with_bot(&before));
        }
        let mut conversation = before.clone();
        let handover = wanted.handover(&before, call.now);
        let Some(handover) = conversation.ask_handover(handover, call.now) else {
            return Err(Problem::not_with_bot(&before));
        };
        conversation.awaiting.clear();
        let committed = call
            .platform
            .store
            .commit(Commit {
                conversation: &conversation,
                read: Some(&before),
                events: &[],
                replies: &[],
                expires_at: call.caller.settings.expires_at(call.now),
                now: call.now,
            })
            .await;
        match committed {
            Ok(_) => {}
            Err(CommitError::Store(error)) => return Err(Problem::unavailable(&error)),
            Err(_changed_meanwhile) => continue,
        }
        // Also when it was asked for before: whoever stored it may have died before queueing it.
        let work = Work::Handover {
            handover_id: handover.id.clone(),
        };
        call.queue(work).await?;
        let taken = HandoverTaken {
            id: &handover.id,
            reason: handover.reason,
            state: conversation.state,
        };
        return Ok((StatusCode::ACCEPTED, json!(taken)));
    }
    Err(Problem::contended())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn settings() -> AgentSettings {
        let handover = json!({"routing": [{"name": "french", "topics": ["Français"]}]});
        let settings = json!({"region": "us", "bot": {"kind": "script"}, "handover": handover});
        serde_json::from_value(settings).unwrap()
    }

    fn conversation() -> Conversation {
        Conversation {
            version: 7,
            ..Conversation::new("shop", "c-1", NOW)
        }
    }

    fn wanted(body: Value) -> NewHandover {
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn every_reason_can_be_given() {
        for reason in HandoverReason::ALL {
            let wanted = wanted(json!({ "reason": reason }));
            assert!(wanted.problems(&settings()).is_empty());
            assert_eq!(wanted.handover(&conversation(), NOW).reason, reason);
        }
        let plain = wanted(json!({})).handover(&conversation(), NOW);
        let expected = Handover::new("api-1-7", HandoverReason::ApiAsked, NOW);
        assert_eq!(plain, expected);
    }

    #[test]
    fn profile_and_summary_travel_with_the_handover() {
        let wanted = wanted(json!({"profile": "french", "summary": "Wants %[a](reply:b)"}));
        assert!(wanted.problems(&settings()).is_empty());
        let handover = wanted.handover(&conversation(), NOW);
        assert_eq!(handover.profiles, ["french"]);
        let summary = handover.summary.unwrap();
        assert!(summary.starts_with("Wants ") && !summary.contains("%[a](reply:b)"));
    }

    #[test]
    fn every_wrong_field_is_named() {
        let wanted = wanted(json!({
            "profile": "german", "summary": "x".repeat(2_001), "topics": [" "], "attributes": {"a b": "c"},
        }));
        let problems = wanted.problems(&settings());
        for field in [
            "profile:",
            "summary:",
            "applyTopics",
            "setContactAttributes",
        ] {
            assert!(
                problems.iter().any(|problem| problem.contains(field)),
                "{field}: {problems:?}"
            );
        }
    }
}
