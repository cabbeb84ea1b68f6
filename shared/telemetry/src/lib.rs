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
use tracing_subscriber::EnvFilter;

pub use causes::Causes;
/// Where records go.
pub use metrique::writer::BoxEntrySink as RecordSink;

/// Namespace of all metrics, where `METRICS_NAMESPACE` names no other. The templates name one for each stage, so
/// that stages in one account do not set off each other's alarms.
const NAMESPACE: &str = "Sparkbridge";

/// Sets up logging for a function and gives the sink of its records.
pub fn init(function: &'static str) -> RecordSink {
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
    let namespace = std::env::var("METRICS_NAMESPACE").unwrap_or_else(|_| NAMESPACE.to_owned());
    sink(namespace, || std::io::stdout().lock())
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

/// The level of `LOG_LEVEL` is for our own crates only: at `debug`, libraries log requests whole, and
/// with them what people wrote.
fn directives(function: &str, level: &str) -> String {
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
    let function = function.replace('-', "_");
    own.into_iter()
        .chain([function.as_str()])
        .fold("warn".to_owned(), |all, name| {
            format!("{all},{name}={level}")
        })
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
