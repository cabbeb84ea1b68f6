//! Logs and metrics.
//!
//! Each unit of work (a webhook, a turn, a reply, a handover, an API call) ends in one [`Record`]:
//! one JSON line on standard output in CloudWatch's embedded metric format, so that the line is the
//! log and the metric at once. Everything else is logged from `warn` upwards. Never in any line:
//! message text, names, e-mail addresses, identifiers of contacts, secrets.

use std::time::{Instant, SystemTime};

use metrique::emf::Emf;
use metrique::unit::{Count, Millisecond};
use metrique::unit_of_work::metrics;
use metrique::writer::sink::FlushImmediately;
use metrique::writer::{BoxEntrySink, FormatExt};
use tracing_subscriber::EnvFilter;

/// Namespace of all metrics.
const NAMESPACE: &str = "Sparkbridge";

/// Where records go.
#[derive(Clone)]
pub struct Telemetry {
    function: &'static str,
    sink: BoxEntrySink,
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
        let level = std::env::var("LOG_LEVEL").unwrap_or_else(|_| "warn".to_owned());
        let filter = EnvFilter::new(directives(function, &level));
        // A second initialisation in the same process (tests) keeps the first subscriber.
        let _ = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_env_filter(filter)
            .with_current_span(false)
            .with_span_list(false)
            .try_init();
        let stream = Emf::no_validations(NAMESPACE.to_owned(), vec![vec![]])
            .output_to_makewriter(|| std::io::stdout().lock());
        // Immediate: a background writer would be frozen with the sandbox.
        Self {
            function,
            sink: FlushImmediately::new_boxed(stream),
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

/// The level of `LOG_LEVEL` is for our own crates only: at `debug`, libraries log requests whole, and
/// with them what people wrote.
fn directives(function: &str, level: &str) -> String {
    let own = [
        "platform",
        "bots",
        "conversation",
        "sparkcentral",
        "sparkcentral_client",
    ];
    let function = function.replace('-', "_");
    own.into_iter()
        .chain([function.as_str()])
        .fold("warn".to_owned(), |all, name| {
            format!("{all},{name}={level}")
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_talkative_level_never_makes_libraries_talk() {
        let filter = directives("webhook-intake", "DEBUG");
        assert!(
            filter.starts_with("warn,") && filter.ends_with(",webhook_intake=DEBUG"),
            "{filter}"
        );
        assert!(
            filter
                .split(',')
                .skip(1)
                .all(|part| part.ends_with("=DEBUG"))
        );
        assert!(EnvFilter::try_new(&filter).is_ok());
    }
}
