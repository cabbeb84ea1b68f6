//! From Lex's messages to actions.

use conversation::{Action, Attachment, AttachmentFile, Link, QuickReply, ReplyAction};
use serde_json::Value;
use url::Url;

use super::wire::{Card, Message};
use crate::custom;
use crate::draft::Draft;

/// Adds what a message says. The error is the field, as `.content.topics[1]`, and what is wrong with it;
/// it never holds the words.
pub(super) fn add(message: &Message, draft: &mut Draft) -> Result<(), String> {
    let content = message.content.as_str();
    match message.content_type.as_str() {
        "ImageResponseCard" => match &message.image_response_card {
            Some(card) => draft.add(card_reply(card)),
            None => return Err(".imageResponseCard: is missing".to_owned()),
        },
        "CustomPayload" => return add_payload(content, draft),
        "SSML" => draft.say(&without_tags(content)),
        _ => draft.say(content),
    }
    Ok(())
}

fn add_payload(content: &str, draft: &mut Draft) -> Result<(), String> {
    match serde_json::from_str::<Value>(content) {
        Ok(Value::Object(custom)) => {
            let actions =
                custom::actions(&custom).map_err(|problem| format!(".content{problem}"))?;
            actions.into_iter().for_each(|action| draft.add(action));
        }
        // Made for another client; the contact could not read it.
        Ok(Value::Array(_)) => return Err(".content: JSON must be an object of actions".to_owned()),
        _ => draft.say(content),
    }
    Ok(())
}

fn card_reply(card: &Card) -> Action {
    let is_page = |address: &&str| Url::parse(address).is_ok_and(|url| url.scheme() == "https");
    let lines = [Some(card.title.as_str()), card.subtitle.as_deref()];
    let lines = lines.into_iter().flatten();
    let mut text: Vec<&str> = lines
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let image = card.image_url.as_deref();
    // Files are fetched over https only.
    text.extend(image.filter(|address| !is_page(address)));
    let mut reply = ReplyAction {
        text: (!text.is_empty()).then(|| text.join("\n")),
        attachment: image.filter(is_page).map(|address| {
            Attachment::File(AttachmentFile {
                url: Some(address.to_owned()),
                ..AttachmentFile::default()
            })
        }),
        ..ReplyAction::default()
    };
    for button in &card.buttons {
        let (label, value) = (button.text.clone(), button.value.as_str());
        if is_page(&value) {
            let url = value.to_owned();
            reply.links.push(Link { label, url });
        } else {
            let payload = (value != label).then(|| value.to_owned());
            reply.quick_replies.push(QuickReply { label, payload });
        }
    }
    Action::Reply(reply)
}

/// The words of an SSML text.
fn without_tags(ssml: &str) -> String {
    let mut text = String::with_capacity(ssml.len());
    let mut rest = ssml;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        match tag.split_once('>') {
            Some((name, after)) => {
                // Tags such as <break/> and </p> part words.
                let name = name.trim_matches('/').trim();
                if name.starts_with("break") || matches!(name, "p" | "s") {
                    text.push(' ');
                }
                rest = after;
            }
            None => {
                text.push('<');
                rest = tag;
            }
        }
    }
    text.push_str(rest);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // The ampersand last: `&amp;lt;` is the text `&lt;`.
    [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text, |text, (entity, character)| {
        text.replace(entity, character)
    })
}

#[cfg(test)]
mod tests {
    use conversation::HandoverReason;

    use super::super::wire::Button;
    use super::*;

    fn actions(message: Message) -> Result<Vec<Action>, String> {
        let mut draft = Draft::default();
        add(&message, &mut draft)?;
        Ok(draft.into_actions())
    }

    fn message(kind: &str, content: &str) -> Message {
        Message {
            content_type: kind.to_owned(),
            content: content.to_owned(),
            image_response_card: None,
        }
    }

    #[test]
    fn a_plain_text_is_a_reply_and_a_blank_one_nothing() {
        let plain = |text| actions(message("PlainText", text)).unwrap();
        assert!(plain(" Hello ") == [Action::say("Hello")]);
        assert!(plain(" \n").is_empty());
    }

    #[test]
    fn ssml_is_read_for_its_words() {
        for (ssml, words) in [
            (
                "<speak>Hello <emphasis level='strong'>there</emphasis>.</speak>",
                "Hello there.",
            ),
            ("<speak><p>One.</p><p>Two.</p></speak>", "One. Two."),
            ("One<break time=\"1s\"/>two", "One two"),
            ("Fish &amp; chips &lt; 5", "Fish & chips < 5"),
            ("&amp;lt;", "&lt;"),
            ("2 < 3", "2 < 3"),
        ] {
            let said = actions(message("SSML", ssml)).unwrap();
            assert!(said == [Action::say(words)], "{ssml}");
        }
    }

    #[test]
    fn a_custom_payload_is_actions_or_a_text() {
        let payload = |content| actions(message("CustomPayload", content));
        let json = r#"{"actions":[{"type":"reply","text":"Bye"},{"type":"note","text":"n"},
            {"type":"handover","reason":"bot_asked"}]}"#;
        let expected = [
            Action::say("Bye"),
            Action::Note {
                text: "n".to_owned(),
            },
            Action::hand_over(Some(HandoverReason::BotAsked)),
        ];
        assert!(payload(json).unwrap() == expected);
        let short = r#"{"resolve": true}"#;
        assert!(payload(short).unwrap() == [Action::Resolve]);
        for text in [
            "**bold**",
            "[page](https://shop.example)",
            "42",
            "\"quoted\"",
        ] {
            assert!(payload(text).unwrap() == [Action::say(text)], "{text}");
        }
    }

    #[test]
    fn a_payload_for_another_client_is_not_shown_to_the_contact() {
        for (json, start) in [
            (r#"{"template":"dance"}"#, ".content: has an unknown field"),
            ("[1]", ".content: JSON must"),
            (r#"{"actions":[{"type":"dance"}]}"#, ".content.actions[0]"),
            (
                r#"{"actions":[],"session":1}"#,
                ".content: has an unknown field",
            ),
        ] {
            let problem = actions(message("CustomPayload", json)).unwrap_err();
            assert!(
                problem.starts_with(start) && !problem.contains("dance"),
                "{problem}"
            );
        }
    }

    #[test]
    fn a_card_is_its_words_its_picture_and_its_buttons() {
        let button = |text: &str, value: &str| Button {
            text: text.to_owned(),
            value: value.to_owned(),
        };
        let card = Card {
            title: "Which size?".to_owned(),
            subtitle: Some("All are the same price".to_owned()),
            image_url: Some("https://shop.example/sizes.png".to_owned()),
            buttons: vec![
                button("Large", "size large"),
                button("small", "small"),
                button("Our sizes", "https://shop.example/sizes"),
            ],
        };
        let of_card = |card| {
            let mut message = message("ImageResponseCard", "");
            message.image_response_card = Some(card);
            actions(message).unwrap()
        };
        let quick_reply = |label: &str, payload: Option<&str>| QuickReply {
            label: label.to_owned(),
            payload: payload.map(str::to_owned),
        };
        let expected = Action::Reply(ReplyAction {
            text: Some("Which size?\nAll are the same price".to_owned()),
            attachment: Some(Attachment::File(AttachmentFile {
                url: Some("https://shop.example/sizes.png".to_owned()),
                ..AttachmentFile::default()
            })),
            quick_replies: vec![
                quick_reply("Large", Some("size large")),
                quick_reply("small", None),
            ],
            links: vec![Link {
                label: "Our sizes".to_owned(),
                url: "https://shop.example/sizes".to_owned(),
            }],
            rich_text: false,
        });
        assert!(of_card(card.clone()) == [expected]);

        let mut plain = card;
        plain.image_url = Some("http://shop.example/sizes.png".to_owned());
        let Some(Action::Reply(reply)) = of_card(plain).pop() else {
            panic!()
        };
        assert!(reply.attachment.is_none());
        assert!(
            reply
                .text
                .unwrap()
                .ends_with("\nhttp://shop.example/sizes.png")
        );
    }

    #[test]
    fn a_card_message_without_a_card_is_a_problem() {
        assert!(actions(message("ImageResponseCard", "")).is_err());
    }
}
