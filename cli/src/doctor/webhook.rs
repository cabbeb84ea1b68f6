//! The way Sparkcentral's events come in: an event of our own, signed, and one that is signed wrongly.

use std::time::{Duration, Instant};

use conversation::{AgentSecret, AgentSettings};
use reqwest::header::CONTENT_TYPE;
use secrecy::ExposeSecret;
use serde_json::json;
use sparkcentral::event::CANARY;
use sparkcentral::{SecretError, SecretVersion, WebhookSecret, sign};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use url::Url;
use uuid::Uuid;

use super::check::{Check, told};
use super::reach;
use crate::place::Place;

const GOOD: &str = "webhook";
const WRONG: &str = "webhook signature";

/// What signs the agent's events.
pub(super) fn key(secret: &AgentSecret) -> Result<WebhookSecret, SecretError> {
    WebhookSecret::from_hex(
        SecretVersion::Current,
        secret.webhook_secret.expose_secret(),
    )
}

pub(super) async fn checks(
    place: &Place,
    name: &str,
    settings: &AgentSettings,
    secret: &AgentSecret,
) -> [Check; 2] {
    let unsent = |why: String| [GOOD, WRONG].map(|check| Check::skipped(check, name, why.clone()));
    let url = match place.webhook_url(name).await {
        Ok(url) => url,
        Err(error) => return unsent(told(error, place.stage())),
    };
    let (Ok(url), Ok(key)) = (Url::parse(&url), key(secret)) else {
        return unsent(format!("no event can be made for {url}"));
    };
    // Made now, so nobody has it.
    let wrong = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    let Ok(wrong) = WebhookSecret::from_hex(SecretVersion::Current, &wrong) else {
        return unsent("no wrong signature can be made".to_owned());
    };
    let header = settings.dialect.signature_header();
    let (good, wrong) = futures::join!(send(&url, header, &key), send(&url, header, &wrong));
    match (good, wrong) {
        (Ok(good), Ok((wrong, _))) => [
            judge_good(place, name, good.0, good.1),
            judge_wrong(name, wrong),
        ],
        (Err(why), _) | (_, Err(why)) => {
            let next = "compare with what Sparkcentral has: sparkbridge agent show; is the stack deployed?";
            [
                Check::fail(GOOD, name, why, next),
                Check::skipped(WRONG, name, "nobody answers"),
            ]
        }
    }
}

/// Status and time of the answer.
async fn send(url: &Url, header: &str, key: &WebhookSecret) -> Result<(u16, Duration), String> {
    let now = OffsetDateTime::now_utc()
        .format(&Rfc3339)
        .unwrap_or_default();
    let event = json!({
        "type": CANARY,
        "idempotencyKey": Uuid::new_v4().to_string(),
        "timestamp": now,
        "data": {},
    });
    let body = event.to_string();
    let started = Instant::now();
    let request = reach::client(url)?
        .post(url.clone())
        .header(CONTENT_TYPE, "application/json")
        .header(header, sign(key, body.as_bytes()))
        .body(body);
    let response = request
        .send()
        .await
        .map_err(|error| reach::told(url, &error))?;
    Ok((response.status().as_u16(), started.elapsed()))
}

fn judge_good(place: &Place, name: &str, status: u16, took: Duration) -> Check {
    let (found, next) = match status {
        200 => {
            let found = format!("takes a signed event in {} ms", took.as_millis());
            return Check::pass(GOOD, name, found);
        }
        401 => (
            "refuses our signature (401)",
            "run doctor again in five minutes, when the functions have read the secret anew; is the address another stage's?"
                .to_owned(),
        ),
        404 => (
            "is not known there (404)",
            "run doctor again in a minute if the agent is new; is the address another stage's?".to_owned(),
        ),
        400 => (
            "refuses our event (400)",
            "is this machine's clock right? Else deploy this version: make deploy".to_owned(),
        ),
        403 => ("is forbidden (403)", "something in front of the API refuses it: a firewall?".to_owned()),
        429 => ("has too much to do (429)", "raise ApiRateLimit, see infra/README.md".to_owned()),
        500.. => (
            "fails",
            format!("read its log: /aws/lambda/{}", place.function("webhook-intake")),
        ),
        _ => ("answers something else than 200", "what answers there?".to_owned()),
    };
    Check::fail(GOOD, name, format!("{found}, status {status}"), next)
}

fn judge_wrong(name: &str, status: u16) -> Check {
    match status {
        401 => Check::pass(WRONG, name, "a wrong one is refused (401)"),
        200..300 => Check::fail(
            WRONG,
            name,
            format!("a wrong one is taken ({status})"),
            "whatever answers there is not webhook-intake, or not alone: look at the address and what is in front of it",
        ),
        _ => Check::skipped(
            WRONG,
            name,
            format!("a wrong one is answered {status}, not 401"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::Status;
    use super::*;

    #[test]
    fn only_a_401_proves_that_signatures_are_verified() {
        for (status, expected) in [
            (401, Status::Pass),
            (200, Status::Fail),
            (204, Status::Fail),
            (404, Status::Skipped),
            (500, Status::Skipped),
        ] {
            assert_eq!(judge_wrong("demo", status).status, expected, "{status}");
        }
    }

    #[test]
    fn a_key_that_is_not_hexadecimal_is_told_without_it() {
        let secret = |key: &str| -> AgentSecret {
            let secret = json!({"webhook_secret": key, "client_id": "c", "client_secret": "s"});
            serde_json::from_value(secret).unwrap()
        };
        assert!(key(&secret("00ff")).is_ok());
        let told = key(&secret("hunter2")).unwrap_err().to_string();
        assert!(
            told.contains("hexadecimal") && !told.contains("hunter2"),
            "{told}"
        );
    }
}
