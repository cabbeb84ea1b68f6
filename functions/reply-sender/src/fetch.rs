//! Getting a file: out of the reply itself, from an address, out of S3.

use std::error::Error;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use conversation::{AttachmentFile, FileSource};
use platform::{ObjectError, Objects};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Response, StatusCode};
use sparkcentral::MAX_ATTACHMENT_BYTES;
use sparkcentral::attachment::{essence, type_of_content, type_of_name};
use url::Url;

/// For one file, from the look-up of the name to the last byte.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Where files are fetched from.
pub(crate) struct Files {
    objects: Objects,
    public: OnceLock<Client>,
    anywhere: OnceLock<Client>,
    timeout: Duration,
}

/// A file.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) content: Bytes,
    /// Its media type, with parameters where the source gave some.
    pub(crate) content_type: String,
}

/// Why a file can't be had. Names no address: it can be signed, and tells who the file is about.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("the file's source can't be read: {0}")]
    Source(&'static str),
    #[error("the file's address {0}")]
    Address(&'static str),
    #[error("the file's host has no public address")]
    PrivateHost,
    #[error(
        "the file's address redirects (status {0}): redirects are not followed, give the final address"
    )]
    Redirect(u16),
    #[error("the file's server answered with status {0}")]
    Status(u16),
    #[error("the file has more than {MAX_ATTACHMENT_BYTES} bytes")]
    TooLarge,
    #[error("the file's address gives out a web page")]
    WebPage,
    #[error("no client for files can be made")]
    Client(#[source] reqwest::Error),
    #[error("the file's server can't be reached, or gave up half-way")]
    NoAnswer(#[source] reqwest::Error),
    #[error("the file did not arrive in time")]
    Slow,
    #[error(transparent)]
    Object(#[from] ObjectError),
}

impl FetchError {
    /// Whether a later attempt may succeed.
    pub(crate) fn is_retryable(&self) -> bool {
        match self {
            Self::Status(status) => matches!(status, 408 | 425 | 429 | 500..=599),
            Self::NoAnswer(_) | Self::Slow => true,
            Self::Object(error) => error.is_retryable(),
            _ => false,
        }
    }
}

impl Files {
    /// Nothing is asked, and no client made, before the first file.
    pub(crate) fn new(objects: Objects) -> Self {
        Self {
            objects,
            public: OnceLock::new(),
            anywhere: OnceLock::new(),
            timeout: TIMEOUT,
        }
    }

    /// Gets a file of at most what Sparkcentral takes. `name` is what it will be called.
    pub(crate) async fn fetch(
        &self,
        file: &AttachmentFile,
        name: &str,
        allow_private: bool,
    ) -> Result<File, FetchError> {
        let (content, said) = match file.source() {
            None => return Err(FetchError::Source("not exactly one of data, url and s3")),
            Some(FileSource::Data(_)) => {
                let content = file.decoded();
                (content.ok_or(FetchError::Source("no base64"))?.into(), None)
            }
            Some(FileSource::Url(url)) => self.download(url, allow_private).await?,
            Some(FileSource::S3 { bucket, key }) => {
                let read = self.objects.read(bucket, key, MAX_ATTACHMENT_BYTES).await;
                let object = read.map_err(|error| match error {
                    ObjectError::TooLarge { .. } => FetchError::TooLarge,
                    other => FetchError::Object(other),
                })?;
                (object.content, object.content_type)
            }
        };
        let content_type = content_type(file, name, said.as_deref(), &content)?;
        Ok(File {
            content,
            content_type,
        })
    }

    async fn download(
        &self,
        url: &str,
        allow_private: bool,
    ) -> Result<(Bytes, Option<String>), FetchError> {
        let url = Url::parse(url).map_err(|_| FetchError::Address("is no address"))?;
        if let Some(problem) = egress::url_problem(&url, allow_private) {
            return Err(FetchError::Address(problem));
        }
        let client = self.client(allow_private)?;
        let download = async {
            let response = client.get(url).send().await.map_err(unanswered)?;
            read(response).await
        };
        let in_time = tokio::time::timeout(self.timeout, download).await;
        in_time.unwrap_or(Err(FetchError::Slow))
    }

    fn client(&self, allow_private: bool) -> Result<&Client, FetchError> {
        let kept = match allow_private {
            true => &self.anywhere,
            false => &self.public,
        };
        if let Some(client) = kept.get() {
            return Ok(client);
        }
        let client = egress::client(allow_private).map_err(FetchError::Client)?;
        Ok(kept.get_or_init(|| client))
    }
}

async fn read(mut response: Response) -> Result<(Bytes, Option<String>), FetchError> {
    let status = response.status();
    if status.is_redirection() {
        return Err(FetchError::Redirect(status.as_u16()));
    }
    if status != StatusCode::OK {
        return Err(FetchError::Status(status.as_u16()));
    }
    let limit = MAX_ATTACHMENT_BYTES as u64;
    if response
        .content_length()
        .is_some_and(|length| length > limit)
    {
        return Err(FetchError::TooLarge);
    }
    let content_type = response.headers().get(CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok().map(ToOwned::to_owned));
    let mut content = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(unanswered)? {
        content.extend_from_slice(&chunk);
        if content.len() > MAX_ATTACHMENT_BYTES {
            return Err(FetchError::TooLarge);
        }
    }
    Ok((content.freeze(), content_type))
}

fn unanswered(error: reqwest::Error) -> FetchError {
    let mut cause: Option<&dyn Error> = Some(&error);
    while let Some(error) = cause {
        if error.is::<egress::NoPublicAddress>() {
            return FetchError::PrivateHost;
        }
        cause = error.source();
    }
    FetchError::NoAnswer(error.without_url())
}

/// The file's type: what the bot says, else what its source says, else what name or content tell.
fn content_type(
    file: &AttachmentFile,
    name: &str,
    said: Option<&str>,
    content: &[u8],
) -> Result<String, FetchError> {
    let expected = file.content_type.as_deref().or_else(|| type_of_name(name));
    let page = |content_type: &str| essence(content_type) == "text/html";
    // A log-in or error page under a file's address would be sent as a broken picture.
    if said.is_some_and(page) && expected.is_some_and(|expected| !page(expected)) {
        return Err(FetchError::WebPage);
    }
    let specific = |content_type: &&str| {
        let vague = ["application/octet-stream", "binary/octet-stream", ""];
        !vague.contains(&essence(content_type).as_str())
    };
    let content_type = file
        .content_type
        .as_deref()
        .or_else(|| said.filter(specific))
        .or_else(|| type_of_name(name))
        .or_else(|| type_of_content(content))
        .unwrap_or("application/octet-stream");
    Ok(content_type.to_owned())
}

#[cfg(test)]
mod tests;
