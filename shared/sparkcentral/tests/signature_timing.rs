//! How much of a forged signature is right can't be measured, as far as a test on a shared machine can tell: beside
//! the hash it finds a leak of microseconds. Against nanoseconds stands that the comparison is a library's,
//! `subtle`, which is made to take the same time for all.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

mod timing;

use sparkcentral::{SecretVersion, Verifier, WebhookSecret, sign};
use timing::{changed_at, leaks, leaks_at_last, stops_early};

const BODY: &[u8] = br#"{"type":"INBOUND_MESSAGE_RECEIVED"}"#;

fn secret() -> WebhookSecret {
    WebhookSecret::from_hex(SecretVersion::Current, &"3c".repeat(32)).unwrap()
}

#[test]
fn verifying_takes_as_long_whatever_part_of_the_signature_is_right() {
    let right = sign(&secret(), BODY);
    let wrong_at_once = changed_at(&right, 0);
    let wrong_at_the_end = changed_at(&right, right.len() - 1);
    assert_ne!(wrong_at_once, wrong_at_the_end);

    let verifier = Verifier::new(vec![secret()]);
    let verify = |signature: &str| assert!(verifier.verify(BODY, Some(signature)).is_err());
    assert!(!leaks(&*wrong_at_once, &*wrong_at_the_end, verify));

    // Comparisons that leak are found, or this test would find nothing: by nanoseconds without the hash...
    let known = hex::decode(&right).unwrap();
    let compare = |signature: &str| {
        let presented = hex::decode(signature).unwrap();
        assert!(!stops_early(&known, &presented));
    };
    assert!(leaks_at_last(&*wrong_at_once, &*wrong_at_the_end, compare));

    // ... and beside it by microseconds, as where each byte begins all over again.
    let verify = |signature: &str| {
        let known = hex::decode(sign(&secret(), BODY)).unwrap();
        let presented = hex::decode(signature).unwrap();
        let same = (1..=known.len()).all(|end| stops_early(&known[..end], &presented[..end]));
        assert!(!same);
    };
    assert!(leaks_at_last(&*wrong_at_once, &*wrong_at_the_end, verify));
}

#[test]
fn verifying_takes_as_long_whichever_secret_of_a_rotation_is_nearly_right() {
    let old = || WebhookSecret::from_hex(SecretVersion::Previous, &"a5".repeat(32)).unwrap();
    let verifier = Verifier::new(vec![secret(), old()]);
    let nearly = |secret: WebhookSecret| {
        let right = sign(&secret, BODY);
        changed_at(&right, right.len() - 1)
    };
    let (of_current, of_previous) = (nearly(secret()), nearly(old()));
    let verify = |signature: &str| assert!(verifier.verify(BODY, Some(signature)).is_err());
    let far = changed_at(&of_current, 0);
    assert!(!leaks(&*of_current, &*far, verify));
    let far = changed_at(&of_previous, 0);
    assert!(!leaks(&*of_previous, &*far, verify));
}
