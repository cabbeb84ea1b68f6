//! What Lex is asked.

use std::collections::BTreeMap;

use conversation::{LexSettings, Trigger, Turn};
use sha2::{Digest as _, Sha256};
use sparkcentral::ChannelDetails;

/// Most UTF-16 code units of a text: Lex counts as Java does.
const MAX_TEXT_UNITS: usize = 1_024;
const MAX_SESSION_ID_BYTES: usize = 100;
/// Lex documents no limit for V2; V1 allowed 12 KB for all attributes together.
const MAX_DETAILS_BYTES: usize = 6 * 1024;

/// Session attributes we set with each turn, and take out of what the bot sends back.
pub(super) const OURS: [&str; 6] = [
    "agent",
    "channelDetails",
    "conversationId",
    "episode",
    "language",
    "turnId",
];

/// What to do with a turn.
#[derive(PartialEq, Eq)]
pub(super) enum Ask {
    /// Send this text.
    Lex {
        text: String,
        /// Whether the contact wrote it.
        from_contact: bool,
    },
    /// Lex need not be asked: say this, where there is something.
    Say(Option<String>),
}

impl Ask {
    pub(super) fn of(turn: &Turn, settings: &LexSettings) -> Self {
        let language = turn.language.as_deref();
        let in_language = |text: &Option<conversation::LocalText>| {
            let text = text.as_ref().and_then(|text| text.in_language(language));
            text.map(str::to_owned)
        };
        let first_words =
            |own: &Option<conversation::LocalText>| match in_language(&settings.welcome_text)
                .and_then(|text| sendable(&text))
            {
                Some(text) => Self::Lex {
                    text,
                    from_contact: false,
                },
                None => Self::Say(in_language(own)),
            };
        match &turn.trigger {
            Trigger::Started => first_words(&settings.greeting),
            Trigger::Delegated => first_words(&settings.delegated),
            Trigger::Message { text, payload, .. } => {
                // What a button of Lex carries is what Lex wants to hear.
                match payload
                    .as_deref()
                    .and_then(sendable)
                    .or_else(|| sendable(text))
                {
                    Some(text) => Self::Lex {
                        text,
                        from_contact: true,
                    },
                    None => Self::Say(in_language(&settings.no_text)),
                }
            }
        }
    }
}

/// The text as Lex takes it: cut where it is longer, `None` where there is none.
fn sendable(text: &str) -> Option<String> {
    let text = text.trim();
    let mut units = 0;
    let end = text
        .char_indices()
        .find(|(_, c)| {
            units += c.len_utf16();
            units > MAX_TEXT_UNITS
        })
        .map_or(text.len(), |(index, _)| index);
    let text = text.get(..end).unwrap_or(text);
    (!text.is_empty()).then(|| text.to_owned())
}

/// Lex's id of the session: one per agent, conversation and episode.
pub(super) fn session_id(turn: &Turn) -> String {
    let (conversation, episode) = (&turn.conversation_id, turn.episode);
    let id = format!("{}:{conversation}:{episode}", turn.agent);
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._:-".contains(&b);
    if id.len() <= MAX_SESSION_ID_BYTES && id.bytes().all(allowed) {
        return id;
    }
    let hash = Sha256::digest(format!("{}\n{conversation}", turn.agent));
    format!("sha256:{}:{episode}", hex::encode(hash))
}

/// What the bot's Lambda functions can read about the turn.
pub(super) fn attributes(turn: &Turn) -> BTreeMap<String, String> {
    let mut attributes = BTreeMap::from([
        ("agent".to_owned(), turn.agent.clone()),
        ("conversationId".to_owned(), turn.conversation_id.clone()),
        ("episode".to_owned(), turn.episode.to_string()),
        ("turnId".to_owned(), turn.turn_id.clone()),
    ]);
    if let Some(language) = &turn.language {
        attributes.insert("language".to_owned(), language.clone());
    }
    if let Some(details) = turn
        .internal
        .channel_details
        .as_ref()
        .and_then(small_enough)
    {
        attributes.insert("channelDetails".to_owned(), details);
    }
    attributes
}

/// The details as JSON, without the contact's attributes where it is too long, or not at all.
fn small_enough(details: &ChannelDetails) -> Option<String> {
    let json = |details: &ChannelDetails| {
        let json = serde_json::to_string(details).ok();
        json.filter(|json| json.len() <= MAX_DETAILS_BYTES)
    };
    json(details).or_else(|| {
        json(&ChannelDetails {
            contact_attributes: None,
            ..details.clone()
        })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sparkcentral::{SessionAttribute, SessionProfile};

    use super::*;
    use crate::turns::{message, tap, turn};

    fn settings(more: &str) -> LexSettings {
        let start = r#"{"bot_id":"ABCDEFGHIJ","bot_alias_id":"TSTALIASID""#;
        serde_json::from_str(&format!("{start}{more}}}")).unwrap()
    }

    fn sent(text: &str, from_contact: bool) -> Ask {
        Ask::Lex {
            text: text.to_owned(),
            from_contact,
        }
    }

    #[test]
    fn a_message_is_its_payload_or_its_text() {
        let none = settings("");
        assert!(Ask::of(&message(" Hi "), &none) == sent("Hi", true));
        assert!(Ask::of(&tap("ORDER"), &none) == sent("ORDER", true));
        assert!(Ask::of(&message(" "), &none) == Ask::Say(None));
        let no_text = settings(r#","no_text":"Text only.""#);
        assert!(Ask::of(&message(""), &no_text) == Ask::Say(Some("Text only.".to_owned())));
    }

    #[test]
    fn the_first_words_are_ours_unless_lex_is_to_find_them() {
        let texts = r#","greeting":{"en":"Hello","de":"Hallo"},"delegated":"Back""#;
        let own = settings(texts);
        let mut started = turn(Trigger::Started);
        started.language = Some("de".to_owned());
        assert!(Ask::of(&started, &own) == Ask::Say(Some("Hallo".to_owned())));
        assert!(Ask::of(&turn(Trigger::Delegated), &own) == Ask::Say(Some("Back".to_owned())));
        assert!(Ask::of(&turn(Trigger::Started), &settings("")) == Ask::Say(None));
        let asked = settings(&format!(r#"{texts},"welcome_text":"hello""#));
        for trigger in [Trigger::Started, Trigger::Delegated] {
            assert!(Ask::of(&turn(trigger), &asked) == sent("hello", false));
        }
    }

    #[test]
    fn a_session_id_names_the_conversation_where_it_can() {
        assert_eq!(session_id(&message("Hi")), "shop:conversation-1:1");
        let mut odd = message("Hi");
        odd.conversation_id = "a b/ä".to_owned();
        let id = session_id(&odd);
        assert!(id.starts_with("sha256:") && id.ends_with(":1"), "{id}");
        odd.episode = 2;
        assert_ne!(session_id(&odd), id);
    }

    #[test]
    fn details_that_are_too_long_lose_the_contacts_attributes_first() {
        let mut turn = message("Hi");
        let mut details = ChannelDetails {
            channel_id: "channel-1".to_owned(),
            contact_profile: Some(SessionProfile::default()),
            contact_attributes: Some(vec![SessionAttribute::default()]),
            ..ChannelDetails::default()
        };
        let shown = |turn: &Turn| attributes(turn).get("channelDetails").cloned();
        turn.internal.channel_details = Some(details.clone());
        assert!(shown(&turn).unwrap().contains("contactAttributes"));
        details.contact_attributes = Some(vec![SessionAttribute {
            value: "v".repeat(MAX_DETAILS_BYTES),
            ..SessionAttribute::default()
        }]);
        turn.internal.channel_details = Some(details.clone());
        let short = shown(&turn).unwrap();
        assert!(short.contains("channel-1") && !short.contains("contactAttributes"));
        details.channel_id = "c".repeat(MAX_DETAILS_BYTES);
        turn.internal.channel_details = Some(details);
        assert_eq!(shown(&turn), None);
    }

    #[test]
    fn every_attribute_we_set_is_taken_out_again() {
        let mut turn = message("Hi");
        turn.language = Some("en".to_owned());
        turn.internal.channel_details = Some(ChannelDetails::default());
        let set: Vec<_> = attributes(&turn).into_keys().collect();
        assert_eq!(set, OURS);
    }

    proptest! {
        #[test]
        fn a_text_is_cut_between_characters_and_never_longer_than_lex_takes(text in "(?s).{0,40}", times in 1_usize..60) {
            let long = text.repeat(times);
            let sent = sendable(&long);
            prop_assert_eq!(sent.is_none(), long.trim().is_empty());
            if let Some(sent) = sent {
                prop_assert!(long.trim().starts_with(&sent));
                let units = sent.encode_utf16().count();
                prop_assert!((1..=MAX_TEXT_UNITS).contains(&units));
                if sent.len() < long.trim().len() {
                    prop_assert!(units >= MAX_TEXT_UNITS - 1);
                }
            }
        }

        #[test]
        fn a_session_id_is_one_lex_takes(conversation in "\\PC{0,120}", episode in 1_u32..) {
            let mut turn = message("Hi");
            turn.conversation_id = conversation;
            turn.episode = episode;
            let id = session_id(&turn);
            prop_assert!((2..=100).contains(&id.len()));
            prop_assert!(id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b)));
        }
    }
}
