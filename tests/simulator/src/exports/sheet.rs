//! An export's headers and rows, and the faults that are in them.

use std::collections::BTreeSet;

use crate::exports::{
    agents, contacts, conversations,
    kind::ExportType,
    messages,
    scope::{Scope, Window},
    words,
};

/// Marks the column a restated row is told by.
const LAST_UPDATED: &str = "Last Updated";

/// A column no export has.
const EXTRA_COLUMN: &str = "Custom Metadata";

/// A header line and rows of as many cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sheet {
    pub(crate) headers: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Sheet {
    pub(crate) fn new(kind: ExportType, scope: &Scope<'_>) -> Self {
        let (headers, rows) = match kind {
            ExportType::VirtualAgents => (agents::VIRTUAL_AGENTS, agents::virtual_agents(scope)),
            ExportType::ResolvedConversations => {
                (conversations::RESOLVED, conversations::resolved(scope))
            }
            ExportType::OpenConversations => (conversations::OPEN, conversations::open(scope)),
            ExportType::Messages => (messages::MESSAGES, messages::messages(scope)),
            ExportType::Teams => (agents::TEAMS, agents::teams(scope)),
            ExportType::Contacts => (contacts::CONTACTS, contacts::contacts(scope)),
            ExportType::Topics => (words::TOPICS, words::topics(scope)),
            ExportType::Tags => (words::TAGS, words::tags(scope)),
            ExportType::UserPresence => (agents::USER_PRESENCE, agents::user_presence(scope)),
            ExportType::ResponseTimes => {
                (messages::RESPONSE_TIMES, messages::response_times(scope))
            }
            ExportType::Users => (agents::USERS, agents::users(scope)),
            ExportType::ContactAttributes => (
                contacts::CONTACT_ATTRIBUTES,
                contacts::contact_attributes(scope),
            ),
        };
        Self {
            headers: headers.iter().map(|&header| header.into()).collect(),
            rows,
        }
    }

    /// Puts the rows of the window before this one in front, as if each had been updated just now. Only
    /// where rows say when they were, and only those this window doesn't have itself.
    pub(crate) fn restate(&mut self, kind: ExportType, earlier: Window, scope: &Scope<'_>) {
        let updated = self
            .headers
            .iter()
            .position(|header| header == LAST_UPDATED);
        let (Some(updated), false) = (updated, kind == ExportType::OpenConversations) else {
            return;
        };
        let window = earlier;
        let mut again = Self::new(kind, &Scope { window, ..*scope }).rows;
        // The first column of these exports is their key.
        let here: BTreeSet<_> = self.rows.iter().filter_map(|row| row.first()).collect();
        again.retain(|row| row.first().is_some_and(|key| !here.contains(key)));
        // Later than every cell so far, also where all of it happened within one millisecond.
        let now = scope.now.plus(std::time::Duration::from_millis(1));
        for row in &mut again {
            if let Some(cell) = row.get_mut(updated) {
                *cell = scope.date_time(now);
            }
        }
        self.rows.splice(0..0, again);
    }

    /// Spells headers as they are seen to drift from one of the vendor's pages to another.
    pub(crate) fn rename_headers(&mut self) {
        for header in &mut self.headers {
            *header = match header.as_str() {
                "Created at (Date / Time)" => "Created at".into(),
                "Resolve Agent ID" => "Resolved Agent ID".into(),
                "Resolve Agent Name" => "Resolved Agent Name".into(),
                other if other.contains("identifier") => other.replace("identifier", "Identifier"),
                other if other.contains("Identifier") => other.replace("Identifier", "identifier"),
                other => other.replace(" Name", "  Name"),
            };
        }
    }

    /// Adds an unknown column with values. Second, so that counting from the left goes wrong.
    pub(crate) fn add_column(&mut self) {
        let place = 1.min(self.headers.len());
        self.headers.insert(place, EXTRA_COLUMN.into());
        for (row, number) in self.rows.iter_mut().zip(1..) {
            row.insert(place.min(row.len()), format!("value {number}"));
        }
    }

    /// As CSV. Quotes where needed.
    ///
    /// # Errors
    /// Rows of different lengths.
    pub(crate) fn csv(&self, bom: bool, crlf: bool) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if bom {
            bytes.extend_from_slice("\u{feff}".as_bytes());
        }
        let terminator = if crlf {
            csv::Terminator::CRLF
        } else {
            csv::Terminator::Any(b'\n')
        };
        let mut writer = csv::WriterBuilder::new()
            .terminator(terminator)
            .from_writer(bytes);
        writer.write_record(&self.headers)?;
        for row in &self.rows {
            writer.write_record(row)?;
        }
        Ok(writer.into_inner()?)
    }
}
