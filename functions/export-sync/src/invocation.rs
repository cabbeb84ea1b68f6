//! How much time there is, and what the request asks for.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

/// What to pull; `{}` for everything, as the schedule sends it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Request {
    /// Only these exports, by their tables' names. Empty for all, unknown directories included.
    pub(crate) tables: Vec<String>,
}

/// One invocation's time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Invocation {
    ends: DateTime<Utc>,
    margin: TimeDelta,
}

/// How long a claim on a file holds when nobody renews it. It never outlives the invocation by more
/// than [`GRACE`]: whoever is invoked after that may go on.
const LEASE: TimeDelta = TimeDelta::seconds(120);
const GRACE: TimeDelta = TimeDelta::seconds(1);
/// Time kept for saving what was reached.
const MARGIN: TimeDelta = TimeDelta::seconds(20);

impl Invocation {
    /// An invocation that is killed at `ends`.
    pub(crate) fn until(ends: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let margin = ((ends - now) / 5).clamp(TimeDelta::zero(), MARGIN);
        Self { ends, margin }
    }

    /// Whether it is time to save and stop.
    pub(crate) fn is_over(&self, now: DateTime<Utc>) -> bool {
        now + self.margin >= self.ends
    }

    /// Until when a claim made now holds.
    pub(crate) fn lease(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        (now + LEASE).min(self.ends + GRACE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_ends_with_the_invocation_and_time_is_kept_for_saving() {
        let now = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let long = Invocation::until(now + TimeDelta::seconds(900), now);
        assert_eq!(long.lease(now), now + LEASE);
        assert!(!long.is_over(now + TimeDelta::seconds(879)));
        assert!(long.is_over(now + TimeDelta::seconds(880)));
        let short = Invocation::until(now + TimeDelta::seconds(5), now);
        assert!(!short.is_over(now + TimeDelta::seconds(3)));
        assert_eq!(short.lease(now), now + TimeDelta::seconds(6));
    }
}
