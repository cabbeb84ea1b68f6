//! What can be set before the simulator starts.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use crate::{agent::AgentSpec, shortcodes::Shortcode};

/// Everything that can be set before the start. `Config::default()` plays the documented values.
#[derive(Clone, Debug)]
pub struct Config {
    /// Port on 127.0.0.1; 0 lets the system choose.
    pub port: u16,
    /// OAuth client that agents without one of their own share.
    pub client_id: String,
    /// Secret of [`Config::client_id`].
    pub client_secret: String,
    /// `organization_id` the inbox dialect's token endpoint demands; `None` takes any.
    pub organization_id: Option<String>,
    /// How long a bearer token is good, and what `expires_in` says, in whole seconds.
    pub token_lifetime: Duration,
    /// Topics that exist. A reply that names another one loses it silently.
    pub topics: Vec<String>,
    /// Message tags that exist; as with topics.
    pub tags: Vec<String>,
    /// Time one webhook attempt has, from connecting to the answer's last byte.
    pub webhook_timeout: Duration,
    /// Waits before the retries of a failed webhook; as many retries as waits.
    pub retry_delays: Vec<Duration>,
    /// Whether a retry states its own sending time. The vendor doesn't say; the key stays the same.
    pub retries_renew_timestamp: bool,
    /// Whether a conversation's events wait for each other.
    pub ordered_webhooks: bool,
    /// Time an agent has to speak, before the conversation is taken from it.
    pub reply_limit: Duration,
    /// Whether the sparkcentral dialect honours the reply fields only Inbox documents.
    pub inbox_fields: bool,
    /// First size of an attachment that is refused, in bytes.
    pub attachment_limit: u64,
    /// Content types a medium can carry (`image/png`, `image/*`, `*/*`). A medium not listed carries all.
    pub carried_types: BTreeMap<String, Vec<String>>,
    /// Rich text shortcodes a medium renders. On a medium not listed they stay the text they are.
    pub shortcodes: BTreeMap<String, Vec<Shortcode>>,
    /// Directory whose `export/` takes the exports, for an SFTP server to serve as its root; made if it
    /// doesn't exist. `None`: nothing is exported.
    pub exports_root: Option<PathBuf>,
    /// Agents registered at the start.
    pub agents: Vec<AgentSpec>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            port: 0,
            client_id: "simulator-client".into(),
            client_secret: "simulator-secret".into(),
            organization_id: None,
            token_lifetime: Duration::from_secs(3599),
            topics: names(&[
                "Complaint",
                "Delivery",
                "Handover",
                "Order status",
                "Refund",
            ]),
            tags: names(&["Happy", "Question", "Unhappy"]),
            webhook_timeout: Duration::from_secs(10),
            retry_delays: [500, 1000, 2000].map(Duration::from_millis).to_vec(),
            retries_renew_timestamp: true,
            ordered_webhooks: true,
            reply_limit: Duration::from_secs(300),
            inbox_fields: false,
            // The vendor says "fewer than 10 megabytes"; the smaller reading of the word is the safe one.
            attachment_limit: 10_000_000,
            carried_types: carried_types(),
            shortcodes: shortcodes(),
            exports_root: None,
            agents: Vec::new(),
        }
    }
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.into()).collect()
}

/// The vendor refuses what a medium can't carry but publishes no list: this one follows what each
/// network takes, roughly, so that both outcomes can be seen.
fn carried_types() -> BTreeMap<String, Vec<String>> {
    [
        ("twit", &["image/*", "video/mp4"][..]),
        ("instagram", &["image/*", "video/*", "audio/*"][..]),
        ("linkedin", &["image/*", "application/pdf"][..]),
        (
            "whatsapp",
            &[
                "image/*",
                "video/*",
                "audio/*",
                "application/pdf",
                "text/plain",
            ][..],
        ),
    ]
    .into_iter()
    .map(|(medium, types)| (medium.into(), names(types)))
    .collect()
}

/// Documented for the web messenger, and the template for WhatsApp; Messenger has buttons and pictures too,
/// but no longer asks for locations.
fn shortcodes() -> BTreeMap<String, Vec<Shortcode>> {
    use Shortcode::{Image, Link, Location, Reply, Template};
    [
        ("rtm", &[Link, Reply, Location, Image][..]),
        ("smooch-rtm", &[Link, Reply, Location, Image][..]),
        ("fb", &[Link, Reply, Image][..]),
        ("whatsapp", &[Template][..]),
    ]
    .into_iter()
    .map(|(medium, known)| (medium.into(), known.to_vec()))
    .collect()
}
