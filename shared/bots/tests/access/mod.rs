//! What `build` needs beside the settings.
#![allow(dead_code)] // no test uses all of it

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bots::SdkConfig;
use conversation::BotSecrets;
use secrecy::SecretString;
use serde_json::json;

/// For bots that need no secret.
pub(crate) fn no_secrets() -> BotSecrets {
    BotSecrets::default()
}

/// A key of the Standard Webhooks scheme.
pub(crate) fn signed_with(key: impl Into<SecretString>) -> BotSecrets {
    BotSecrets {
        signing_key: Some(key.into()),
        ..BotSecrets::default()
    }
}

/// For bots that are not on AWS.
pub(crate) fn no_aws() -> SdkConfig {
    SdkConfig::builder().build()
}

/// The key file of a service account, with a key made for this run.
pub(crate) fn google_account() -> SecretString {
    static FILE: LazyLock<String> = LazyLock::new(|| {
        let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
        let pem = STANDARD.encode(der.as_ref());
        json!({
            "type": "service_account",
            "project_id": "shop-1",
            "private_key_id": "key-1",
            "private_key": format!(
                "-----BEGIN PRIVATE KEY-----\n{pem}\n-----END PRIVATE KEY-----\n"
            ),
            "client_email": "sparkbridge@shop-1.iam.gserviceaccount.example",
            "token_uri": "https://oauth2.example/token",
        })
        .to_string()
    });
    SecretString::from(FILE.as_str())
}

/// For bots on AWS: credentials that open nothing.
pub(crate) fn aws() -> SdkConfig {
    use aws_credential_types::Credentials;
    use aws_credential_types::provider::SharedCredentialsProvider;
    use aws_types::region::Region;

    let credentials = Credentials::new("AKIAEXAMPLE", "PRIVATE", None, None, "tests");
    SdkConfig::builder()
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}
