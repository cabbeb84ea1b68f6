//! Bearer tokens: issued against HTTP Basic credentials, good for one dialect and a limited time.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::{dialect::Dialect, moment::Moment};

/// The token endpoint's own errors, as OAuth 2.0 names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenRefusal {
    /// 401: no or wrong credentials in the Authorization header.
    InvalidClient,
    /// 401: another organization's id.
    AccessDenied,
    /// 400: a field is missing.
    InvalidRequest,
    /// 400.
    InvalidScope,
    /// 400.
    UnsupportedGrantType,
}

struct Token {
    client_id: String,
    dialect: Dialect,
    expires: Moment,
}

/// The tokens that were issued and are not known to have expired.
#[derive(Default)]
pub(crate) struct Tokens(HashMap<String, Token>);

impl Tokens {
    pub(crate) fn issue(
        &mut self,
        client_id: &str,
        dialect: Dialect,
        lifetime: Duration,
        now: Moment,
    ) -> String {
        self.0.retain(|_, token| token.expires > now);
        let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        self.0.insert(
            secret.clone(),
            Token {
                client_id: client_id.into(),
                dialect,
                expires: now.plus(lifetime),
            },
        );
        secret
    }

    /// The client a token was issued to, if it is good here and now.
    pub(crate) fn client(&self, token: &str, dialect: Dialect, now: Moment) -> Option<&str> {
        self.0
            .get(token)
            .filter(|token| token.dialect == dialect && token.expires > now)
            .map(|token| token.client_id.as_str())
    }

    pub(crate) fn revoke(&mut self, token: &str) {
        self.0.remove(token);
    }
}

/// Checks a token request. `secret_of` gives a client's secret.
///
/// Credentials count only in the Authorization header; in the body they are not looked at.
///
/// # Errors
/// The OAuth error to answer with.
pub(crate) fn check_request(
    dialect: Dialect,
    authorization: Option<&str>,
    form: &BTreeMap<String, String>,
    organization_id: Option<&str>,
    secret_of: impl Fn(&str) -> Option<String>,
) -> Result<String, TokenRefusal> {
    let (client_id, secret) = authorization
        .and_then(basic)
        .ok_or(TokenRefusal::InvalidClient)?;
    let good = secret_of(&client_id)
        .is_some_and(|known| bool::from(known.as_bytes().ct_eq(secret.as_bytes())));
    if !good {
        return Err(TokenRefusal::InvalidClient);
    }
    match form.get("grant_type").map(String::as_str) {
        None => return Err(TokenRefusal::InvalidRequest),
        Some(grant) if grant != dialect.grant_type() => {
            return Err(TokenRefusal::UnsupportedGrantType);
        }
        Some(_) => {}
    }
    match dialect {
        Dialect::Sparkcentral => {
            let scopes = form.get("scope").map(String::as_str).unwrap_or_default();
            if scopes.split_ascii_whitespace().all(|s| s != "client-read") {
                return Err(TokenRefusal::InvalidScope);
            }
        }
        Dialect::Inbox => match form.get("organization_id").filter(|id| !id.is_empty()) {
            None => return Err(TokenRefusal::InvalidRequest),
            Some(id) if organization_id.is_some_and(|known| known != id) => {
                return Err(TokenRefusal::AccessDenied);
            }
            Some(_) => {}
        },
    }
    Ok(client_id)
}

/// Client id and secret of an HTTP Basic header.
fn basic(authorization: &str) -> Option<(String, String)> {
    let encoded = scheme(authorization, "basic")?;
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((id.into(), secret.into()))
}

/// The client id of a Basic header, whether or not the secret is right.
pub(crate) fn claimed_client(authorization: &str) -> Option<String> {
    basic(authorization).map(|(id, _)| id)
}

/// The token of a Bearer header.
pub(crate) fn bearer(authorization: &str) -> Option<&str> {
    scheme(authorization, "bearer")
}

fn scheme<'a>(authorization: &'a str, scheme: &str) -> Option<&'a str> {
    let (given, rest) = authorization.split_once(' ')?;
    given
        .eq_ignore_ascii_case(scheme)
        .then(|| rest.trim())
        .filter(|rest| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        dialect: Dialect,
        credentials: Option<&str>,
        form: &[(&str, &str)],
    ) -> Result<String, TokenRefusal> {
        let header = credentials.map(|plain| format!("Basic {}", STANDARD.encode(plain)));
        let form = form
            .iter()
            .map(|&(key, value)| (key.into(), value.into()))
            .collect();
        check_request(dialect, header.as_deref(), &form, Some("9"), |id| {
            (id == "id").then(|| "secret".into())
        })
    }

    #[test]
    fn sparkcentral_gives_a_token_for_basic_credentials_and_the_scope() {
        use Dialect::Sparkcentral;
        let good = [
            ("grant_type", "client_credentials"),
            ("scope", "client-read"),
        ];
        assert_eq!(
            check(Sparkcentral, Some("id:secret"), &good),
            Ok("id".into())
        );
        for wrong in [None, Some("id:Secret"), Some("other:secret"), Some("id")] {
            assert_eq!(
                check(Sparkcentral, wrong, &good),
                Err(TokenRefusal::InvalidClient)
            );
        }
        assert_eq!(
            check(Sparkcentral, Some("id:secret"), &good[..1]),
            Err(TokenRefusal::InvalidScope)
        );
        assert_eq!(
            check(Sparkcentral, Some("id:secret"), &good[1..]),
            Err(TokenRefusal::InvalidRequest)
        );
    }

    #[test]
    fn inbox_wants_its_own_grant_and_an_organization() {
        use Dialect::Inbox;
        let form = |id| [("grant_type", "organization_app"), ("organization_id", id)];
        let asked = |form: &[_]| check(Inbox, Some("id:secret"), form);
        assert_eq!(asked(&form("9")), Ok("id".into()));
        assert_eq!(asked(&form("8")), Err(TokenRefusal::AccessDenied));
        assert_eq!(asked(&form("")), Err(TokenRefusal::InvalidRequest));
        assert_eq!(
            asked(&[("grant_type", "client_credentials")]),
            Err(TokenRefusal::UnsupportedGrantType)
        );
    }

    #[test]
    fn a_token_is_good_for_its_dialect_until_it_expires() {
        let now = Moment::from_unix(0);
        let mut tokens = Tokens::default();
        let token = tokens.issue("id", Dialect::Inbox, Duration::from_secs(10), now);
        let client = |dialect, seconds| tokens.client(&token, dialect, Moment::from_unix(seconds));
        assert_eq!(client(Dialect::Inbox, 9), Some("id"));
        assert_eq!(client(Dialect::Inbox, 10), None);
        assert_eq!(client(Dialect::Sparkcentral, 0), None);
    }
}
