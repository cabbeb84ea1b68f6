//! From Rasa's list of messages to an answer.

use conversation::{Action, Answer, Attachment, AttachmentFile, Link, QuickReply, ReplyAction};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::draft::Draft;
use crate::{BotError, contract, custom};

/// One entry of the list. Fields of other channels may stand beside these.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Message {
    text: Option<String>,
    image: Option<String>,
    /// An address, or an object that holds one.
    attachment: Option<Value>,
    buttons: Vec<Button>,
    custom: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct Button {
    title: String,
    payload: Option<String>,
    /// Of buttons that open a page.
    url: Option<String>,
}

/// Reads the body of a 200.
pub(crate) fn answer(body: &[u8], applied: &[String]) -> Result<Answer, BotError> {
    let invalid = |problem: String| BotError::InvalidAnswer { problem };
    let messages: Vec<Value> = serde_json::from_slice(body)
        .map_err(|_| invalid("the body is not a list of messages".to_owned()))?;
    let mut draft = Draft::default();
    for (index, message) in messages.iter().enumerate() {
        let message: Message = serde_path_to_error::deserialize(message).map_err(|error| {
            invalid(format!(
                "[{index}].{}: is not what Rasa sends",
                error.path()
            ))
        })?;
        let problem = |problem: &str| invalid(format!("[{index}]{problem}"));
        said(&message)
            .map_err(problem)?
            .into_iter()
            .for_each(|reply| draft.add(reply));
        if let Some(custom) = message.custom {
            let actions = custom::actions(&custom);
            let actions = actions.map_err(|error| problem(&format!(".custom{error}")))?;
            for action in actions {
                match action {
                    Action::Topics { topics } => {
                        topics
                            .iter()
                            .for_each(|topic| draft.add_topic(topic, applied));
                    }
                    other => draft.add(other),
                }
            }
        }
    }
    contract::checked(Answer {
        actions: draft.into_actions(),
        session: None,
    })
}

/// What the message says: text and buttons first, then each file.
fn said(message: &Message) -> Result<Vec<Action>, &'static str> {
    let mut replies = Vec::new();
    let text = message.text.clone();
    let text = text.filter(|text| !text.trim().is_empty());
    if text.is_some() || !message.buttons.is_empty() {
        replies.push(Action::Reply(ReplyAction {
            text,
            quick_replies: message.buttons.iter().filter_map(quick_reply).collect(),
            links: message.buttons.iter().filter_map(link).collect(),
            ..ReplyAction::default()
        }));
    }
    let attached = match &message.attachment {
        None | Some(Value::Null) => None,
        Some(attachment) => Some(address(attachment).ok_or(".attachment: holds no address")?),
    };
    for url in message.image.iter().cloned().chain(attached) {
        let file = AttachmentFile {
            url: Some(url),
            ..AttachmentFile::default()
        };
        replies.push(Action::Reply(ReplyAction {
            attachment: Some(Attachment::File(file)),
            ..ReplyAction::default()
        }));
    }
    Ok(replies)
}

/// A button that answers.
fn quick_reply(button: &Button) -> Option<QuickReply> {
    let payload = button.payload.clone();
    button.url.is_none().then(|| QuickReply {
        label: button.title.clone(),
        payload: payload.filter(|payload| !payload.trim().is_empty()),
    })
}

/// A button that opens a page.
fn link(button: &Button) -> Option<Link> {
    button.url.clone().map(|url| Link {
        label: button.title.clone(),
        url,
    })
}

/// The address in `"https://…"`, `{"url": …}` or `{"type": …, "payload": {"src": …}}`.
fn address(attachment: &Value) -> Option<String> {
    let payload = attachment.get("payload");
    let places = [
        Some(attachment),
        attachment.get("url"),
        payload.and_then(|payload| payload.get("src")),
        payload.and_then(|payload| payload.get("url")),
    ];
    let found = places.into_iter().flatten().find_map(Value::as_str);
    found.map(str::to_owned)
}
