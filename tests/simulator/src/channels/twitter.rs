//! Twitter's part in adding a channel: it asks who is logged in whether Sparkcentral may have the account.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;
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

/// Who asked for a channel, which is where Twitter's page leads back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asker {
    ControlFace,
    Workspace,
}

impl Asker {
    /// Where the owner of the account goes on, having let Sparkcentral in.
    pub(crate) fn after_consent(self, channel: &str) -> String {
        match self {
            Self::ControlFace => format!("/sim/channels/{channel}"),
            Self::Workspace => format!("/workspace/channels/{channel}"),
        }
    }

    /// The same after a cancellation. In the workspace the channel's page says what became of it.
    pub(crate) fn after_cancellation(self, channel: &str) -> String {
        match self {
            Self::ControlFace => "/sim/channels".into(),
            Self::Workspace => self.after_consent(channel),
        }
    }
}

/// A channel that waits for Twitter's word.
#[derive(Clone, Debug)]
struct Authorization {
    channel: String,
    asker: Asker,
    expires: Moment,
    state: State,
}

/// What became of an authorisation from which no channel has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    WaitingForAuthorization,
    Cancelled,
    Expired,
}

/// A channel that was asked for and isn't there.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) channel: String,
    pub(crate) standing: Standing,
    /// Twitter's page, without the simulator's URL.
    pub(crate) page: String,
    pub(crate) expires: Moment,
}

/// Every authorisation that was asked for, by its token.
#[derive(Default)]
pub(crate) struct Authorizations(BTreeMap<String, Authorization>);

impl Authorizations {
    /// Returns the new channel's id and the token.
    pub(crate) fn ask(&mut self, asker: Asker, now: Moment) -> (String, String) {
        let channel = Uuid::new_v4().to_string();
        let token = Uuid::new_v4().simple().to_string();
        let authorization = Authorization {
            channel: channel.clone(),
            asker,
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
        let asked = self.asked(channel, now)?;
        Some(json!({
            "id": asked.channel,
            "medium": MEDIUM,
            "state": asked.standing,
            "authorize_url": format!("{base}{}", asked.page),
            "expires_at": asked.expires,
        }))
    }

    /// A channel that has not come of it yet.
    pub(crate) fn asked(&self, channel: &str, now: Moment) -> Option<Asked> {
        let (token, found) = self.of(channel)?;
        found.asked(token, now)
    }

    /// Every channel that was asked for and isn't there, the newest first.
    pub(crate) fn all_asked(&self, now: Moment) -> Vec<Asked> {
        let known = self.0.iter();
        let mut all: Vec<_> = known
            .filter_map(|(token, found)| found.asked(token, now))
            .collect();
        all.sort_by_key(|asked| std::cmp::Reverse(asked.expires));
        all
    }

    /// Who asked, whatever became of it.
    pub(crate) fn asker(&self, token: &str) -> Option<Asker> {
        self.0.get(token).map(|known| known.asker)
    }

    fn of(&self, channel: &str) -> Option<(&String, &Authorization)> {
        self.0.iter().find(|(_, known)| known.channel == channel)
    }
}

impl Authorization {
    fn asked(&self, token: &str, now: Moment) -> Option<Asked> {
        let standing = match self.state {
            State::Used => return None,
            State::Cancelled => Standing::Cancelled,
            State::Open if now >= self.expires => Standing::Expired,
            State::Open => Standing::WaitingForAuthorization,
        };
        Some(Asked {
            channel: self.channel.clone(),
            standing,
            page: page(token),
            expires: self.expires,
        })
    }
}

/// Where Twitter asks, without the simulator's URL.
pub(crate) fn page(token: &str) -> String {
    format!("/twitter/authorize?oauth_token={token}")
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Moment {
        Moment::from_unix(seconds)
    }

    #[test]
    fn an_authorisation_is_good_once_and_for_ten_minutes() {
        let mut authorizations = Authorizations::default();
        let (channel, token) = authorizations.ask(Asker::Workspace, at(0));
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
    fn what_was_asked_for_is_told_until_a_channel_comes_of_it() {
        let mut authorizations = Authorizations::default();
        let (first, token) = authorizations.ask(Asker::ControlFace, at(0));
        let (second, _) = authorizations.ask(Asker::Workspace, at(1));
        let standings = |authorizations: &Authorizations, seconds| {
            let all = authorizations.all_asked(at(seconds)).into_iter();
            all.map(|asked| (asked.channel, asked.standing))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            standings(&authorizations, 600),
            [
                (second.clone(), Standing::WaitingForAuthorization),
                (first, Standing::Expired)
            ]
        );
        authorizations.close(&token, true);
        assert_eq!(
            standings(&authorizations, 601),
            [(second, Standing::Expired)]
        );
        assert_eq!(authorizations.asker(&token), Some(Asker::ControlFace));
        assert_eq!(authorizations.asker("made-up"), None);
    }
}
