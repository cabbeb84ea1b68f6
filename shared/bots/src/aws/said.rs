//! What a service of AWS says about a failure, and what that means.

use std::fmt;

use reqwest::Response;
use reqwest::header::HeaderMap;
use serde::Deserialize;

use super::Advice;
use crate::BotError;
use crate::call::body;

/// What a service said about a failure, without its words.
#[derive(Debug, Default)]
pub(super) struct Said {
    code: Option<String>,
    request_id: Option<String>,
}

/// How a service names an error in its body, where no header does.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    code: Option<String>,
    #[serde(rename = "__type")]
    kind: Option<String>,
}

impl Said {
    /// Of a response that is not a success.
    pub(super) async fn of(response: Response) -> Self {
        let header = |headers: &HeaderMap, name: &str| {
            let value = headers.get(name).and_then(|value| value.to_str().ok());
            value.map(str::to_owned)
        };
        let code = header(response.headers(), "x-amzn-errortype");
        let request_id = header(response.headers(), "x-amzn-requestid");
        let code = match code {
            Some(code) => Some(code),
            None => {
                let body = body(response).await.unwrap_or_default();
                let named: Named = serde_json::from_slice(&body).unwrap_or_default();
                named.code.or(named.kind)
            }
        };
        // `namespace#Code:where it is told about`
        let bare = |code: String| {
            let code = code.split(':').next().unwrap_or_default();
            code.rsplit('#').next().unwrap_or_default().to_owned()
        };
        Self {
            code: code.map(bare).filter(|code| is_name(code)),
            request_id: request_id.filter(|id| is_name(id)),
        }
    }

    /// What it means for the turn.
    pub(super) fn meaning(self, status: u16, advice: &Advice) -> BotError {
        let code = self.code.as_deref().unwrap_or_default();
        let throttled = [
            "ThrottlingException",
            "TooManyRequestsException",
            "ServiceQuotaExceededException",
        ];
        let problem = match (code, status) {
            _ if throttled.contains(&code) => return self.unavailable(429),
            // New credentials come by themselves.
            ("ExpiredTokenException", _) => return self.unavailable(status),
            // 409: another call on the session. 424: what the service asks in turn (a Lambda function,
            // a model) failed.
            (_, 408 | 409 | 424 | 425 | 429 | 500..) => return self.unavailable(status),
            ("AccessDeniedException", _) | (_, 401 | 403) => advice.denied,
            ("ResourceNotFoundException", _) | (_, 404) => advice.not_found,
            ("ValidationException", _) => advice.invalid,
            _ => return BotError::Refused { status },
        };
        BotError::Misconfigured {
            problem,
            source: Some(Box::new(self)),
        }
    }

    fn unavailable(self, status: u16) -> BotError {
        BotError::Unavailable {
            status: Some(status),
            source: Some(Box::new(self)),
        }
    }
}

/// Whether it can be shown: a name, and no words.
fn is_name(text: &str) -> bool {
    let of_name = |b: u8| b.is_ascii_alphanumeric() || b"-_.=".contains(&b);
    (1..=100).contains(&text.len()) && text.bytes().all(of_name)
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_deref().unwrap_or("an error without a code"))?;
        match &self.request_id {
            Some(id) => write!(f, " (request {id})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Said {}

#[cfg(test)]
mod tests {
    use super::*;

    const ADVICE: Advice = Advice {
        denied: "denied",
        not_found: "not found",
        invalid: "invalid",
    };

    fn meaning(code: &str, status: u16) -> BotError {
        let said = Said {
            code: Some(code.to_owned()),
            request_id: Some("r-1".to_owned()),
        };
        said.meaning(status, &ADVICE)
    }

    #[test]
    fn what_passes_by_itself_is_asked_again() {
        for (code, status, told) in [
            ("ThrottlingException", 400, 429),
            ("ThrottlingException", 429, 429),
            ("ServiceQuotaExceededException", 400, 429),
            ("ModelTimeoutException", 408, 408),
            ("ModelNotReadyException", 429, 429),
            ("ModelErrorException", 424, 424),
            ("ConflictException", 409, 409),
            ("DependencyFailedException", 424, 424),
            ("BadGatewayException", 502, 502),
            ("InternalServerException", 500, 500),
            ("ServiceUnavailableException", 503, 503),
            ("ExpiredTokenException", 403, 403),
        ] {
            let error = meaning(code, status);
            assert!(
                matches!(error, BotError::Unavailable { status: Some(s), .. } if s == told),
                "{code}"
            );
            assert!(error.is_retryable(), "{code}");
        }
    }

    #[test]
    fn what_somebody_must_change_is_told_with_what_to_change() {
        for (code, status, problem) in [
            ("AccessDeniedException", 403, "denied"),
            ("UnrecognizedClientException", 403, "denied"),
            ("ResourceNotFoundException", 404, "not found"),
            ("ValidationException", 400, "invalid"),
        ] {
            let error = meaning(code, status);
            assert!(!error.is_retryable(), "{code}");
            assert_eq!(
                error.to_string(),
                format!("the bot is misconfigured: {problem}")
            );
            let source = std::error::Error::source(&error).unwrap().to_string();
            assert_eq!(source, format!("{code} (request r-1)"));
        }
        assert!(matches!(
            meaning("Odd", 400),
            BotError::Refused { status: 400 }
        ));
    }

    #[tokio::test]
    async fn an_error_is_named_by_its_header_or_its_body_and_never_by_words() {
        let named = async |header: Option<&str>, body: &'static str| {
            let mut response = http::Response::builder();
            if let Some(header) = header {
                response = response.header("x-amzn-errortype", header);
            }
            let response = response.body(body).unwrap();
            Said::of(response.into()).await.to_string()
        };
        let conflict = "ConflictException";
        assert_eq!(
            named(Some("ConflictException:http://told.example"), "").await,
            conflict
        );
        assert_eq!(
            named(None, r#"{"__type":"a.b#ConflictException"}"#).await,
            conflict
        );
        assert_eq!(
            named(None, r#"{"code":"ConflictException"}"#).await,
            conflict
        );
        for body in ["", "<html>", r#"{"code":"card number 4111"}"#] {
            assert_eq!(named(None, body).await, "an error without a code");
        }
    }
}
