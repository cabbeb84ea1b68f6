//! What is said about rotations.

use anyhow::Result;
use platform::OldSecret;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::UnderWay;
use super::contract::last_use;
use crate::agent::{command_line, when};
use crate::output;
use crate::place::Place;

/// The functions read a secret anew after this time at the latest.
const CACHED: Duration = Duration::minutes(5);

/// A part of the secret, for a sentence.
pub(crate) fn name(part: &OldSecret) -> String {
    match part {
        OldSecret::WebhookSecret => "webhook secret".to_owned(),
        OldSecret::ClientSecret => "client secret".to_owned(),
        OldSecret::Token(name) => format!("token {}", output::visible(name)),
    }
}

/// The arguments that name it, behind `agent rotate`.
pub(crate) fn argument(part: &OldSecret, agent: &str) -> String {
    match part {
        OldSecret::WebhookSecret => format!("webhook-secret {agent}"),
        OldSecret::ClientSecret => format!("client-secret {agent}"),
        OldSecret::Token(name) => format!("token {agent} {}", shell_word(name)),
    }
}

/// As one word for a shell.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.@%+,:/".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", output::visible(text).replace('\'', r"'\''"))
}

/// A rotation that has begun.
pub(crate) struct Rotated<'a> {
    pub(crate) agent: &'a str,
    pub(crate) part: &'a OldSecret,
    pub(crate) at: OffsetDateTime,
    /// Made here, and shown once.
    pub(crate) token: Option<SecretString>,
}

#[derive(Serialize)]
struct RotatedJson<'a> {
    agent: &'a str,
    rotated: &'a OldSecret,
    /// From when on the old API key may be revoked in Sparkcentral.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoke_old_after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
}

impl Rotated<'_> {
    pub(crate) fn print(&self, place: &Place, json: bool) -> Result<()> {
        if json {
            let is_ours = *self.part == OldSecret::ClientSecret;
            return output::json(&RotatedJson {
                agent: self.agent,
                rotated: self.part,
                revoke_old_after: is_ours.then(|| when::moment(self.at + CACHED)),
                token: self.token.as_ref().map(SecretString::expose_secret),
            });
        }
        let finish = format!("agent rotate {} --finish", argument(self.part, self.agent));
        output::print(&self.text(
            &command_line(place, &format!("agent show {}", self.agent)),
            &command_line(place, &finish),
        ))
    }

    fn text(&self, show: &str, finish: &str) -> String {
        let mut text = format!(
            "agent {}: the {} is rotated; the one before stays good beside it\n",
            self.agent,
            name(self.part)
        );
        if let Some(token) = &self.token {
            let token = token.expose_secret();
            text.push_str(&format!("\n  {token}\n\nThe new one is shown only now.\n"));
        }
        let next = match self.part {
            OldSecret::WebhookSecret => {
                "save the virtual agent in Sparkcentral with the new shared secret, if that is not done"
                    .to_owned()
            }
            OldSecret::ClientSecret => format!(
                "revoke the old API key in Sparkcentral, but not before {}: functions keep a secret for up to five minutes",
                when::moment(self.at + CACHED)
            ),
            OldSecret::Token(_) => "give the new one to whoever uses the old one".to_owned(),
        };
        text.push_str(&format!(
            "Next:\n  1. {next}\n  2. see when the old one was last used: {show}\n  3. when it is no longer: {finish}\n"
        ));
        text
    }
}

/// A rotation that has ended.
pub(crate) fn finished(
    agent: &str,
    under_way: &UnderWay,
    now: OffsetDateTime,
    as_json: bool,
) -> Result<()> {
    if as_json {
        return output::json(&json!({ "agent": agent, "finished": parts(under_way) }));
    }
    let mut text = String::new();
    for (part, used) in &under_way.parts {
        text.push_str(&format!(
            "agent {agent}: the old {} is good no longer, within five minutes everywhere; it {}\n",
            name(part),
            last_use(*used, now)
        ));
    }
    output::print(&text)
}

/// The parts with when the old ones were last used, as JSON.
pub(crate) fn parts(under_way: &UnderWay) -> Vec<Value> {
    let parts = under_way.parts.iter();
    parts
        .map(|(part, used)| json!({"secret": part, "old_last_used": used.map(when::moment)}))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_to_do_next_depends_on_who_uses_the_old_one() {
        let token = OldSecret::Token("bot".into());
        for (part, expected) in [
            (
                OldSecret::WebhookSecret,
                "  1. save the virtual agent in Sparkcentral",
            ),
            (
                OldSecret::ClientSecret,
                "  1. revoke the old API key in Sparkcentral, but not before 1970-01-01T00:05:00Z",
            ),
            (
                token,
                "\n  t-1\n\nThe new one is shown only now.\nNext:\n  1. give",
            ),
        ] {
            let is_token = matches!(part, OldSecret::Token(_));
            let rotated = Rotated {
                agent: "shop",
                part: &part,
                at: OffsetDateTime::UNIX_EPOCH,
                token: is_token.then(|| "t-1".into()),
            };
            let text = rotated.text("SHOW", "FINISH");
            assert!(text.contains(expected), "{text}");
            assert!(text.ends_with(": SHOW\n  3. when it is no longer: FINISH\n"));
        }
    }

    #[test]
    fn a_tokens_name_is_one_word_for_the_shell() {
        for (name, word) in [
            ("bot", "shop bot"),
            ("bot platform", "shop 'bot platform'"),
            ("it's", r"shop 'it'\''s'"),
            ("$(x)", "shop '$(x)'"),
            ("", "shop ''"),
        ] {
            let part = OldSecret::Token(name.to_owned());
            assert_eq!(argument(&part, "shop"), format!("token {word}"));
        }
    }
}
