//! The record of one unit of work on an export: a file, a finding, an invocation.

use std::time::{Duration, Instant, SystemTime};

use metrique::unit::{Byte, Count, Millisecond, Second};
use metrique::unit_of_work::metrics;
use telemetry::{RecordSink, keep_in_line};

/// Where records go.
#[derive(Clone)]
pub struct Telemetry {
    function: &'static str,
    sink: RecordSink,
}

/// One unit of work, written when it is finished. Metrics by function, by function and outcome, and by
/// function, table and outcome; the other fields are searchable properties.
#[metrics(
    rename_all = "PascalCase",
    emf::dimension_sets = [["Function"], ["Function", "Outcome"], ["Function", "Table", "Outcome"]],
)]
pub struct Record {
    #[metrics(timestamp)]
    timestamp: SystemTime,
    function: &'static str,
    /// The export's table, `-` where it isn't known.
    pub table: &'static str,
    /// What became of the work: a small fixed set of words per function.
    pub outcome: &'static str,
    /// Why, without any cell of the file.
    pub reason: Option<String>,
    /// The file's path on the server or key in the inbox.
    pub file: Option<String>,
    /// Rows that are now in the table.
    #[metrics(unit = Count)]
    pub rows: Option<u64>,
    /// Rows that are now in the rejects.
    #[metrics(unit = Count)]
    pub rejects: Option<u64>,
    /// Bytes read.
    #[metrics(unit = Byte)]
    pub bytes: Option<u64>,
    /// Columns that differ from the export's definition.
    #[metrics(unit = Count)]
    pub drift: Option<u64>,
    #[metrics(unit = Count)]
    count: u64,
    #[metrics(unit = Millisecond)]
    duration: Duration,
}

/// How far a type's table is behind. Metric `LagSeconds` by type, and over all types by function.
#[metrics(rename_all = "PascalCase", emf::dimension_sets = [["Type"], ["Function"]])]
struct Lag {
    #[metrics(timestamp)]
    timestamp: SystemTime,
    function: &'static str,
    #[metrics(name = "Type")]
    table: &'static str,
    #[metrics(unit = Second)]
    lag_seconds: u64,
}

impl Telemetry {
    /// Sets up logging and the record sink.
    pub fn init(function: &'static str) -> Self {
        Self {
            function,
            sink: telemetry::init(function),
        }
    }

    /// Writes how old the end of the newest window in an export's table is, in seconds.
    pub fn lag(&self, table: &'static str, seconds: u64) {
        let lag = Lag {
            timestamp: SystemTime::now(),
            function: self.function,
            table,
            lag_seconds: seconds,
        };
        drop(lag.append_on_drop(self.sink.clone()));
    }

    /// Begins a record.
    pub fn begin(&self) -> Unfinished {
        Unfinished {
            sink: self.sink.clone(),
            started: Instant::now(),
            record: Record {
                timestamp: SystemTime::now(),
                function: self.function,
                table: "-",
                outcome: "unfinished",
                reason: None,
                file: None,
                rows: None,
                rejects: None,
                bytes: None,
                drift: None,
                count: 1,
                duration: Duration::ZERO,
            },
        }
    }
}

/// A record of work still going on.
pub struct Unfinished {
    sink: RecordSink,
    started: Instant,
    record: Record,
}

impl Unfinished {
    /// Writes the record.
    pub fn finish(mut self, outcome: &'static str) {
        self.record.outcome = outcome;
        self.record.duration = self.started.elapsed();
        let texts = [&mut self.record.file, &mut self.record.reason];
        texts.into_iter().flatten().for_each(keep_in_line);
        drop(self.record.append_on_drop(self.sink));
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
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_file_s_name_stays_in_its_line() {
        let written = Written::default();
        let writer = written.clone();
        let telemetry = Telemetry {
            function: "export-load",
            sink: telemetry::sink("Sparkbridge".to_owned(), move || writer.clone()),
        };
        let mut record = telemetry.begin();
        record.file = Some("a\r\n{\"Outcome\":\"forged\"}\u{2028}\u{9b}2J.csv".to_owned());
        record.reason = Some("\u{1b}[31m\u{85}".to_owned());
        record.finish("loaded");
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        let ended = text.trim_end();
        assert!(
            !ended.contains(|c: char| c.is_control() || c == '\u{2028}'),
            "{text}"
        );
        let told: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(told["Outcome"], "loaded");
        assert_eq!(told["Reason"], "\u{fffd}[31m\u{fffd}");
    }
}
