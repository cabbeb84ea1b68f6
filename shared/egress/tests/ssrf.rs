//! Attempts to lead a request into our own network, by every spelling of an address that is known to have
//! fooled somebody.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

use std::error::Error;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use egress::{NoPublicAddress, client, is_public, url_problem};
use proptest::prelude::*;
use url::{Host, Url};

/// Whether a URL may be asked where private addresses are not allowed; what is no URL may not.
fn may_be_asked(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url_problem(&url, false).is_none())
}

#[test]
fn the_metadata_service_is_refused_in_every_spelling() {
    for host in [
        "169.254.169.254",
        "169.254.169.254.",
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "0251.254.169.254",
        "0xa9.0xfe.0xa9.0xfe",
        "169.254.43518",
        "169.16689662",
        "000000251.0000376.0xA9.254",
        "①⑥⑨.②⑤④.①⑥⑨.②⑤④",
        "１６９。２５４。１６９。２５４",
        "%31%36%39.254.169.254",
        "169%2E254%2E169%2E254",
        "[::ffff:169.254.169.254]",
        "[::ffff:a9fe:a9fe]",
        "[0:0:0:0:0:ffff:169.254.169.254]",
        "[::169.254.169.254]",
        "[64:ff9b::169.254.169.254]",
        "[64:ff9b:1::169.254.169.254]",
        "[2002:a9fe:a9fe::]",
        "[::ffff:0:169.254.169.254]",
        "[fd00:ec2::254]",
        "[fe80::a9fe:a9fe]",
    ] {
        for url in [
            format!("https://{host}/latest/meta-data/"),
            format!("https://{host}:443"),
            format!("https:\\\\{host}\\"),
            format!("https:{host}/"),
            format!(" HTTPS://{host}/\n"),
            format!("https://{host}?@public.example"),
            format!("https://{host}#@public.example/"),
            format!("https://{host}\\@public.example/"),
        ] {
            assert!(!may_be_asked(&url), "{url:?}");
        }
    }
}

#[test]
fn what_stands_before_an_at_sign_is_no_host_and_is_refused() {
    for url in [
        "https://public.example@169.254.169.254/",
        "https://public.example:443@10.0.0.1/",
        "https://public.example%40evil@bot.example/",
        "https://:secret@bot.example/",
        "https://user@bot.example/",
        "https://a@b@bot.example/",
    ] {
        assert!(!may_be_asked(url), "{url}");
        assert!(
            url_problem(&Url::parse(url).unwrap(), true).is_some(),
            "{url}"
        );
    }
    assert!(may_be_asked("https://bot.example/@10.0.0.1?x=@127.0.0.1"));
}

#[test]
fn other_schemes_and_what_has_no_host_are_refused() {
    for url in [
        "http://public.example/",
        "file:///etc/passwd",
        "file://169.254.169.254/share",
        "gopher://127.0.0.1:6379/_x",
        "ftp://public.example/",
        "data:text/plain,x",
        "javascript:alert(1)",
        "blob:https://public.example/x",
        "unix:/var/run/docker.sock",
        "https:///",
        "https://",
        "//public.example/",
        "",
    ] {
        assert!(!may_be_asked(url), "{url}");
    }
}

/// A server that counts who connects, and leads everybody on to `location`.
fn leading_to(location: String) -> (u16, &'static AtomicUsize) {
    let count: &'static AtomicUsize = Box::leak(Box::default());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            count.fetch_add(1, Ordering::SeqCst);
            let _read = stream.read(&mut [0; 2048]);
            let answer = format!(
                "HTTP/1.1 307 Elsewhere\r\nlocation: {location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            let _written = stream.write_all(answer.as_bytes());
        }
    });
    (port, count)
}

#[tokio::test]
async fn a_redirect_leads_nowhere() {
    let (inner, reached) = leading_to("/".to_owned());
    let (outer, asked) = leading_to(format!("http://127.0.0.1:{inner}/secret"));
    let url = format!("http://127.0.0.1:{outer}/");
    let response = client(true)
        .unwrap()
        .post(url)
        .body("x")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 307);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_name_that_leads_here_is_refused_before_a_connection_is_made() {
    let (port, reached) = leading_to("/".to_owned());
    for name in ["localhost", "LOCALHOST", "localhost.", "app.localhost"] {
        let url = format!("https://{name}:{port}/");
        let error = client(false).unwrap().get(&url).send().await.unwrap_err();
        let mut cause: Option<&dyn Error> = Some(&error);
        let mut refused = false;
        while let Some(error) = cause {
            refused |= error.is::<NoPublicAddress>();
            cause = error.source();
        }
        // A name that this machine does not know leads nowhere either.
        assert!(refused || name != "localhost", "{name}: {error}");
    }
    assert_eq!(reached.load(Ordering::SeqCst), 0);
}

/// An address by parts, each in a base of its own, the last one standing for all that are left out.
fn spelt(address: Ipv4Addr, parts: usize, bases: [u8; 4]) -> String {
    let octets = address.octets();
    let mut numbers: Vec<u32> = octets[..parts - 1].iter().map(|n| u32::from(*n)).collect();
    let rest = octets[parts - 1..].iter();
    numbers.push(rest.fold(0, |number, octet| number << 8 | u32::from(*octet)));
    let written = numbers
        .into_iter()
        .zip(bases)
        .map(|(number, base)| match base % 4 {
            0 => number.to_string(),
            1 => format!("0{number:o}"),
            2 => format!("0x{number:x}"),
            _ => format!("0X{number:08X}"),
        });
    written.collect::<Vec<_>>().join(".")
}

fn v4() -> impl Strategy<Value = Ipv4Addr> {
    // Half of them private: of all addresses few are.
    let private = prop::sample::select(vec![
        [10, 0, 0, 0],
        [127, 0, 0, 0],
        [169, 254, 0, 0],
        [172, 16, 0, 0],
        [192, 168, 0, 0],
        [100, 64, 0, 0],
        [0, 0, 0, 0],
        [255, 255, 0, 0],
    ]);
    prop_oneof![
        any::<u32>().prop_map(Ipv4Addr::from_bits),
        (private, any::<[u8; 2]>()).prop_map(|([a, b, ..], [c, d])| Ipv4Addr::new(a, b, c, d)),
    ]
}

proptest! {
    #[test]
    fn every_spelling_of_an_address_is_judged_as_the_address(
        address in v4(), parts in 1_usize..=4, bases: [u8; 4],
    ) {
        let url = format!("https://{}/", spelt(address, parts, bases));
        let parsed = Url::parse(&url).unwrap();
        prop_assert_eq!(parsed.host(), Some(Host::Ipv4(address)));
        prop_assert_eq!(may_be_asked(&url), is_public(IpAddr::V4(address)), "{}", url);
    }

    #[test]
    fn an_address_inside_another_is_judged_as_the_one_inside(address in v4()) {
        let inside = is_public(IpAddr::V4(address));
        let bits = u128::from(address.to_bits());
        for (prefix, shift) in [(0xffff_u128 << 32, 0), (0x64_ff9b_u128 << 96, 0), (0x2002_u128 << 112, 80)] {
            let outer = Ipv6Addr::from_bits(prefix | bits << shift);
            prop_assert_eq!(is_public(IpAddr::V6(outer)), inside, "{}", outer);
            let url = format!("https://[{outer}]/");
            prop_assert_eq!(may_be_asked(&url), inside, "{}", url);
        }
        // Forms that no public host has.
        for prefix in [0, 0xffff_u128 << 48, 0x64_ff9b_0001_u128 << 80] {
            prop_assert!(!is_public(IpAddr::V6(Ipv6Addr::from_bits(prefix | bits))));
        }
    }

    #[test]
    fn what_may_be_asked_is_https_to_a_name_or_to_a_public_address(text in "\\PC{0,40}", scheme in "https?|ftp|file") {
        for url in [text.clone(), format!("{scheme}://{text}"), format!("{scheme}:\\\\{text}")] {
            let Ok(parsed) = Url::parse(&url) else { continue };
            if url_problem(&parsed, false).is_some() { continue }
            prop_assert_eq!(parsed.scheme(), "https");
            prop_assert!(parsed.username().is_empty() && parsed.password().is_none());
            let public = match parsed.host().unwrap() {
                Host::Domain(name) => !name.is_empty(),
                Host::Ipv4(address) => is_public(address.into()),
                Host::Ipv6(address) => is_public(address.into()),
            };
            prop_assert!(public, "{}", url);
        }
    }
}
