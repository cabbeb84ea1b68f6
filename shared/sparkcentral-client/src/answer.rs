//! Reading Sparkcentral's answers: only as much as needed, and nothing that could be a customer's.

use std::time::Duration;

use reqwest::Response;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;
use sparkcentral::Reply;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// Answers are small; a longer one is not what we asked for.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// Reads the body, up to a limit. `Ok(None)` when it is longer.
pub(crate) async fn body(mut response: Response) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_ANSWER_BYTES {
            return Ok(None);
        }
    }
    Ok(Some(bytes))
}

/// `Retry-After` in either of its forms: seconds, or a date (one in the past is zero).
pub(crate) fn retry_after(headers: &HeaderMap, now: OffsetDateTime) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = OffsetDateTime::parse(value, &Rfc2822).ok()?;
    let seconds = date.unix_timestamp().saturating_sub(now.unix_timestamp());
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

/// The error code of a JSON answer: one word such as `invalid_scope`, never prose, because prose
/// can quote the request.
pub(crate) fn error_code(body: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    let code = ["error", "code", "errorCode"]
        .into_iter()
        .find_map(|name| match answer.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            // Some APIs nest: {"error": {"code": …}}.
            Value::Object(inner) => Some(inner.get("code")?.as_str()?.to_owned()),
            _ => None,
        })?;
    let is_word = !code.is_empty()
        && code.len() <= 64
        && code
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    is_word.then_some(code)
}

/// What a 400's answer tells, put together from words of ours: an error code, unless the request
/// holds the same word (it may be quoted from there), and the names of reply fields it mentions.
pub(crate) fn problem(answer: &[u8], request: &[u8]) -> String {
    let code = error_code(answer).filter(|code| !contains(request, code.as_bytes()));
    let fields: Vec<&str> = Reply::FIELDS
        .into_iter()
        .chain(["conversationId", "attachment", "filename", "Content-Type"])
        .filter(|field| mentions(answer, field))
        .collect();
    let mut parts = vec!["Sparkcentral refused it (400)".to_owned()];
    if let Some(code) = code {
        parts.push(format!("code {code}"));
    }
    if !fields.is_empty() {
        parts.push(format!("mentions {}", fields.join(", ")));
    }
    parts.join("; ")
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

/// Whether the name occurs as a whole word: `sendMessage` isn't mentioned by `sendMessages`.
fn mentions(answer: &[u8], name: &str) -> bool {
    let word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    answer
        .windows(name.len())
        .enumerate()
        .filter(|(_, window)| *window == name.as_bytes())
        .any(|(start, _)| {
            let before = start.checked_sub(1).and_then(|index| answer.get(index));
            !word(before) && !word(answer.get(start + name.len()))
        })
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn wait(value: &'static str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, value.parse().unwrap());
        retry_after(&headers, datetime!(2026-03-02 12:00:00 UTC))
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        assert_eq!(
            wait("Mon, 02 Mar 2026 12:01:30 GMT"),
            Some(Duration::from_secs(90))
        );
        assert_eq!(wait("Mon, 02 Mar 2026 11:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(wait("soon"), None);
        assert_eq!(wait("-3"), None);
        assert_eq!(
            retry_after(&HeaderMap::new(), OffsetDateTime::UNIX_EPOCH),
            None
        );
    }

    #[test]
    fn an_error_code_is_a_word_and_never_prose() {
        for (answer, code) in [
            (r#"{"error": "invalid_client"}"#, Some("invalid_client")),
            (r#"{"code": 4001}"#, Some("4001")),
            (r#"{"error": {"code": "BAD-TAG"}}"#, Some("BAD-TAG")),
            (r#"{"error": "the text Hello is bad"}"#, None),
            (r#"{"message": "bad"}"#, None),
            ("<html>", None),
            ("", None),
        ] {
            assert_eq!(error_code(answer.as_bytes()).as_deref(), code, "{answer}");
        }
    }

    #[test]
    fn a_problem_names_fields_and_never_quotes_the_request() {
        let request = br#"{"sendMessage":{"text":"Wilhelmina"}}"#;
        assert_eq!(
            problem(
                br#"{"error":"bad_request","message":"applyTags: Wilhelmina"}"#,
                request
            ),
            "Sparkcentral refused it (400); code bad_request; mentions applyTags"
        );
        assert_eq!(
            problem(br#"{"error":"Wilhelmina"}"#, request),
            "Sparkcentral refused it (400)"
        );
        assert_eq!(
            problem(b"sendMessages is off", b""),
            "Sparkcentral refused it (400); mentions sendMessages"
        );
    }
}
