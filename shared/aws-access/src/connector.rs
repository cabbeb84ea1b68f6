//! The HTTP client under the SDK's clients.

use std::fmt;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http::{HeaderValue, Request, Response, Uri, header};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::time::timeout;

use crate::body::{Lent, Streamed};
use crate::connect::Stream;
use crate::pool::{Pool, Sender};

/// Responses up to this size are read whole: their connection is free before they are looked at.
const SMALL: u64 = 256 * 1024;

/// For calls without limits of their own.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// HTTP/1.1 over connections that are kept between requests, of which AWS offers nothing newer for what
/// is used here. Cheap to clone; clones share their connections.
#[derive(Clone, Default)]
pub struct Connector {
    pool: Pool,
}

/// Why a request brought no response.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// No connection in time.
    #[error("no connection within {} ms", .0.as_millis())]
    ConnectTimeout(Duration),
    /// No response in time.
    #[error("no response within {} ms", .0.as_millis())]
    ReadTimeout(Duration),
    /// No connection.
    #[error("no connection")]
    Connect(#[source] std::io::Error),
    /// The connection broke.
    #[error("the connection broke")]
    Broken(#[source] hyper::Error),
    /// It is not a request that can be sent.
    #[error("the request's address is not one of HTTP")]
    Address,
}

impl From<NotSent> for ConnectorError {
    fn from(error: NotSent) -> Self {
        match error {
            NotSent::ConnectTimeout(_) | NotSent::ReadTimeout(_) => Self::timeout(error.into()),
            NotSent::Connect(_) | NotSent::Broken(_) => Self::io(error.into()),
            NotSent::Address => Self::user(error.into()),
        }
    }
}

/// How long parts of an exchange may take.
#[derive(Clone, Copy, Debug, Default)]
struct Limits {
    connect: Option<Duration>,
    read: Option<Duration>,
}

impl Connector {
    /// Sends a request as it is, once.
    pub(crate) async fn once(
        &self,
        request: Request<SdkBody>,
    ) -> Result<Response<SdkBody>, NotSent> {
        let limits = Limits {
            connect: Some(CONNECT_TIMEOUT),
            read: None,
        };
        self.exchange(request, limits).await
    }

    async fn exchange(
        &self,
        mut request: Request<SdkBody>,
        limits: Limits,
    ) -> Result<Response<SdkBody>, NotSent> {
        let uri = std::mem::take(request.uri_mut());
        let place = Pool::place(&uri);
        let host = uri.authority().ok_or(NotSent::Address)?.as_str();
        if !request.headers().contains_key(header::HOST) {
            let host = HeaderValue::from_str(host).map_err(|_| NotSent::Address)?;
            request.headers_mut().insert(header::HOST, host);
        }
        let path = uri.path_and_query().cloned();
        *request.uri_mut() = path.map_or_else(|| Uri::from_static("/"), Uri::from);

        while let Some(mut sender) = self.pool.take(&place) {
            // Closed by the other side since.
            if sender.ready().await.is_err() {
                continue;
            }
            match send(&mut sender, request, limits).await {
                Ok(response) => return self.received(response, sender, place).await,
                // Nothing of it was written.
                Err(Unsent::Request(unsent)) => request = *unsent,
                Err(Unsent::Error(error)) => return Err(error),
            }
        }
        let mut sender = self.connect(&uri, limits).await?;
        match send(&mut sender, request, limits).await {
            Ok(response) => self.received(response, sender, place).await,
            Err(Unsent::Request(_)) => {
                Err(NotSent::Connect(std::io::ErrorKind::NotConnected.into()))
            }
            Err(Unsent::Error(error)) => Err(error),
        }
    }

    async fn connect(&self, uri: &Uri, limits: Limits) -> Result<Sender, NotSent> {
        let connecting = Stream::connect(uri);
        let stream = match limits.connect {
            Some(limit) => timeout(limit, connecting)
                .await
                .map_err(|_| NotSent::ConnectTimeout(limit))?,
            None => connecting.await,
        };
        let stream = TokioIo::new(stream.map_err(NotSent::Connect)?);
        let (sender, connection) = http1::handshake(stream).await.map_err(NotSent::Broken)?;
        // Ends with the connection; whoever waits for a response is told why.
        tokio::spawn(connection);
        Ok(sender)
    }

    async fn received(
        &self,
        response: Response<Incoming>,
        sender: Sender,
        place: String,
    ) -> Result<Response<SdkBody>, NotSent> {
        let lent = Lent {
            sender,
            pool: self.pool.clone(),
            place,
        };
        let (parts, incoming) = response.into_parts();
        let is_small = incoming
            .size_hint()
            .upper()
            .is_some_and(|bytes| bytes <= SMALL);
        let body = if is_small {
            let whole = incoming.collect().await.map_err(NotSent::Broken)?;
            lent.give_back();
            SdkBody::from(whole.to_bytes())
        } else {
            let lent = Some(lent);
            SdkBody::from_body_1_x(Streamed { incoming, lent })
        };
        Ok(Response::from_parts(parts, body))
    }
}

enum Unsent {
    Request(Box<Request<SdkBody>>),
    Error(NotSent),
}

async fn send(
    sender: &mut Sender,
    request: Request<SdkBody>,
    limits: Limits,
) -> Result<Response<Incoming>, Unsent> {
    let sending = sender.try_send_request(request);
    let sent = match limits.read {
        Some(limit) => timeout(limit, sending)
            .await
            .map_err(|_| Unsent::Error(NotSent::ReadTimeout(limit)))?,
        None => sending.await,
    };
    sent.map_err(|mut error| match error.take_message() {
        Some(request) => Unsent::Request(Box::new(request)),
        None => Unsent::Error(NotSent::Broken(error.into_error())),
    })
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}

impl HttpClient for Connector {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Limited {
            connector: self.clone(),
            limits: Limits {
                connect: settings.connect_timeout(),
                read: settings.read_timeout(),
            },
        })
    }
}

#[derive(Debug)]
struct Limited {
    connector: Connector,
    limits: Limits,
}

impl HttpConnector for Limited {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (connector, limits) = (self.connector.clone(), self.limits);
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x();
            let request = request.map_err(|error| ConnectorError::user(error.into()))?;
            let response = connector.exchange(request, limits).await?;
            HttpResponse::try_from(response)
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

#[cfg(test)]
mod tests;
