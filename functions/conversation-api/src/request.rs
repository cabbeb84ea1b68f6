//! The body of `POST …/replies`, and the bot's actions it amounts to.

use std::collections::BTreeMap;

use conversation::{Action, Attachment, AttachmentFile, Link, QuickReply, ReplyAction};
use serde::Deserialize;
use serde_json::Value;

use crate::problem::Problem;

/// Longest id a caller may choose.
const MAX_ID_CHARS: usize = 128;

/// Most notes of one reply.
const MAX_NOTES: usize = 20;

/// A reply to send: beside `id` at least one of the other fields.
#[derive(Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("allOf" = crate::openapi::rules_of_a_reply())))]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct NewReply {
    /// Chosen by the caller; the same id again is the same reply.
    #[cfg_attr(
        feature = "schema",
        schemars(regex(pattern = r"^[A-Za-z0-9_.:-]{1,128}$"))
    )]
    pub(crate) id: String,
    /// What the contact reads. Over the medium's limit it is sent in parts, in order.
    #[serde(default)]
    text: Option<String>,
    /// The text holds Sparkcentral's shortcodes on purpose.
    #[serde(default)]
    rich_text: bool,
    /// A file: the name of one uploaded before, or where to get it.
    // Read by hand, so that what is wrong with it is named.
    #[serde(default)]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<crate::openapi::NewAttachment>")
    )]
    attachment: Option<Value>,
    /// Answers to tap: buttons, or numbered lines where the medium has none. Labels must differ.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 30)))]
    quick_replies: Vec<QuickReply>,
    /// Links: buttons, or lines of text where the medium has none.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 30)))]
    links: Vec<Link>,
    /// Topics to apply.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(inner(regex(pattern = r"\S"))))]
    topics: Vec<String>,
    /// Tags on the message of the turn in `inReplyTo`, where the agent's dialect knows them.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(inner(regex(pattern = r"\S"))))]
    tags: Vec<String>,
    /// Notes for people, where the agent's dialect knows them.
    #[serde(default)]
    #[cfg_attr(
        feature = "schema",
        schemars(length(max = MAX_NOTES), inner(regex(pattern = r"\S"), length(max = 2000)))
    )]
    notes: Vec<String>,
    /// Contact attributes to set, by their aliases.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(extend("propertyNames" = {"pattern": "^[A-Za-z0-9_]+$"})))]
    attributes: BTreeMap<String, String>,
    /// Id of the turn it answers: that one and those before it count as answered.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 512)))]
    pub(crate) in_reply_to: Option<String>,
}

/// Actions, and the field of the body each was made of.
pub(crate) struct Wanted {
    pub(crate) actions: Vec<Action>,
    fields: Vec<String>,
}

impl NewReply {
    /// Whether the contact reads something.
    pub(crate) fn speaks(&self) -> bool {
        self.text.is_some()
            || self.attachment.is_some()
            || !self.quick_replies.is_empty()
            || !self.links.is_empty()
    }

    /// What the body asks for, in order: message, topics, tags, attributes, notes.
    pub(crate) fn wanted(self) -> Result<Wanted, Problem> {
        let mut problems = Vec::new();
        if !is_id(&self.id) {
            problems.push("id: 1 to 128 of A-Z a-z 0-9 - _ . : (a UUID, say)".to_owned());
        }
        if !self.tags.is_empty() && self.in_reply_to.is_none() {
            problems.push("tags: a tag is on a message; name its turn by inReplyTo".to_owned());
        }
        if self.notes.len() > MAX_NOTES {
            problems.push(format!("notes: at most {MAX_NOTES} are taken"));
        }
        let mut wanted = Wanted {
            actions: Vec::new(),
            fields: Vec::new(),
        };
        if self.speaks() {
            let attachment = self.attachment.map(attachment).transpose();
            wanted.add(
                "",
                Action::Reply(ReplyAction {
                    text: self.text,
                    attachment: attachment.unwrap_or_else(|problem| {
                        problems.push(problem);
                        None
                    }),
                    quick_replies: self.quick_replies,
                    links: self.links,
                    rich_text: self.rich_text,
                }),
            );
        }
        if !self.topics.is_empty() {
            let topics = self.topics;
            wanted.add("", Action::Topics { topics });
        }
        if !self.tags.is_empty() {
            wanted.add("", Action::Tags { tags: self.tags });
        }
        if !self.attributes.is_empty() {
            let attributes = self.attributes;
            wanted.add("", Action::Attributes { attributes });
        }
        for (index, text) in self.notes.into_iter().enumerate() {
            wanted.add(&format!("notes[{index}]"), Action::Note { text });
        }
        if wanted.actions.is_empty() && self.in_reply_to.is_none() {
            problems.push(
                "give text, attachment, quickReplies, links, topics, tags, notes or attributes: there is nothing to send"
                    .to_owned(),
            );
        }
        if problems.is_empty() {
            Ok(wanted)
        } else {
            Err(Problem::invalid(problems))
        }
    }
}

fn is_id(id: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.:".contains(&b);
    (1..=MAX_ID_CHARS).contains(&id.len()) && id.bytes().all(plain)
}

fn attachment(value: Value) -> Result<Attachment, String> {
    match value {
        Value::String(name) => Ok(Attachment::Uploaded(name)),
        Value::Object(_) => serde_json::from_value::<AttachmentFile>(value)
            .map(Attachment::File)
            .map_err(|error| format!("attachment: {error}")),
        _ => Err(
            "attachment: the name of an uploaded file, or an object with data, url or s3"
                .to_owned(),
        ),
    }
}

impl Wanted {
    fn add(&mut self, field: &str, action: Action) {
        self.actions.push(action);
        self.fields.push(field.to_owned());
    }

    /// A problem of the plan, which counts actions, in words of the body.
    pub(crate) fn in_the_body(&self, problem: &str) -> String {
        let place = problem
            .strip_prefix("actions[")
            .and_then(|rest| rest.split_once(']'));
        let Some((index, rest)) = place else {
            return problem.to_owned();
        };
        let field = index
            .parse()
            .ok()
            .and_then(|index: usize| self.fields.get(index));
        match field.map(String::as_str) {
            Some("") => match rest.strip_prefix('.') {
                Some(rest) => rest.to_owned(),
                None => format!("text{rest}"),
            },
            Some(field) => format!("{field}{}", rest.strip_prefix(".text").unwrap_or(rest)),
            None => problem.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wanted(body: Value) -> Result<Wanted, Vec<String>> {
        let body: NewReply = serde_json::from_value(body).unwrap();
        body.wanted().map_err(|problem| problem.errors)
    }

    #[test]
    fn a_body_becomes_actions_in_order() {
        let full = wanted(json!({
            "id": "r-1", "text": "hello", "attachment": {"name": "map.png", "url": "https://example.com/map"},
            "quickReplies": [{"label": "Yes"}], "links": [{"label": "Map", "url": "https://example.com"}],
            "topics": ["Orders"], "tags": ["urgent"], "attributes": {"tier": "gold"}, "notes": ["a", "b"],
            "inReplyTo": "k-1",
        }))
        .unwrap();
        let names: Vec<_> = full.actions.iter().map(Action::name).collect();
        assert_eq!(
            names,
            ["reply", "topics", "tags", "attributes", "note", "note"]
        );
        let Action::Reply(reply) = &full.actions[0] else {
            panic!("the message comes first");
        };
        assert_eq!((reply.quick_replies.len(), reply.links.len()), (1, 1));
        assert!(matches!(&reply.attachment, Some(Attachment::File(file)) if file.url.is_some()));
        let uploaded = wanted(json!({"id": "r", "attachment": "map.png"})).unwrap();
        assert_eq!(
            uploaded.actions,
            [Action::Reply(ReplyAction {
                attachment: Some(Attachment::Uploaded("map.png".into())),
                ..ReplyAction::default()
            })]
        );
        let done = wanted(json!({"id": "r", "inReplyTo": "k-1"})).unwrap();
        assert!(
            done.actions.is_empty(),
            "the bot has nothing to say to the turn"
        );
    }

    #[test]
    fn every_wrong_field_is_named() {
        for (body, named) in [
            (json!({"id": "r"}), "there is nothing to send"),
            (json!({"id": "a b", "text": "x"}), "id:"),
            (json!({"id": "", "text": "x"}), "id:"),
            (json!({"id": "r".repeat(129), "text": "x"}), "id:"),
            (json!({"id": "r", "tags": ["t"]}), "inReplyTo"),
            (json!({"id": "r", "notes": vec!["n"; 21]}), "notes:"),
            (json!({"id": "r", "attachment": 7}), "attachment:"),
            (json!({"id": "r", "attachment": {"path": "/x"}}), "path"),
        ] {
            let told = body.to_string();
            let problems = wanted(body).err().unwrap();
            assert!(
                problems.iter().any(|problem| problem.contains(named)),
                "{told}: {problems:?}"
            );
        }
    }

    #[test]
    fn a_plans_problems_are_told_in_words_of_the_body() {
        let body = json!({"id": "r", "text": "x", "topics": ["t"], "notes": ["a", "b"]});
        let wanted = wanted(body).unwrap();
        for (problem, told) in [
            (
                "actions[0].quickReplies[1].label: long",
                "quickReplies[1].label: long",
            ),
            ("actions[0]: a reply needs text", "text: a reply needs text"),
            ("actions[1].topics[0]: blank", "topics[0]: blank"),
            ("actions[3].text: long", "notes[1]: long"),
            ("actions: too many", "actions: too many"),
            ("reply 1: sendMessage: long", "reply 1: sendMessage: long"),
            ("actions[9].text: long", "actions[9].text: long"),
        ] {
            assert_eq!(wanted.in_the_body(problem), told);
        }
    }
}
