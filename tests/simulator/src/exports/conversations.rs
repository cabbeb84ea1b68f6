//! Resolved Conversations and Open Conversations: the same columns for the most part.

use crate::{
    conversation::{Conversation, Direction},
    exports::{
        cells::{self, conversation_url, empty, language_name, list, seconds},
        facts::{
            count, first_resolve, first_response, last_status_change, last_updated, resolution,
            resolved_by,
        },
        scope::Scope,
        work::{Outcome, spells, spent},
    },
    history::Queue,
    survey::{Survey, SurveyStatus},
};

pub(crate) const RESOLVED: &[&str] = &[
    "Conversation ID",
    "Medium",
    "Channel",
    "Channel Display Name",
    "Contact Profile ID",
    "Contact Primary identifier",
    "Contact Secondary identifier",
    "Created at (Date / Time)",
    "Last Status Change Agent ID",
    "Last Status Change Agent Name",
    "Last Status Change Agent Reference",
    "Last Status Change Team ID",
    "Last Status Change Team Name",
    "Current Status",
    "Resolved By",
    "Resolve Reason",
    "Resolve Comment",
    "Resolve Trigger",
    "Resolved At (Date / Time)",
    "Resolved Agent ID",
    "Resolved Agent Name",
    "Resolved Agent Reference",
    "Number of Inbound Messages",
    "Number of Outbound Messages",
    "First Response Time (s)",
    "Handle Time (s)",
    "No-Reply Time (s)",
    "Cherry-Picking Time (s)",
    "Resolution Time (s)",
    "Topic IDs",
    "Topic Names",
    "Conversation URL",
    "Last Updated",
    "Language",
    "CSAT Score",
    "CSAT Completed Status",
    "CSAT Follow-up Question",
    "CSAT Follow-up Answer",
];

pub(crate) const OPEN: &[&str] = &[
    "Conversation ID",
    "Medium",
    "Channel",
    "Channel Display Name",
    "Contact Profile ID",
    "Contact Primary identifier",
    "Contact Secondary identifier",
    "Created at (Date / Time)",
    "Last Status Change Agent ID",
    "Last Status Change Agent Name",
    "Last Status Change Agent Reference",
    "Last Status Change Team ID",
    "Last Status Change Team Name",
    "Current Status",
    "Resolved By",
    "Resolved At (Date / Time)",
    "Resolve Agent ID",
    "Resolve Agent Name",
    "Resolved Agent Reference",
    "Number of Inbound Messages",
    "Number of Outbound Messages",
    "First Response Time (s)",
    "Handle Time (s)",
    "No-Reply Time (s)",
    "Cherry-Picking Time (s)",
    "Resolution Time (s)",
    "Topic IDs",
    "Topic Names",
    "Conversation URL",
    "Last Updated",
    "Language",
];

/// One row per conversation whose first end is in the window, as it is now.
pub(crate) fn resolved(scope: &Scope<'_>) -> Vec<Vec<String>> {
    let in_window = |c: &&Conversation| {
        first_resolve(c).is_some_and(|(change, _)| scope.window.contains(change.at))
    };
    let mut conversations: Vec<_> = scope.conversations().filter(in_window).collect();
    conversations.sort_by_key(|c| first_resolve(c).map(|(change, _)| change.at));
    let row = |c: &Conversation| {
        let mut row = beginning(scope, c);
        row.extend(resolve_details(c));
        row.extend(rest(scope, c));
        row.extend(survey_cells(c.csat.as_ref()));
        row
    };
    conversations.into_iter().map(row).collect()
}

/// One row per conversation that is New or Pending now, whatever the window.
pub(crate) fn open(scope: &Scope<'_>) -> Vec<Vec<String>> {
    let open = scope.conversations().filter(|c| c.queue != Queue::Resolved);
    open.map(|c| {
        let mut row = beginning(scope, c);
        row.extend(rest(scope, c));
        row
    })
    .collect()
}

/// From "Conversation ID" to "Resolved By".
fn beginning(scope: &Scope<'_>, c: &Conversation) -> Vec<String> {
    let created = c.history.first().map(|change| change.at);
    let resolved_by = first_resolve(c).map_or("", |(change, _)| resolved_by(change).0);
    let status = match c.queue {
        Queue::New => "New",
        Queue::Pending => "Pending",
        Queue::Resolved => "Resolved",
    };
    let mut cells = vec![c.id.clone()];
    cells.extend(scope.channel_cells(c));
    cells.extend(scope.contact_cells(c));
    cells.push(scope.date_time_or_empty(created));
    cells.extend(scope.agent_cells(last_status_change(c)));
    cells.extend([status.into(), resolved_by.into()]);
    cells
}

/// "Resolve Reason", "Resolve Comment" and "Resolve Trigger".
fn resolve_details(c: &Conversation) -> [String; 3] {
    let Some((change, _)) = first_resolve(c) else {
        return Default::default();
    };
    let said = change.resolution.clone().unwrap_or_default();
    [
        said.reason.unwrap_or_default(),
        said.comment.unwrap_or_default(),
        resolved_by(change).1.into(),
    ]
}

/// From "Resolved At (Date / Time)" to "Language". The end is the first one, here as there: a
/// conversation that goes on keeps it.
fn rest(scope: &Scope<'_>, c: &Conversation) -> Vec<String> {
    let end = first_resolve(c);
    let [id, name, reference, ..] = scope.agent_cells(end.and_then(|(_, who)| who));
    let spells = spells(c);
    let spent = |outcome| seconds(spent(&spells, outcome, None).total());
    let topics = c.topics.iter().map(String::as_str);
    let topic_ids: Vec<_> = topics
        .clone()
        .map(|topic| cells::id("topic", topic))
        .collect();
    vec![
        scope.date_time_or_empty(end.map(|(change, _)| change.at)),
        id,
        name,
        reference,
        count(c, Direction::Inbound).to_string(),
        count(c, Direction::Outbound).to_string(),
        first_response(c).map(seconds).unwrap_or_default(),
        spent(Outcome::Handled),
        spent(Outcome::ResolvedWithoutReply),
        spent(Outcome::CherryPicked),
        resolution(c).map(seconds).unwrap_or_default(),
        list(topic_ids.iter().map(String::as_str)),
        list(topics),
        conversation_url(&c.id),
        scope.date_time_or_empty(last_updated(c)),
        c.language
            .as_deref()
            .map(language_name)
            .unwrap_or_default()
            .into(),
    ]
}

fn survey_cells(survey: Option<&Survey>) -> Vec<String> {
    let Some(survey) = survey else {
        return empty(4).collect();
    };
    let status = match survey.status {
        SurveyStatus::Successful => "Successful",
        SurveyStatus::Skipped => "Skipped",
        SurveyStatus::NoResponse => "Customer did not respond",
        // The vendor's page prints the typographic apostrophe.
        SurveyStatus::NotRecognized => "Customer’s response was not recognized",
    };
    vec![
        survey
            .score
            .map(|score| score.to_string())
            .unwrap_or_default(),
        status.into(),
        survey.question.clone().unwrap_or_default(),
        survey.comment.clone().unwrap_or_default(),
    ]
}
