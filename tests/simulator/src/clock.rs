//! The simulator's clock: the machine's, plus what it has been put forward by.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use axum::{Json, body::Bytes, extract::State};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    app::App,
    control::{Shared, body},
    moment::Moment,
    refusal::Refusal,
};

/// How far one request can put it forward, in seconds: ten years.
const FARTHEST: f64 = 315_360_000.0;

/// A clock that can be put forward, and never back.
#[derive(Default)]
pub(crate) struct Clock {
    /// Milliseconds.
    ahead: AtomicU64,
}

impl Clock {
    pub(crate) fn now(&self) -> Moment {
        Moment::now().plus(self.ahead())
    }

    pub(crate) fn ahead(&self) -> Duration {
        Duration::from_millis(self.ahead.load(Ordering::Acquire))
    }

    pub(crate) fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.ahead.fetch_add(by, Ordering::AcqRel);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    advance_seconds: f64,
}

/// 200 `{"now", "ahead_seconds"}`.
pub(crate) async fn show(State(app): Shared) -> Json<Value> {
    Json(shown(&app))
}

/// Puts the clock forward and lets everything happen that is due by then. 200, as [`show`].
pub(crate) async fn advance(State(app): Shared, bytes: Bytes) -> Result<Json<Value>, Refusal> {
    put_forward(&app, body(&bytes)?)?;
    Ok(Json(shown(&app)))
}

/// Puts the clock forward, on whichever face.
///
/// # Errors
/// [`Refusal::Invalid`]: back, or farther than ten years.
pub(crate) fn put_forward(app: &App, step: Step) -> Result<(), Refusal> {
    if !(0.0..=FARTHEST).contains(&step.advance_seconds) {
        return Err(Refusal::invalid(format!(
            "advance_seconds is between 0 and {FARTHEST}"
        )));
    }
    app.clock
        .advance(Duration::from_secs_f64(step.advance_seconds));
    app.meet_deadlines();
    app.changed();
    Ok(())
}

fn shown(app: &App) -> Value {
    json!({ "now": app.now(), "ahead_seconds": app.clock.ahead().as_secs_f64() })
}
