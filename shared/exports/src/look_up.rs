//! Finds exports and columns by what they are called.

use crate::{Column, EXPORTS, Export};

impl Export {
    /// The export that becomes this table.
    #[must_use]
    pub fn by_table(table: &str) -> Option<&'static Self> {
        EXPORTS.iter().find(|export| export.table == table)
    }

    /// The export whose scheduled files the vendor writes to this directory. Only the last part of
    /// a path counts, so that `/export/message`, `message/` and `message` are the same.
    #[must_use]
    pub fn by_directory(path: &str) -> Option<&'static Self> {
        let last = path.trim_end_matches('/').rsplit('/').next()?;
        EXPORTS.iter().find(|export| export.directory == Some(last))
    }

    /// Where the column of this name (see [`Column::name`]) is in [`Export::columns`].
    #[must_use]
    pub fn column_index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The column of this name: see [`Column::name`].
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether the column of this name is part of [`Export::key`].
    #[must_use]
    pub fn is_key(&self, name: &str) -> bool {
        self.key.contains(&name)
    }
}
