use proptest::prelude::*;

use super::*;

const CURRENT: &str = "00112233445566778899aabbccddeeff";
const PREVIOUS: &str = "ffeeddccbbaa99887766554433221100";

fn secret(version: SecretVersion, hex: &str) -> WebhookSecret {
    WebhookSecret::from_hex(version, hex).unwrap()
}

fn verifier() -> Verifier {
    Verifier::new(vec![
        secret(SecretVersion::Current, CURRENT),
        secret(SecretVersion::Previous, PREVIOUS),
    ])
}

#[test]
fn the_signature_is_the_hmac_of_rfc_4231() {
    // RFC 4231, test case 2 (short key) and test case 6 (key longer than the block).
    let short = secret(SecretVersion::Current, &hex::encode("Jefe"));
    assert_eq!(
        sign(&short, b"what do ya want for nothing?"),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
    let long = secret(SecretVersion::Current, &"aa".repeat(131));
    assert_eq!(
        sign(
            &long,
            b"Test Using Larger Than Block-Size Key - Hash Key First"
        ),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    );
}

#[test]
fn keys_around_the_block_size_are_padded_and_hashed_as_the_standard_says() {
    for length in [1, 63, 64, 65, 128] {
        let key = vec![7; length];
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        mac.update(b"{}");
        assert_eq!(
            sign(&secret(SecretVersion::Current, &hex::encode(&key)), b"{}"),
            hex::encode(mac.finalize().into_bytes()),
            "{length}"
        );
    }
}

#[test]
fn either_secret_verifies_and_is_named() {
    for (version, hex) in [
        (SecretVersion::Current, CURRENT),
        (SecretVersion::Previous, PREVIOUS),
    ] {
        let signature = sign(&secret(version, hex), b"{}");
        assert_eq!(verifier().verify(b"{}", Some(&signature)), Ok(version));
    }
}

#[test]
fn upper_case_hex_is_accepted() {
    let signature = sign(&secret(SecretVersion::Current, CURRENT), b"{}").to_uppercase();
    assert_eq!(
        verifier().verify(b"{}", Some(&signature)),
        Ok(SecretVersion::Current)
    );
    assert!(WebhookSecret::from_hex(SecretVersion::Current, "AABB\n").is_ok());
}

#[test]
fn every_refusal_has_its_reason() {
    let good = sign(&secret(SecretVersion::Current, CURRENT), b"{}");
    let other = sign(&secret(SecretVersion::Current, "c0ffee"), b"{}");
    for (signature, reason) in [
        (None, SignatureError::Missing),
        (Some(""), SignatureError::Missing),
        (Some("Wrong"), SignatureError::NotHex),
        (Some("zz"), SignatureError::NotHex),
        (Some("abc"), SignatureError::WrongLength),
        (Some(&good[..62]), SignatureError::WrongLength),
        (Some(other.as_str()), SignatureError::Mismatch),
    ] {
        assert_eq!(verifier().verify(b"{}", signature), Err(reason));
    }
    assert_eq!(
        Verifier::new(vec![]).verify(b"{}", Some(&good)),
        Err(SignatureError::NoSecret)
    );
}

#[test]
fn white_space_in_the_body_counts() {
    let signature = sign(&secret(SecretVersion::Current, CURRENT), b"{}");
    assert_eq!(
        verifier().verify(b"{} ", Some(&signature)),
        Err(SignatureError::Mismatch)
    );
}

#[test]
fn an_unusable_secret_is_refused_when_it_is_read() {
    let read = |hex| WebhookSecret::from_hex(SecretVersion::Current, hex).err();
    assert_eq!(read(""), Some(SecretError::Empty));
    assert_eq!(read("  "), Some(SecretError::Empty));
    assert_eq!(read("abc"), Some(SecretError::NotHex));
    assert_eq!(read("not hex!"), Some(SecretError::NotHex));
}

#[test]
fn debug_shows_versions_and_no_key() {
    let shown = format!("{:?}", verifier());
    assert!(shown.contains("Current") && shown.contains("<redacted>"));
    for part in ["0011", "17", "[0,", "255"] {
        assert!(!shown.contains(part), "{part} in {shown}");
    }
}

proptest! {
    #[test]
    fn what_is_signed_verifies_and_any_flipped_bit_does_not(
        key in prop::collection::vec(any::<u8>(), 1..200),
        body in prop::collection::vec(any::<u8>(), 0..500),
        flip in any::<prop::sample::Index>(),
    ) {
        let key = hex::encode(key);
        let signature = sign(&secret(SecretVersion::Current, &key), &body);
        let verifier = Verifier::new(vec![secret(SecretVersion::Current, &key)]);
        prop_assert_eq!(verifier.verify(&body, Some(&signature)), Ok(SecretVersion::Current));

        let mut bytes = hex::decode(&signature).unwrap();
        let bit = flip.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(
            verifier.verify(&body, Some(&hex::encode(bytes))),
            Err(SignatureError::Mismatch)
        );
    }

    #[test]
    fn no_header_makes_the_verifier_panic(header in ".*") {
        let refused = verifier().verify(b"body", Some(&header)).is_err();
        prop_assert!(refused);
    }
}
