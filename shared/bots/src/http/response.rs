//! From a response to an answer or an error.

use std::error::Error;

use conversation::{Answer, BotAnswer};
use reqwest::{Response, StatusCode};

use super::address::NoPublicAddress;
use super::diagnose::diagnose;
use crate::{BotError, check};

/// Most bytes a bot's response may have. Reading stops there, whatever length it announced.
pub const MAX_RESPONSE_BYTES: usize = 256 * 1024;

/// Reads the bot's response.
pub(super) async fn read(response: Response) -> Result<BotAnswer, BotError> {
    let status = response.status();
    match status {
        StatusCode::OK => parse(&body(response).await?).map(BotAnswer::Now),
        StatusCode::ACCEPTED => Ok(BotAnswer::Later),
        StatusCode::NO_CONTENT => Ok(BotAnswer::Now(Answer::default())),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            Err(unavailable(status))
        }
        _ if status.is_server_error() => Err(unavailable(status)),
        _ if status.is_client_error() => Err(BotError::Refused {
            status: status.as_u16(),
        }),
        _ if status.is_redirection() => Err(BotError::Misconfigured {
            problem: "bot.url redirects, and redirects are not followed: set the URL it leads to",
            source: None,
        }),
        _ => Err(BotError::InvalidAnswer {
            problem: format!("status {}, expected 200, 202 or 204", status.as_u16()),
        }),
    }
}

fn unavailable(status: StatusCode) -> BotError {
    BotError::Unavailable {
        status: Some(status.as_u16()),
        source: None,
    }
}

async fn body(mut response: Response) -> Result<Vec<u8>, BotError> {
    let too_big = || BotError::InvalidAnswer {
        problem: format!("the body is over {MAX_RESPONSE_BYTES} bytes"),
    };
    let announced = response.content_length().unwrap_or(0);
    if announced > MAX_RESPONSE_BYTES as u64 {
        return Err(too_big());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if body.len() + chunk.len() > MAX_RESPONSE_BYTES {
            return Err(too_big());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Reads and checks the body of a 200.
pub(super) fn parse(body: &[u8]) -> Result<Answer, BotError> {
    // serde's own words quote the value they complain about, so they are replaced, not kept.
    let answer: Answer = serde_json::from_slice(body).map_err(|error| BotError::InvalidAnswer {
        problem: diagnose(body, &error),
    })?;
    match check::problem(&answer) {
        Some(problem) => Err(BotError::InvalidAnswer { problem }),
        None => Ok(answer),
    }
}

/// What a broken exchange means.
pub(super) fn broken(error: reqwest::Error) -> BotError {
    // A URL can hold a token.
    let error = error.without_url();
    if is_caused_by::<NoPublicAddress>(&error) {
        BotError::AddressNotAllowed {
            source: Box::new(error),
        }
    } else if error.is_builder() {
        // Names no value: an id that can't stand in a header is the only part that varies.
        BotError::Misconfigured {
            problem: "the turn's id can't stand in an HTTP header",
            source: Some(Box::new(error)),
        }
    } else {
        BotError::Unavailable {
            status: None,
            source: Some(Box::new(error)),
        }
    }
}

fn is_caused_by<E: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<E>() {
            return true;
        }
        cause = error.source();
    }
    false
}
