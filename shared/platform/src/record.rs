//! The record of one unit of work on a conversation.

use std::time::{Duration, Instant, SystemTime};

use conversation::HandoverReason;
use metrique::unit::{Count, Millisecond};
use metrique::unit_of_work::metrics;
use sparkcentral::SecretVersion;
use telemetry::{RecordSink, keep_in_line};
use time::OffsetDateTime;

/// Where records go.
#[derive(Clone)]
pub struct Telemetry {
    function: &'static str,
    sink: RecordSink,
}

/// One unit of work, written when it is finished. Metrics `Count` and `Duration`, where they apply also
/// `Age` and `OldSecret`: by function, by function and outcome, and by function, agent and outcome. The
/// other fields are searchable properties.
#[metrics(
    rename_all = "PascalCase",
    emf::dimension_sets = [["Function"], ["Function", "Outcome"], ["Function", "Agent", "Outcome"]],
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
    secret: Option<&'static str>,
    /// Attempts so far.
    pub attempt: Option<String>,
    #[metrics(unit = Count)]
    count: u64,
    #[metrics(unit = Millisecond)]
    duration: Duration,
    #[metrics(unit = Millisecond)]
    age: Option<Duration>,
    #[metrics(unit = Count)]
    old_secret: Option<u64>,
}

/// A handover that is carried out. Metric `Handovers` by reason.
#[metrics(rename_all = "PascalCase", emf::dimension_sets = [["Reason"]])]
struct HandedOver {
    #[metrics(timestamp)]
    timestamp: SystemTime,
    reason: &'static str,
    #[metrics(unit = Count)]
    handovers: u64,
}

impl Telemetry {
    /// Sets up logging and the record sink.
    pub fn init(function: &'static str) -> Self {
        Self {
            function,
            sink: telemetry::init(function),
        }
    }

    /// Counts a handover that is carried out, in a line of its own: its dimension is nothing else's.
    pub fn handed_over(&self, reason: HandoverReason) {
        let handed_over = HandedOver {
            timestamp: SystemTime::now(),
            reason: reason.as_str(),
            handovers: 1,
        };
        drop(handed_over.append_on_drop(self.sink.clone()));
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
                duration: Duration::ZERO,
                age: None,
                old_secret: None,
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

    /// The work is over for something that has waited since `since`. Of several, the one that waited
    /// longest counts.
    pub fn done_since(&mut self, since: OffsetDateTime, now: OffsetDateTime) {
        // Clocks of two sandboxes may differ by a little.
        let age = Duration::try_from(now - since).unwrap_or_default();
        self.record.age = self.record.age.max(Some(age));
    }

    /// The webhook was signed with this version of the agent's secret.
    pub fn signed_with(&mut self, version: SecretVersion) {
        self.record.secret = Some(version.as_str());
        self.record.old_secret = (version == SecretVersion::Previous).then_some(1);
    }

    /// Writes the record.
    pub fn finish(mut self, outcome: &'static str) {
        self.record.outcome = outcome;
        self.record.duration = self.started.elapsed();
        let texts = [
            &mut self.record.conversation,
            &mut self.record.id,
            &mut self.record.reason,
        ];
        for text in texts.into_iter().flatten() {
            keep_in_line(text);
        }
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

#[cfg(test)]
mod tests;
