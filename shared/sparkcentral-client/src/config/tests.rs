use super::*;

fn with_base(base: &str) -> ClientConfig {
    ClientConfig {
        api_base: Some(base.parse().unwrap()),
        ..ClientConfig::default()
    }
}

#[test]
fn the_default_is_sparkcentral_itself() {
    let endpoints = Endpoints::check(&ClientConfig::default()).unwrap();
    assert_eq!(
        endpoints.conversation("c-1").as_str(),
        "https://public-api.sparkcentral.com/virtual-agent/conversations/c-1"
    );
    assert_eq!(
        endpoints.token.as_str(),
        "https://public-api.sparkcentral.com/virtual-agent/oauth2/token"
    );
    assert!(endpoints.https_only && !endpoints.loopback);
}

#[test]
fn a_base_with_a_path_keeps_it() {
    for base in ["https://example.com/stub", "https://example.com/stub/"] {
        let endpoints = Endpoints::check(&with_base(base)).unwrap();
        assert_eq!(
            endpoints.attachment("a/../b", "x.png").as_str(),
            "https://example.com/stub/virtual-agent/conversations/a%2F..%2Fb/attachments/x.png"
        );
        assert_eq!(
            endpoints.conversation("..").as_str(),
            "https://example.com/stub/virtual-agent/conversations/%252E%252E"
        );
    }
}

#[test]
fn http_is_for_loopback_hosts_only() {
    for base in [
        "http://localhost:1",
        "http://127.0.0.5",
        "http://[::1]:9",
        "https://10.0.0.1",
    ] {
        assert!(Endpoints::check(&with_base(base)).is_ok(), "{base}");
    }
    for base in [
        "http://example.com",
        "http://10.0.0.1",
        "http://localhost.example.com",
        "ftp://localhost",
        "data:x",
    ] {
        assert!(
            matches!(
                Endpoints::check(&with_base(base)),
                Err(ConfigError::NotHttps {
                    setting: "api_base"
                })
            ),
            "{base}"
        );
    }
    let config = ClientConfig {
        token_url: Some("http://example.com/token".parse().unwrap()),
        ..ClientConfig::default()
    };
    assert!(matches!(
        Endpoints::check(&config),
        Err(ConfigError::NotHttps {
            setting: "token_url"
        })
    ));
}

#[test]
fn a_base_with_a_password_or_query_is_refused() {
    for base in [
        "https://a:b@example.com",
        "https://example.com/?x=1",
        "https://example.com/#x",
    ] {
        assert!(matches!(
            Endpoints::check(&with_base(base)),
            Err(ConfigError::UrlParts { .. })
        ));
    }
}

#[test]
fn the_inbox_dialect_needs_an_organization() {
    let config = ClientConfig {
        dialect: Dialect::Inbox,
        ..ClientConfig::default()
    };
    assert!(matches!(
        Endpoints::check(&config),
        Err(ConfigError::MissingOrganization)
    ));
    let config = ClientConfig {
        organization_id: Some("9&x=1".to_owned()),
        ..config
    };
    let endpoints = Endpoints::check(&config).unwrap();
    assert_eq!(
        endpoints.grant,
        "grant_type=organization_app&organization_id=9%26x%3D1"
    );
}

#[test]
fn connecting_must_end_before_the_request_does() {
    let config = ClientConfig {
        connect_timeout: Duration::from_secs(10),
        ..ClientConfig::default()
    };
    assert!(matches!(
        Endpoints::check(&config),
        Err(ConfigError::Timeouts)
    ));
}

#[test]
fn unusable_credentials_are_refused_and_never_printed() {
    let credentials = |id: &str, secret: &str| Credentials {
        client_id: id.to_owned(),
        client_secret: secret.into(),
    };
    assert!(credentials("id-1", "hush").check().is_ok());
    assert!(matches!(
        credentials("", "hush").check(),
        Err(ConfigError::ClientId)
    ));
    assert!(matches!(
        credentials("a:b", "hush").check(),
        Err(ConfigError::ClientId)
    ));
    assert!(matches!(
        credentials("id-1", "").check(),
        Err(ConfigError::ClientSecret)
    ));
    assert_eq!(
        format!("{:?}", credentials("id-1", "hush")),
        "Credentials(<redacted>)"
    );
}
