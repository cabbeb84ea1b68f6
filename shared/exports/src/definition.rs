//! The twelve exports and their 189 columns, as the vendor's page defines them.

mod columns;

/// One export of Sparkcentral and the table it becomes.
#[derive(Debug, PartialEq, Eq)]
pub struct Export {
    /// The vendor's name.
    pub name: &'static str,
    /// The table's name.
    pub table: &'static str,
    /// The directory below the root that scheduled files are written to; two exports have none known.
    pub directory: Option<&'static str>,
    /// Whether each file states everything there is at one moment, instead of what a window holds.
    pub snapshot: bool,
    /// What one row is.
    pub grain: &'static str,
    /// The table's columns that name what a row is about: a later row with the same values replaces it.
    pub key: &'static [&'static str],
    /// In the vendor's order.
    pub columns: &'static [Column],
}

/// One column.
#[derive(Debug, PartialEq, Eq)]
pub struct Column {
    /// As the vendor writes it.
    pub header: &'static str,
    /// As the table calls it: lower case, the unit kept (`_s`), never a reserved word.
    pub name: &'static str,
    /// What its cells hold.
    pub kind: ColumnType,
}

/// What a column's cells hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// Text, identifiers and addresses, as written.
    Text,
    /// `YYYY-MM-DD HH:MM:SS.mmm` in the time zone of the schedule.
    Timestamp,
    /// `HH:MM:SS:mmm`, or a full timestamp. Becomes two columns: `{name}_time_ms` and `{name}_at`.
    TimeOfDay,
    /// Seconds, whole or decimal.
    Seconds,
    /// A whole number.
    Count,
    /// 1 to 5.
    Score,
    /// Several values in one cell.
    List,
}

/// Every export, in the order of the vendor's page.
pub static EXPORTS: &[Export] = &[
    Export {
        name: "Virtual Agents",
        table: "virtual_agents",
        directory: None,
        snapshot: false,
        grain: "one row per virtual agent and channel",
        key: &["agent_id", "channel"],
        columns: columns::VIRTUAL_AGENTS,
    },
    Export {
        name: "Resolved Conversations",
        table: "resolved_conversations",
        directory: Some("resolved-conversation"),
        snapshot: false,
        grain: "one row per conversation resolved for the first time in the range",
        key: &["conversation_id"],
        columns: columns::RESOLVED_CONVERSATIONS,
    },
    Export {
        name: "Open Conversations",
        table: "open_conversations",
        directory: Some("open-conversation"),
        snapshot: true,
        grain: "one row per conversation New or Pending at the moment of the export",
        key: &["conversation_id"],
        columns: columns::OPEN_CONVERSATIONS,
    },
    Export {
        name: "Messages",
        table: "messages",
        directory: Some("message"),
        snapshot: false,
        grain: "one row per message created in the range",
        key: &["message_id"],
        columns: columns::MESSAGES,
    },
    Export {
        name: "Teams",
        table: "teams",
        directory: Some("team"),
        snapshot: false,
        grain: "one row per team with an outbound message in the range",
        key: &["team_id"],
        columns: columns::TEAMS,
    },
    Export {
        name: "Contacts",
        table: "contacts",
        directory: Some("contact"),
        snapshot: false,
        grain: "one row per contact with a message in the range",
        key: &["contact_profile_id"],
        columns: columns::CONTACTS,
    },
    Export {
        name: "Topics",
        table: "topics",
        directory: Some("topic"),
        snapshot: false,
        grain: "one row per topic and channel",
        key: &["topic_id", "channel"],
        columns: columns::TOPICS,
    },
    Export {
        name: "Tags",
        table: "tags",
        directory: Some("tag"),
        snapshot: false,
        grain: "one row per tag and channel",
        key: &["tag_id", "channel"],
        columns: columns::TAGS,
    },
    Export {
        name: "User Presence",
        table: "user_presence",
        directory: Some("user-presence"),
        snapshot: false,
        grain: "one row per user and presence interval that touches the range",
        key: &["user_id", "from_at"],
        columns: columns::USER_PRESENCE,
    },
    Export {
        name: "Response Times",
        table: "response_times",
        directory: Some("response-times"),
        snapshot: false,
        grain: "one row per response whose outbound message is in the range",
        key: &["outbound_message_id"],
        columns: columns::RESPONSE_TIMES,
    },
    Export {
        name: "Users",
        table: "users",
        directory: Some("user"),
        snapshot: false,
        grain: "one row per user (human agent)",
        key: &["user_id"],
        columns: columns::USERS,
    },
    Export {
        name: "Contact Attributes",
        table: "contact_attributes",
        directory: None,
        snapshot: false,
        grain: "one row per contact and attribute",
        key: &["contact_profile_id", "attribute_id"],
        columns: columns::CONTACT_ATTRIBUTES,
    },
];
