//! What the operator sets, in TOML.
//!
//! ```toml
//! host = "exports-eu.sparkcentral.com"
//! user = "warehouse"
//! host_key = "SHA256:…"             # as `ssh-keygen -l` prints it
//! time_zone = "Europe/Brussels"     # of the schedules, unless an export says otherwise
//!
//! [exports.messages]
//! frequency = "hourly"
//! columns = { content = "drop", contact_primary_identifier = "hash" }
//!
//! [exports.virtual_agents]
//! directory = "virtual-agent"       # below root
//! time_zone = "UTC"
//! ```

mod problems;

use std::collections::BTreeMap;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::{EXPORTS, Export};

/// Where the exports are, when they are written, and what is kept of them.
///
/// Read from TOML; unknown fields are refused. [`Settings::problems`] says what reading can't.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The SFTP server's name or address, without scheme and port.
    pub host: String,
    /// Its port. Default 22.
    #[serde(default = "defaults::port")]
    pub port: u16,
    /// The FTP user made on Sparkcentral's screen. The password is a secret and stands elsewhere.
    pub user: String,
    /// The directory that holds the exports' directories. Absolute; default `/export`.
    #[serde(default = "defaults::root")]
    pub root: String,
    /// The server's only accepted host key, as OpenSSH prints it: `SHA256:` and base64 without padding.
    /// Without it nothing is pulled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_key: Option<String>,
    /// The time zone that the schedules were made with, an IANA name. Default UTC.
    #[serde(default = "defaults::time_zone", with = "zone")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub time_zone: Tz,
    /// Seconds between the two looks at a file that must agree before it is taken. At most 60; default 2.
    #[serde(default = "defaults::settle_secs")]
    pub settle_secs: u64,
    /// Whether a file is removed from the server once it is loaded. Default no.
    #[serde(default)]
    pub delete_after_load: bool,
    /// By table name: what differs for one export.
    #[serde(default)]
    pub exports: BTreeMap<String, ExportSettings>,
}

/// What differs for one export.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ExportSettings {
    /// The time zone of this export's schedule, an IANA name.
    #[serde(
        default,
        with = "optional_zone",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub time_zone: Option<Tz>,
    /// How often the schedule runs. Without it no file counts as late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frequency: Option<Frequency>,
    /// The directory below [`Settings::root`], for an export without a known one, or one that is elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// By column name ([`crate::Column::name`]): what becomes of its cells. Default keep. The name
    /// [`crate::UNKNOWN_COLUMNS`] stands for all columns that the vendor's page does not have.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, Treatment>,
}

/// How often a schedule runs: the three choices on Sparkcentral's screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Frequency {
    /// Every hour.
    Hourly,
    /// Every day of the schedule's time zone.
    Daily,
    /// Every seven days of the schedule's time zone.
    Weekly,
}

/// What becomes of a column's cells before anything is published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Treatment {
    /// Written as they are.
    #[default]
    Keep,
    /// Not written: the column is null.
    Drop,
    /// Replaced by their keyed hash: equal cells stay equal. For text and lists only.
    Hash,
}

static ALL_KEPT: BTreeMap<String, Treatment> = BTreeMap::new();

impl Settings {
    /// Settings with every default, for a server and user.
    #[must_use]
    pub fn new(host: impl Into<String>, user: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port: defaults::port(),
            user: user.into(),
            root: defaults::root(),
            host_key: None,
            time_zone: defaults::time_zone(),
            settle_secs: defaults::settle_secs(),
            delete_after_load: false,
            exports: BTreeMap::new(),
        }
    }

    /// The time zone of an export's schedule.
    #[must_use]
    pub fn time_zone(&self, export: &Export) -> Tz {
        self.of(export)
            .and_then(|own| own.time_zone)
            .unwrap_or(self.time_zone)
    }

    /// How often an export's schedule runs, where the operator said so.
    #[must_use]
    pub fn frequency(&self, export: &Export) -> Option<Frequency> {
        self.of(export)?.frequency
    }

    /// What becomes of an export's columns; a column that is not there is kept.
    #[must_use]
    pub fn treatments(&self, export: &Export) -> &BTreeMap<String, Treatment> {
        self.of(export).map_or(&ALL_KEPT, |own| &own.columns)
    }

    /// The absolute directory of an export's scheduled files, where one is known.
    #[must_use]
    pub fn directory(&self, export: &Export) -> Option<String> {
        let below = self.directory_below_root(export)?;
        Some(format!("{}/{below}", self.root.trim_end_matches('/')))
    }

    /// The export whose files are in a directory, given absolute or below [`Settings::root`].
    ///
    /// What the settings say comes before what the vendor's page says.
    #[must_use]
    pub fn export_of_directory(&self, directory: &str) -> Option<&'static Export> {
        let root = self.root.trim_end_matches('/');
        let below = directory
            .strip_prefix(root)
            .filter(|below| below.starts_with('/'))
            .unwrap_or(directory)
            .trim_matches('/');
        let set = EXPORTS.iter().find(|export| {
            let own = self.of(export).and_then(|own| own.directory.as_deref());
            own.is_some_and(|own| own.trim_matches('/') == below)
        });
        set.or_else(|| Export::by_directory(below))
    }

    /// Everything that is wrong, each text with the field's name and what to do. Empty: all is well.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        problems::of(self)
    }

    fn of(&self, export: &Export) -> Option<&ExportSettings> {
        self.exports.get(export.table)
    }

    fn directory_below_root<'a>(&'a self, export: &Export) -> Option<&'a str> {
        let own = self.of(export).and_then(|own| own.directory.as_deref());
        own.map(|own| own.trim_matches('/')).or(export.directory)
    }
}

mod defaults {
    use chrono_tz::Tz;

    pub(super) fn port() -> u16 {
        22
    }

    pub(super) fn root() -> String {
        "/export".to_owned()
    }

    pub(super) fn time_zone() -> Tz {
        Tz::UTC
    }

    pub(super) fn settle_secs() -> u64 {
        2
    }
}

/// Time zones by their IANA names.
mod zone {
    use std::borrow::Cow;

    use chrono_tz::Tz;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(zone: &Tz, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(zone.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Tz, D::Error> {
        named(&Cow::<str>::deserialize(deserializer)?)
    }

    pub(super) fn named<E: Error>(name: &str) -> Result<Tz, E> {
        name.parse().map_err(|_| {
            E::custom(format!(
                "{name:?} is no time zone: write its IANA name, like Europe/Brussels or UTC"
            ))
        })
    }
}

mod optional_zone {
    use chrono_tz::Tz;
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde gives a reference to the field")]
    pub(super) fn serialize<S: Serializer>(
        zone: &Option<Tz>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match zone {
            Some(zone) => super::zone::serialize(zone, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Tz>, D::Error> {
        let name = Option::<String>::deserialize(deserializer)?;
        name.map(|name| super::zone::named(&name)).transpose()
    }
}
