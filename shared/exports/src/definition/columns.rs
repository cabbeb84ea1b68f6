//! The columns of each export, in the vendor's order.

use super::Column;
use super::ColumnType::{self, Count, List, Score, Seconds, Text, TimeOfDay, Timestamp};

const fn column(header: &'static str, name: &'static str, kind: ColumnType) -> Column {
    Column { header, name, kind }
}

pub(super) static VIRTUAL_AGENTS: &[Column] = &[
    column("Agent ID", "agent_id", Text),
    column("Agent Name", "agent_name", Text),
    column("Medium", "medium", Text),
    column("Channel", "channel", Text),
    column("Channel Display Name", "channel_display_name", Text),
    column("Total Conversations", "total_conversations", Count),
    column("Handover to Agent", "handover_to_agent", Count),
    column("Handover due to error", "handover_due_to_error", Count),
    column("Resolved", "resolved", Count),
    column(
        "Total Conversations with Topic",
        "total_conversations_with_topic",
        Count,
    ),
    column("Total Messages Tagged", "total_messages_tagged", Count),
    column("Total Tags Applied", "total_tags_applied", Count),
];

pub(super) static RESOLVED_CONVERSATIONS: &[Column] = &[
    column("Conversation ID", "conversation_id", Text),
    column("Medium", "medium", Text),
    column("Channel", "channel", Text),
    column("Channel Display Name", "channel_display_name", Text),
    column("Contact Profile ID", "contact_profile_id", Text),
    column(
        "Contact Primary identifier",
        "contact_primary_identifier",
        Text,
    ),
    column(
        "Contact Secondary identifier",
        "contact_secondary_identifier",
        Text,
    ),
    column("Created at (Date / Time)", "created_at", Timestamp),
    column(
        "Last Status Change Agent ID",
        "last_status_change_agent_id",
        Text,
    ),
    column(
        "Last Status Change Agent Name",
        "last_status_change_agent_name",
        Text,
    ),
    column(
        "Last Status Change Agent Reference",
        "last_status_change_agent_reference",
        Text,
    ),
    column(
        "Last Status Change Team ID",
        "last_status_change_team_id",
        Text,
    ),
    column(
        "Last Status Change Team Name",
        "last_status_change_team_name",
        Text,
    ),
    column("Current Status", "current_status", Text),
    column("Resolved By", "resolved_by", Text),
    column("Resolve Reason", "resolve_reason", Text),
    column("Resolve Comment", "resolve_comment", Text),
    column("Resolve Trigger", "resolve_trigger", Text),
    column("Resolved At (Date / Time)", "resolved_at", Timestamp),
    column("Resolved Agent ID", "resolved_agent_id", Text),
    column("Resolved Agent Name", "resolved_agent_name", Text),
    column("Resolved Agent Reference", "resolved_agent_reference", Text),
    column(
        "Number of Inbound Messages",
        "number_of_inbound_messages",
        Count,
    ),
    column(
        "Number of Outbound Messages",
        "number_of_outbound_messages",
        Count,
    ),
    column("First Response Time (s)", "first_response_time_s", Seconds),
    column("Handle Time (s)", "handle_time_s", Seconds),
    column("No-Reply Time (s)", "no_reply_time_s", Seconds),
    column("Cherry-Picking Time (s)", "cherry_picking_time_s", Seconds),
    column("Resolution Time (s)", "resolution_time_s", Seconds),
    column("Topic IDs", "topic_ids", List),
    column("Topic Names", "topic_names", List),
    column("Conversation URL", "conversation_url", Text),
    column("Last Updated", "last_updated", Timestamp),
    column("Language", "language", Text),
    column("CSAT Score", "csat_score", Score),
    column("CSAT Completed Status", "csat_completed_status", Text),
    column("CSAT Follow-up Question", "csat_follow_up_question", Text),
    column("CSAT Follow-up Answer", "csat_follow_up_answer", Text),
];

pub(super) static OPEN_CONVERSATIONS: &[Column] = &[
    column("Conversation ID", "conversation_id", Text),
    column("Medium", "medium", Text),
    column("Channel", "channel", Text),
    column("Channel Display Name", "channel_display_name", Text),
    column("Contact Profile ID", "contact_profile_id", Text),
    column(
        "Contact Primary identifier",
        "contact_primary_identifier",
        Text,
    ),
    column(
        "Contact Secondary identifier",
        "contact_secondary_identifier",
        Text,
    ),
    column("Created at (Date / Time)", "created_at", Timestamp),
    column(
        "Last Status Change Agent ID",
        "last_status_change_agent_id",
        Text,
    ),
    column(
        "Last Status Change Agent Name",
        "last_status_change_agent_name",
        Text,
    ),
    column(
        "Last Status Change Agent Reference",
        "last_status_change_agent_reference",
        Text,
    ),
    column(
        "Last Status Change Team ID",
        "last_status_change_team_id",
        Text,
    ),
    column(
        "Last Status Change Team Name",
        "last_status_change_team_name",
        Text,
    ),
    column("Current Status", "current_status", Text),
    column("Resolved By", "resolved_by", Text),
    column("Resolved At (Date / Time)", "resolved_at", Timestamp),
    column("Resolve Agent ID", "resolved_agent_id", Text),
    column("Resolve Agent Name", "resolved_agent_name", Text),
    column("Resolved Agent Reference", "resolved_agent_reference", Text),
    column(
        "Number of Inbound Messages",
        "number_of_inbound_messages",
        Count,
    ),
    column(
        "Number of Outbound Messages",
        "number_of_outbound_messages",
        Count,
    ),
    column("First Response Time (s)", "first_response_time_s", Seconds),
    column("Handle Time (s)", "handle_time_s", Seconds),
    column("No-Reply Time (s)", "no_reply_time_s", Seconds),
    column("Cherry-Picking Time (s)", "cherry_picking_time_s", Seconds),
    column("Resolution Time (s)", "resolution_time_s", Seconds),
    column("Topic IDs", "topic_ids", List),
    column("Topic Names", "topic_names", List),
    column("Conversation URL", "conversation_url", Text),
    column("Last Updated", "last_updated", Timestamp),
    column("Language", "language", Text),
];

pub(super) static MESSAGES: &[Column] = &[
    column("Message ID", "message_id", Text),
    column("Created at (Date / Time)", "created_at", Timestamp),
    column("Conversation ID", "conversation_id", Text),
    column("Medium", "medium", Text),
    column("Channel", "channel", Text),
    column("Channel Display Name", "channel_display_name", Text),
    column("Contact Profile ID", "contact_profile_id", Text),
    column(
        "Contact Primary Identifier",
        "contact_primary_identifier",
        Text,
    ),
    column(
        "Contact Secondary identifier",
        "contact_secondary_identifier",
        Text,
    ),
    column("Message Type", "message_type", Text),
    column("Origin", "origin", Text),
    column("Outbound Message Type", "outbound_message_type", Text),
    column("Direction", "direction", Text),
    column("Agent ID", "agent_id", Text),
    column("Agent Name", "agent_name", Text),
    column("Agent Reference", "agent_reference", Text),
    column("Team ID", "team_id", Text),
    column("Team Name", "team_name", Text),
    column("Tag IDs", "tag_ids", List),
    column("Tag Names", "tag_names", List),
    column("Content", "content", Text),
    column("Conversation URL", "conversation_url", Text),
    column("Post URL", "post_url", Text),
    column("Last Updated", "last_updated", Timestamp),
    column("Deleted at", "deleted_at", Timestamp),
];

pub(super) static TEAMS: &[Column] = &[
    column("Created At", "created_at", Timestamp),
    column("Team ID", "team_id", Text),
    column("Team Name", "team_name", Text),
    column("Resolves With Reply", "resolves_with_reply", Count),
    column("Resolves without Reply", "resolves_without_reply", Count),
    column(
        "Avg. First Response Time (s)",
        "avg_first_response_time_s",
        Seconds,
    ),
    column("Avg. Resolution Time (s)", "avg_resolution_time_s", Seconds),
    column("Total Handle Time (s)", "total_handle_time_s", Seconds),
    column("Total No-Reply Time (s)", "total_no_reply_time_s", Seconds),
    column(
        "Total Cherry-Picking Time (s)",
        "total_cherry_picking_time_s",
        Seconds,
    ),
    column("Avg. Handle Time (s)", "avg_handle_time_s", Seconds),
    column("Contacts Helped", "contacts_helped", Count),
];

pub(super) static CONTACTS: &[Column] = &[
    column("Contact Profile ID", "contact_profile_id", Text),
    column("Medium", "medium", Text),
    column("Primary identifier", "primary_identifier", Text),
    column("Secondary identifier", "secondary_identifier", Text),
    column("Created At", "created_at", Timestamp),
    column("Number of Conversations", "number_of_conversations", Count),
    column(
        "Number of Inbound Messages",
        "number_of_inbound_messages",
        Count,
    ),
    column(
        "Number of Outbound Messages",
        "number_of_outbound_messages",
        Count,
    ),
    column("Last Updated", "last_updated", Timestamp),
];

pub(super) static TOPICS: &[Column] = &[
    column("Topic ID", "topic_id", Text),
    column("Topic Name", "topic_name", Text),
    column("Total Conversations", "total_conversations", Count),
    column(
        "Total Current Conversations",
        "total_current_conversations",
        Count,
    ),
    column("Medium", "medium", Text),
    column("Channel", "channel", Text),
    column("Channel Display Name", "channel_display_name", Text),
];

pub(super) static TAGS: &[Column] = &[
    column("Tag ID", "tag_id", Text),
    column("Tag Name", "tag_name", Text),
    column("Total Contacts", "total_contacts", Count),
    column("Total Messages", "total_messages", Count),
    column("Total Current Messages", "total_current_messages", Count),
    column("Medium", "medium", Text),
    column("Channel", "channel", Text),
    column("Channel Display Name", "channel_display_name", Text),
];

pub(super) static USER_PRESENCE: &[Column] = &[
    column("User ID", "user_id", Text),
    column("User Name", "user_name", Text),
    column("User Email Address", "user_email_address", Text),
    column("Type", "type", Text),
    column("Away State", "away_state", Text),
    column("From", "from_at", Timestamp),
    column("To", "to_at", Timestamp),
    column("Duration (s)", "duration_s", Seconds),
];

pub(super) static RESPONSE_TIMES: &[Column] = &[
    column("Conversation ID", "conversation_id", Text),
    column("Medium", "medium", Text),
    column("Sender Channel", "sender_channel", Text),
    column(
        "Sender Channel Display Name",
        "sender_channel_display_name",
        Text,
    ),
    column("Contact Profile ID", "contact_profile_id", Text),
    column("Started By", "started_by", Text),
    column("Handover Reason", "handover_reason", Text),
    column("From", "from", TimeOfDay),
    column("To", "to", TimeOfDay),
    column("Agent Response Time (s)", "agent_response_time_s", Seconds),
    column("Replying Agent ID", "replying_agent_id", Text),
    column("Replying Agent Name", "replying_agent_name", Text),
    column("Replying Agent Reference", "replying_agent_reference", Text),
    column("Inbound Message ID", "inbound_message_id", Text),
    column("Outbound Message ID", "outbound_message_id", Text),
    column("Conversation URL", "conversation_url", Text),
];

pub(super) static USERS: &[Column] = &[
    column("Created At", "created_at", Timestamp),
    column("User ID", "user_id", Text),
    column("User Name", "user_name", Text),
    column("User Email Address", "user_email_address", Text),
    column("User Reference", "user_reference", Text),
    column("Available Time (s)", "available_time_s", Seconds),
    column("Away Time (s)", "away_time_s", Seconds),
    column("Contacts Handled", "contacts_handled", Count),
    column("Avg. Handle Time (s)", "avg_handle_time_s", Seconds),
    column("Handle Time (s)", "handle_time_s", Seconds),
    column("No-Reply Time (s)", "no_reply_time_s", Seconds),
    column("Cherry-Picking Time (s)", "cherry_picking_time_s", Seconds),
    column("Replies", "replies", Count),
    column("Resolves With Reply", "resolves_with_reply", Count),
    column("Resolves No-Reply", "resolves_no_reply", Count),
    column("Tags Added", "tags_added", Count),
];

pub(super) static CONTACT_ATTRIBUTES: &[Column] = &[
    column("Contact Profile ID", "contact_profile_id", Text),
    column(
        "Contact Primary Identifier",
        "contact_primary_identifier",
        Text,
    ),
    column(
        "Contact Secondary Identifier",
        "contact_secondary_identifier",
        Text,
    ),
    column("Attribute ID", "attribute_id", Text),
    column("Attribute Name", "attribute_name", Text),
    column("Attribute Value", "attribute_value", Text),
    column("Attribute Type", "attribute_type", Text),
];
