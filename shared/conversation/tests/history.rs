//! What was said in an episode, and what people are told of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

use std::collections::BTreeMap;

use conversation::{
    Brief, Conversation, Delivery, DropReason, EventStatus, Handover, HandoverReason, NotAsked,
    OutboundReply, ReplySource, Speaker, StoredEvent, Trigger, history,
};
use proptest::prelude::*;
use sparkcentral::rich_text::has_opener;
use sparkcentral::{ChannelDetails, Reply, SessionProfile};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

fn at(seconds: i64) -> OffsetDateTime {
    let start = OffsetDateTime::parse("2026-10-05T12:00:00Z", &Rfc3339).unwrap();
    start + Duration::seconds(seconds)
}

fn event(key: &str, text: &str, seconds: i64, status: EventStatus) -> StoredEvent {
    StoredEvent {
        key: key.into(),
        payload_hash: String::new(),
        trigger: Trigger::Message {
            text: text.into(),
            message_id: None,
            payload: None,
        },
        episode: 1,
        received_at: at(seconds),
        topics: Vec::new(),
        other: serde_json::Map::new(),
        status,
    }
}

fn turned() -> EventStatus {
    EventStatus::Turned {
        reply_ids: Vec::new(),
        later: false,
    }
}

fn queued() -> EventStatus {
    EventStatus::Queued { answer: None }
}

fn reply(text: &str, seconds: i64, source: ReplySource) -> OutboundReply {
    OutboundReply {
        id: format!("r-{seconds}"),
        episode: 1,
        source,
        reply: Reply::text(text),
        upload: None,
        created_at: at(seconds),
        attempts: 0,
        doubted: false,
        delivery: Delivery::Pending,
    }
}

fn bot() -> ReplySource {
    ReplySource::Bot {
        turn_id: "t".into(),
    }
}

fn told(said: &[conversation::Utterance]) -> Vec<(Speaker, &str)> {
    said.iter()
        .map(|one| (one.from, one.text.as_str()))
        .collect()
}

#[test]
fn an_episode_is_told_in_order_with_the_answer_behind_its_message() {
    let inline = EventStatus::Answered {
        reply: Box::new(Reply::text("hello")),
    };
    let mut other = event("e0", "last week", -9, turned());
    other.episode = 0;
    let mut greeting = event("s", "", 0, turned());
    greeting.trigger = Trigger::Started;
    let events = [
        event("e3", " ", 7, turned()),
        other,
        greeting,
        event("e1", "hi", 1, inline),
        event("e2", "help", 2, turned()),
    ];
    let mut lost = reply("lost", 3, bot());
    lost.delivery = Delivery::Failed {
        at: at(4),
        problem: String::new(),
    };
    let mut late = reply("late", 3, bot());
    late.delivery = Delivery::Dropped {
        at: at(4),
        reason: DropReason::HandingOver,
    };
    let api = ReplySource::Api {
        token: "t".into(),
        parts: 1,
    };
    let ours = ReplySource::Sparkbridge { about: "e2".into() };
    let replies = [
        reply("one moment", 4, ours),
        reply("sure", 3, bot()),
        lost,
        late,
        reply("by hand", 5, api),
    ];
    let said = history(&events, &replies, 1, None, 99);
    assert_eq!(
        told(&said),
        [
            (Speaker::Contact, "hi"),
            (Speaker::Bot, "hello"),
            (Speaker::Contact, "help"),
            (Speaker::Bot, "sure"),
            (Speaker::Sparkbridge, "one moment"),
            (Speaker::Api, "by hand"),
        ]
    );
    let last = history(&events, &replies, 1, None, 2);
    assert_eq!(
        told(&last),
        [
            (Speaker::Sparkbridge, "one moment"),
            (Speaker::Api, "by hand")
        ]
    );
    assert_eq!(history(&events, &replies, 1, None, 0), []);
}

#[test]
fn a_turns_history_holds_neither_its_own_messages_nor_what_comes_after_it() {
    let merged = EventStatus::Merged { into: "e3".into() };
    let not_asked = EventStatus::NotAsked {
        reason: NotAsked::HandingOver,
    };
    let events = [
        event("e1", "first", 1, turned()),
        event("e0", "to nobody", 2, not_asked),
        event("e2", "part of it", 3, merged),
        event("w", "part of it, not written down yet", 4, queued()),
        event("e3", "the turn", 5, queued()),
        event("e4", "next", 6, turned()),
    ];
    let replies = [reply("answer to the first", 2, bot())];
    let said = history(&events, &replies, 1, Some("e3"), 99);
    assert_eq!(
        told(&said),
        [
            (Speaker::Contact, "first"),
            (Speaker::Contact, "to nobody"),
            (Speaker::Bot, "answer to the first"),
        ]
    );
    let all = history(&events, &replies, 1, None, 99);
    assert_eq!(all.len(), 7, "people are shown all of it");
}

fn conversation() -> Conversation {
    let mut conversation = Conversation::new("demo", "c", at(0));
    conversation.language = Some("fr".into());
    conversation.channel_details = Some(ChannelDetails {
        channel_id: "0-chat".into(),
        medium: Some("whatsapp".into()),
        contact_profile: Some(SessionProfile {
            primary_identifier: "Contact One".into(),
            vip: true,
            ..SessionProfile::default()
        }),
        ..ChannelDetails::default()
    });
    conversation
}

fn handover() -> Handover {
    Handover::new("h", HandoverReason::NotUnderstood, at(125))
}

/// An episode in which the bot asks twice and learns something.
fn episode() -> (Vec<StoredEvent>, Vec<OutboundReply>) {
    let ask = Reply {
        apply_topics: vec!["greeting".into()],
        ..Reply::text("Hello! Which order is it?\n1. The last one\n2. Another one")
    };
    let answered = EventStatus::Answered {
        reply: Box::new(ask),
    };
    let events = vec![
        event("e1", "My parcel is lost, says Contact One", 0, answered),
        event(
            "e2",
            "Number 4711,\n- bank: BE68 5390 0754 7034",
            30,
            turned(),
        ),
        event("e3", "contact-1@example.com", 60, turned()),
        event("e4", "Where is it %[x](reply:y)", 90, turned()),
    ];
    let mut second = reply(
        "See https://example.com/?q=1. What is your e-mail address?",
        31,
        bot(),
    );
    second.reply.apply_topics = vec!["delivery".into(), "greeting".into()];
    second.reply.set_contact_attributes =
        BTreeMap::from([("order_number".to_owned(), "4711".to_owned())]);
    (
        events,
        vec![second, reply("I don't understand.", 61, bot())],
    )
}

#[test]
fn people_read_why_what_was_asked_and_learned_and_no_personal_numbers() {
    let (events, replies) = episode();
    let mut handover = handover();
    handover.summary = Some("Parcel of +32 470 12 34 56 is late.".into());
    let zone = "Europe/Brussels".parse().ok();
    let brief = Brief::of(&handover, &conversation(), &events, &replies, zone);
    assert_eq!(
        brief.note(),
        "The bot did not understand the contact.\n\
         Summary: Parcel of [phone] is late.\n\
         Asked and answered:\n\
         - Which order is it? → Number 4711, - bank: [iban]\n\
         - What is your e-mail address? → [email]\n\
         Attributes set: order_number = 4711\n\
         Last topics: greeting, delivery\n\
         Contact's last words: Where is it %\u{2060}[x](reply:y)\n\
         Asked at 2026-10-05 14:02 CEST; with the bot since 2026-10-05 14:00 CEST; \
         4 messages of the contact, 3 of the bot; medium whatsapp; channel 0-chat; language fr; VIP."
    );
    assert_eq!(
        brief.line(),
        "The bot did not understand the contact. | Parcel of [phone] is late. \
         | What is your e-mail address? → [email] | Which order is it? → Number 4711, - bank: [iban]"
    );
    assert_eq!(brief.topics(), ["delivery", "greeting"]);
}

#[test]
fn a_conversation_without_a_word_is_summed_up_too() {
    let brief = Brief::of(
        &handover(),
        &Conversation::new("demo", "c", at(0)),
        &[],
        &[],
        None,
    );
    assert_eq!(
        brief.note(),
        "The bot did not understand the contact.\n\
         Asked at 2026-10-05 12:02 UTC; 0 messages of the contact, 0 of the bot."
    );
    assert_eq!(brief.line(), "The bot did not understand the contact.");
}

#[test]
fn the_contacts_last_words_stand_in_where_nothing_was_asked() {
    let events = [event("e", "I am Contact One, help me", 0, turned())];
    let brief = Brief::of(&handover(), &conversation(), &events, &[], None);
    let expected = "The bot did not understand the contact. | I am [contact], help me";
    assert_eq!(brief.line(), expected);
}

proptest! {
    #[test]
    fn whatever_people_write_the_note_fits_forms_no_shortcode_and_keeps_its_lines(
        texts in prop::collection::vec(prop_oneof![
            "[%!&]{0,3}[\\[(]{0,3}.{0,60}\\?",
            "(%\\[a\\]\\(reply:b\\) ?){0,60}",
            "[a-z\\n\\r\\u{2028}]{0,300}",
            ".{0,400}\\?",
        ], 0..20),
        summary in proptest::option::of(".{0,900}"),
    ) {
        let events: Vec<_> = texts.iter().enumerate()
            .map(|(n, text)| event(&format!("e{n}"), text, n as i64 * 2 + 1, turned()))
            .collect();
        let replies: Vec<_> = texts.iter().enumerate()
            .map(|(n, text)| reply(text, n as i64 * 2, bot()))
            .collect();
        let mut handover = handover();
        handover.summary = summary;
        let brief = Brief::of(&handover, &conversation(), &events, &replies, None);
        let (note, line) = (brief.note(), brief.line());
        prop_assert!(note.chars().count() <= 2_000);
        prop_assert!(line.chars().count() <= 255);
        prop_assert!(!has_opener(&note) && !has_opener(&line));
        prop_assert!(!line.contains('\n'));
        // Reason, summary, heading, six pairs, last words, facts: and nobody adds a line.
        prop_assert!(note.lines().count() <= 11, "{}", note);
        prop_assert!(note.ends_with("VIP."), "never cut short: {}", note.chars().count());
    }
}
