//! Where an agent's API is and how to speak to it.

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sparkcentral::{Dialect, Region};
use url::{Host, Url};

/// The verb of an attachment's upload: the vendor's prose and sample say PUT, its OpenAPI file says
/// POST.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum AttachmentMethod {
    #[default]
    Put,
    Post,
}

/// One agent's API. The default is Sparkcentral's own, in the US.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientConfig {
    pub dialect: Dialect,
    pub region: Region,
    /// Replaces the dialect's base for the region, for example with a simulator. https, unless the
    /// host is this machine's loopback. A path is kept as a prefix.
    pub api_base: Option<Url>,
    /// Replaces the dialect's token path below the base. Same rule about https.
    pub token_url: Option<Url>,
    /// Needed by the `inbox` dialect's token grant.
    pub organization_id: Option<String>,
    pub attachment_method: AttachmentMethod,
    /// For name resolution, TCP and TLS together. Less than `request_timeout`: only then does a
    /// request that takes too long tell whether it can have arrived.
    pub connect_timeout: Duration,
    /// For one request, from connecting to the end of the answer. A call makes up to four: token,
    /// request, and both again after a 401.
    pub request_timeout: Duration,
}

impl Default for ClientConfig {
    fn default() -> Self {
        Self {
            dialect: Dialect::default(),
            region: Region::default(),
            api_base: None,
            token_url: None,
            organization_id: None,
            attachment_method: AttachmentMethod::default(),
            connect_timeout: Duration::from_secs(3),
            request_timeout: Duration::from_secs(10),
        }
    }
}

/// OAuth2 client credentials, sent with HTTP Basic.
#[derive(Clone)]
pub struct Credentials {
    pub client_id: String,
    pub client_secret: SecretString,
}

impl Credentials {
    /// Whether both are the same pair. Not for telling a caller apart: it takes no care of time.
    pub fn is(&self, other: &Self) -> bool {
        self.client_id == other.client_id
            && self.client_secret.expose_secret() == other.client_secret.expose_secret()
    }
}

/// Hides the client id too: it is half of the credentials.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(<redacted>)")
    }
}

/// Why a client can't be made. Names the setting; never quotes a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{setting} is not a usable URL")]
    Url {
        setting: &'static str,
        #[source]
        source: url::ParseError,
    },
    #[error("{setting} must be an https URL with a host (http is taken for loopback hosts only)")]
    NotHttps { setting: &'static str },
    #[error("{setting} must not carry a user name, password, query or fragment")]
    UrlParts { setting: &'static str },
    #[error("organization_id is missing: the inbox dialect's token grant asks for it")]
    MissingOrganization,
    #[error(
        "client_id is empty or holds a colon or control character, which HTTP Basic can't carry"
    )]
    ClientId,
    #[error("client_secret is empty")]
    ClientSecret,
    #[error("connect_timeout must be more than zero and less than request_timeout")]
    Timeouts,
    #[error("the HTTP client can't be set up")]
    Http(#[source] reqwest::Error),
}

/// A checked [`ClientConfig`]: URLs resolved.
pub(crate) struct Endpoints {
    pub(crate) dialect: Dialect,
    base: Url,
    pub(crate) token: Url,
    /// The token request's form.
    pub(crate) grant: String,
    pub(crate) attachment_method: AttachmentMethod,
    /// Whether any URL is on this machine: no proxy may come between.
    pub(crate) loopback: bool,
    /// Whether every URL is https, so that plain http can be ruled out altogether.
    pub(crate) https_only: bool,
}

impl Endpoints {
    pub(crate) fn check(config: &ClientConfig) -> Result<Self, ConfigError> {
        let base =
            match &config.api_base {
                Some(url) => url.clone(),
                None => Url::parse(config.dialect.default_api_base(config.region)).map_err(
                    |source| ConfigError::Url {
                        setting: "api_base",
                        source,
                    },
                )?,
            };
        let token = match &config.token_url {
            Some(url) => url.clone(),
            None => below(&base, config.dialect.token_path()),
        };
        check_url("api_base", &base)?;
        check_url("token_url", &token)?;
        if config.connect_timeout.is_zero() || config.connect_timeout >= config.request_timeout {
            return Err(ConfigError::Timeouts);
        }
        Ok(Self {
            dialect: config.dialect,
            loopback: is_loopback(&base) || is_loopback(&token),
            https_only: base.scheme() == "https" && token.scheme() == "https",
            base,
            token,
            grant: grant(config)?,
            attachment_method: config.attachment_method,
        })
    }

    /// A path of the API, which begins with a slash.
    pub(crate) fn under_base(&self, path: &str) -> Url {
        below(&self.base, path)
    }

    pub(crate) fn conversation(&self, id: &str) -> Url {
        below(&self.base, &self.dialect.conversation_path(id))
    }

    pub(crate) fn attachment(&self, id: &str, filename: &str) -> Url {
        below(&self.base, &self.dialect.attachment_path(id, filename))
    }
}

impl Credentials {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let unfit = |c: char| c == ':' || c.is_control();
        if self.client_id.is_empty() || self.client_id.contains(unfit) {
            return Err(ConfigError::ClientId);
        }
        if self.client_secret.expose_secret().is_empty() {
            return Err(ConfigError::ClientSecret);
        }
        Ok(())
    }
}

/// `path` is percent-encoded already and begins with a slash.
fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url
}

fn check_url(setting: &'static str, url: &Url) -> Result<(), ConfigError> {
    let safe = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url));
    if !safe || url.host().is_none() {
        return Err(ConfigError::NotHttps { setting });
    }
    let plain = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if plain {
        Ok(())
    } else {
        Err(ConfigError::UrlParts { setting })
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn grant(config: &ClientConfig) -> Result<String, ConfigError> {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    match config.dialect {
        Dialect::Sparkcentral => form
            .append_pair("grant_type", "client_credentials")
            .append_pair("scope", "client-read"),
        Dialect::Inbox => {
            let organization = config
                .organization_id
                .as_deref()
                .filter(|id| !id.is_empty())
                .ok_or(ConfigError::MissingOrganization)?;
            form.append_pair("grant_type", "organization_app")
                .append_pair("organization_id", organization)
        }
    };
    Ok(form.finish())
}

#[cfg(test)]
mod tests;
