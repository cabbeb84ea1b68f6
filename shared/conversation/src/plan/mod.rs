//! From a bot's actions to Sparkcentral's replies.

mod choice;
mod draft;
mod file;
mod limits;
mod offer;

use std::collections::BTreeMap;
use std::fmt;

use sparkcentral::rich_text::neutralise;
use sparkcentral::{Features, MediumId, MessageTag, Reply, Tags, renders_shortcodes};

pub use choice::{Choice, choose};
pub use file::{FileSource, MAX_DATA_CHARS};
pub use limits::problems;

use crate::action::Action;
use crate::agent::MessageSettings;
use crate::delivery::Upload;
use crate::handover::HandoverReason;
use crate::turn::Answer;
use draft::Draft;

/// Most messages one answer may become: a text that needs more would flood the contact, and is
/// refused rather than cut, so that people are asked instead.
pub const MAX_MESSAGES: usize = 25;

/// Most bytes of a reply and its file's data, as JSON: they are stored as one database item, of which
/// there may be 400 KB.
const MAX_STORED_BYTES: usize = 350 * 1024;

/// What an answer is planned for.
#[derive(Clone, Copy)]
pub struct PlanFor<'a> {
    /// Parts of the protocol in use.
    pub features: &'a Features,
    /// The agent's settings about messages.
    pub messages: &'a MessageSettings,
    /// Where the contact reads, where it is known.
    pub medium: Option<&'a MediumId>,
    /// The conversation's language, where it is known.
    pub language: Option<&'a str>,
    /// The turn's or request's id. Names of uploads are made of it: it must be unique in the
    /// conversation, and the same when the same answer is planned again.
    pub id: &'a str,
}

impl PlanFor<'_> {
    /// Whether buttons are shortcodes.
    fn shows_buttons(&self) -> bool {
        let Some(medium) = self.medium else {
            return false;
        };
        match &self.messages.rich_text_media {
            Some(media) => media
                .iter()
                .any(|id| id.eq_ignore_ascii_case(medium.as_str())),
            None => renders_shortcodes(medium),
        }
    }
}

/// What an answer becomes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Replies, to be sent in order.
    pub replies: Vec<PlannedReply>,
    /// People are asked after the last reply.
    pub handover: Option<PlannedHandover>,
    /// The last reply closes the conversation.
    pub resolves: bool,
    /// Answers offered to the contact, to be remembered as the conversation's
    /// [`choices`](crate::Conversation::choices) where the plan [`speaks`](Self::speaks).
    pub choices: Vec<Choice>,
    /// What is left out, by name: actions the agent's dialect does not know, and `attachment`
    /// where the medium can't carry it and there is nothing to say instead.
    pub left_out: Vec<&'static str>,
}

/// One reply.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlannedReply {
    /// What is sent.
    pub reply: Reply,
    /// The file to upload before, which `reply` names.
    pub upload: Option<Upload>,
}

impl PlannedReply {
    fn bytes(&self) -> usize {
        let data = self
            .upload
            .as_ref()
            .and_then(|upload| upload.file.data.as_ref());
        self.reply.json_len() + data.map_or(0, String::len)
    }
}

/// The handover an answer asks for. Topics and attributes of the same answer travel with it:
/// Sparkcentral's routing looks at them when the conversation is completed.
#[derive(Clone, PartialEq)]
pub struct PlannedHandover {
    /// Why.
    pub reason: HandoverReason,
    /// Topics.
    pub topics: Vec<String>,
    /// Contact attributes.
    pub attributes: BTreeMap<String, String>,
    /// Name of a routing profile asked for.
    pub profile: Option<String>,
    /// What people should know; forms no shortcode.
    pub summary: Option<String>,
}

// Attributes and summary are about the contact.
impl fmt::Debug for PlannedHandover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlannedHandover")
            .field("reason", &self.reason)
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}

/// An answer that can't be carried out. Each problem names the place in the answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bot's answer can't be carried out: {}", .problems.join("; "))]
pub struct BadAnswer {
    /// All problems, not just the first; of very many how many more there are.
    pub problems: Vec<String>,
}

impl Plan {
    /// The one reply that can be the webhook's whole answer, if the plan is that. A handover is
    /// not, because it must come after everything queued before it; nor is a file to upload,
    /// because that takes a request of its own before the reply.
    pub fn inline(&self) -> Option<Reply> {
        match (self.replies.as_slice(), &self.handover) {
            ([], None) => Some(Reply::default()),
            ([only], None) if only.upload.is_none() => Some(only.reply.clone()),
            _ => None,
        }
    }

    /// Whether the contact reads anything new.
    pub fn speaks(&self) -> bool {
        self.messages() > 0
    }

    /// How many messages the contact gets.
    fn messages(&self) -> usize {
        let messages = |planned: &PlannedReply| planned.reply.messages().count();
        self.replies.iter().map(messages).sum()
    }

    /// Plans an answer. Topics, tags, attributes and notes go with the message before them, or with
    /// the first one after where there is none before.
    ///
    /// # Errors
    /// Every problem of the answer, by its place.
    pub fn of(answer: &Answer, wanted: &PlanFor<'_>) -> Result<Self, BadAnswer> {
        let mut problems = limits::problems(answer);
        if !problems.is_empty() {
            return Err(BadAnswer { problems });
        }
        let mut draft = Draft::new(wanted);
        let mut handover = answer.actions.iter().find_map(handover_of);
        for (index, action) in answer.actions.iter().enumerate() {
            match (action, &mut handover) {
                (Action::Attributes { attributes }, Some(handover)) => {
                    handover.attributes.extend(attributes.clone());
                }
                (Action::Topics { topics }, Some(handover)) => {
                    handover.topics.extend(topics.iter().cloned());
                }
                _ => draft.add(index, action),
            }
        }
        let (mut plan, more) = draft.finish();
        problems.extend(more);
        plan.handover = handover;
        let messages = plan.messages();
        if messages > MAX_MESSAGES {
            problems.push(format!(
                "actions: they become {messages} messages, at most {MAX_MESSAGES} are sent: \
                 shorten the texts"
            ));
        }
        problems.extend(plan.refused(wanted));
        if plan
            .replies
            .iter()
            .any(|planned| planned.bytes() > MAX_STORED_BYTES)
        {
            problems.push(format!(
                "actions: a text with its attachment's data is larger than {MAX_STORED_BYTES} \
                 bytes: give the attachment an url or s3 address"
            ));
        }
        if problems.is_empty() {
            Ok(plan)
        } else {
            let problems = limits::told(problems);
            Err(BadAnswer { problems })
        }
    }

    /// What Sparkcentral or the medium would refuse: a shortcode can be longer than a message may be, and
    /// is of no use in parts.
    fn refused(&self, wanted: &PlanFor<'_>) -> Vec<String> {
        let PlanFor {
            features, medium, ..
        } = *wanted;
        let handover = self.handover.as_ref().map(|handover| Reply {
            apply_topics: handover.topics.clone(),
            set_contact_attributes: handover.attributes.clone(),
            ..Reply::default()
        });
        let replies = self.replies.iter().enumerate();
        replies
            .map(|(index, planned)| (format!("reply {}", index + 1), &planned.reply))
            .chain(handover.iter().map(|reply| ("handover".to_owned(), reply)))
            .filter_map(|(place, reply)| Some((place, reply.validate(features, medium).err()?)))
            .flat_map(|(place, found)| {
                let at = move |problem| format!("{place}: {problem}");
                found.into_iter().map(at)
            })
            .collect()
    }
}

fn handover_of(action: &Action) -> Option<PlannedHandover> {
    let Action::Handover {
        reason,
        profile,
        summary,
    } = action
    else {
        return None;
    };
    Some(PlannedHandover {
        reason: reason.unwrap_or(HandoverReason::BotAsked),
        topics: Vec::new(),
        attributes: BTreeMap::new(),
        profile: profile.clone(),
        summary: summary
            .as_deref()
            .filter(|text| !text.trim().is_empty())
            .map(|text| neutralise(text).into_owned()),
    })
}

/// The reply as REST wants it: a tag there names the message it is on, where a webhook's answer
/// means the message being answered. Without an id to name, tags are left out.
pub fn for_rest(mut reply: Reply, message_id: Option<&str>) -> Reply {
    if let Some(Tags::OnThisMessage(tags)) = reply.apply_tags.take() {
        reply.apply_tags = message_id.map(|id| {
            let on = |tag| MessageTag {
                message_id: id.to_owned(),
                tag,
            };
            Tags::OnMessages(tags.into_iter().map(on).collect())
        });
    }
    reply
}
