//! From a scheduled or hand-made invocation to a sync, and back to its summary.

use chrono::{DateTime, Utc};
use lake::{Services, Telemetry};
use lambda_runtime::{Error, LambdaEvent};

use crate::invocation::{Invocation, Request};
use crate::summary::{Stopped, Summary};
use crate::sync::sync;
use crate::watch::watch;

pub(crate) async fn handle(
    services: &Services,
    telemetry: &Telemetry,
    event: LambdaEvent<Request>,
) -> Result<Summary, Error> {
    let now = Utc::now();
    let deadline = i64::try_from(event.context.deadline).unwrap_or(i64::MAX);
    let ends = DateTime::from_timestamp_millis(deadline).unwrap_or(now);
    let record = telemetry.begin();
    let Some(settings) = services.ledger.settings().await? else {
        // A stack may stand before anyone has FTP access: no alarm.
        record.finish("not_configured");
        return Ok(Summary {
            stopped: Some(Stopped {
                reason: "not_configured",
                message: "no SFTP server is configured: `sparkbridge exports configure`".into(),
            }),
            ..Summary::default()
        });
    };
    let invocation = Invocation::until(ends, now);
    let synced = sync(services, telemetry, &settings, &event.payload, invocation).await;
    match &synced {
        Err(_) => record.finish("failed"),
        Ok(summary) => match &summary.stopped {
            Some(stopped) => {
                tracing::error!(reason = stopped.reason, "{}", stopped.message);
                record.finish(stopped.reason);
            }
            None if summary.unfinished => record.finish("unfinished"),
            None => record.finish("synced"),
        },
    }
    // What is missing is worth an alarm whatever the reason, a stopped or failed pull included.
    let watched = watch(services, telemetry, &settings, now).await;
    let summary = synced?;
    watched?;
    Ok(summary)
}
