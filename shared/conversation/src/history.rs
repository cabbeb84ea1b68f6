//! What was said in an episode, in order: for bots that need the context, and for people who take over.

use sparkcentral::Reply;
use time::OffsetDateTime;

use crate::delivery::{Delivery, OutboundReply, ReplySource};
use crate::event::{EventStatus, StoredEvent};
use crate::turn::{Speaker, Trigger, Utterance};

/// The last `most` texts of an episode, oldest first.
///
/// With `before`, the id of a turn, only what was said before it: not the turn's own messages, and
/// none that the bot has not been given yet. Replies that never reached the contact were not said.
pub fn history(
    events: &[StoredEvent],
    replies: &[OutboundReply],
    episode: u32,
    before: Option<&str>,
    most: usize,
) -> Vec<Utterance> {
    let until = before.and_then(|id| {
        let own = events.iter().find(|event| event.key == id)?;
        Some((id, own.received_at))
    });
    let is_history = |event: &&StoredEvent| {
        event.episode == episode && until.is_none_or(|(id, at)| was_before(event, id, at))
    };
    let mut said: Vec<Utterance> = events
        .iter()
        .filter(is_history)
        .flat_map(of_event)
        .chain(
            replies
                .iter()
                .filter(|reply| reply.episode == episode)
                .flat_map(of_reply),
        )
        .collect();
    // Stable: an answer given at once stays behind its message.
    said.sort_by_key(|utterance| utterance.at);
    said.split_off(said.len().saturating_sub(most))
}

/// Whether the event's message was dealt with before the turn `id`, which arrived at `at`.
fn was_before(event: &StoredEvent, id: &str, at: OffsetDateTime) -> bool {
    let part_of_it = match &event.status {
        EventStatus::Queued { .. } | EventStatus::InProgress { .. } => true,
        EventStatus::Merged { into } => into == id,
        _ => false,
    };
    event.key != id && !part_of_it && event.received_at <= at
}

/// A contact's message, and the answer where it was given in the webhook's response.
fn of_event(event: &StoredEvent) -> Vec<Utterance> {
    let at = event.received_at;
    let mut said = Vec::new();
    if let Trigger::Message { text, .. } = &event.trigger {
        said.extend(utterance(Speaker::Contact, text, at));
    }
    if let EventStatus::Answered { reply } = &event.status {
        said.extend(texts(Speaker::Bot, reply, at));
    }
    said
}

fn of_reply(reply: &OutboundReply) -> Vec<Utterance> {
    if matches!(
        reply.delivery,
        Delivery::Failed { .. } | Delivery::Dropped { .. }
    ) {
        return Vec::new();
    }
    let from = match reply.source {
        ReplySource::Bot { .. } => Speaker::Bot,
        ReplySource::Api { .. } => Speaker::Api,
        ReplySource::Sparkbridge { .. } | ReplySource::Handover { .. } => Speaker::Sparkbridge,
    };
    let Some(said) = reply.said() else {
        return Vec::new();
    };
    texts(from, &said, reply.created_at).collect()
}

fn texts(
    from: Speaker,
    reply: &Reply,
    at: OffsetDateTime,
) -> impl Iterator<Item = Utterance> + use<'_> {
    let texts = reply.messages().filter_map(|message| message.text.as_ref());
    texts.filter_map(move |text| utterance(from, text, at))
}

fn utterance(from: Speaker, text: &str, at: OffsetDateTime) -> Option<Utterance> {
    let text = text.trim();
    (!text.is_empty()).then(|| Utterance {
        from,
        text: text.to_owned(),
        at,
    })
}
