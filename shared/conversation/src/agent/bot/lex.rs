//! Settings of `kind = "lex"`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use url::Url;

use super::aws::{check_place, is_alias};
use super::timeout_ms;
use crate::agent::problem::Problems;
use crate::text::LocalText;

/// A bot of Amazon Lex V2.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LexSettings {
    /// Id of the bot.
    pub bot_id: String,
    /// Id of the bot's alias.
    pub bot_alias_id: String,
    /// Locale of the bot for languages that `locales` does not name; `en_US` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale_id: Option<String>,
    /// Locale of the bot by the contact's language: `de = "de_DE"`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub locales: BTreeMap<String, String>,
    /// Region of the service; the region of the deployment when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Another endpoint of the service: a VPC endpoint, a proxy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_url: Option<Url>,
    /// Milliseconds one call may take (100 to 50000).
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u64,
    /// Said when a conversation starts: Lex has no event for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub greeting: Option<LocalText>,
    /// Said when a person gives the conversation to the bot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegated: Option<LocalText>,
    /// Sent to Lex, as if the contact had written it, instead of saying `greeting` and `delegated`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub welcome_text: Option<LocalText>,
    /// Said to a message without text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_text: Option<LocalText>,
    /// Topic by intent; an intent without one is its own topic, `""` means none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub topics: BTreeMap<String, String>,
    /// Intents that mean that Lex did not understand.
    #[serde(default = "fallback_intents")]
    pub fallback_intents: Vec<String>,
    /// Intents after which people take over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handover_intents: Vec<String>,
    /// Intents after which the conversation is closed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resolve_intents: Vec<String>,
    /// This many messages in a row that Lex does not understand ask people (1 to 20).
    #[serde(default = "not_understood_after")]
    pub not_understood_after: u32,
    /// Whether an intent that Lex could not fulfil asks people.
    #[serde(default = "handover_on_failed")]
    pub handover_on_failed: bool,
    /// Alias of a contact attribute by slot, set when the slot's intent is fulfilled. A sub-slot is
    /// `slot.sub`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub slot_attributes: BTreeMap<String, String>,
}

/// The locale for languages that no setting names.
pub const LEX_DEFAULT_LOCALE: &str = "en_US";

fn fallback_intents() -> Vec<String> {
    vec!["FallbackIntent".to_owned()]
}

pub(super) fn not_understood_after() -> u32 {
    3
}

fn handover_on_failed() -> bool {
    true
}

impl LexSettings {
    /// The time-out, to be checked by the caller.
    pub(super) fn check(&self, problems: &mut Problems) -> u64 {
        check_place(self.region.as_deref(), self.endpoint_url.as_ref(), problems);
        let is_id = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric());
        problems.check(
            self.bot_id.len() == 10 && is_id(&self.bot_id),
            "bot.bot_id",
            &self.bot_id,
            "must be the bot's id, 10 letters and digits, not its name",
        );
        problems.check(
            self.bot_alias_id.len() <= 64 && is_id(&self.bot_alias_id),
            "bot.bot_alias_id",
            &self.bot_alias_id,
            "must be the alias's id, letters and digits, not its name",
        );
        for locale in self.locale_id.iter().chain(self.locales.values()) {
            problems.check(
                is_locale(locale),
                "bot.locale_id or bot.locales",
                locale,
                "must be a locale of Lex, such as en_US",
            );
        }
        problems.check(
            (1..=20).contains(&self.not_understood_after),
            "bot.not_understood_after",
            &self.not_understood_after,
            "must be 1 to 20",
        );
        for intent in &self.handover_intents {
            problems.check(
                !self.resolve_intents.contains(intent),
                "bot.resolve_intents",
                intent,
                "stands in bot.handover_intents too: an intent ends one way",
            );
        }
        for alias in self.slot_attributes.values() {
            problems.check(
                is_alias(alias),
                "bot.slot_attributes",
                alias,
                "must be an alias: letters a-z and A-Z, digits and _ only",
            );
        }
        self.timeout_ms
    }

    /// The bot's locale for a contact's language.
    pub fn locale(&self, language: Option<&str>) -> &str {
        let same = |a: &str, b: &str| {
            a.replace('_', "-")
                .eq_ignore_ascii_case(&b.replace('_', "-"))
        };
        let of = |tag: &str| {
            let mut locales = self.locales.iter();
            locales
                .find(|(known, _)| same(known, tag))
                .map(|(_, locale)| locale)
        };
        language
            .and_then(|tag| of(tag).or_else(|| of(tag.split(['-', '_']).next()?)))
            .or(self.locale_id.as_ref())
            .map_or(LEX_DEFAULT_LOCALE, String::as_str)
    }
}

fn is_locale(locale: &str) -> bool {
    let of_locale = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    (2..=16).contains(&locale.len()) && locale.bytes().all(of_locale)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(more: &str) -> LexSettings {
        serde_json::from_str(&format!(
            r#"{{"bot_id":"ABCDEFGHIJ","bot_alias_id":"TSTALIASID"{more}}}"#
        ))
        .unwrap()
    }

    fn named(settings: &LexSettings) -> Vec<String> {
        let mut problems = Problems::default();
        settings.check(&mut problems);
        problems
            .0
            .into_iter()
            .map(|problem| problem.setting)
            .collect()
    }

    #[test]
    fn two_ids_are_enough() {
        let settings = settings("");
        assert!(named(&settings).is_empty());
        assert_eq!(settings.fallback_intents, ["FallbackIntent"]);
        assert_eq!(settings.not_understood_after, 3);
        assert!(settings.handover_on_failed);
    }

    #[test]
    fn names_instead_of_ids_and_other_slips_are_all_told() {
        let more = r#","locale_id":"English","locales":{"de":"de-DE"},"not_understood_after":0,
            "handover_intents":["Bye"],"resolve_intents":["Bye"],"slot_attributes":{"Order":"order number"}"#;
        let mut settings = settings(more);
        settings.bot_id = "OrderBot".into();
        settings.bot_alias_id = "live alias".into();
        assert_eq!(
            named(&settings),
            [
                "bot.bot_id",
                "bot.bot_alias_id",
                "bot.locale_id or bot.locales",
                "bot.not_understood_after",
                "bot.resolve_intents",
                "bot.slot_attributes"
            ]
        );
    }

    #[test]
    fn a_language_has_its_locale_or_the_default_one() {
        let some = settings(r#","locales":{"de":"de_DE","pt-BR":"pt_BR"}"#);
        for (language, locale) in [
            (Some("de"), "de_DE"),
            (Some("DE-at"), "de_DE"),
            (Some("pt_br"), "pt_BR"),
            (Some("pt"), "en_US"),
            (Some("fr"), "en_US"),
            (None, "en_US"),
        ] {
            assert_eq!(some.locale(language), locale, "{language:?}");
        }
        let other = settings(r#","locale_id":"fr_FR","locales":{"de":"de_DE"}"#);
        assert_eq!(other.locale(Some("de")), "de_DE");
        assert_eq!(other.locale(Some("en")), "fr_FR");
    }

    #[test]
    fn a_misspelt_setting_is_refused() {
        let json = r#"{"bot_id":"ABCDEFGHIJ","bot_alias_id":"TSTALIASID","intent_topics":{}}"#;
        assert!(serde_json::from_str::<LexSettings>(json).is_err());
    }
}
