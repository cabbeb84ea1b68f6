//! Accepting one delivery: whose it is, what it says, and then its event.
//!
//! Nothing is answered with 200 that is not stored, but for events of a type nobody knows yet, and an
//! operator's canary.

use std::pin::pin;
use std::time::Duration;

use platform::{Agent, AgentError, OldSecret, Unfinished};
use sparkcentral::SecretVersion;

use crate::delivery::{Accepted, Delivery, Deps, Outcome, unavailable};
use crate::intake::Intake;
use crate::verify::{Unverified, verify};

/// Largest webhook body, in bytes. Sparkcentral documents no limit; its messages are a few KB.
const MAX_BODY_BYTES: usize = 256 * 1024;
/// Bytes of an id that fit into a key of the table with room to spare.
const MAX_ID_BYTES: usize = 512;
/// Kept back of an invocation, to say that it came to nothing. Lambda ends a late one with its sandbox: the
/// log would not know of it, and the retry would pay for a cold start.
const TO_GIVE_UP: Duration = Duration::from_millis(500);

/// Accepts a delivery and records what became of it.
pub(crate) async fn accept(deps: &Deps, delivery: Delivery<'_>) -> Accepted {
    let mut record = deps.platform.telemetry.begin();
    let within = delivery.remaining.saturating_sub(TO_GIVE_UP);
    // Wherever it is broken off, the retry finds what an attempt that was killed there leaves behind.
    let decided = {
        // Handed over by reference: moving it may copy all of it.
        let deciding = pin!(decide(deps, &delivery, &mut record));
        tokio::time::timeout(within, deciding).await
    };
    let (outcome, accepted) = decided.unwrap_or_else(|_elapsed| {
        tracing::error!(outcome = "out_of_time", "webhook not accepted");
        ("out_of_time", Accepted::try_again())
    });
    record.finish(outcome);
    accepted
}

async fn decide(deps: &Deps, delivery: &Delivery<'_>, record: &mut Unfinished) -> Outcome {
    if delivery.body.len() > MAX_BODY_BYTES {
        return (
            "too_large",
            Accepted::refused(413, "The body is larger than 256 KiB."),
        );
    }
    let agent = match deps.platform.agents.agent(delivery.agent).await {
        Ok(agent) => agent,
        Err(AgentError::Unknown) => {
            return (
                "unknown_agent",
                Accepted::refused(404, "No agent has this webhook URL."),
            );
        }
        Err(error) => return unavailable("agent_unavailable", &error),
    };
    record.agent.clone_from(&agent.name);
    let verified = verify(
        &deps.platform.agents,
        &agent,
        delivery.headers,
        delivery.body,
    );
    let version = match verified.await {
        Ok(version) => version,
        Err(Unverified::Signature(error)) => {
            record.reason = Some(error.reason().to_owned());
            return ("unverified", Accepted::refused(401, "Not authorized."));
        }
        Err(Unverified::Secret(error)) => return unavailable("agent_unavailable", &error),
    };
    record.signed_with(version);
    // Beside the rest, so that it delays nothing; waited for, because a sandbox freezes with its answer.
    let (outcome, ()) = tokio::join!(
        take(deps, delivery, &agent, record),
        note(deps, &agent, version)
    );
    outcome
}

/// Notes that Sparkcentral still signs with the secret of before a rotation.
async fn note(deps: &Deps, agent: &Agent, version: SecretVersion) {
    if version == SecretVersion::Previous {
        let agents = &deps.platform.agents;
        agents
            .note_old_secret(&agent.name, OldSecret::WebhookSecret)
            .await;
    }
}

/// Takes in what a verified delivery says.
async fn take(
    deps: &Deps,
    delivery: &Delivery<'_>,
    agent: &Agent,
    record: &mut Unfinished,
) -> Outcome {
    let envelope = match sparkcentral::event::parse(delivery.body) {
        Ok(envelope) => envelope,
        Err(error) => {
            record.reason = Some(error.to_string());
            return (
                "malformed",
                Accepted::refused(400, "The body is not an event."),
            );
        }
    };
    if let Err(error) = envelope.check_age(delivery.now, agent.settings.timestamp_window_secs) {
        record.reason = Some(error.reason().to_owned());
        return ("stale", Accepted::refused(401, "Not authorized."));
    }
    let Some(conversation_id) = envelope.data.conversation_id() else {
        // Of a type from after this build it is accepted, so that it is not sent again and again.
        let is_canary = envelope.event_type == sparkcentral::event::CANARY;
        let outcome = if is_canary { "canary" } else { "unknown_type" };
        return (outcome, Accepted::empty());
    };
    if conversation_id.len() > MAX_ID_BYTES || envelope.idempotency_key.len() > MAX_ID_BYTES {
        record.reason = Some("an id is longer than 512 bytes".to_owned());
        return (
            "malformed",
            Accepted::refused(400, "An id is longer than 512 bytes."),
        );
    }
    record.conversation = Some(conversation_id.to_owned());
    record.id = Some(envelope.idempotency_key.clone());

    let intake = Intake {
        deps,
        delivery,
        agent,
        envelope: &envelope,
        conversation_id,
    };
    let (accepted, ()) = tokio::join!(intake.run(), intake.learn_channel());
    match accepted {
        Ok(outcome) => outcome,
        Err(error) => unavailable("store_unavailable", &error),
    }
}
