use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::encoding::PublicKeyX509Der;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

const NOW: u64 = 1_700_000_000;

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn account() -> ServiceAccount {
    ServiceAccount::new(&key_file().to_string().into()).unwrap()
}

fn part(text: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

#[test]
fn a_token_says_who_for_whom_and_how_long_and_its_signature_verifies() {
    let token = account().token(at(NOW)).unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(
        part(parts[0]),
        json!({"alg": "RS256", "typ": "JWT", "kid": "key-1"})
    );
    assert_eq!(
        part(parts[1]),
        json!({
            "iss": "bot@shop-1.example",
            "sub": "bot@shop-1.example",
            "aud": "https://dialogflow.googleapis.com/",
            "iat": NOW,
            "exp": NOW + 3600,
        })
    );
    let signed = format!("{}.{}", parts[0], parts[1]);
    let signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
    let public: PublicKeyX509Der<'_> = KEY.public_key().as_der().unwrap();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public.as_ref());
    public.verify(signed.as_bytes(), &signature).unwrap();
    assert!(public.verify(b"something else", &signature).is_err());
}

#[test]
fn a_token_is_used_until_shortly_before_its_end() {
    let account = account();
    let first = account.token(at(NOW)).unwrap();
    assert_eq!(account.token(at(NOW + 3299)).unwrap(), first);
    let second = account.token(at(NOW + 3300)).unwrap();
    assert_ne!(second, first);
    let earlier = account.token(at(NOW)).unwrap();
    assert_eq!(
        earlier, first,
        "a clock set back: a token of the future is not used"
    );
}
