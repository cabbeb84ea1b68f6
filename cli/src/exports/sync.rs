//! The function export-sync: started by hand, again until it is through.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::config::{Builder, StalledStreamProtectionConfig};
use aws_sdk_lambda::primitives::Blob;
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::place::Place;

/// A little longer than Lambda lets a function run.
const LONGEST_RUN: Duration = Duration::from_secs(16 * 60);
/// Runs that failed and brought nothing, one after the other, before more of them make no sense.
const VAIN_RUNS: usize = 3;

/// What a run answers; as in functions/export-sync/src/summary.rs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Summary {
    pub(crate) listed: u64,
    pub(crate) known: u64,
    pub(crate) pulled: Vec<Pulled>,
    pub(crate) unchanged: Vec<String>,
    pub(crate) waiting: Vec<String>,
    pub(crate) outgrown: Vec<String>,
    pub(crate) busy: Vec<String>,
    pub(crate) failed: Vec<Failed>,
    pub(crate) deleted: u64,
    pub(crate) unknown_directories: Vec<String>,
    pub(crate) unreadable_directories: Vec<String>,
    pub(crate) ignored: u64,
    pub(crate) unfinished: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stopped: Option<Stopped>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pulled {
    pub(crate) path: String,
    pub(crate) bytes: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failed {
    pub(crate) path: String,
    pub(crate) error: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stopped {
    pub(crate) reason: String,
    pub(crate) message: String,
}

impl Summary {
    /// Adds a later run's answer: what happened once is kept, what stands is the later one's.
    fn add(&mut self, later: Self) {
        // Files of the runs before are known to the later one.
        let ours = (self.pulled.len() + self.unchanged.len()) as u64;
        let before = std::mem::take(self);
        *self = later;
        self.known = self.known.saturating_sub(ours);
        self.deleted += before.deleted;
        self.pulled.splice(0..0, before.pulled);
        self.unchanged.splice(0..0, before.unchanged);
        if self.unfinished {
            // It did not come to every file: what the runs before said of the others still stands.
            let is_new = |path: &String| !self.mentions(path);
            let keep = |paths: Vec<String>| paths.into_iter().filter(is_new).collect::<Vec<_>>();
            let (waiting, outgrown) = (keep(before.waiting), keep(before.outgrown));
            let busy = keep(before.busy);
            let failed = before.failed.into_iter();
            let failed: Vec<_> = failed.filter(|failed| is_new(&failed.path)).collect();
            self.waiting.splice(0..0, waiting);
            self.outgrown.splice(0..0, outgrown);
            self.busy.splice(0..0, busy);
            self.failed.splice(0..0, failed);
        }
    }

    fn mentions(&self, path: &String) -> bool {
        self.pulled.iter().any(|pulled| pulled.path == *path)
            || self.failed.iter().any(|failed| failed.path == *path)
            || [&self.unchanged, &self.waiting, &self.outgrown, &self.busy]
                .iter()
                .any(|paths| paths.contains(path))
    }
}

/// Runs export-sync until it is through with everything, or can't go on.
pub(crate) async fn sync(place: &Place, tables: &[String], bar: &ProgressBar) -> Result<Summary> {
    let client = client(place);
    let mut whole = Summary::default();
    let mut vain = 0;
    for run in 1.. {
        let summary = invoke(&client, place, tables).await?;
        let again = summary.unfinished && summary.stopped.is_none();
        vain = if summary.pulled.is_empty() && !summary.failed.is_empty() {
            vain + 1
        } else {
            0
        };
        if run == 1 {
            whole = summary;
        } else {
            whole.add(summary);
        }
        if !again || vain == VAIN_RUNS {
            break;
        }
        bar.set_message(format!(
            "pulling, run {}; {} files so far",
            run + 1,
            whole.pulled.len()
        ));
    }
    Ok(whole)
}

/// For calls that are answered when the function has ended. Not repeated: a run whose answer was lost
/// goes on.
fn client(place: &Place) -> aws_sdk_lambda::Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(LONGEST_RUN)
        .operation_timeout(LONGEST_RUN)
        .build();
    let config = Builder::from(place.aws())
        .timeout_config(timeouts)
        .retry_config(RetryConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build();
    aws_sdk_lambda::Client::from_conf(config)
}

async fn invoke(
    client: &aws_sdk_lambda::Client,
    place: &Place,
    tables: &[String],
) -> Result<Summary> {
    let function = place.function("export-sync");
    let request = json!({ "tables": tables }).to_string();
    let answer = client
        .invoke()
        .function_name(&function)
        .payload(Blob::new(request))
        .send()
        .await
        .with_context(|| format!("running {function}"))?;
    let payload = answer.payload.map(Blob::into_inner).unwrap_or_default();
    if let Some(kind) = answer.function_error {
        bail!("{function} failed: {}", failure(&payload).unwrap_or(kind));
    }
    serde_json::from_slice(&payload)
        .with_context(|| format!("the answer of {function}; deploy it in this version"))
}

/// What Lambda says of a function that failed.
fn failure(payload: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Failure {
        error_message: String,
    }
    let failure: Failure = serde_json::from_slice(payload).ok()?;
    Some(failure.error_message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pulled(path: &str) -> Pulled {
        Pulled {
            path: path.into(),
            bytes: 1,
        }
    }

    fn failed(path: &str) -> Failed {
        Failed {
            path: path.into(),
            error: "e".into(),
        }
    }

    #[test]
    fn runs_add_up_and_the_last_one_says_what_stands() {
        let mut whole = Summary {
            listed: 3,
            known: 0,
            pulled: vec![pulled("a")],
            waiting: vec!["b".into()],
            failed: vec![failed("c")],
            unfinished: true,
            ..Summary::default()
        };
        whole.add(Summary {
            listed: 3,
            known: 1,
            pulled: vec![pulled("c")],
            waiting: vec!["b".into()],
            ..Summary::default()
        });
        assert_eq!(whole.pulled, [pulled("a"), pulled("c")]);
        assert_eq!((whole.listed, whole.known), (3, 0));
        assert_eq!(whole.waiting, ["b"]);
        assert!(whole.failed.is_empty() && !whole.unfinished);
    }

    #[test]
    fn a_run_that_did_not_come_to_a_file_takes_nothing_back() {
        let mut whole = Summary {
            busy: vec!["a".into(), "b".into()],
            failed: vec![failed("c")],
            ..Summary::default()
        };
        whole.add(Summary {
            pulled: vec![pulled("b")],
            unfinished: true,
            ..Summary::default()
        });
        assert_eq!(whole.busy, ["a"]);
        assert_eq!(whole.failed, [failed("c")]);
    }

    #[test]
    fn the_functions_answer_is_read_and_given_on() {
        let answer = r#"{"listed":2,"known":1,"pulled":[{"path":"/export/tag/x.csv","bytes":7}],
            "unchanged":[],"waiting":[],"outgrown":[],"busy":[],"failed":[],"deleted":0,
            "unknown_directories":[],"unreadable_directories":["/export/audit"],"ignored":0,"unfinished":false}"#;
        let summary: Summary = serde_json::from_str(answer).unwrap();
        let told = serde_json::to_value(&summary).unwrap();
        let whole: serde_json::Value = serde_json::from_str(answer).unwrap();
        assert_eq!(told, whole);
    }

    #[test]
    fn a_failed_function_says_why() {
        let payload = br#"{"errorType":"SyncError","errorMessage":"the ledger"}"#;
        assert_eq!(failure(payload).as_deref(), Some("the ledger"));
        assert_eq!(failure(b"{}"), None);
    }
}
