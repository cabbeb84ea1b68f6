//! What bots behind an AWS service have in common: how it is called, and what its errors mean.

mod said;

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_types::SdkConfig;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, redirect};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize as _, Deserializer};
use serde_json::{Map, Value};
use url::Url;

use crate::call::body;
use crate::{BotError, Cause};
use said::Said;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Load balancers close idle connections after about a minute.
const IDLE_CONNECTION: Duration = Duration::from_secs(50);
/// Credentials that end sooner than this are asked for anew.
const FRESH: Duration = Duration::from_secs(300);
const JSON: &str = "application/json";
/// What a segment of a path may hold as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What an operator can do about what a service says, by kind of bot.
pub(crate) struct Advice {
    /// The role may not.
    pub(crate) denied: &'static str,
    /// There is no such thing.
    pub(crate) not_found: &'static str,
    /// The service does not take the request.
    pub(crate) invalid: &'static str,
}

/// What is known of a service.
pub(crate) struct Kind {
    /// Its name in signatures.
    pub(crate) name: &'static str,
    /// The first part of its hosts' names.
    pub(crate) host: &'static str,
    pub(crate) advice: Advice,
}

/// A service that is asked by signed POSTs, of which each kind of bot needs one. The services' SDKs would be
/// more code than all bots together.
///
/// One try, because whoever gives the turn asks again, and no time-outs but the one for connecting,
/// because the turn has one of its own.
pub(crate) struct Service {
    kind: &'static Kind,
    aws: SdkConfig,
    region: Option<String>,
    endpoint: Option<Url>,
    // Made with the first turn and kept, so that warm invocations find connections open.
    client: OnceLock<Client>,
    credentials: Mutex<Option<Credentials>>,
}

impl Service {
    /// A service in `region` and at `endpoint`, where the settings name them.
    pub(crate) fn new(
        kind: &'static Kind,
        aws: &SdkConfig,
        region: Option<&str>,
        endpoint: Option<&Url>,
    ) -> Self {
        Self {
            kind,
            aws: aws.clone(),
            region: region.map(str::to_owned),
            endpoint: endpoint.cloned(),
            client: OnceLock::new(),
            credentials: Mutex::default(),
        }
    }

    /// Posts JSON and gives back the JSON of the answer.
    ///
    /// # Errors
    /// Without a region nothing can be asked; else by what the service says.
    pub(crate) async fn post(&self, path: &[&str], json: Vec<u8>) -> Result<Vec<u8>, BotError> {
        let request = self.signed(path, json).await?;
        let response = self.client()?.execute(request).await.map_err(broken)?;
        if response.status().is_success() {
            return body(response).await;
        }
        let status = response.status().as_u16();
        Err(Said::of(response).await.meaning(status, &self.kind.advice))
    }

    async fn signed(&self, path: &[&str], json: Vec<u8>) -> Result<reqwest::Request, BotError> {
        let region = self.region.as_deref();
        let Some(region) = region.or_else(|| self.aws.region().map(AsRef::as_ref)) else {
            return Err(BotError::Misconfigured {
                problem: "no AWS region is known: set bot.region",
                source: None,
            });
        };
        let url = self.url(region, path)?;
        let credentials = self.credentials().await?;
        let mut signature = Vec::new();
        {
            let identity = credentials.into();
            let params = v4::SigningParams::builder()
                .identity(&identity)
                .region(region)
                .name(self.kind.name)
                .time(SystemTime::now())
                .settings(SigningSettings::default())
                .build()
                .map_err(unmade)?
                .into();
            let headers = [(CONTENT_TYPE.as_str(), JSON)].into_iter();
            let body = SignableBody::Bytes(&json);
            let request =
                SignableRequest::new("POST", url.as_str(), headers, body).map_err(unmade)?;
            let (instructions, _) = sign(request, &params).map_err(unmade)?.into_parts();
            for (name, value) in instructions.headers() {
                signature.push((name.to_owned(), value.to_owned()));
            }
        }
        let mut request = self.client()?.post(url).header(CONTENT_TYPE, JSON);
        for (name, value) in signature {
            request = request.header(name, value);
        }
        request.body(json).build().map_err(broken)
    }

    fn url(&self, region: &str, path: &[&str]) -> Result<Url, BotError> {
        let base = match (&self.endpoint, self.aws.endpoint_url()) {
            (Some(endpoint), _) => endpoint.as_str().to_owned(),
            (None, Some(endpoint)) => endpoint.to_owned(),
            (None, None) => self.default_endpoint(region),
        };
        let mut url = base.trim_end_matches('/').to_owned();
        for segment in path {
            url.push('/');
            url.extend(utf8_percent_encode(segment, UNRESERVED));
        }
        Url::parse(&url).map_err(unmade)
    }

    fn default_endpoint(&self, region: &str) -> String {
        let fips = if self.aws.use_fips() == Some(true) {
            "-fips"
        } else {
            ""
        };
        let china = region.starts_with("cn-");
        let suffix = match self.aws.use_dual_stack() {
            Some(true) if china => "api.amazonwebservices.com.cn",
            Some(true) => "api.aws",
            _ if china => "amazonaws.com.cn",
            _ if region.starts_with("eusc-") => "amazonaws.eu",
            _ => "amazonaws.com",
        };
        format!("https://{}{fips}.{region}.{suffix}", self.kind.host)
    }

    async fn credentials(&self) -> Result<Credentials, BotError> {
        let until = SystemTime::now() + FRESH;
        let kept = self.kept().clone();
        if let Some(kept) = kept.filter(|kept| kept.expiry().is_none_or(|end| end > until)) {
            return Ok(kept);
        }
        let Some(provider) = self.aws.credentials_provider() else {
            return Err(unavailable("no credentials are configured".into()));
        };
        let credentials = provider.provide_credentials().await;
        let credentials = credentials.map_err(|error| unavailable(error.into()))?;
        *self.kept() = Some(credentials.clone());
        Ok(credentials)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<Credentials>> {
        self.credentials
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn client(&self) -> Result<&Client, BotError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = Client::builder()
            .user_agent(concat!("Sparkbridge/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_CONNECTION)
            .build();
        let client = client.map_err(|error| BotError::Misconfigured {
            problem: "no HTTP client could be made on this machine",
            source: Some(Box::new(error)),
        })?;
        // Two first turns at once make two clients; one is kept.
        Ok(self.client.get_or_init(|| client))
    }
}

/// Reads a service's answer. Its words are in no error.
///
/// # Errors
/// It is not the JSON it should be.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, BotError> {
    let mut json = serde_json::Deserializer::from_slice(body);
    object(&mut json)
        .and_then(|read| json.end().map(|()| read))
        .map_err(|_| unreadable())
}

/// An object and nothing else: a derived structure also takes a list.
pub(crate) fn object<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    json: D,
) -> Result<T, D::Error> {
    let fields = Map::deserialize(json)?;
    T::deserialize(Value::Object(fields)).map_err(D::Error::custom)
}

pub(crate) fn unreadable() -> BotError {
    BotError::InvalidAnswer {
        problem: "the service's response can't be read".to_owned(),
    }
}

// Names fields, such as a missing or malformed one; the settings' checks leave none.
pub(crate) fn unmade(error: impl Into<Cause>) -> BotError {
    BotError::Misconfigured {
        problem: "no request can be made of these settings",
        source: Some(error.into()),
    }
}

fn broken(error: reqwest::Error) -> BotError {
    // An endpoint's path can hold a token.
    unavailable(error.without_url().into())
}

fn unavailable(source: Cause) -> BotError {
    BotError::Unavailable {
        status: None,
        source: Some(source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: Kind = Kind {
        name: "s",
        host: "host",
        advice: Advice {
            denied: "denied",
            not_found: "not found",
            invalid: "invalid",
        },
    };

    #[test]
    fn an_endpoint_is_the_settings_or_the_environments_or_the_regions() {
        let told = |region: &str, fips: bool, dual_stack: bool| {
            let aws = SdkConfig::builder()
                .use_fips(fips)
                .use_dual_stack(dual_stack);
            let service = Service::new(&KIND, &aws.build(), None, None);
            service.url(region, &["a:b/c", "d"]).unwrap().to_string()
        };
        for (region, fips, dual_stack, host) in [
            ("eu-west-1", false, false, "host.eu-west-1.amazonaws.com"),
            (
                "us-gov-west-1",
                true,
                false,
                "host-fips.us-gov-west-1.amazonaws.com",
            ),
            ("eu-west-1", false, true, "host.eu-west-1.api.aws"),
            (
                "cn-north-1",
                false,
                false,
                "host.cn-north-1.amazonaws.com.cn",
            ),
            (
                "eusc-de-east-1",
                false,
                false,
                "host.eusc-de-east-1.amazonaws.eu",
            ),
        ] {
            let expected = format!("https://{host}/a%3Ab%2Fc/d");
            assert_eq!(told(region, fips, dual_stack), expected);
        }
        let aws = SdkConfig::builder()
            .endpoint_url("http://localhost:4566")
            .build();
        let own = Url::parse("https://vpce.example/token/").unwrap();
        for (endpoint, expected) in [
            (None, "http://localhost:4566/x"),
            (Some(&own), "https://vpce.example/token/x"),
        ] {
            let service = Service::new(&KIND, &aws, None, endpoint);
            assert_eq!(service.url("eu-west-1", &["x"]).unwrap().as_str(), expected);
        }
    }
}
