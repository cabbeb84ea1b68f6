//! Which addresses are of the public internet: the guard against requests into our own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Whether the address is one of the public internet. `false` for everything else, so that
/// a range nobody thought of is closed rather than open.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

// Ranges of the IANA special-purpose registry for IPv4.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = match (a, b, c) {
        (0 | 10 | 127 | 224..=255, ..) => true, // this network, private, loopback, multicast, reserved
        (100, 64..=127, _) => true,             // behind a carrier's NAT
        (169, 254, _) => true,                  // link-local: the cloud's metadata service
        (172, 16..=31, _) | (192, 168, _) => true, // private
        (192, 0, 0 | 2) | (198, 51, 100) | (203, 0, 113) => true, // protocol use, documentation
        (192, 88, 99) => true,                  // 6to4 relays
        (198, 18..=19, _) => true,              // benchmarks
        _ => false,
    };
    !special
}

// Only 2000::/3 is given out as global unicast; what embeds an IPv4 address is judged by that one.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let s = address.segments();
    if let Some(v4) = address.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    match s {
        // NAT64: how public IPv4 hosts look inside an IPv6-only subnet.
        [0x0064, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(embedded(high, low)),
        [0x2002, high, low, ..] => is_public_v4(embedded(high, low)), // 6to4
        [0x2001, 0..=0x01ff, ..] => false, // protocol use, Teredo, benchmarks
        [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => false, // documentation
        [first, ..] => (0x2000..=0x3fff).contains(&first),
    }
}

fn embedded(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))
}

/// What is wrong with a URL that is to be asked, for whoever gave it. Host names are judged when they are looked up.
pub fn url_problem(url: &Url, allow_private_addresses: bool) -> Option<&'static str> {
    let literal = match url.host() {
        None => return Some("has no host"),
        Some(Host::Domain(_)) => None,
        Some(Host::Ipv4(v4)) => Some(IpAddr::V4(v4)),
        Some(Host::Ipv6(v6)) => Some(IpAddr::V6(v6)),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Some("must hold no user name or password: the signature tells the bot who asks");
    }
    match url.scheme() {
        "https" => {}
        "http" if allow_private_addresses => {}
        "http" => {
            return Some(
                "must start with https:// (http:// needs allow_private_addresses = true, for a \
                 bot on this machine or in the VPC)",
            );
        }
        _ => return Some("must start with https://"),
    }
    (!allow_private_addresses && literal.is_some_and(|address| !is_public(address))).then_some(
        "is an address of a private network: set allow_private_addresses = true if that is meant",
    )
}

/// Looks names up as the system does, and leaves out what is not public.
///
/// The connection is made to exactly these addresses: there is no second look-up to deceive.
#[derive(Debug)]
pub struct PublicOnly;

/// Every address of the name is private.
#[derive(Debug, thiserror::Error)]
#[error("the host name has no public address")]
pub struct NoPublicAddress;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // Port 0: the client puts the URL's port in.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|found| is_public(found.ip())).collect();
            if public.is_empty() {
                return Err(NoPublicAddress.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn public(address: &str) -> bool {
        is_public(address.parse().unwrap())
    }

    #[test]
    fn addresses_of_the_public_internet_are_allowed() {
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.20.0.1",
            "223.255.255.255",
            "2600:1f18::1",
            "2a00:1450::8",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
            "2002:808:808::1",
        ] {
            assert!(public(address), "{address}");
        }
    }

    #[test]
    fn private_and_special_addresses_are_refused_in_every_spelling() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "169.254.170.2",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "5f00::1",
        ] {
            assert!(!public(address), "{address}");
        }
    }

    #[test]
    fn a_url_is_https_to_a_public_host_unless_private_addresses_are_allowed() {
        for (url, alone, allowed) in [
            ("https://bot.example/turn", true, true),
            ("https://8.8.8.8/", true, true),
            ("http://bot.example/", false, true),
            ("http://localhost:8080/", false, true),
            ("https://127.0.0.1/", false, true),
            ("https://2130706433/", false, true),
            ("https://0x7f.1/", false, true),
            ("https://[::1]/", false, true),
            ("https://[::ffff:169.254.169.254]/", false, true),
            ("https://169.254.169.254/latest/", false, true),
            ("https://someone:secret@bot.example/", false, false),
            ("ftp://bot.example/", false, false),
            ("data:text/plain,hello", false, false),
        ] {
            let parsed = Url::parse(url).unwrap();
            assert_eq!(
                url_problem(&parsed, false).is_none(),
                alone,
                "{url}, guarded"
            );
            assert_eq!(
                url_problem(&parsed, true).is_none(),
                allowed,
                "{url}, private allowed"
            );
        }
    }
}
