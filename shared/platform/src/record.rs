//! The record of one unit of work on a conversation.

use std::time::{Instant, SystemTime};

use metrique::unit::{Count, Millisecond};
use metrique::unit_of_work::metrics;
use telemetry::RecordSink;

/// Where records go.
#[derive(Clone)]
pub struct Telemetry {
    function: &'static str,
    sink: RecordSink,
}

/// One unit of work, written when it is finished. Metrics `Count` and `Duration` by function and
/// outcome, and by function, agent and outcome; the other fields are searchable properties.
#[metrics(
    rename_all = "PascalCase",
    emf::dimension_sets = [["Function", "Outcome"], ["Function", "Agent", "Outcome"]],
)]
pub struct Record {
    #[metrics(timestamp)]
    timestamp: SystemTime,
    function: &'static str,
    /// Name of the agent, `-` where none was found: a caller's invented name must not become a metric.
    pub agent: String,
    /// What became of the work: a small fixed set of words per function.
    pub outcome: &'static str,
    /// Why, where the outcome has several reasons.
    pub reason: Option<String>,
    /// Sparkcentral's id of the conversation.
    pub conversation: Option<String>,
    /// Idempotency key, reply id or handover id.
    pub id: Option<String>,
    /// Which version of the webhook secret matched.
    pub secret: Option<&'static str>,
    /// Attempts so far.
    pub attempt: Option<String>,
    #[metrics(unit = Count)]
    count: u64,
    #[metrics(unit = Millisecond)]
    duration: std::time::Duration,
}

impl Telemetry {
    /// Sets up logging and the record sink.
    pub fn init(function: &'static str) -> Self {
        Self {
            function,
            sink: telemetry::init(function),
        }
    }

    /// Begins a record.
    pub fn begin(&self) -> Unfinished {
        Unfinished {
            telemetry: self.clone(),
            started: Instant::now(),
            record: Record {
                timestamp: SystemTime::now(),
                function: self.function,
                agent: "-".to_owned(),
                outcome: "unfinished",
                reason: None,
                conversation: None,
                id: None,
                secret: None,
                attempt: None,
                count: 1,
                duration: std::time::Duration::ZERO,
            },
        }
    }
}

/// A record of work still going on.
pub struct Unfinished {
    telemetry: Telemetry,
    started: Instant,
    record: Record,
}

impl Unfinished {
    /// When the work began.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Writes the record.
    pub fn finish(mut self, outcome: &'static str) {
        self.record.outcome = outcome;
        self.record.duration = self.started.elapsed();
        let Self {
            telemetry, record, ..
        } = self;
        drop(record.append_on_drop(telemetry.sink));
    }
}

impl std::ops::Deref for Unfinished {
    type Target = Record;
    fn deref(&self) -> &Record {
        &self.record
    }
}

impl std::ops::DerefMut for Unfinished {
    fn deref_mut(&mut self) -> &mut Record {
        &mut self.record
    }
}
