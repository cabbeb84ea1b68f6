//! What an event tells about the contact: personal data nearly throughout, so `Debug` shows ids
//! and the names of attributes only.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::lenient::{null_as_default, text_or_empty};

/// The contact, as the medium knows them.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ContactProfile {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medium_contact_profile_id: Option<String>,
    /// A name, an e-mail address or a number: which one depends on the medium.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_identifier: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secondary_identifier: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vip: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_url: Option<String>,
    /// Fields this crate doesn't know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// One fact about the contact.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactAttribute {
    /// The attribute's name.
    #[serde(default, deserialize_with = "null_as_default")]
    pub attribute: String,
    /// Numbers and booleans are read as their text, null as empty: a CRM's value must not cost the
    /// contact the whole event.
    #[serde(default, deserialize_with = "text_or_empty")]
    pub value: String,
    /// Where it came from: `AGENT`, `MEDIUM`, `CRM_CONFIRMED` or a later addition.
    #[serde(default, deserialize_with = "null_as_default")]
    pub source: String,
    /// Fields this crate doesn't know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Shows ids only: everything else can be a name, an address or a picture of a person.
impl fmt::Debug for ContactProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContactProfile")
            .field("id", &self.id)
            .field("vip", &self.vip)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ContactAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContactAttribute")
            .field("attribute", &self.attribute)
            .field("value", &format_args!("<redacted>"))
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}
