//! Objects in S3 that agents may send: read, never written. Which buckets that are, IAM says.

use std::sync::OnceLock;
use std::time::Duration;

use aws_access::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{BoxError, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::get_object::GetObjectError;
use bytes::{Bytes, BytesMut};

/// For one object as a whole; the SDK's own limits end with the answer's headers.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Reads objects.
#[derive(Debug)]
pub struct Objects {
    aws: SdkConfig,
    client: OnceLock<Client>,
}

/// An object as read.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its content.
    pub content: Bytes,
    /// Its type, where its writer said one.
    pub content_type: Option<String>,
}

/// An object that can't be had. Names no key: keys can tell who a file is about.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// Final: IAM, the bucket's policy or its key's. S3 also says this of an object that does not
    /// exist, to those who may not list the bucket.
    #[error(
        "S3 refuses bucket {bucket}: reply-sender may not read it, or the object does not exist"
    )]
    Denied {
        /// Name of the bucket.
        bucket: String,
    },
    /// Final.
    #[error("bucket {bucket} has no such object")]
    Absent {
        /// Name of the bucket.
        bucket: String,
    },
    /// Final.
    #[error("the object has more than {limit} bytes")]
    TooLarge {
        /// Most bytes asked for.
        limit: usize,
    },
    /// Final: another region, a bucket's name that can't be, an object in cold storage.
    #[error("S3 refuses to read from bucket {bucket} ({code})")]
    Refused {
        /// Name of the bucket.
        bucket: String,
        /// S3's code.
        code: String,
    },
    /// Worth another try.
    #[error("S3 did not give out an object of bucket {bucket}")]
    Unavailable {
        /// Name of the bucket.
        bucket: String,
        /// The cause.
        #[source]
        source: BoxError,
    },
}

impl ObjectError {
    /// Whether a later attempt may succeed.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

impl Objects {
    /// Reads with these credentials. The client is made by the first read: most replies have no file.
    pub fn new(aws: &SdkConfig) -> Self {
        Self {
            aws: aws.clone(),
            client: OnceLock::new(),
        }
    }

    fn client(&self) -> &Client {
        self.client.get_or_init(|| {
            let config = aws_sdk_s3::config::Builder::from(&self.aws)
                // An emulator has no host per bucket.
                .force_path_style(self.aws.endpoint_url().is_some());
            Client::from_conf(config.build())
        })
    }

    /// Reads an object of at most `limit` bytes.
    ///
    /// # Errors
    /// See [`ObjectError`].
    pub async fn read(&self, bucket: &str, key: &str, limit: usize) -> Result<Object, ObjectError> {
        let read = self.read_all(bucket, key, limit);
        let in_time = tokio::time::timeout(TIMEOUT, read).await;
        in_time.unwrap_or_else(|elapsed| Err(unavailable(bucket, elapsed)))
    }

    async fn read_all(&self, bucket: &str, key: &str, limit: usize) -> Result<Object, ObjectError> {
        let sent = self
            .client()
            .get_object()
            .bucket(bucket)
            .key(key)
            .send()
            .await;
        let mut object = sent.map_err(|error| judge(bucket, error))?;
        let too_large = || ObjectError::TooLarge { limit };
        let length = object.content_length.unwrap_or_default();
        if usize::try_from(length).is_ok_and(|length| length > limit) {
            return Err(too_large());
        }
        let mut content = BytesMut::new();
        while let Some(chunk) = object.body.next().await {
            content.extend_from_slice(&chunk.map_err(|error| unavailable(bucket, error))?);
            if content.len() > limit {
                return Err(too_large());
            }
        }
        Ok(Object {
            content: content.freeze(),
            content_type: object.content_type,
        })
    }
}

fn unavailable(bucket: &str, source: impl Into<BoxError>) -> ObjectError {
    ObjectError::Unavailable {
        bucket: bucket.to_owned(),
        source: source.into(),
    }
}

fn judge(bucket: &str, error: SdkError<GetObjectError, HttpResponse>) -> ObjectError {
    let bucket = bucket.to_owned();
    let status = error.raw_response().map(|answer| answer.status().as_u16());
    match (status, error.code()) {
        (Some(403), _) | (_, Some("AccessDenied")) => ObjectError::Denied { bucket },
        (Some(404), _) => ObjectError::Absent { bucket },
        // 408 and 429 ask for another try.
        (Some(status @ (300..=407 | 409..=428 | 430..=499)), code) => ObjectError::Refused {
            bucket,
            code: code.map_or_else(|| status.to_string(), ToOwned::to_owned),
        },
        _ => unavailable(&bucket, error),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::config::retry::RetryConfig;
    use aws_sdk_s3::config::{Credentials, Region, SharedCredentialsProvider};
    use wiremock::matchers::{method, path};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;

    async fn read(answer: ResponseTemplate) -> Result<Object, ObjectError> {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .and(path("/bucket-1/a/b%20c.png"))
            .respond_with(answer)
            .mount(&server)
            .await;
        let credentials = Credentials::new("id", "secret", None, None, "test");
        let aws = SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .endpoint_url(server.uri())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::disabled())
            .build();
        Objects::new(&aws).read("bucket-1", "a/b c.png", 10).await
    }

    fn refused(status: u16, code: &str) -> ResponseTemplate {
        let body = format!("<Error><Code>{code}</Code><Message>m</Message></Error>");
        ResponseTemplate::new(status).set_body_raw(body, "application/xml")
    }

    #[tokio::test]
    async fn an_object_is_read_with_its_type() {
        let answer = ResponseTemplate::new(200).set_body_raw("0123456789", "image/png");
        let object = read(answer).await.unwrap();
        assert_eq!(object.content, "0123456789");
        assert_eq!(object.content_type.as_deref(), Some("image/png"));
    }

    #[tokio::test]
    async fn more_than_asked_for_is_too_large() {
        let answer = ResponseTemplate::new(200).set_body_string("01234567890");
        let error = read(answer).await.unwrap_err();
        assert!(
            matches!(error, ObjectError::TooLarge { limit: 10 }),
            "{error:?}"
        );
    }

    #[tokio::test]
    async fn refusals_are_final_and_named_and_outages_are_not() {
        for (status, code, retryable, expected) in [
            (403, "AccessDenied", false, "reply-sender may not read it"),
            (404, "NoSuchKey", false, "no such object"),
            (404, "NoSuchBucket", false, "no such object"),
            (301, "PermanentRedirect", false, "PermanentRedirect"),
            (
                400,
                "AuthorizationHeaderMalformed",
                false,
                "AuthorizationHeaderMalformed",
            ),
            (503, "SlowDown", true, "did not give out"),
            (500, "InternalError", true, "did not give out"),
        ] {
            let error = read(refused(status, code)).await.unwrap_err();
            assert_eq!(error.is_retryable(), retryable, "{code}: {error:?}");
            let told = error.to_string();
            assert!(
                told.contains(expected) && told.contains("bucket-1"),
                "{code}: {told}"
            );
            assert!(!told.contains("b c.png"), "{told}");
        }
    }
}
