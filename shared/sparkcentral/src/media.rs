//! Media (the networks behind Sparkcentral's channels): their ids, how long a text each takes, and what
//! files and buttons.

mod carry;
mod split;

use std::borrow::Borrow;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use carry::{CannotCarry, carries, renders_shortcodes};
pub use split::{split_text, split_text_around};

/// `medium.id` as Sparkcentral sends it, for example `fb` or `smooch-rtm`.
///
/// Plain text because the list of media is open; the constants are the ids seen in documents and
/// samples. Compare ids through [`MediumId::kind`] where several spellings mean one network.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct MediumId(pub String);

impl MediumId {
    pub const FACEBOOK: &'static str = "fb";
    pub const TWITTER: &'static str = "twit";
    pub const INSTAGRAM: &'static str = "instagram";
    pub const IN_WEB: &'static str = "rtm";
    pub const IN_WEB_SMOOCH: &'static str = "smooch-rtm";
    pub const WHATSAPP: &'static str = "whatsapp";
    pub const LINKEDIN: &'static str = "linkedin";
    // The ids below are not in any document we have: they follow the networks' names.
    pub const SMS: &'static str = "sms";
    pub const SMS_TWILIO: &'static str = "twilio";
    pub const SMS_MESSAGEBIRD: &'static str = "messagebird";
    pub const TELEGRAM: &'static str = "telegram";
    pub const VIBER: &'static str = "viber";
    pub const EMAIL: &'static str = "email";

    /// Any text is a valid id.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The network an id belongs to; tolerant of case and of spellings only guessed at.
    pub fn kind(&self) -> MediumKind {
        let id = self.0.to_ascii_lowercase();
        match id.as_str() {
            "fb" | "facebook" | "messenger" => MediumKind::Messenger,
            "twit" | "twitter" | "x" => MediumKind::Twitter,
            "rtm" | "smooch-rtm" => MediumKind::InWeb,
            "email" | "e-mail" | "mail" => MediumKind::Email,
            _ => [
                ("instagram", MediumKind::Instagram),
                ("whatsapp", MediumKind::WhatsApp),
                ("linkedin", MediumKind::LinkedIn),
                ("telegram", MediumKind::Telegram),
                ("viber", MediumKind::Viber),
                ("sms", MediumKind::Sms),
                ("twilio", MediumKind::Sms),
                ("messagebird", MediumKind::Sms),
            ]
            .into_iter()
            .find(|(name, _)| id.contains(name))
            .map_or(MediumKind::Other, |(_, kind)| kind),
        }
    }
}

impl fmt::Display for MediumId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for MediumId {
    fn from(id: &str) -> Self {
        Self(id.to_owned())
    }
}

impl From<String> for MediumId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl AsRef<str> for MediumId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for MediumId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// The networks whose rules this crate knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediumKind {
    Messenger,
    Twitter,
    Instagram,
    /// The chat widget on a web page or in an app.
    InWeb,
    WhatsApp,
    LinkedIn,
    Sms,
    Telegram,
    Viber,
    Email,
    /// Anything else.
    Other,
}

/// What a text limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextUnit {
    /// Unicode scalar values.
    Chars,
    /// Bytes of UTF-8.
    Bytes,
}

/// The longest text one message may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TextLimit {
    /// Inclusive, in `unit`s.
    pub max: usize,
    pub unit: TextUnit,
}

impl TextLimit {
    /// A limit in Unicode scalar values.
    pub const fn chars(max: usize) -> Self {
        Self {
            max,
            unit: TextUnit::Chars,
        }
    }

    /// A limit in bytes of UTF-8.
    pub const fn bytes(max: usize) -> Self {
        Self {
            max,
            unit: TextUnit::Bytes,
        }
    }

    /// The text's length in this limit's unit.
    pub fn measure(&self, text: &str) -> usize {
        match self.unit {
            TextUnit::Chars => text.chars().count(),
            TextUnit::Bytes => text.len(),
        }
    }

    /// Whether one message can carry the text.
    pub fn allows(&self, text: &str) -> bool {
        self.measure(text) <= self.max
    }
}

impl fmt::Display for TextLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            TextUnit::Chars => "characters",
            TextUnit::Bytes => "bytes of UTF-8",
        };
        write!(f, "{} {unit}", self.max)
    }
}

/// The longest text the medium takes in one message, from the networks' public documents:
///
/// | medium | limit | source |
/// |---|---|---|
/// | Messenger | 2,000 characters | Meta, Messenger Platform, Send API |
/// | Instagram | 1,000 bytes | Meta, Instagram messaging, Send API |
/// | WhatsApp | 4,096 characters | Meta, WhatsApp Cloud API, text messages |
/// | Twitter | 10,000 characters | X API, direct messages |
/// | SMS | 1,600 characters | Twilio, Messages resource, body |
/// | Telegram | 4,096 characters | Telegram Bot API, sendMessage |
/// | Viber | 7,000 characters | Viber REST bot API, text message |
///
/// `None` for the in-web chat, LinkedIn, e-mail and every medium not known: neither they nor
/// Sparkcentral publish a limit we could cite, and cutting a text that would have been delivered
/// harms more than a refusal by Sparkcentral, which names the cause.
pub fn text_limit(medium: &MediumId) -> Option<TextLimit> {
    match medium.kind() {
        MediumKind::Messenger => Some(TextLimit::chars(2_000)),
        MediumKind::Instagram => Some(TextLimit::bytes(1_000)),
        MediumKind::WhatsApp | MediumKind::Telegram => Some(TextLimit::chars(4_096)),
        MediumKind::Twitter => Some(TextLimit::chars(10_000)),
        MediumKind::Sms => Some(TextLimit::chars(1_600)),
        MediumKind::Viber => Some(TextLimit::chars(7_000)),
        MediumKind::InWeb | MediumKind::LinkedIn | MediumKind::Email | MediumKind::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_network_share_its_limit() {
        for id in ["fb", "facebook", "FB"] {
            assert_eq!(text_limit(&id.into()), Some(TextLimit::chars(2_000)));
        }
        for id in ["sms", "twilio", "messagebird", "twilio-sms"] {
            assert_eq!(text_limit(&id.into()), Some(TextLimit::chars(1_600)));
        }
    }

    #[test]
    fn an_unknown_medium_has_no_limit() {
        assert_eq!(text_limit(&"carrier-pigeon".into()), None);
        assert_eq!(text_limit(&MediumId::IN_WEB_SMOOCH.into()), None);
    }

    #[test]
    fn instagram_counts_bytes_and_messenger_counts_characters() {
        let text = "é".repeat(1_000);
        assert!(!text_limit(&"instagram".into()).unwrap().allows(&text));
        assert!(text_limit(&"fb".into()).unwrap().allows(&text));
    }
}
