use conversation::{
    AttachmentFile, Delivery, MessageSettings, OutboundReply, ReplySource, Upload, UploadState,
};
use serde_json::json;
use sparkcentral::{Complete, Dialect, OutgoingMessage, Reply};
use time::OffsetDateTime;

use crate::support::{On, PICTURE, messages, on, problem, texts, with_type};

#[test]
fn a_file_is_uploaded_under_a_name_a_retry_finds_again_and_never_inline() {
    let plan = on("whatsapp").reply(json!({"text": "Your map", "attachment": {"url": PICTURE}}));
    assert_eq!(
        plan,
        on("whatsapp").reply(json!({"text": "Your map", "attachment": {"url": PICTURE}}))
    );
    let planned = &plan.replies[0];
    let upload = planned.upload.as_ref().unwrap();
    assert!(
        upload.name.starts_with("town-") && upload.name.ends_with(".png"),
        "{}",
        upload.name
    );
    assert_eq!(upload.file.url.as_deref(), Some(PICTURE));
    assert_eq!(upload.instead.as_deref(), Some(PICTURE));
    let message = planned.reply.send_message.as_ref().unwrap();
    assert_eq!(message.text.as_deref(), Some("Your map"));
    assert_eq!(message.attachment.as_ref(), Some(&upload.name));
    assert_eq!(plan.inline(), None);
}

#[test]
fn each_file_has_a_reply_and_a_name_of_its_own_even_where_a_reply_takes_several_messages() {
    let several = On {
        features: Dialect::Inbox.default_features(),
        ..on("whatsapp")
    };
    let file = || with_type(json!({"attachment": {"url": PICTURE}}));
    let text = with_type(json!({"text": "And:"}));
    let plan = several.plan(json!([file(), text, file()])).unwrap();
    let names: Vec<_> = plan
        .replies
        .iter()
        .map(|planned| planned.upload.clone().unwrap().name)
        .collect();
    assert_eq!(names.len(), 2);
    assert_ne!(names[0], names[1]);
    for (planned, name) in plan.replies.iter().zip(&names) {
        let named: Vec<_> = planned
            .reply
            .messages()
            .filter_map(|m| m.attachment.as_ref())
            .collect();
        assert_eq!(named, [name]);
    }
}

#[test]
fn where_the_medium_can_t_carry_a_file_its_link_is_said_or_the_operator_s_text() {
    let linked = on("sms").reply(json!({"text": "Your map", "attachment": {"url": PICTURE}}));
    assert_eq!(texts(&linked), [format!("Your map\n{PICTURE}")]);
    assert!(linked.replies[0].upload.is_none() && linked.inline().is_some());

    let data =
        json!({"text": "Your map", "attachment": {"data": "aGk=", "contentType": "image/gif"}});
    let told = On {
        messages: MessageSettings {
            attachment_text: Some("We sent you a file by e-mail.".into()),
            ..MessageSettings::default()
        },
        ..on("whatsapp")
    };
    assert_eq!(
        texts(&told.reply(data.clone())),
        ["Your map\nWe sent you a file by e-mail."]
    );

    let without = on("whatsapp").reply(data);
    assert_eq!(texts(&without), ["Your map"]);
    assert_eq!(without.left_out, ["attachment"]);
}

#[test]
fn a_reply_of_which_nothing_is_left_is_a_problem() {
    let only = json!([with_type(
        json!({"attachment": {"data": "aGk=", "contentType": "image/gif"}})
    )]);
    assert!(problem(&on("whatsapp"), only.clone()).contains("actions[0].attachment"));
    assert!(on("fb").plan(only).is_ok());
}

#[test]
fn a_text_and_data_too_large_to_be_stored_together_are_a_problem() {
    let reply = |words: usize| {
        let text = "word ".repeat(words);
        let file = json!({"data": "A".repeat(200 * 1024), "contentType": "image/png"});
        json!([with_type(json!({"text": text, "attachment": file}))])
    };
    assert!(on("rtm").plan(reply(100)).is_ok());
    assert!(problem(&on("rtm"), reply(32_000)).contains("url or s3"));
}

#[test]
fn clear_text_addresses_are_for_private_networks_only() {
    let file = json!([with_type(
        json!({"attachment": {"url": "http://files.example/a.png"}})
    )]);
    assert!(problem(&on("fb"), file.clone()).contains("actions[0].attachment.url"));
    let private = On {
        messages: MessageSettings {
            allow_private_addresses: true,
            ..MessageSettings::default()
        },
        ..on("fb")
    };
    assert!(private.plan(file).is_ok());
}

#[test]
fn a_text_that_leaves_no_room_for_the_link_goes_ahead_of_its_file() {
    let text = "word ".repeat(399);
    let plan = on("fb").reply(json!({"text": text, "attachment": {"url": PICTURE}}));
    let sent = messages(&plan);
    assert_eq!(sent.len(), 2);
    assert_eq!(
        (sent[0].text.as_deref(), &sent[0].attachment),
        (Some(text.as_str()), &None)
    );
    assert!(sent[1].text.is_none() && sent[1].attachment.is_some());
    assert!(plan.replies[0].upload.is_none() && plan.replies[1].upload.is_some());
}

/// A reply whose file is this far.
fn reply(message: OutgoingMessage, instead: Option<&str>, state: UploadState) -> OutboundReply {
    OutboundReply {
        id: "r".into(),
        episode: 1,
        source: ReplySource::Sparkbridge { about: "t".into() },
        reply: Reply {
            send_message: Some(message),
            complete: Some(Complete::Resolved),
            ..Reply::default()
        },
        upload: Some(Upload {
            name: "town-1.png".into(),
            file: AttachmentFile::default(),
            instead: instead.map(Into::into),
            state,
        }),
        created_at: OffsetDateTime::UNIX_EPOCH,
        attempts: 0,
        doubted: false,
        delivery: Delivery::Pending,
    }
}

#[test]
fn a_file_left_out_is_replaced_and_everything_else_of_the_reply_stays() {
    let message = |text: Option<&str>| OutgoingMessage {
        text: text.map(Into::into),
        attachment: Some("town-1.png".into()),
    };
    let left_out = || UploadState::LeftOut {
        problem: "too large".into(),
    };
    for (text, instead, expected) in [
        (
            Some("Your map"),
            Some(PICTURE),
            Some(format!("Your map\n{PICTURE}")),
        ),
        (Some("Your map"), None, Some("Your map".to_owned())),
        (None, Some(PICTURE), Some(PICTURE.to_owned())),
        (None, None, None),
    ] {
        for state in [UploadState::Waiting, UploadState::Done] {
            let planned = reply(message(text), instead, state);
            assert_eq!(planned.said().as_deref(), Some(&planned.reply));
        }
        let without = reply(message(text), instead, left_out());
        let said = without.said();
        let sent = said.as_ref().and_then(|said| said.send_message.clone());
        assert_eq!(sent.as_ref().and_then(|sent| sent.text.clone()), expected);
        assert!(sent.is_none_or(|sent| sent.attachment.is_none()));
        assert!(said.is_none_or(|said| said.complete == Some(Complete::Resolved)));
    }
}

#[test]
fn a_reply_stored_before_uploads_had_a_state_is_still_to_be_uploaded() {
    let upload: Upload =
        serde_json::from_value(json!({"name": "a.png", "file": {"data": "aGk="}})).unwrap();
    assert_eq!(upload.state, UploadState::Waiting);
    let done = Upload {
        state: UploadState::Done,
        ..upload.clone()
    };
    assert!(upload.asks_the_same(&done));
}
