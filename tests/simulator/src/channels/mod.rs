//! Channels and teams, as an admin knows them.

pub(crate) mod access;
pub(crate) mod consent;
pub(crate) mod face;
pub(crate) mod settings;
pub(crate) mod twitter;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    channels::{
        access::{HumanAct, Teams},
        settings::{Addition, Edit, Entry},
        twitter::Authorizations,
    },
    conversation::Channel,
    moment::Moment,
    refusal::Refusal,
};

/// Every channel, the teams that may use them, and the channels that wait for Twitter's word.
#[derive(Default)]
pub(crate) struct Channels {
    entries: BTreeMap<String, Entry>,
    pub(crate) teams: Teams,
    pub(crate) authorizations: Authorizations,
}

/// A channel as a conversation names it: a name alone, or both.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum ChannelSpec {
    Name(String),
    Full(ChannelFields),
}

/// The long form of [`ChannelSpec`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChannelFields {
    id: String,
    name: String,
}

/// One id per name, so that the same name is the same channel again.
fn id_of(name: &str) -> String {
    format!("channel-{}", name.to_lowercase().replace(' ', "-"))
}

fn unknown(id: &str) -> Refusal {
    Refusal::NotFound(format!("channel {id} does not exist, or not yet"))
}

impl Channels {
    pub(crate) fn all(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// # Errors
    /// [`Refusal::NotFound`].
    pub(crate) fn get(&self, id: &str) -> Result<&Entry, Refusal> {
        self.entries.get(id).ok_or_else(|| unknown(id))
    }

    /// The channel somebody means. A name alone can be that of a channel an admin added, or its id.
    pub(crate) fn meant(&self, spec: ChannelSpec) -> Channel {
        match spec {
            ChannelSpec::Full(ChannelFields { id, name }) => Channel { id, name },
            ChannelSpec::Name(name) => {
                let added = self
                    .all()
                    .find(|entry| !entry.implicit && (entry.id == name || entry.name == name));
                match added {
                    Some(entry) => entry.reference(),
                    None if self.authorizations.waits(&name) => Channel {
                        id: name.clone(),
                        name,
                    },
                    None => Channel {
                        id: id_of(&name),
                        name,
                    },
                }
            }
        }
    }

    /// The channel a conversation of this medium goes over. One that isn't known is made.
    ///
    /// # Errors
    /// [`Refusal::Conflict`]: it isn't authorised; [`Refusal::Invalid`]: it is of another medium.
    pub(crate) fn carry(
        &mut self,
        channel: Channel,
        medium: &str,
        now: Moment,
    ) -> Result<Channel, Refusal> {
        if self.authorizations.waits(&channel.id) {
            return Err(Refusal::conflict(
                "the channel is not authorised: it carries no conversations",
            ));
        }
        match self.entries.get(&channel.id) {
            Some(entry) if entry.implicit => Ok(channel),
            Some(entry) if entry.medium != medium => Err(Refusal::invalid(format!(
                "channel {} is of the medium {}",
                entry.id, entry.medium
            ))),
            Some(entry) => Ok(entry.reference()),
            None => {
                let Channel { id, name } = channel.clone();
                let entry = Entry::implicit(id.clone(), medium.into(), name, now);
                self.entries.insert(id, entry);
                Ok(channel)
            }
        }
    }

    /// An admin adds a channel of a medium that asks nobody.
    ///
    /// # Errors
    /// [`Refusal::Invalid`]: no name, or as [`Entry::edit`]; [`Refusal::Conflict`]: the id is taken.
    pub(crate) fn add(&mut self, addition: Addition, now: Moment) -> Result<&Entry, Refusal> {
        let named = addition.name.clone().filter(|name| !name.trim().is_empty());
        let name =
            named.ok_or_else(|| Refusal::invalid("a channel of this medium needs a name"))?;
        let id = addition.id.clone().unwrap_or_else(|| id_of(&name));
        if self.entries.contains_key(&id) || self.authorizations.waits(&id) {
            return Err(Refusal::conflict(format!(
                "channel {id} exists: edit it with PATCH"
            )));
        }
        let mut entry = Entry::new(id.clone(), addition.medium.clone(), name, now);
        entry.edit(addition.edit(), &self.teams)?;
        Ok(self.entries.entry(id).or_insert(entry))
    }

    /// # Errors
    /// [`Refusal::NotFound`]; as [`Entry::edit`].
    pub(crate) fn edit(&mut self, id: &str, edit: Edit) -> Result<&Entry, Refusal> {
        let entry = self.entries.get_mut(id).ok_or_else(|| unknown(id))?;
        entry.edit(edit, &self.teams)?;
        Ok(entry)
    }

    /// The owner of a handle lets Sparkcentral in: the channel comes into being. Returns its id.
    ///
    /// # Errors
    /// As [`Authorizations::open`] and [`twitter::handle`]; [`Refusal::Conflict`]: the handle has a channel.
    pub(crate) fn authorize(
        &mut self,
        token: &str,
        given: &str,
        now: Moment,
    ) -> Result<String, Refusal> {
        let id = self.authorizations.open(token, now)?.to_owned();
        let handle = twitter::handle(given)?;
        let url = format!("https://twitter.com/{handle}");
        let has_url = |entry: &Entry| {
            let known = entry.url.as_deref().unwrap_or_default();
            known.eq_ignore_ascii_case(&url)
        };
        if let Some(known) = self.all().find(|entry| has_url(entry)) {
            return Err(Refusal::conflict(format!(
                "@{handle} has been added already, as channel {}",
                known.id
            )));
        }
        self.authorizations.close(token, true);
        let mut entry = Entry::new(id.clone(), twitter::MEDIUM.into(), handle.into(), now);
        entry.url = Some(url);
        self.entries.insert(id.clone(), entry);
        Ok(id)
    }

    /// # Errors
    /// [`Refusal::Forbidden`]: the human has no access to the channel, or not the role for it.
    pub(crate) fn permit(&self, channel: &str, human: &str, act: HumanAct) -> Result<(), Refusal> {
        match self.get(channel)?.access.role(human, &self.teams) {
            None => Err(Refusal::Forbidden(format!(
                "{human} has no access to this channel"
            ))),
            Some(role) if !role.allows(act) => Err(Refusal::Forbidden(format!(
                "{human} is a viewer in this channel: viewers don't reply"
            ))),
            Some(_) => Ok(()),
        }
    }
}

impl Entry {
    pub(crate) fn reference(&self) -> Channel {
        Channel {
            id: self.id.clone(),
            name: self.name.clone(),
        }
    }
}
