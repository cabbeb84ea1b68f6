//! One call to the service behind a bot: where it may lead, how long it may take, how much it may
//! answer, and what a broken one means.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::sync::OnceLock;
use std::time::Duration;

use egress::NoPublicAddress;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use url::Url;

use crate::BotError;

/// Most bytes a bot's response may have. Reading stops there, whatever length it announced.
pub const MAX_RESPONSE_BYTES: usize = 256 * 1024;

/// Calls to one service.
pub(crate) struct Caller {
    timeout: Duration,
    allow_private_addresses: bool,
    // Made with the first turn and kept, so that warm invocations find connections open.
    client: OnceLock<Client>,
}

/// What a service answered. The body is read with status 200 only: what stands in another may
/// quote the contact, and nothing of it is used.
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
}

impl Caller {
    /// Calls that take at most `timeout` each.
    pub(crate) fn new(timeout_ms: u64, allow_private_addresses: bool) -> Self {
        Self {
            timeout: Duration::from_millis(timeout_ms),
            allow_private_addresses,
            client: OnceLock::new(),
        }
    }

    /// Posts to `url` what `request` makes of the request, within the smaller of the two limits.
    pub(crate) async fn post(
        &self,
        url: &Url,
        within: Duration,
        request: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Answered, BotError> {
        self.limit(within, async {
            let response = self.send(url, request).await?;
            let status = response.status();
            let body = match status {
                StatusCode::OK => body(response).await?,
                _ => Vec::new(),
            };
            Ok(Answered { status, body })
        })
        .await
    }

    /// As [`Caller::post`], for whom the status tells everything.
    pub(crate) async fn post_only(
        &self,
        url: &Url,
        within: Duration,
        request: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<StatusCode, BotError> {
        self.limit(within, async {
            Ok(self.send(url, request).await?.status())
        })
        .await
    }

    async fn send(
        &self,
        url: &Url,
        request: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Response, BotError> {
        let request = request(self.client()?.post(url.clone()));
        request.send().await.map_err(broken)
    }

    // One limit over look-up, connection, request and the whole body.
    async fn limit<T>(
        &self,
        within: Duration,
        call: impl Future<Output = Result<T, BotError>>,
    ) -> Result<T, BotError> {
        let after = within.min(self.timeout);
        if after.is_zero() {
            return Err(BotError::TimedOut { after });
        }
        tokio::time::timeout(after, call)
            .await
            .unwrap_or(Err(BotError::TimedOut { after }))
    }

    fn client(&self) -> Result<&Client, BotError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = egress::client(self.allow_private_addresses);
        let client = client.map_err(|error| BotError::Misconfigured {
            problem: "no HTTP client could be made on this machine",
            source: Some(Box::new(error)),
        })?;
        // Two first turns at once make two clients; one is kept.
        Ok(self.client.get_or_init(|| client))
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("timeout", &self.timeout)
            .field("allow_private_addresses", &self.allow_private_addresses)
            .finish_non_exhaustive()
    }
}

/// What a status means that brings no answer.
pub(crate) fn refusal(status: StatusCode) -> BotError {
    let code = status.as_u16();
    match status {
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            unavailable(code)
        }
        _ if status.is_server_error() => unavailable(code),
        _ if status.is_client_error() => BotError::Refused { status: code },
        _ if status.is_redirection() => BotError::Misconfigured {
            problem: "bot.url redirects, and redirects are not followed: set the URL it leads to",
            source: None,
        },
        _ => BotError::InvalidAnswer {
            problem: format!("status {code}, which means nothing here"),
        },
    }
}

fn unavailable(status: u16) -> BotError {
    BotError::Unavailable {
        status: Some(status),
        source: None,
    }
}

/// The body, as far as it may go.
pub(crate) async fn body(mut response: Response) -> Result<Vec<u8>, BotError> {
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

/// What a broken exchange means.
fn broken(error: reqwest::Error) -> BotError {
    // A URL can hold a token.
    let error = error.without_url();
    if is_caused_by::<NoPublicAddress>(&error) {
        BotError::AddressNotAllowed {
            source: Box::new(error),
        }
    } else if error.is_builder() {
        // Names no value: ids and tokens that can't stand in a header are the parts that vary.
        BotError::Misconfigured {
            problem: "the turn's id or the bot's token can't stand in an HTTP header",
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
