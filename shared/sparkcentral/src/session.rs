//! What a bot can read about its conversation under `internal.channelDetails`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::event::{Assigned, Channel, ContactAttribute, ContactProfile, Inbound, Medium};
use crate::media::MediumId;
use crate::redact::{Count, Redacted};

/// `internal.channelDetails`, with the names and types bots written for it expect.
///
/// Fields that are required there are never absent here: an id the event didn't carry is an empty
/// text, a `vip` it didn't carry is false.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ChannelDetails {
    #[serde(default)]
    pub channel_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub medium: Option<MediumId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_profile: Option<SessionProfile>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_attributes: Option<Vec<SessionAttribute>>,
}

/// The contact as `internal.channelDetails.contactProfile`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct SessionProfile {
    pub id: String,
    pub medium_contact_profile_id: String,
    pub primary_identifier: String,
    pub secondary_identifier: String,
    pub picture_url: String,
    pub vip: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_url: Option<String>,
}

/// One entry of `internal.channelDetails.contactAttributes`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct SessionAttribute {
    pub attribute: String,
    pub value: String,
    pub source: String,
}

impl ChannelDetails {
    /// What the event that opens an episode tells.
    pub fn from_assigned(assigned: &Assigned) -> Self {
        let mut details = Self::default();
        details.merge_parts(
            assigned.channel.as_ref(),
            assigned.medium.as_ref(),
            assigned.contact_profile.as_ref(),
        );
        if !assigned.contact_attributes.is_empty() {
            details.contact_attributes = Some(
                assigned
                    .contact_attributes
                    .iter()
                    .map(SessionAttribute::from)
                    .collect(),
            );
        }
        details
    }

    /// Takes over what a message event tells anew. What it leaves out keeps its earlier value;
    /// attributes never come with messages and stay.
    pub fn merge_inbound(&mut self, inbound: &Inbound) {
        self.merge_parts(
            inbound.channel.as_ref(),
            inbound.medium.as_ref(),
            inbound.contact_profile.as_ref(),
        );
    }

    fn merge_parts(
        &mut self,
        channel: Option<&Channel>,
        medium: Option<&Medium>,
        profile: Option<&ContactProfile>,
    ) {
        if let Some(id) = channel.and_then(|channel| channel.id.as_ref()) {
            self.channel_id.clone_from(id);
        }
        if let Some(id) = medium.and_then(|medium| medium.id.as_ref()) {
            self.medium = Some(id.clone());
        }
        if let Some(profile) = profile {
            self.contact_profile.get_or_insert_default().merge(profile);
        }
    }
}

impl SessionProfile {
    fn merge(&mut self, newer: &ContactProfile) {
        // A message can come from another profile of the same contact, or from another contact
        // altogether (a public post): then nothing of the old profile may shine through.
        if newer.id.as_ref().is_some_and(|id| *id != self.id) {
            *self = Self::default();
        }
        let pairs = [
            (&mut self.id, &newer.id),
            (
                &mut self.medium_contact_profile_id,
                &newer.medium_contact_profile_id,
            ),
            (&mut self.primary_identifier, &newer.primary_identifier),
            (&mut self.secondary_identifier, &newer.secondary_identifier),
            (&mut self.picture_url, &newer.picture_url),
        ];
        for (field, value) in pairs {
            if let Some(value) = value {
                field.clone_from(value);
            }
        }
        if let Some(vip) = newer.vip {
            self.vip = vip;
        }
        if newer.profile_url.is_some() {
            self.profile_url.clone_from(&newer.profile_url);
        }
    }
}

impl From<&Assigned> for ChannelDetails {
    fn from(assigned: &Assigned) -> Self {
        Self::from_assigned(assigned)
    }
}

impl From<&ContactAttribute> for SessionAttribute {
    fn from(attribute: &ContactAttribute) -> Self {
        Self {
            attribute: attribute.attribute.clone(),
            value: attribute.value.clone(),
            source: attribute.source.clone(),
        }
    }
}

impl fmt::Debug for ChannelDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelDetails")
            .field("channel_id", &self.channel_id)
            .field("medium", &self.medium)
            .field("contact_profile", &Redacted(&self.contact_profile))
            .field(
                "contact_attributes",
                &self.contact_attributes.as_ref().map(|all| Count(all.len())),
            )
            .finish()
    }
}

impl fmt::Debug for SessionProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionProfile")
            .field("id", &self.id)
            .field("vip", &self.vip)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for SessionAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionAttribute")
            .field("attribute", &self.attribute)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
