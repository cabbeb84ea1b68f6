//! Messages and Response Times.

use crate::{
    conversation::{Author, Conversation, Direction, Message},
    exports::{
        cells::{self, between, conversation_url, list, seconds, time_of_day},
        people::{Human, Who},
        responses::{Response, StartedBy, responses},
        scope::Scope,
    },
    moment::Moment,
};

pub(crate) const MESSAGES: &[&str] = &[
    "Message ID",
    "Created at (Date / Time)",
    "Conversation ID",
    "Medium",
    "Channel",
    "Channel Display Name",
    "Contact Profile ID",
    "Contact Primary Identifier",
    "Contact Secondary identifier",
    "Message Type",
    "Origin",
    "Outbound Message Type",
    "Direction",
    "Agent ID",
    "Agent Name",
    "Agent Reference",
    "Team ID",
    "Team Name",
    "Tag IDs",
    "Tag Names",
    "Content",
    "Conversation URL",
    "Post URL",
    "Last Updated",
    "Deleted at",
];

pub(crate) const RESPONSE_TIMES: &[&str] = &[
    "Conversation ID",
    "Medium",
    "Sender Channel",
    "Sender Channel Display Name",
    "Contact Profile ID",
    "Started By",
    "Handover Reason",
    "From",
    "To",
    "Agent Response Time (s)",
    "Replying Agent ID",
    "Replying Agent Name",
    "Replying Agent Reference",
    "Inbound Message ID",
    "Outbound Message ID",
    "Conversation URL",
];

/// The medium whose scheduled exports have no content.
const TWITTER: &str = "twit";

/// One row per message of the window, in the order they were written in.
pub(crate) fn messages(scope: &Scope<'_>) -> Vec<Vec<String>> {
    let of = |c| in_window(scope, c).map(move |m| (c, m));
    let mut messages: Vec<_> = scope.conversations().flat_map(of).collect();
    messages.sort_by_key(|(_, message)| message.at);
    messages
        .into_iter()
        .map(|(c, message)| message_row(scope, c, message))
        .collect()
}

fn in_window<'a>(
    scope: &Scope<'_>,
    c: &'a Conversation,
) -> impl Iterator<Item = &'a Message> + use<'a> {
    let window = scope.window;
    c.messages.iter().filter(move |m| window.contains(m.at))
}

fn message_row(scope: &Scope<'_>, c: &Conversation, message: &Message) -> Vec<String> {
    let who = match (message.author, &message.by) {
        (Author::VirtualAgent, Some(id)) => Some(Who::VirtualAgent(id)),
        (Author::Human, Some(name)) => Some(Who::Human(Human(name))),
        _ => None,
    };
    let tags: Vec<_> = c
        .tags
        .iter()
        .filter(|t| t.message_id == message.id)
        .collect();
    let tag_ids: Vec<_> = tags.iter().map(|t| cells::id("tag", &t.tag)).collect();
    let updated = tags.iter().map(|t| t.at).fold(message.at, Moment::max);
    // A contact's message without words is a picture or the like, as far as is documented.
    let has_text = message.text.is_some() || message.payload.is_some();
    let kind = if message.attachment.is_some() || !has_text {
        "attachment"
    } else {
        "text"
    };
    let (origin, direction) = match message.direction {
        Direction::Inbound => ("Medium", "Inbound"),
        Direction::Outbound => ("Sparkcentral", "Outbound"),
    };
    let content = match c.medium.as_str() {
        TWITTER => String::new(),
        _ => message.text.clone().unwrap_or_default(),
    };
    let mut row = vec![
        message.id.clone(),
        scope.date_time(message.at),
        c.id.clone(),
    ];
    row.extend(scope.channel_cells(c));
    row.extend(scope.contact_cells(c));
    row.extend([kind, origin, outbound_type(c, message), direction].map(String::from));
    row.extend(scope.agent_cells(who));
    row.extend([
        list(tag_ids.iter().map(String::as_str)),
        list(tags.iter().map(|t| t.tag.as_str())),
        content,
        conversation_url(&c.id),
        String::new(),
        scope.date_time(updated),
        String::new(),
    ]);
    row
}

/// "Reply", or "Proactive" where the contact hadn't written yet. Empty for inbound messages.
fn outbound_type(c: &Conversation, message: &Message) -> &'static str {
    if message.direction == Direction::Inbound {
        return "";
    }
    let mut earlier = c.messages.iter().filter(|m| m.step < message.step);
    if earlier.any(|m| m.direction == Direction::Inbound) {
        "Reply"
    } else {
        "Proactive"
    }
}

/// One row per response whose outbound message is of the window.
pub(crate) fn response_times(scope: &Scope<'_>) -> Vec<Vec<String>> {
    let of = |c| responses(c).into_iter().map(move |response| (c, response));
    let mut all: Vec<_> = scope
        .conversations()
        .flat_map(of)
        .filter(|(_, response)| scope.window.contains(response.outbound.at))
        .collect();
    all.sort_by_key(|(_, response)| response.outbound.at);
    all.into_iter()
        .map(|(c, response)| response_row(scope, c, &response))
        .collect()
}

fn response_row(scope: &Scope<'_>, c: &Conversation, response: &Response<'_>) -> Vec<String> {
    let reason = match response.started_by {
        StartedBy::HandedOver(reason) => reason.name(),
        _ => "",
    };
    let to = response.outbound.at;
    let human = response.outbound.by.as_deref().map(Human);
    let [contact, ..] = scope.contact_cells(c);
    let [id, name, reference, ..] = scope.agent_cells(human.map(Who::Human));
    let mut row = vec![c.id.clone()];
    row.extend(scope.channel_cells(c));
    row.extend([
        contact,
        response.started_by.name().into(),
        reason.into(),
        time_of_day(scope.zone, response.from),
        time_of_day(scope.zone, to),
        seconds(between(response.from, to)),
        id,
        name,
        reference,
        response.inbound.map(|m| m.id.clone()).unwrap_or_default(),
        response.outbound.id.clone(),
        conversation_url(&c.id),
    ]);
    row
}
