//! Entries of a transcript, as callers see them.

use std::borrow::Cow;

use conversation::{EventStatus, OutboundReply, ReplySource, StoredEvent, Trigger, Upload};
use sparkcentral::Reply;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::view::{
    AnswerWay, DeliveryView, EventEntry, ReplyEntry, Sender, SentStatus, Speaker, UploadSource,
    UploadView, WebhookAnswer,
};

/// What the contact wrote, or Sparkcentral told, and what became of it.
pub(crate) fn event_entry(event: &StoredEvent) -> EventEntry<'_> {
    let (from, text, payload) = match &event.trigger {
        Trigger::Message { text, payload, .. } => {
            (Sender::Contact, Some(text.as_str()), payload.as_deref())
        }
        Trigger::Started | Trigger::Delegated => (Sender::Sparkcentral, None, None),
    };
    let mut entry = EventEntry {
        at: rfc3339(event.received_at),
        from,
        turn_id: &event.key,
        episode: event.episode,
        event: (&event.trigger).into(),
        outcome: (&event.status).into(),
        text,
        payload,
        reason: None,
        reply_ids: None,
        later: None,
        merged_into: None,
    };
    match &event.status {
        EventStatus::NotAsked { reason } => entry.reason = Some(*reason),
        EventStatus::Turned { reply_ids, later } => {
            entry.reply_ids = Some(reply_ids);
            entry.later = Some(*later);
        }
        EventStatus::TooLate { reply_ids } => entry.reply_ids = Some(reply_ids),
        EventStatus::Merged { into } => entry.merged_into = Some(into),
        EventStatus::InProgress { .. }
        | EventStatus::Queued { .. }
        | EventStatus::Answered { .. }
        | EventStatus::Failed => {}
    }
    entry
}

/// The answer given in the webhook's response, where the event has one that says something.
pub(crate) fn answer_entry(event: &StoredEvent) -> Option<ReplyEntry<'_>> {
    let EventStatus::Answered { reply } = &event.status else {
        return None;
    };
    let in_the_answer = WebhookAnswer {
        status: SentStatus::Sent,
        via: AnswerWay::WebhookAnswer,
    };
    (!reply.is_empty()).then(|| ReplyEntry {
        at: rfc3339(event.received_at),
        from: Speaker::Bot,
        text: first_text(reply),
        reply: Cow::Borrowed(reply.as_ref()),
        reply_id: format!("{}.1", event.key),
        turn_id: Some(&event.key),
        episode: None,
        attempts: None,
        delivery: DeliveryView::InTheAnswer(in_the_answer),
        upload: None,
        token: None,
    })
}

/// One reply with where it is.
pub(crate) fn reply_entry(reply: &OutboundReply) -> ReplyEntry<'_> {
    let told = reply.said().unwrap_or(Cow::Borrowed(&reply.reply));
    ReplyEntry {
        at: rfc3339(reply.created_at),
        from: (&reply.source).into(),
        text: first_text(&told),
        reply: told,
        reply_id: reply.id.clone(),
        turn_id: match &reply.source {
            ReplySource::Bot { turn_id } => Some(turn_id),
            ReplySource::Api { .. }
            | ReplySource::Sparkbridge { .. }
            | ReplySource::Handover { .. } => None,
        },
        episode: Some(reply.episode),
        attempts: Some(reply.attempts),
        delivery: DeliveryView::ByOutbox(&reply.delivery),
        upload: reply.upload.as_ref().map(upload),
        token: None,
    }
}

/// A file: where it comes from and never what is in it. Of an address, what is before the query,
/// which may be a signature.
fn upload(upload: &Upload) -> UploadView<'_> {
    let file = &upload.file;
    let source = match (&file.data, &file.url, &file.s3) {
        (Some(_), _, _) => Some(UploadSource::Data),
        (None, Some(_), _) => Some(UploadSource::Url),
        (None, None, Some(_)) => Some(UploadSource::S3),
        (None, None, None) => None,
    };
    let address = file.url.as_ref().or(file.s3.as_ref());
    UploadView {
        name: &upload.name,
        content_type: file.content_type.as_deref(),
        source,
        base64_chars: file.data.as_ref().map(String::len),
        address: address
            .filter(|_| file.data.is_none())
            .and_then(|address| address.split(['?', '#']).next()),
        problem: upload.problem(),
    }
}

fn first_text(reply: &Reply) -> Option<String> {
    reply.messages().find_map(|message| message.text.clone())
}

pub(crate) fn rfc3339(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use conversation::{AttachmentFile, Delivery};
    use serde_json::json;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn event(status: EventStatus) -> StoredEvent {
        let body = br#"{"type":"INBOUND_MESSAGE_RECEIVED","idempotencyKey":"k",
            "data":{"conversationId":"c","message":{"text":"hi"}}}"#;
        let envelope = sparkcentral::event::parse(body).unwrap();
        StoredEvent::of(&envelope, NOW, status).unwrap()
    }

    #[test]
    fn an_event_tells_what_became_of_it() {
        let merged = json!(event_entry(&event(EventStatus::Merged {
            into: "k-2".into()
        })));
        assert_eq!(merged["outcome"], "merged");
        assert_eq!(merged["mergedInto"], "k-2");
        let reply_ids = vec!["k.1".to_owned()];
        let late = json!(event_entry(&event(EventStatus::TooLate { reply_ids })));
        assert_eq!(
            (&late["outcome"], &late["replyIds"][0]),
            (&json!("too_late"), &json!("k.1"))
        );
        let later = json!(event_entry(&event(EventStatus::Turned {
            reply_ids: Vec::new(),
            later: true,
        })));
        assert_eq!(later["later"], true);
        assert!(answer_entry(&event(EventStatus::Failed)).is_none());
    }

    #[test]
    fn a_file_is_told_without_its_content_and_without_a_signature() {
        let told = |file: AttachmentFile| {
            let upload = Upload {
                name: "r-1.png".into(),
                file,
                ..Upload::default()
            };
            let reply = OutboundReply {
                id: "r".into(),
                episode: 1,
                source: ReplySource::Sparkbridge { about: "k".into() },
                reply: Reply::text("see"),
                upload: Some(upload),
                created_at: NOW,
                attempts: 0,
                doubted: false,
                delivery: Delivery::Pending,
            };
            json!(reply_entry(&reply))
        };
        let data = told(AttachmentFile {
            data: Some("c2VjcmV0".into()),
            content_type: Some("image/png".into()),
            ..AttachmentFile::default()
        });
        assert_eq!(data["from"], "sparkbridge");
        assert_eq!(data["upload"]["source"], "data");
        assert!(!data.to_string().contains("c2VjcmV0"), "{data}");
        let url = told(AttachmentFile {
            url: Some("https://example.com/map.png?X-Signature=abc".into()),
            ..AttachmentFile::default()
        });
        assert_eq!(url["upload"]["address"], "https://example.com/map.png");
        assert!(!url.to_string().contains("abc"), "{url}");
    }
}
