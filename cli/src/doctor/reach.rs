//! Calls over the network that change nothing where they go.

use std::time::Duration;

use reqwest::header::{DATE, HeaderMap};
use reqwest::{Client, Method, Response, redirect};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use url::{Host, Url};

use crate::output::visible;

/// A host that takes longer is as good as gone.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// Longer than Sparkcentral waits for a webhook's answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// How far two clocks are from each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Apart {
    pub(super) secs: u64,
}

/// A client for calls to `url`. A proxy for the outside world has no business with this machine.
pub(super) fn client(url: &Url) -> Result<Client, String> {
    let builder = Client::builder()
        .user_agent(concat!("sparkbridge/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT_WITHIN)
        .timeout(ANSWER_WITHIN);
    let builder = if is_here(url) {
        builder.no_proxy()
    } else {
        builder
    };
    builder.build().map_err(|error| visible(&error.to_string()))
}

fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Why nobody answered, without the URL's path, which may be a secret.
pub(super) fn told(url: &Url, error: &reqwest::Error) -> String {
    let origin = url.origin().ascii_serialization();
    if error.is_timeout() {
        return format!("{origin} does not answer in time");
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    format!(
        "{origin} can't be reached ({})",
        visible(&cause.to_string())
    )
}

/// Whether somebody answers at the URL's host; the origin that does.
pub(super) async fn answers(url: &str) -> Result<String, String> {
    let url = parse(url)?;
    front_page(&url).await?;
    Ok(url.origin().ascii_serialization())
}

/// How far the host's clock is from ours. `None`: it does not tell.
pub(super) async fn clock(url: &str) -> Result<Option<Apart>, String> {
    let url = parse(url)?;
    let asked = OffsetDateTime::now_utc();
    let response = front_page(&url).await?;
    let answered = OffsetDateTime::now_utc();
    Ok(date(response.headers()).map(|there| apart(there, asked, answered)))
}

async fn front_page(url: &Url) -> Result<Response, String> {
    let mut page = url.clone();
    page.set_path("/");
    page.set_query(None);
    let request = client(url)?.request(Method::HEAD, page);
    request.send().await.map_err(|error| told(url, &error))
}

fn parse(url: &str) -> Result<Url, String> {
    Url::parse(url).map_err(|error| format!("{} is no URL: {error}", visible(url)))
}

fn date(headers: &HeaderMap) -> Option<OffsetDateTime> {
    let date = headers.get(DATE)?.to_str().ok()?;
    OffsetDateTime::parse(date, &Rfc2822).ok()
}

/// The date is of some moment between question and answer, and has no fractions of a second.
fn apart(there: OffsetDateTime, asked: OffsetDateTime, answered: OffsetDateTime) -> Apart {
    let before = asked - there;
    let after = there - answered;
    let secs = before.max(after).whole_seconds();
    Apart {
        secs: u64::try_from(secs).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::Duration;

    use super::*;

    fn noon() -> OffsetDateTime {
        OffsetDateTime::parse("Mon, 02 Mar 2026 12:00:00 GMT", &Rfc2822).unwrap()
    }

    #[test]
    fn a_date_is_read_as_servers_write_it() {
        let mut headers = HeaderMap::new();
        assert_eq!(date(&headers), None);
        headers.insert(DATE, "Mon, 02 Mar 2026 12:01:30 GMT".parse().unwrap());
        assert_eq!(date(&headers), Some(noon() + Duration::seconds(90)));
        headers.insert(DATE, "noon".parse().unwrap());
        assert_eq!(date(&headers), None);
    }

    proptest! {
        #[test]
        fn two_clocks_are_apart_by_what_the_wait_does_not_explain(off in -5_000_i64..5_000, wait in 0_i64..10) {
            let asked = noon();
            let answered = asked + Duration::seconds(wait);
            let there = asked + Duration::seconds(off);
            let expected = if off < 0 { -off } else { (off - wait).max(0) };
            let apart = apart(there, asked, answered);
            prop_assert_eq!(apart.secs, u64::try_from(expected).unwrap());
        }
    }

    #[tokio::test]
    async fn a_host_where_nobody_listens_is_named_without_its_path() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let told = answers(&format!("http://{address}/a-secret"))
            .await
            .unwrap_err();
        assert!(
            told.starts_with(&format!("http://{address} can't be reached")),
            "{told}"
        );
        assert!(!told.contains("a-secret"), "{told}");
    }
}
