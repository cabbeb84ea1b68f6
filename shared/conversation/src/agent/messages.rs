//! How messages to contacts are made.

use serde::{Deserialize, Serialize};

use super::problem::Problems;
use crate::text::LocalText;

/// `[messages]` of the settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct MessageSettings {
    /// Said instead of an attachment that the contact's medium can't carry and that has no address
    /// to link to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attachment_text: Option<LocalText>,
    /// Media (ids, as in events) on which buttons are shortcodes; absent: those known to render them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rich_text_media: Option<Vec<String>>,
    /// Allow attachments from addresses of private networks (a server inside the VPC, tests).
    pub allow_private_addresses: bool,
}

impl MessageSettings {
    pub(super) fn check(&self, problems: &mut Problems) {
        let said = self
            .attachment_text
            .as_ref()
            .is_none_or(|text| text.in_language(None).is_some());
        problems.check(
            said,
            "messages.attachment_text",
            &"blank",
            "must say something; leave it out to say nothing",
        );
        let media = self.rich_text_media.iter().flatten();
        let blank = media.filter(|id| id.trim().is_empty()).count();
        problems.check(
            blank == 0,
            "messages.rich_text_media",
            &"a blank id",
            "must be ids of media as events name them, such as rtm; [] for none",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(messages: &MessageSettings) -> Vec<String> {
        let mut problems = Problems::default();
        messages.check(&mut problems);
        problems
            .0
            .into_iter()
            .map(|problem| problem.setting)
            .collect()
    }

    #[test]
    fn blank_texts_and_ids_are_named() {
        assert!(problems(&MessageSettings::default()).is_empty());
        let none = MessageSettings {
            rich_text_media: Some(Vec::new()),
            ..MessageSettings::default()
        };
        assert!(problems(&none).is_empty());
        let blank = MessageSettings {
            attachment_text: Some(" ".into()),
            rich_text_media: Some(vec!["rtm".into(), String::new()]),
            allow_private_addresses: false,
        };
        let expected = ["messages.attachment_text", "messages.rich_text_media"];
        assert_eq!(problems(&blank), expected);
    }
}
