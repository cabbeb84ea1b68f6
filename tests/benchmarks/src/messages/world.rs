//! Who writes, to whom, where.

use super::random::Random;
use super::text::Text;

const SEED: u64 = 20_261_121;
pub(crate) const MEDIA: &[(&str, &str)] = &[
    ("whatsapp", "WhatsApp"),
    ("facebook", "Facebook"),
    ("twitter", "Twitter"),
    ("instagram", "Instagram"),
    ("sms", "SMS"),
    ("smooch-rtm", "In-Web Messaging"),
];
const CHANNELS: &[&str] = &[
    "Shop",
    "@shop_support",
    "Shop, Inc. — EU",
    "Shop \"VIP\"",
    "Shop BE",
    "Shop FR",
    "Shop NL",
    "Shop DE",
    "Shop UK",
    "Shop ES",
];
const TEAMS: &[&str] = &["First line", "Second line", "Social, EU", "Night shift"];
const TAGS: &[&str] = &[
    "billing",
    "shipping",
    "vip",
    "bug, urgent",
    "praise",
    "refund",
    "spam",
    "follow-up",
];

/// Somebody or something with an identifier.
pub(crate) struct Named {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) further: String,
}

/// What the rows of one conversation have in common.
pub(crate) struct Conversation {
    pub(crate) id: String,
    pub(crate) url: String,
    pub(crate) contact: usize,
    pub(crate) medium: usize,
    pub(crate) channel: usize,
}

pub(crate) struct World {
    pub(crate) random: Random,
    pub(crate) text: Text,
    pub(crate) contacts: Vec<Named>,
    pub(crate) agents: Vec<Named>,
    pub(crate) channels: Vec<Named>,
    pub(crate) teams: Vec<Named>,
    pub(crate) tags: Vec<Named>,
}

impl World {
    pub(crate) fn new() -> Self {
        let mut random = Random::new(SEED);
        let text = Text::new(&mut random);
        let contacts = (0..20_000).map(|number| {
            let further = match random.below(3) {
                0 => String::new(),
                1 => format!("+32470{:06}", random.below(1_000_000)),
                _ => format!("contact-{number}@example.com"),
            };
            let name = format!("contact-{number}");
            (name, further)
        });
        let contacts: Vec<_> = contacts.collect();
        let agents = (0..150).map(|number| (format!("agent-{number}"), format!("E-{number:05}")));
        let plain = |names: &[&str]| -> Vec<_> {
            let names = names.iter();
            names
                .map(|name| ((*name).to_owned(), String::new()))
                .collect()
        };
        let (agents, channels) = (agents.collect(), plain(CHANNELS));
        let mut with_ids = |named: Vec<(String, String)>| -> Vec<Named> {
            let named = named.into_iter().map(|(name, further)| Named {
                id: random.id(),
                name,
                further,
            });
            named.collect()
        };
        Self {
            contacts: with_ids(contacts),
            agents: with_ids(agents),
            channels: with_ids(channels),
            teams: with_ids(plain(TEAMS)),
            tags: with_ids(plain(TAGS)),
            text,
            random,
        }
    }

    pub(crate) fn conversation(&mut self) -> Conversation {
        let id = self.random.id();
        Conversation {
            url: format!("https://my-shop.sparkcentral.com/conversation/{id}"),
            id,
            contact: self.random.below(self.contacts.len()),
            medium: self.random.below(MEDIA.len()),
            channel: self.random.below(self.channels.len()),
        }
    }
}

impl Named {
    pub(crate) fn nobody() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            further: String::new(),
        }
    }
}

pub(crate) fn one<'a>(random: &mut Random, all: &'a [Named]) -> &'a Named {
    &all[random.below(all.len())]
}
