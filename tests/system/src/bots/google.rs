//! Google's service accounts: bearer tokens are JWTs that the account signs itself.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

const EMAIL: &str = "bot@example.iam.gserviceaccount.com";
const KEY_ID: &str = "key-1";
/// The API such a token is for, whatever endpoint it is sent to.
const AUDIENCE: &str = "https://dialogflow.googleapis.com/";

/// A service account made for the test.
pub(super) struct Accounts {
    private_key: String,
    public_key: Vec<u8>,
}

impl Accounts {
    pub(super) fn new() -> Arc<Self> {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        Arc::new(Self {
            private_key: pem(private.as_ref()),
            public_key: public.as_ref().to_vec(),
        })
    }

    /// The account's key file, as Google's console gives it out.
    pub(super) fn key_file(&self) -> String {
        json!({
            "type": "service_account",
            "project_id": "example",
            "private_key_id": KEY_ID,
            "private_key": self.private_key,
            "client_email": EMAIL,
            "client_id": "100000000000000000001",
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": "https://oauth2.googleapis.com/token",
            "universe_domain": "googleapis.com",
        })
        .to_string()
    }

    /// Why a request's bearer token is not the account's, if it isn't.
    pub(super) fn problem(&self, authorization: Option<&str>) -> Option<String> {
        let token = authorization.and_then(|told| told.strip_prefix("Bearer "));
        match token {
            Some(token) => self.verify(token).err(),
            None => Some("there is no bearer token".to_owned()),
        }
    }

    fn verify(&self, jwt: &str) -> Result<(), String> {
        let (signed, signature) = jwt.rsplit_once('.').ok_or("the token is no JWT")?;
        let (header, claims) = signed.split_once('.').ok_or("the token is no JWT")?;
        let (header, claims) = (part(header)?, part(claims)?);
        if header["alg"] != "RS256" {
            return Err("the token is not signed by RS256".to_owned());
        }
        if header["kid"] != KEY_ID {
            return Err("the token names another key".to_owned());
        }
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| "the signature is no base64url")?;
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.public_key)
            .verify(signed.as_bytes(), &signature)
            .map_err(|_| "the signature is wrong")?;
        if claims["iss"] != EMAIL || claims["sub"] != EMAIL || claims["aud"] != AUDIENCE {
            return Err("iss and sub are not the account, or aud not Dialogflow".to_owned());
        }
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let seconds = |claim: &str| claims[claim].as_u64().ok_or(format!("{claim} is missing"));
        let (issued, expires) = (seconds("iat")?, seconds("exp")?);
        if issued > now + 300 || expires <= now || expires > issued + 3600 {
            return Err("iat and exp are not now and within an hour".to_owned());
        }
        Ok(())
    }
}

fn part(encoded: &str) -> Result<Value, String> {
    let decoded = URL_SAFE_NO_PAD.decode(encoded);
    let decoded = decoded.map_err(|_| "a part is no base64url without padding")?;
    serde_json::from_slice(&decoded).map_err(|error| error.to_string())
}

fn pem(der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let lines = encoded.as_bytes().chunks(64).map(String::from_utf8_lossy);
    let body = lines.collect::<Vec<_>>().join("\n");
    format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
}
