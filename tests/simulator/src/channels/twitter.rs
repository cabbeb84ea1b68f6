//! Twitter's part in adding a channel: it asks who is logged in whether Sparkcentral may have the account.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{moment::Moment, refusal::Refusal};

/// The medium whose channels are added this way.
pub(crate) const MEDIUM: &str = "twit";

/// How long an authorisation waits for an answer, by the simulator's clock.
const LIFETIME: Duration = Duration::from_secs(600);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    Used,
    Cancelled,
}

/// A channel that waits for Twitter's word.
#[derive(Clone, Debug)]
struct Authorization {
    channel: String,
    expires: Moment,
    state: State,
}

/// Every authorisation that was asked for, by its token.
#[derive(Default)]
pub(crate) struct Authorizations(BTreeMap<String, Authorization>);

impl Authorizations {
    /// Returns the new channel's id and the token.
    pub(crate) fn ask(&mut self, now: Moment) -> (String, String) {
        let channel = Uuid::new_v4().to_string();
        let token = Uuid::new_v4().simple().to_string();
        let authorization = Authorization {
            channel: channel.clone(),
            expires: now.plus(LIFETIME),
            state: State::Open,
        };
        self.0.insert(token.clone(), authorization);
        (channel, token)
    }

    /// The channel a token is for, if it can still be used.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for an unknown token, [`Refusal::Conflict`] for one that is over.
    pub(crate) fn open(&self, token: &str, now: Moment) -> Result<&str, Refusal> {
        let known = self
            .0
            .get(token)
            .ok_or_else(|| Refusal::NotFound("this authorisation does not exist".into()))?;
        let over = match known.state {
            State::Used => "this authorisation has been used: add the channel again",
            State::Cancelled => "this authorisation was cancelled: add the channel again",
            State::Open if now >= known.expires => {
                "this authorisation has expired: add the channel again"
            }
            State::Open => return Ok(&known.channel),
        };
        Err(Refusal::conflict(over))
    }

    /// Uses a token up: for the channel, or for nothing.
    pub(crate) fn close(&mut self, token: &str, authorized: bool) {
        if let Some(known) = self.0.get_mut(token) {
            known.state = if authorized {
                State::Used
            } else {
                State::Cancelled
            };
        }
    }

    /// Whether a channel was asked for, and has not come of it.
    pub(crate) fn waits(&self, channel: &str) -> bool {
        self.of(channel)
            .is_some_and(|(_, found)| found.state != State::Used)
    }

    /// A channel that has not come of it yet, as the control face shows it. `base` is the simulator's URL.
    pub(crate) fn show(&self, channel: &str, base: &str, now: Moment) -> Option<Value> {
        let (token, found) = self.of(channel)?;
        let state = match found.state {
            State::Used => return None,
            State::Cancelled => "cancelled",
            State::Open if now >= found.expires => "expired",
            State::Open => "waiting_for_authorization",
        };
        Some(json!({
            "id": channel,
            "medium": MEDIUM,
            "state": state,
            "authorize_url": format!("{base}/twitter/authorize?oauth_token={token}"),
            "expires_at": found.expires,
        }))
    }

    fn of(&self, channel: &str) -> Option<(&String, &Authorization)> {
        self.0.iter().find(|(_, known)| known.channel == channel)
    }
}

/// A Twitter handle without its `@`, in the spelling given: 1 to 15 letters, digits and `_`.
///
/// # Errors
/// [`Refusal::Invalid`].
pub(crate) fn handle(given: &str) -> Result<&str, Refusal> {
    let handle = given.trim();
    let handle = handle.strip_prefix('@').unwrap_or(handle);
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if (1..=15).contains(&handle.len()) && handle.chars().all(legal) {
        return Ok(handle);
    }
    Err(Refusal::invalid(
        "handle is no Twitter handle: 1 to 15 letters, digits or _",
    ))
}

/// Twitter's page. With a handle, its owner is logged in; without, the form asks for one.
pub(crate) fn page(token: &str, handle: Option<&str>) -> String {
    // A token that was found and a handle that was checked hold nothing that means something in HTML.
    let account = match handle {
        Some(handle) => format!(
            "<p>You are logged in as <strong>@{handle}</strong>.</p>\n\
             <input type=\"hidden\" name=\"handle\" value=\"{handle}\">"
        ),
        None => "<p><label>Username <input name=\"handle\"></label></p>".into(),
    };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<title>Authorize Sparkcentral</title>\n\
         <h1>Authorize Sparkcentral to access your account?</h1>\n\
         <form method=\"post\" action=\"/twitter/authorize\">\n\
         <input type=\"hidden\" name=\"oauth_token\" value=\"{token}\">\n{account}\n\
         <button name=\"decision\" value=\"authorize\">Authorize app</button>\n\
         <button name=\"decision\" value=\"cancel\" formnovalidate>Cancel</button>\n\
         </form>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Moment {
        Moment::from_unix(seconds)
    }

    #[test]
    fn an_authorisation_is_good_once_and_for_ten_minutes() {
        let mut authorizations = Authorizations::default();
        let (channel, token) = authorizations.ask(at(0));
        assert_eq!(authorizations.open(&token, at(599)), Ok(channel.as_str()));
        let refused = |authorizations: &Authorizations, seconds| {
            authorizations.open(&token, at(seconds)).unwrap_err().text()
        };
        assert!(refused(&authorizations, 600).contains("expired"));
        assert!(authorizations.waits(&channel));
        authorizations.close(&token, true);
        assert!(refused(&authorizations, 1).contains("used"));
        assert!(!authorizations.waits(&channel));
        authorizations.close(&token, false);
        assert!(refused(&authorizations, 1).contains("cancelled"));
        assert!(matches!(
            authorizations.open("made-up", at(1)),
            Err(Refusal::NotFound(_))
        ));
    }

    #[test]
    fn a_handle_is_what_twitter_takes_for_one() {
        assert_eq!(handle(" @Shop_1 "), Ok("Shop_1"));
        for bad in ["", "@", "shop-1", "a\"b", "abcdefghijklmnop", "@@shop"] {
            assert!(handle(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_page_says_who_is_logged_in_and_offers_to_cancel() {
        let page = page("t1", Some("Shop"));
        for part in ["@Shop", "Authorize app", "Cancel", "value=\"t1\""] {
            assert!(page.contains(part), "{part}");
        }
        assert!(super::page("t1", None).contains("<input name=\"handle\">"));
    }
}
