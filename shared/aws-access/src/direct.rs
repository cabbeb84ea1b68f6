//! Calls of a service's JSON API without its SDK, for the few that a webhook waits for.
//!
//! The SDK's way through plug-ins, interceptors and retries costs several times what the call itself
//! does. Here a call is tried once; whoever makes it falls back on the SDK.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sigv4::sign::v4::generate_signing_key;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderName, HeaderValue, Method, Request, Response, Uri};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use crate::Connector;

const JSON: &str = "application/x-amz-json-1.0";
const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
/// Of a request; hyper adds its length.
const MOST_HEADERS: usize = 8;
/// Regions whose hosts have another ending.
const ELSEWHERE: [&str; 3] = ["cn-", "eusc-", "us-iso"];

/// One service of AWS in one region.
pub struct Direct {
    connector: Connector,
    credentials: SharedCredentialsProvider,
    uri: Uri,
    host: HeaderValue,
    region: String,
    service: &'static str,
    // Of the day and the credentials.
    key: Mutex<Option<Key>>,
}

#[derive(Clone)]
struct Key {
    day: String,
    id: String,
    mac: Hmac<Sha256>,
}

impl Direct {
    /// The service as `aws` says; `None` where only its SDK knows the way.
    pub fn new(aws: &SdkConfig, connector: &Connector, service: &'static str) -> Option<Self> {
        let region = aws.region()?.as_ref().to_owned();
        let special = aws.use_fips() == Some(true) || aws.use_dual_stack() == Some(true);
        let uri: Uri = match aws.endpoint_url() {
            Some(endpoint) => endpoint.parse().ok()?,
            None if special || ELSEWHERE.iter().any(|start| region.starts_with(start)) => {
                return None;
            }
            None => format!("https://{service}.{region}.amazonaws.com/")
                .parse()
                .ok()?,
        };
        let at_root = matches!(uri.path(), "" | "/") && uri.query().is_none();
        Some(Self {
            connector: connector.clone(),
            credentials: aws.credentials_provider()?,
            host: HeaderValue::from_str(uri.authority().filter(|_| at_root)?.as_str()).ok()?,
            uri,
            region,
            service,
            key: Mutex::default(),
        })
    }

    /// Posts `json` as the operation `target`, such as `DynamoDB_20120810.PutItem`. `None`: there was no
    /// answer within the time, whatever became of the call.
    pub async fn call(
        &self,
        target: &'static str,
        json: Vec<u8>,
        within: Duration,
    ) -> Option<Response<SdkBody>> {
        let credentials = self.credentials.provide_credentials().await.ok()?;
        let request = self.signed(&credentials, target, json, SystemTime::now())?;
        let answer = self.connector.once(request);
        tokio::time::timeout(within, answer).await.ok()?.ok()
    }

    /// The request with its signature, of Signature Version 4.
    fn signed(
        &self,
        credentials: &Credentials,
        target: &'static str,
        json: Vec<u8>,
        now: SystemTime,
    ) -> Option<Request<SdkBody>> {
        let (day, date) = day_and_date(OffsetDateTime::from(now));
        let host = self.host.to_str().ok()?;
        let token = credentials.session_token();

        let (token_line, names) = match token {
            Some(token) => (
                ["x-amz-security-token:", token, "\n"].concat(),
                "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
            ),
            None => (String::new(), "content-type;host;x-amz-date;x-amz-target"),
        };
        let hash = hex(Sha256::digest(&json).into());
        let canonical = [
            "POST\n/\n\ncontent-type:",
            JSON,
            "\nhost:",
            host,
            "\nx-amz-date:",
            &date,
            "\n",
            &token_line,
            "x-amz-target:",
            target,
            "\n\n",
            names,
            "\n",
            &hash,
        ]
        .concat();

        let scope = [&day, "/", &self.region, "/", self.service, "/aws4_request"].concat();
        let hash = hex(Sha256::digest(canonical.as_bytes()).into());
        let to_sign = ["AWS4-HMAC-SHA256\n", &date, "\n", &scope, "\n", &hash].concat();
        let mac = self.key(&day, credentials, now)?;
        let signature = hex(mac.chain_update(to_sign).finalize().into_bytes().into());
        let authorization = [
            "AWS4-HMAC-SHA256 Credential=",
            credentials.access_key_id(),
            "/",
            &scope,
            ", SignedHeaders=",
            names,
            ", Signature=",
            &signature,
        ]
        .concat();

        let mut request = Request::new(SdkBody::from(json));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        let headers = request.headers_mut();
        headers.reserve(MOST_HEADERS);
        headers.insert(HOST, self.host.clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
        headers.insert(DATE, HeaderValue::try_from(date).ok()?);
        headers.insert(TARGET, HeaderValue::from_static(target));
        if let Some(token) = token {
            let mut token = HeaderValue::from_str(token).ok()?;
            token.set_sensitive(true);
            headers.insert(TOKEN, token);
        }
        headers.insert(AUTHORIZATION, HeaderValue::try_from(authorization).ok()?);
        Some(request)
    }

    /// What signs all day.
    fn key(&self, day: &str, credentials: &Credentials, now: SystemTime) -> Option<Hmac<Sha256>> {
        let id = credentials.access_key_id();
        let mut kept = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = kept.as_ref().filter(|key| key.day == day && key.id == id) {
            return Some(key.mac.clone());
        }
        let secret = credentials.secret_access_key();
        let key = generate_signing_key(secret, now, &self.region, self.service);
        let mac = Hmac::new_from_slice(key.as_ref()).ok()?;
        *kept = Some(Key {
            day: day.to_owned(),
            id: id.to_owned(),
            mac: mac.clone(),
        });
        Some(mac)
    }
}

/// `20261122`, and `20261122T034512Z`.
fn day_and_date(at: OffsetDateTime) -> (String, String) {
    let (_, month, day) = at.to_calendar_date();
    let day = at.year() * 10_000 + i32::from(u8::from(month)) * 100 + i32::from(day);
    let (hour, minute, second) = at.to_hms();
    // A million more, so that it has its leading zeros.
    let time = 1_000_000 + u32::from(hour) * 10_000 + u32::from(minute) * 100 + u32::from(second);
    let (day, time) = (day.to_string(), time.to_string());
    let date = [&day, "T", &time[1..], "Z"].concat();
    (day, date)
}

/// In small letters. `hex::encode` goes digit by digit, which a webhook would notice.
fn hex(bytes: [u8; 32]) -> String {
    let mut digits = vec![0; 2 * bytes.len()];
    let fits = hex::encode_to_slice(bytes, &mut digits);
    debug_assert!(fits.is_ok());
    String::from_utf8(digits).unwrap_or_default()
}

// Nothing of the key may be shown.
impl std::fmt::Debug for Direct {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Direct")
            .field("service", &self.service)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
    use aws_sigv4::sign::v4;
    use aws_types::region::Region;

    use super::*;

    const TARGET_NAME: &str = "DynamoDB_20120810.PutItem";

    fn aws(region: &'static str) -> aws_types::sdk_config::Builder {
        let credentials = Credentials::new("AKIAEXAMPLE", "secret", None, None, "tests");
        SdkConfig::builder()
            .region(Region::new(region))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
    }

    fn direct(aws: aws_types::sdk_config::Builder) -> Option<Direct> {
        Direct::new(&aws.build(), &Connector::default(), "dynamodb")
    }

    /// What the vendor's signer makes of the same request.
    fn expected(request: &Request<SdkBody>, credentials: &Credentials, now: SystemTime) -> String {
        let identity = credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region("eu-west-1")
            .name("dynamodb")
            .time(now)
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let headers = request.headers().iter();
        let unsigned = |name: &&str| !["authorization", "x-amz-security-token"].contains(name);
        let headers = headers
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
            .filter(|(name, _)| unsigned(name));
        let body = SignableBody::Bytes(request.body().bytes().unwrap());
        let uri = request.uri().to_string();
        let signable = SignableRequest::new("POST", uri, headers, body).unwrap();
        let (instructions, _) = sign(signable, &params).unwrap().into_parts();
        let found = instructions
            .headers()
            .find(|(name, _)| *name == "authorization");
        found.unwrap().1.to_owned()
    }

    #[test]
    fn a_request_is_signed_as_the_vendors_signer_would() {
        let direct = direct(aws("eu-west-1")).unwrap();
        let day = Duration::from_secs(86_400);
        let first = SystemTime::UNIX_EPOCH + day * 20_000 + Duration::from_secs(3_723);
        for (token, now) in [
            (None, first),
            (Some("token/+="), first),
            (None, first + day),
        ] {
            let token = token.map(str::to_owned);
            for id in ["AKIAEXAMPLE", "AKIAOTHER"] {
                let secret = format!("secret of {id}");
                let credentials = Credentials::new(id, secret, token.clone(), None, "tests");
                let json = br#"{"TableName":"t"}"#.to_vec();
                let request = direct.signed(&credentials, TARGET_NAME, json, now).unwrap();
                let signed = request.headers()["authorization"].to_str().unwrap();
                assert_eq!(signed, expected(&request, &credentials, now), "{id}");
            }
        }
    }

    #[test]
    fn where_only_the_sdk_knows_the_way_there_is_none() {
        assert!(direct(aws("eu-west-1")).is_some());
        assert!(direct(aws("eu-west-1").endpoint_url("http://127.0.0.1:4566")).is_some());
        assert!(direct(aws("eu-west-1").endpoint_url("http://localhost/path")).is_none());
        assert!(direct(aws("cn-north-1")).is_none());
        assert!(direct(aws("us-gov-west-1").use_fips(true)).is_none());
        assert!(direct(aws("eu-west-1").use_dual_stack(true)).is_none());
        assert!(direct(SdkConfig::builder()).is_none());
    }
}
