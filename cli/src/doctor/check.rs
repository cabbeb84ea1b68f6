//! One check, and what came of it.

use serde::Serialize;

use crate::failure;
use crate::place;

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Pass,
    Fail,
    /// It could not be looked at, or there is nothing to look at.
    Skipped,
}

/// A check of something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    /// What is checked.
    pub(super) check: &'static str,
    /// Of what: an agent, a queue, a host.
    pub(super) subject: String,
    pub(super) status: Status,
    pub(super) found: String,
    /// What to do about it.
    pub(super) next_step: Option<String>,
}

impl Check {
    pub(super) fn pass(check: &'static str, subject: &str, found: impl Into<String>) -> Self {
        Self {
            check,
            subject: subject.to_owned(),
            status: Status::Pass,
            found: found.into(),
            next_step: None,
        }
    }

    pub(super) fn fail(
        check: &'static str,
        subject: &str,
        found: impl Into<String>,
        next_step: impl Into<String>,
    ) -> Self {
        Self {
            status: Status::Fail,
            next_step: Some(next_step.into()),
            ..Self::pass(check, subject, found)
        }
    }

    pub(super) fn skipped(check: &'static str, subject: &str, why: impl Into<String>) -> Self {
        Self {
            status: Status::Skipped,
            ..Self::pass(check, subject, why)
        }
    }

    /// The same with something that can be done.
    pub(super) fn next(self, step: impl Into<String>) -> Self {
        Self {
            next_step: Some(step.into()),
            ..self
        }
    }
}

/// An error as it is told everywhere: in one line.
pub(super) fn told(error: impl Into<anyhow::Error>, stage: &str) -> String {
    failure::line(&error.into(), &place::surroundings(stage))
}
