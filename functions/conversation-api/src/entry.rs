//! Entries of a transcript, as callers see them.

use conversation::{EventStatus, OutboundReply, ReplySource, StoredEvent, Trigger, Upload};
use serde_json::{Value, json};
use sparkcentral::Reply;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What the contact wrote, or Sparkcentral told, and what became of it.
pub(crate) fn event_entry(event: &StoredEvent) -> Value {
    let mut entry = json!({
        "at": rfc3339(event.received_at),
        "from": "contact",
        "turnId": event.key,
        "episode": event.episode,
        "event": event.trigger.name(),
        "outcome": event.status.name(),
    });
    match &event.trigger {
        Trigger::Message { text, payload, .. } => {
            entry["text"] = Value::from(text.clone());
            if let Some(payload) = payload {
                entry["payload"] = Value::from(payload.clone());
            }
        }
        Trigger::Started | Trigger::Delegated => entry["from"] = "sparkcentral".into(),
    }
    match &event.status {
        EventStatus::NotAsked { reason } => entry["reason"] = reason.as_str().into(),
        EventStatus::Turned { reply_ids, later } => {
            entry["replyIds"] = json!(reply_ids);
            entry["later"] = (*later).into();
        }
        EventStatus::TooLate { reply_ids } => entry["replyIds"] = json!(reply_ids),
        EventStatus::Merged { into } => entry["mergedInto"] = into.clone().into(),
        EventStatus::InProgress { .. }
        | EventStatus::Queued { .. }
        | EventStatus::Answered { .. }
        | EventStatus::Failed => {}
    }
    entry
}

/// The answer given in the webhook's response, where the event has one that says something.
pub(crate) fn answer_entry(event: &StoredEvent) -> Option<Value> {
    let EventStatus::Answered { reply } = &event.status else {
        return None;
    };
    let mut entry = said("bot", event.received_at, reply);
    entry["replyId"] = Value::from(format!("{}.1", event.key));
    entry["turnId"] = Value::from(event.key.clone());
    entry["delivery"] = json!({"status": "sent", "via": "webhook_answer"});
    (!reply.is_empty()).then_some(entry)
}

/// One reply with where it is.
pub(crate) fn reply_entry(reply: &OutboundReply) -> Value {
    let (from, turn_id) = match &reply.source {
        ReplySource::Bot { turn_id } => ("bot", Some(turn_id)),
        ReplySource::Api { .. } => ("api", None),
        ReplySource::Sparkbridge { .. } => ("sparkbridge", None),
        ReplySource::Handover { .. } => ("handover", None),
    };
    let told = reply.said();
    let told = told.as_deref().unwrap_or(&reply.reply);
    let mut entry = said(from, reply.created_at, told);
    entry["replyId"] = reply.id.clone().into();
    entry["episode"] = reply.episode.into();
    entry["attempts"] = reply.attempts.into();
    entry["delivery"] = json!(reply.delivery);
    if let Some(turn_id) = turn_id {
        entry["turnId"] = turn_id.clone().into();
    }
    if let Some(upload) = &reply.upload {
        entry["upload"] = upload_entry(upload);
    }
    entry
}

/// A file: where it comes from and never what is in it. Of an address, what is before the query,
/// which may be a signature.
fn upload_entry(upload: &Upload) -> Value {
    let file = &upload.file;
    let mut entry = json!({ "name": upload.name });
    if let Some(content_type) = &file.content_type {
        entry["contentType"] = content_type.clone().into();
    }
    if let Some(data) = &file.data {
        entry["source"] = "data".into();
        entry["base64Chars"] = data.len().into();
    } else if let Some(address) = file.url.as_ref().or(file.s3.as_ref()) {
        let source = if file.url.is_some() { "url" } else { "s3" };
        entry["source"] = source.into();
        let before_query = address.split(['?', '#']).next().unwrap_or_default();
        entry["address"] = before_query.into();
    }
    if let Some(problem) = upload.problem() {
        entry["problem"] = problem.into();
    }
    entry
}

fn said(from: &str, at: OffsetDateTime, reply: &Reply) -> Value {
    let mut entry = json!({ "at": rfc3339(at), "from": from, "reply": reply });
    if let Some(text) = reply.messages().find_map(|message| message.text.clone()) {
        entry["text"] = text.into();
    }
    entry
}

pub(crate) fn rfc3339(at: OffsetDateTime) -> String {
    at.format(&Rfc3339).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use conversation::{AttachmentFile, Delivery};

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn event(status: EventStatus) -> StoredEvent {
        let body = br#"{"type":"INBOUND_MESSAGE_RECEIVED","idempotencyKey":"k",
            "data":{"conversationId":"c","message":{"text":"hi"}}}"#;
        let envelope = sparkcentral::event::parse(body).unwrap();
        StoredEvent::of(&envelope, NOW, status).unwrap()
    }

    #[test]
    fn an_event_tells_what_became_of_it() {
        let merged = event_entry(&event(EventStatus::Merged { into: "k-2".into() }));
        assert_eq!(merged["outcome"], "merged");
        assert_eq!(merged["mergedInto"], "k-2");
        let reply_ids = vec!["k.1".to_owned()];
        let late = event_entry(&event(EventStatus::TooLate { reply_ids }));
        assert_eq!(
            (&late["outcome"], &late["replyIds"][0]),
            (&json!("too_late"), &json!("k.1"))
        );
        let later = event_entry(&event(EventStatus::Turned {
            reply_ids: Vec::new(),
            later: true,
        }));
        assert_eq!(later["later"], true);
        assert_eq!(answer_entry(&event(EventStatus::Failed)), None);
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
                delivery: Delivery::Pending,
            };
            reply_entry(&reply)
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
