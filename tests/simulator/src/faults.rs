//! Faults that were ordered: which request or event each one strikes, and how often it has.

use std::time::Duration;

use axum::http::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use crate::{
    fault_spec::{FaultKind, FaultSpec, Target},
    moment::Moment,
    refusal::Refusal,
};

/// A fault and what became of it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Fault {
    id: String,
    #[serde(flatten)]
    pub(crate) spec: FaultSpec,
    pub(crate) until: Option<Moment>,
    pub(crate) hits: u32,
}

/// What a fault does to one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Strike {
    pub(crate) delay: Duration,
    /// Answer this instead of doing it.
    pub(crate) refuse: Option<StatusCode>,
    pub(crate) revoke_token: bool,
    pub(crate) drop_after: bool,
    /// The faults that struck, for the records.
    pub(crate) names: Vec<FaultKind>,
}

/// What a fault does to one event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct WebhookStrike {
    pub(crate) copies: u32,
    /// Send it outside the line, so much later.
    pub(crate) detached: Option<Duration>,
}

/// What a request or event is about, as far as that is known before it is looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct About<'a> {
    pub(crate) conversation: Option<&'a str>,
    /// Ids of the virtual agents it can be for.
    pub(crate) agents: &'a [String],
}

/// Every fault asked for since the last reset, spent ones too.
#[derive(Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    /// # Errors
    /// See [`FaultSpec::check`].
    pub(crate) fn add(&mut self, spec: FaultSpec, now: Moment) -> Result<Fault, Refusal> {
        spec.check()?;
        let until = spec
            .seconds
            .map(|seconds| now.plus(Duration::from_secs_f64(seconds)));
        let fault = Fault {
            id: Uuid::new_v4().to_string(),
            spec,
            until,
            hits: 0,
        };
        self.0.push(fault.clone());
        Ok(fault)
    }

    pub(crate) fn all(&self) -> &[Fault] {
        &self.0
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Takes what strikes one REST request. Of several refusals the oldest fault's wins, and only that one
    /// is counted.
    pub(crate) fn strike(&mut self, target: Target, about: About<'_>, now: Moment) -> Strike {
        let mut strike = Strike::default();
        let active = self
            .0
            .iter_mut()
            .filter(|fault| fault.spec.on == target && fault.strikes(about, now));
        for fault in active {
            let refuse = match fault.spec.fault {
                FaultKind::DuplicateWebhook | FaultKind::ReorderWebhooks => continue,
                FaultKind::Slow => {
                    strike.delay += Duration::from_millis(fault.spec.delay_ms.unwrap_or(1000));
                    None
                }
                FaultKind::DropAfterAccept => {
                    strike.drop_after = true;
                    None
                }
                FaultKind::TokenExpired | FaultKind::Unauthorized => Some(StatusCode::UNAUTHORIZED),
                FaultKind::NotFound => Some(StatusCode::NOT_FOUND),
                FaultKind::RateLimited => Some(StatusCode::TOO_MANY_REQUESTS),
                FaultKind::ServerError => Some(
                    fault
                        .spec
                        .status
                        .and_then(|status| StatusCode::from_u16(status).ok())
                        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                ),
            };
            if refuse.is_some() {
                if strike.refuse.is_some() {
                    continue;
                }
                strike.refuse = refuse;
                strike.revoke_token = fault.spec.fault == FaultKind::TokenExpired;
            }
            fault.hits += 1;
            strike.names.push(fault.spec.fault);
        }
        strike
    }

    /// Takes what strikes one event.
    pub(crate) fn strike_webhook(&mut self, about: About<'_>, now: Moment) -> WebhookStrike {
        let mut strike = WebhookStrike::default();
        let active = self.0.iter_mut().filter(|fault| fault.strikes(about, now));
        for fault in active {
            match fault.spec.fault {
                FaultKind::DuplicateWebhook => strike.copies += fault.spec.copies.unwrap_or(1),
                FaultKind::ReorderWebhooks => {
                    let delay = Duration::from_millis(fault.spec.delay_ms.unwrap_or(300));
                    strike.detached = Some(delay.max(strike.detached.unwrap_or_default()));
                }
                _ => continue,
            }
            fault.hits += 1;
        }
        strike
    }
}

impl Fault {
    /// Whether it strikes no more.
    pub(crate) fn spent(&self, now: Moment) -> bool {
        match (self.spec.count, self.until) {
            (None, None) => self.hits >= 1,
            (count, until) => {
                count.is_some_and(|count| self.hits >= count)
                    || until.is_some_and(|until| now >= until)
            }
        }
    }

    fn strikes(&self, about: About<'_>, now: Moment) -> bool {
        let meant = self.spec.conversation.as_deref();
        let agent = self.spec.agent.as_ref();
        !self.spent(now)
            && (meant.is_none() || meant == about.conversation)
            && agent.is_none_or(|agent| about.agents.contains(agent))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(specs: &[serde_json::Value]) -> Faults {
        let mut faults = Faults::default();
        for spec in specs {
            let spec = serde_json::from_value(spec.clone()).unwrap();
            faults.add(spec, Moment::from_unix(0)).unwrap();
        }
        faults
    }

    fn of(conversation: &str) -> About<'_> {
        About {
            conversation: Some(conversation),
            agents: &[],
        }
    }

    fn refused(faults: &mut Faults, conversation: &str, seconds: i64) -> Option<u16> {
        let now = Moment::from_unix(seconds);
        faults
            .strike(Target::Conversations, of(conversation), now)
            .refuse
            .map(|status| status.as_u16())
    }

    #[test]
    fn a_counted_fault_strikes_so_often_and_an_uncounted_one_once() {
        let mut faults = faults(&[
            json!({"fault": "rate_limited", "count": 2}),
            json!({"fault": "server_error", "status": 503}),
        ]);
        let statuses: Vec<_> = (0..4).map(|_| refused(&mut faults, "c", 0)).collect();
        assert_eq!(statuses, [Some(429), Some(429), Some(503), None]);
    }

    #[test]
    fn a_timed_fault_ends_by_itself() {
        let mut faults = faults(&[json!({"fault": "not_found", "seconds": 10})]);
        assert_eq!(refused(&mut faults, "c", 0), Some(404));
        assert_eq!(refused(&mut faults, "c", 9), Some(404));
        assert_eq!(refused(&mut faults, "c", 10), None);
    }

    #[test]
    fn a_fault_for_one_conversation_leaves_the_others_alone() {
        let mut faults = faults(&[json!({"fault": "unauthorized", "conversation": "c"})]);
        assert_eq!(refused(&mut faults, "d", 0), None);
        assert_eq!(refused(&mut faults, "c", 0), Some(401));
    }

    #[test]
    fn a_fault_for_one_agent_leaves_the_others_alone() {
        let mut faults =
            faults(&[json!({"fault": "server_error", "on": "presence", "agent": "a"})]);
        let mut struck = |agents: &[&str], target| {
            let agents: Vec<_> = agents.iter().map(|&agent| agent.into()).collect();
            let about = About {
                conversation: None,
                agents: &agents,
            };
            let strike = faults.strike(target, about, Moment::from_unix(0));
            strike.refuse.is_some()
        };
        assert!(!struck(&[], Target::Presence));
        assert!(!struck(&["b"], Target::Presence));
        assert!(!struck(&["a"], Target::Token));
        assert!(struck(&["b", "a"], Target::Presence));
        assert!(!struck(&["a"], Target::Presence));
    }

    #[test]
    fn webhook_and_rest_faults_do_not_use_each_other_up() {
        let mut faults = faults(&[json!({"fault": "duplicate_webhook", "copies": 3})]);
        assert_eq!(refused(&mut faults, "c", 0), None);
        let now = Moment::from_unix(0);
        assert_eq!(faults.strike_webhook(of("c"), now).copies, 3);
        assert_eq!(
            faults.strike_webhook(of("c"), now),
            WebhookStrike::default()
        );
    }

    #[test]
    fn a_field_that_does_not_fit_is_refused() {
        for spec in [
            json!({"fault": "slow", "count": 0}),
            json!({"fault": "slow", "seconds": -1.0}),
            json!({"fault": "slow", "status": 500}),
            json!({"fault": "server_error", "status": 404}),
            json!({"fault": "not_found", "delay_ms": 1}),
            json!({"fault": "slow", "copies": 1}),
            json!({"fault": "drop_after_accept", "on": "token"}),
            json!({"fault": "drop_after_accept", "on": "presence"}),
            json!({"fault": "not_found", "on": "presence"}),
            json!({"fault": "slow", "on": "presence", "conversation": "c"}),
        ] {
            let parsed = serde_json::from_value(spec.clone()).unwrap();
            let added = Faults::default().add(parsed, Moment::from_unix(0));
            assert!(added.is_err(), "{spec}");
        }
    }
}
