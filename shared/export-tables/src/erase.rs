//! Takes somebody's rows out of what was delivered and of what was made of it.
//!
//! | module | does |
//! |---|---|
//! | csv | finds rows in a file as delivered, and gives the file without them |
//! | mentions | finds texts in bytes that are no rows |
//! | parquet_file | a table's file without some rows, and its rejects |
//! | ranges | bytes that are elsewhere |
//!
//! A row that is taken out of a file leaves as many blank lines as it had, which are no rows: so the
//! lines that tables and rejects name stay where they are.

mod csv;
mod mentions;
mod parquet_file;
mod ranges;

use exports::Export;

use crate::cell::hash::Hasher;

pub use csv::{Cut, Found, Reject, find, without};
pub use mentions::Mentions;
pub use parquet_file::{
    Rewritten, reject_lines, rewrite_rejects, rewrite_table, rows_of, table_rows,
};
pub use ranges::Ranges;

/// Columns that name a contact by what people write to it with.
const IDENTIFIERS: [&str; 4] = [
    "contact_primary_identifier",
    "contact_secondary_identifier",
    "primary_identifier",
    "secondary_identifier",
];
/// The column with Sparkcentral's own id of a contact.
const CONTACT: &str = "contact_profile_id";
const CONVERSATION: &str = "conversation_id";

/// Whose a row is, in its own words. Empty: it doesn't say.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whose {
    /// Sparkcentral's id of the contact.
    pub contact: String,
    /// Primary and secondary identifier.
    pub identifiers: Vec<String>,
    /// Sparkcentral's id of the conversation.
    pub conversation: String,
}

/// Shows nothing: it names people.
impl std::fmt::Debug for Whose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Whose").finish_non_exhaustive()
    }
}

/// What a column says of whose a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Contact,
    Identifier,
    Conversation,
}

impl Says {
    fn of(column: &str) -> Option<Self> {
        match column {
            CONTACT => Some(Self::Contact),
            CONVERSATION => Some(Self::Conversation),
            name if IDENTIFIERS.contains(&name) => Some(Self::Identifier),
            _ => None,
        }
    }
}

impl Whose {
    fn clear(&mut self) {
        self.contact.clear();
        self.identifiers.clear();
        self.conversation.clear();
    }

    fn hear(&mut self, says: Says, text: &str) {
        match says {
            Says::Contact => text.clone_into(&mut self.contact),
            Says::Conversation => text.clone_into(&mut self.conversation),
            Says::Identifier if text.is_empty() => {}
            Says::Identifier => self.identifiers.push(text.to_owned()),
        }
    }
}

/// Whether rows of an export say whose they are.
#[must_use]
pub fn names_contacts(export: &Export) -> bool {
    export
        .columns
        .iter()
        .any(|column| Says::of(column.name).is_some())
}

/// What stands for a text in a hashed column.
#[must_use]
pub fn hashed(key: &[u8], text: &str) -> Option<String> {
    Hasher::new(key).map(|hasher| hasher.hash(text.as_bytes()))
}
