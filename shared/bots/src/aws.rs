//! What bots behind an AWS service have in common: how it is called, and what its errors mean.

use std::fmt;
use std::time::Duration;

use aws_sdk_lexruntimev2::config::http::HttpResponse;
use aws_sdk_lexruntimev2::config::retry::RetryConfig;
use aws_sdk_lexruntimev2::config::timeout::TimeoutConfig;
use aws_sdk_lexruntimev2::config::{BehaviorVersion, Region, StalledStreamProtectionConfig};
use aws_sdk_lexruntimev2::error::{ProvideErrorMetadata, SdkError};
use aws_types::SdkConfig;
use aws_types::request_id::RequestId;

use crate::BotError;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// `aws` as a bot needs it: one try, because whoever gives the turn asks again, and no time-outs but
/// the one for connecting, because the turn has one of its own.
///
/// # Errors
/// Without a region nothing can be asked.
pub(crate) fn one_try(aws: &SdkConfig, region: Option<&str>) -> Result<SdkConfig, BotError> {
    let region = region.map(|region| Region::new(region.to_owned()));
    let Some(region) = region.or_else(|| aws.region().cloned()) else {
        return Err(BotError::Misconfigured {
            problem: "no AWS region is known: set bot.region",
            source: None,
        });
    };
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .disable_read_timeout()
        .disable_operation_timeout()
        .disable_operation_attempt_timeout()
        .build();
    Ok(aws
        .to_builder()
        .behavior_version(BehaviorVersion::latest())
        .region(region)
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts)
        // It takes a model that thinks for a while for a connection that hangs.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build())
}

/// What an operator can do about what a service says, by kind of bot.
pub(crate) struct Advice {
    /// The role may not.
    pub(crate) denied: &'static str,
    /// There is no such thing.
    pub(crate) not_found: &'static str,
    /// The service does not take the request.
    pub(crate) invalid: &'static str,
}

/// What a failed call means. Nothing of the service's words is kept: they quote what was sent.
pub(crate) fn failed<E>(
    error: SdkError<E, HttpResponse>,
    advice: &Advice,
    after: Duration,
) -> BotError
where
    E: ProvideErrorMetadata + RequestId + std::error::Error + Send + Sync + 'static,
{
    match error {
        SdkError::TimeoutError(_) => BotError::TimedOut { after },
        SdkError::DispatchFailure(_) => BotError::Unavailable {
            status: None,
            source: error.into_source().ok(),
        },
        SdkError::ServiceError(error) => {
            let said = Said {
                code: error.err().code().map(str::to_owned),
                request_id: error.err().request_id().map(str::to_owned),
            };
            said.meaning(error.raw().status().as_u16(), advice)
        }
        SdkError::ResponseError(error) => {
            Said::default().meaning(error.raw().status().as_u16(), advice)
        }
        // Names fields, such as a missing or malformed one; the settings' checks leave none.
        other => BotError::Misconfigured {
            problem: "no request can be made of these settings",
            source: other.into_source().ok(),
        },
    }
}

/// What a service said about a failure, without its words.
#[derive(Debug, Default)]
struct Said {
    code: Option<String>,
    request_id: Option<String>,
}

impl Said {
    fn meaning(self, status: u16, advice: &Advice) -> BotError {
        let code = self.code.as_deref().unwrap_or_default();
        let throttled = [
            "ThrottlingException",
            "TooManyRequestsException",
            "ServiceQuotaExceededException",
        ];
        let problem = match (code, status) {
            (_, 200..=299) => {
                return BotError::InvalidAnswer {
                    problem: "the service's response can't be read".to_owned(),
                };
            }
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

    #[test]
    fn without_a_region_the_operator_is_told() {
        let aws = SdkConfig::builder().build();
        let error = one_try(&aws, None).unwrap_err();
        assert!(error.to_string().contains("bot.region"), "{error}");
        assert!(one_try(&aws, Some("eu-west-1")).is_ok());
    }
}
