//! Contacts and what is known about them. A contact outlives its conversations.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A person on a medium, as webhooks describe one.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ContactProfile {
    pub(crate) id: String,
    pub(crate) medium_contact_profile_id: String,
    pub(crate) primary_identifier: String,
    pub(crate) secondary_identifier: String,
    pub(crate) picture_url: String,
    pub(crate) vip: bool,
}

/// One known fact about a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Attribute {
    pub(crate) attribute: String,
    pub(crate) value: String,
    /// AGENT, MEDIUM and CRM_CONFIRMED are documented.
    #[serde(default = "medium_source")]
    pub(crate) source: String,
}

fn medium_source() -> String {
    "MEDIUM".into()
}

/// What tells contacts apart: the medium, and the id they have on it.
pub(crate) type ContactKey = (String, String);

/// A contact on one medium.
#[derive(Clone, Debug)]
pub(crate) struct Contact {
    pub(crate) profile: ContactProfile,
    pub(crate) attributes: Vec<Attribute>,
}

/// A contact as the control face names one: a name alone, or more.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum ContactSpec {
    Name(String),
    Full(ContactFields),
}

/// The long form of [`ContactSpec`].
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ContactFields {
    pub(crate) primary_identifier: String,
    #[serde(default)]
    pub(crate) secondary_identifier: String,
    /// What makes two contacts of a medium the same; default: the primary identifier.
    pub(crate) medium_contact_profile_id: Option<String>,
    #[serde(default)]
    pub(crate) picture_url: String,
    #[serde(default)]
    pub(crate) vip: bool,
    /// Added to what is known; never over it.
    #[serde(default)]
    pub(crate) attributes: Vec<Attribute>,
}

impl ContactSpec {
    pub(crate) fn fields(self) -> ContactFields {
        match self {
            Self::Full(fields) => fields,
            Self::Name(primary_identifier) => ContactFields {
                primary_identifier,
                secondary_identifier: String::new(),
                medium_contact_profile_id: None,
                picture_url: String::new(),
                vip: false,
                attributes: Vec::new(),
            },
        }
    }
}

impl Contact {
    pub(crate) fn new(fields: &ContactFields) -> Self {
        Self {
            profile: ContactProfile {
                id: Uuid::new_v4().to_string(),
                medium_contact_profile_id: fields.medium_id().into(),
                primary_identifier: fields.primary_identifier.clone(),
                secondary_identifier: fields.secondary_identifier.clone(),
                picture_url: fields.picture_url.clone(),
                vip: fields.vip,
            },
            attributes: Vec::new(),
        }
    }

    /// False, and nothing changes, where the contact has a value already.
    pub(crate) fn learn(&mut self, attribute: Attribute) -> bool {
        let new = self
            .attributes
            .iter()
            .all(|known| known.attribute != attribute.attribute);
        if new {
            self.attributes.push(attribute);
        }
        new
    }
}

impl ContactFields {
    pub(crate) fn key(&self, medium: &str) -> ContactKey {
        (medium.into(), self.medium_id().into())
    }

    fn medium_id(&self) -> &str {
        self.medium_contact_profile_id
            .as_deref()
            .unwrap_or(&self.primary_identifier)
    }
}
