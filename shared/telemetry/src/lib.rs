//! Where a function's logs and metrics go, and what never goes there.
//!
//! Each unit of work (a webhook, a turn, a reply, an API call, an export file) ends in one record: one
//! JSON line on standard output in CloudWatch's embedded metric format, so that the line is the log
//! and the metric at once. Everything else is logged from `warn` upwards. Never in any line: message
//! text, names, e-mail addresses, identifiers of contacts, secrets.

mod causes;

use metrique::emf::Emf;
use metrique::writer::FormatExt;
use metrique::writer::sink::FlushImmediately;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;

pub use causes::Causes;
/// Where records go.
pub use metrique::writer::BoxEntrySink as RecordSink;

/// Namespace of all metrics, where `METRICS_NAMESPACE` names no other. The templates name one for each stage, so
/// that stages in one account do not set off each other's alarms.
const NAMESPACE: &str = "Sparkbridge";

/// Sets up logging for a function and gives the sink of its records.
pub fn init(function: &'static str) -> RecordSink {
    let level = std::env::var("LOG_LEVEL").unwrap_or_else(|_| "warn".to_owned());
    let filter = filter(function, &level);
    // A second initialisation in the same process (tests) keeps the first subscriber.
    let _ = tracing::subscriber::set_global_default(lines(filter, std::io::stdout));
    let namespace = std::env::var("METRICS_NAMESPACE").unwrap_or_else(|_| NAMESPACE.to_owned());
    sink(namespace, || std::io::stdout().lock())
}

/// Writes each event as one JSON line, whatever its fields hold.
fn lines<W>(filter: Targets, writer: W) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(writer);
    tracing_subscriber::registry().with(filter).with(lines)
}

/// Keeps others' words (ids, file names) in their line: JSON escapes ASCII's control characters, but not
/// what else ends a line, or commands a terminal, for some who read logs.
pub fn keep_in_line(text: &mut String) {
    let unruly = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    if text.contains(unruly) {
        *text = text.replace(unruly, "\u{fffd}");
    }
}

/// A sink of records that writes each to what `writer` gives for it: one line, in CloudWatch's embedded
/// metric format.
pub fn sink<W: std::io::Write>(
    namespace: String,
    writer: impl Fn() -> W + Send + Sync + 'static,
) -> RecordSink {
    let stream = Emf::no_validations(namespace, vec![vec![]]);
    // Immediate: a background writer would be frozen with the sandbox.
    FlushImmediately::new_boxed(stream.output_to_makewriter(writer))
}

/// Says as an error, after each one of AWS's, that it can't close a connection, which is ours to keep.
const NOISE: &str = "aws_smithy_runtime::client::http::connection_poisoning";

/// The level of `LOG_LEVEL` is for our own crates only: at `debug`, libraries log requests whole, and
/// with them what people wrote. What is not a level is `warn`.
fn filter(function: &str, level: &str) -> Targets {
    let own = [
        "agent_client",
        "platform",
        "bots",
        "conversation",
        "export_tables",
        "exports",
        "lake",
        "sftp",
        "sparkcentral",
        "sparkcentral_client",
    ];
    // Nothing would mean `error` to the parser.
    let level = Some(level).filter(|level| !level.is_empty());
    let level = level.and_then(|level| level.parse().ok());
    let level = level.unwrap_or(LevelFilter::WARN);
    let function = function.replace('-', "_");
    let own = own.into_iter().chain([function.as_str()]);
    Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target(NOISE, LevelFilter::OFF)
        .with_targets(own.map(|name| (name, level)))
}

#[cfg(test)]
mod tests;
