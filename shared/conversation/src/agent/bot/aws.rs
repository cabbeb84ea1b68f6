//! What bots on AWS have in common: where the service is.

use url::{Host, Url};

use crate::agent::problem::Problems;

/// Region and endpoint, where they are set.
pub(super) fn check_place(region: Option<&str>, endpoint: Option<&Url>, problems: &mut Problems) {
    if let Some(region) = region {
        let of_letters = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        problems.check(
            (4..=32).contains(&region.len()) && region.bytes().all(of_letters),
            "bot.region",
            &region,
            "must be a region's id, such as eu-west-1",
        );
    }
    if let Some(endpoint) = endpoint {
        problems.check(
            endpoint.scheme() == "https" || endpoint.scheme() == "http" && is_here(endpoint),
            "bot.endpoint_url",
            &endpoint.host_str().unwrap_or_default(),
            "must begin with https:// (http:// only for this machine): what contacts write goes there",
        );
    }
}

fn is_here(endpoint: &Url) -> bool {
    match endpoint.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether Sparkcentral takes `name` as the alias of a contact attribute.
pub(super) fn is_alias(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_contacts_write_does_not_leave_the_machine_unencrypted() {
        for (url, ok) in [
            (
                "https://vpce-1.runtime-v2-lex.eu-west-1.vpce.amazonaws.com",
                true,
            ),
            ("http://127.0.0.1:4566", true),
            ("http://[::1]:4566", true),
            ("http://localhost:4566", true),
            ("http://localhost.example", false),
            ("http://10.0.0.7", false),
            ("ftp://127.0.0.1", false),
        ] {
            let mut problems = Problems::default();
            check_place(
                Some("eu-west-1"),
                Some(&url.parse().unwrap()),
                &mut problems,
            );
            assert_eq!(problems.0.is_empty(), ok, "{url}");
        }
    }

    #[test]
    fn a_region_is_an_id_and_not_a_name() {
        for (region, ok) in [
            ("eu-west-1", true),
            ("us-gov-east-1", true),
            ("Ireland", false),
            ("eu west", false),
            ("", false),
        ] {
            let mut problems = Problems::default();
            check_place(Some(region), None, &mut problems);
            assert_eq!(problems.0.is_empty(), ok, "{region}");
        }
    }
}
