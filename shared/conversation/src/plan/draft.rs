//! A plan being made, action by action.

use sparkcentral::reply::MAX_NOTE_CHARS;
use sparkcentral::rich_text::neutralise;
use sparkcentral::{
    Complete, ConversationNote, OutgoingMessage, Reply, Tags, TextLimit, Typing, carries,
    text_limit,
};

use super::offer::{self, Line, pieces};
use super::{Plan, PlanFor, PlannedReply, file};
use crate::action::{Action, Attachment, AttachmentFile, ReplyAction};
use crate::delivery::{Upload, UploadState};

pub(super) struct Draft<'a> {
    wanted: &'a PlanFor<'a>,
    plan: Plan,
    problems: Vec<String>,
}

/// What becomes of an attachment.
enum Fate {
    /// Sent under this name.
    Named(String),
    /// Uploaded first.
    Uploaded(Upload),
    /// Replaced by words.
    Said(String),
    /// Left out.
    Gone,
}

impl<'a> Draft<'a> {
    pub(super) fn new(wanted: &'a PlanFor<'a>) -> Self {
        Self {
            wanted,
            plan: Plan::default(),
            problems: Vec::new(),
        }
    }

    /// The plan and its problems.
    pub(super) fn finish(self) -> (Plan, Vec<String>) {
        (self.plan, self.problems)
    }

    pub(super) fn add(&mut self, index: usize, action: &Action) {
        let features = self.wanted.features;
        match action {
            Action::Reply(reply) => self.reply(index, reply),
            Action::Topics { topics } => {
                self.current().apply_topics.extend(topics.iter().cloned());
            }
            Action::Attributes { attributes } => {
                let target = &mut self.current().set_contact_attributes;
                target.extend(attributes.iter().map(|(k, v)| (k.clone(), v.clone())));
            }
            Action::Tags { tags } if features.apply_tags => {
                let all = match self.current().apply_tags.take() {
                    Some(Tags::OnThisMessage(names)) => {
                        names.into_iter().chain(tags.iter().cloned()).collect()
                    }
                    _ => tags.clone(),
                };
                self.current().apply_tags = Some(Tags::OnThisMessage(all));
            }
            Action::Note { text } if features.conversation_notes => {
                // What makes the text neutral can make it longer than a note may be.
                let text = neutralise(text).chars().take(MAX_NOTE_CHARS).collect();
                let notes = &mut self.current().apply_conversation_notes;
                notes.push(ConversationNote { text });
            }
            Action::Typing { on } if features.indicate_typing => {
                self.current().indicate_typing =
                    Some(if *on { Typing::Start } else { Typing::Stop });
            }
            Action::Tags { .. } | Action::Note { .. } | Action::Typing { .. } => {
                self.plan.left_out.push(action.name());
            }
            Action::Handover { .. } => {}
            Action::Resolve => {
                self.plan.resolves = true;
                self.current().complete = Some(Complete::Resolved);
            }
        }
    }

    fn reply(&mut self, index: usize, action: &ReplyAction) {
        let buttons = self.wanted.shows_buttons();
        let mut lines = Vec::new();
        let mut name = None;
        let mut upload = None;
        match self.fate(index, action.attachment.as_ref()) {
            Some(Fate::Named(given)) => name = Some(given),
            Some(Fate::Uploaded(file)) => {
                name = Some(file.name.clone());
                upload = Some(file);
            }
            Some(Fate::Said(instead)) => lines.push(Line::text(&instead)),
            Some(Fate::Gone) => self.plan.left_out.push("attachment"),
            None => {}
        }
        lines.extend(action.links.iter().map(|link| offer::link(link, buttons)));
        let (offered, choices) = offer::choices(&action.quick_replies, buttons, &self.plan.choices);
        lines.extend(offered);
        self.plan.choices.extend(choices);
        // Free text must not form one of Sparkcentral's shortcodes by accident.
        let text = action
            .text
            .as_deref()
            .filter(|text| !text.trim().is_empty());
        let text = text.map(|text| match action.rich_text {
            true => text.to_owned(),
            false => neutralise(text).into_owned(),
        });
        let limit = self.wanted.medium.and_then(text_limit);
        let mut pieces = pieces(text.as_deref(), action.rich_text, &lines, limit);
        if pieces.is_empty() && name.is_none() {
            self.problems.push(format!(
                "actions[{index}].attachment: the medium can't carry it, and there is nothing to \
                 say instead: give the reply a text, or set attachment_text"
            ));
            return;
        }
        let last = match &name {
            // The last text goes with the file, if it still fits once the file is replaced.
            Some(_) => pieces.pop_if(|last| has_room(last, upload.as_ref(), limit)),
            None => pieces.pop(),
        };
        for piece in pieces {
            self.push(OutgoingMessage::text(piece), None);
        }
        if last.is_some() || name.is_some() {
            let message = OutgoingMessage {
                text: last,
                attachment: name,
            };
            self.push(message, upload);
        }
    }

    fn fate(&mut self, index: usize, attachment: Option<&Attachment>) -> Option<Fate> {
        let file = match attachment? {
            Attachment::Uploaded(name) => return Some(Fate::Named(name.clone())),
            Attachment::File(file) => file,
        };
        let clear = file.url.as_deref().is_some_and(|url| {
            let scheme = url.split(':').next().unwrap_or_default();
            scheme.eq_ignore_ascii_case("http")
        });
        if clear && !self.wanted.messages.allow_private_addresses {
            self.problems.push(format!(
                "actions[{index}].attachment.url: must start with https:// (http:// needs \
                 messages.allow_private_addresses = true)"
            ));
        }
        let instead = file::instead(file, self.wanted);
        Some(if self.carries(file) {
            Fate::Uploaded(Upload {
                name: file::upload_name(file, self.wanted.id, index),
                file: file.clone(),
                instead,
                state: UploadState::Waiting,
            })
        } else {
            instead.map_or(Fate::Gone, Fate::Said)
        })
    }

    /// Whether the medium carries the file, as far as can be said without having it.
    fn carries(&self, file: &AttachmentFile) -> bool {
        let Some(medium) = self.wanted.medium else {
            return true;
        };
        let bytes = file.decoded().map(|content| content.len());
        carries(medium, file.known_type().as_deref(), bytes).is_ok()
    }

    fn push(&mut self, message: OutgoingMessage, upload: Option<Upload>) {
        let several = self.wanted.features.send_messages;
        let last = self.last();
        let free = match several {
            true => upload.is_none() || last.upload.is_none(),
            false => last.reply.send_message.is_none(),
        };
        if !free {
            self.plan.replies.push(PlannedReply::default());
        }
        let last = self.last();
        match several {
            true => last.reply.send_messages.push(message),
            false => last.reply.send_message = Some(message),
        }
        if upload.is_some() {
            last.upload = upload;
        }
    }

    /// The reply being filled: the last one.
    fn last(&mut self) -> &mut PlannedReply {
        if self.plan.replies.is_empty() {
            self.plan.replies.push(PlannedReply::default());
        }
        let last = self.plan.replies.len() - 1;
        &mut self.plan.replies[last]
    }

    fn current(&mut self) -> &mut Reply {
        &mut self.last().reply
    }
}

/// Whether a text leaves room for what is said where the file can't be sent after all.
fn has_room(text: &str, upload: Option<&Upload>, limit: Option<TextLimit>) -> bool {
    let instead = upload.and_then(|upload| upload.instead.as_deref());
    match (limit, instead) {
        (Some(limit), Some(instead)) => limit.allows(&format!("{text}\n{instead}")),
        _ => true,
    }
}
