use super::*;
use conversation::{
    EventStatus, HandoverReason, HandoverSettings, Opening, Presence, Trigger, Waiting,
};
use sparkcentral::{ChannelDetails, Dialect};

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

const OPEN: Moment = Moment {
    opening: Opening::Open,
    presence: Presence::Unknown,
    waiting: Waiting::Unknown,
};
const CLOSED: Moment = Moment {
    opening: Opening::OutsideHours,
    ..OPEN
};

fn settings(dialect: Dialect, handover: &str) -> AgentSettings {
    let settings = serde_json::json!({
        "region": "us", "organization_id": "1", "bot": {"kind": "script"}, "dialect": dialect,
    });
    let mut settings: AgentSettings = serde_json::from_value(settings).unwrap();
    settings.handover = toml::from_str::<HandoverSettings>(handover).unwrap();
    assert_eq!(settings.problems(), []);
    settings
}

/// A conversation in which the bot learned something and asked for people.
struct Stage {
    conversation: Conversation,
    events: Vec<StoredEvent>,
    replies: Vec<OutboundReply>,
}

fn stage(medium: &str) -> Stage {
    let mut conversation = Conversation::new("demo", "c", NOW);
    conversation.language = Some("fr".into());
    conversation.last_reply = Some("k.1".into());
    conversation.channel_details = Some(ChannelDetails {
        channel_id: "0-chat".into(),
        medium: Some(medium.into()),
        ..ChannelDetails::default()
    });
    let mut handover = Handover::new("k", HandoverReason::ContactAsked, NOW);
    handover.topics = vec!["own".into()];
    handover.attributes = [("order".to_owned(), "4711".to_owned())].into();
    handover.profiles = vec!["vip-desk".into()];
    handover.summary = Some("Wants %[x](reply:y) a refund.".into());
    conversation.ask_handover(handover, NOW);
    let event = StoredEvent {
        key: "k".into(),
        payload_hash: String::new(),
        trigger: Trigger::Message {
            text: "a person please".into(),
            message_id: None,
            payload: None,
        },
        episode: 1,
        received_at: NOW,
        topics: vec!["by a person".into()],
        other: serde_json::Map::new(),
        status: EventStatus::Failed,
    };
    let reply = Reply {
        apply_topics: (1..=7).map(|n| format!("intent-{n}")).collect(),
        ..Reply::text("Sure.")
    };
    let bots = OutboundReply {
        id: "k.1".into(),
        episode: 1,
        source: ReplySource::Bot {
            turn_id: "k".into(),
        },
        reply,
        upload: None,
        created_at: NOW,
        attempts: 1,
        doubted: false,
        delivery: Delivery::Sent { at: NOW },
    };
    Stage {
        conversation,
        events: vec![event],
        replies: vec![bots],
    }
}

impl Stage {
    fn decide(&self, settings: &AgentSettings, moment: Moment) -> Outcome {
        let case = Case::of("k", &self.conversation, &self.events, &self.replies).unwrap();
        let outcome = decide(&case, settings, moment, NOW);
        for reply in &outcome.replies {
            let fits = reply
                .reply
                .validate(&settings.features(), self.conversation.medium());
            assert_eq!(fits, Ok(()), "{}", reply.id);
        }
        outcome
    }
}

fn ids(outcome: &Outcome) -> Vec<&str> {
    outcome
        .replies
        .iter()
        .map(|reply| reply.id.as_str())
        .collect()
}

fn text(reply: &OutboundReply) -> Option<&str> {
    reply
        .reply
        .messages()
        .find_map(|message| message.text.as_deref())
}

const TEXTS: &str = r#"
    text_on_handover = { en = "A colleague comes.", fr = "Un collègue arrive." }
    context_attribute = "bot_context"
    [topics]
    contact_asked = "Person"
    [[routing]]
    name = "chat"
    when = { channel = ["0-chat"], topic = ["by a person"] }
    topics = ["Chat", "own"]
    attributes = { order = "unknown", team = "chat" }
"#;

#[test]
fn people_get_a_text_a_note_and_then_the_conversation_with_everything_routing_needs() {
    let stage = stage("whatsapp");
    let outcome = stage.decide(&settings(Dialect::Inbox, TEXTS), OPEN);
    assert_eq!(
        ids(&outcome),
        ["handover.k.text", "handover.k.note", "handover.k"]
    );
    assert_eq!(outcome.name, "handed_on");
    assert_eq!(outcome.reason, "contact_asked; open; unknown_profile");
    assert_eq!(outcome.conversation, stage.conversation);

    let [said, noted, completing] = &outcome.replies[..] else {
        panic!("three replies");
    };
    assert_eq!(text(said), Some("Un collègue arrive."));
    let note = &noted.reply.apply_conversation_notes[0].text;
    assert!(
        note.contains("Summary: Wants %\u{2060}[x](reply:y) a refund."),
        "{note}"
    );
    assert!(note.contains("last words: a person please"), "{note}");
    assert_eq!(
        completing.reply,
        Reply {
            apply_topics: ["Person", "own", "Chat"].map(String::from).to_vec(),
            set_contact_attributes: [("order", "4711"), ("team", "chat")]
                .map(|(alias, value)| (alias.to_owned(), value.to_owned()))
                .into(),
            complete: Some(Complete::Handover),
            ..Reply::default()
        }
    );
    let is_sorted = outcome.replies.is_sorted_by_key(|reply| reply.created_at);
    assert!(is_sorted, "the transcript is sorted by time");
}

#[test]
fn without_notes_people_see_the_last_intents_as_topics_and_a_line_as_an_attribute() {
    let outcome = stage("whatsapp").decide(&settings(Dialect::Sparkcentral, TEXTS), OPEN);
    assert_eq!(ids(&outcome), ["handover.k.text", "handover.k"]);
    let completing = &outcome.replies[1].reply;
    let topics = [
        "Person", "own", "Chat", "intent-3", "intent-4", "intent-5", "intent-6", "intent-7",
    ];
    assert_eq!(completing.apply_topics, topics);
    let line = &completing.set_contact_attributes["bot_context"];
    assert!(
        line.starts_with("The contact asked for a person. | Wants"),
        "{line}"
    );
    assert_eq!(completing.set_contact_attributes["order"], "4711");
}

#[test]
fn a_kept_bot_has_the_conversation_back_and_people_can_be_asked_again() {
    let kept = settings(
        Dialect::Sparkcentral,
        "[closed]\naction = \"keep_bot\"\ntext = \"We are closed.\"",
    );
    let stage = stage("whatsapp");
    let mut outcome = stage.decide(&kept, CLOSED);
    assert_eq!(
        (outcome.name, ids(&outcome)),
        ("kept_with_bot", vec!["handover.k.text"])
    );
    assert_eq!(outcome.reason, "contact_asked; outside_hours");
    assert_eq!(text(&outcome.replies[0]), Some("We are closed."));
    let conversation = &mut outcome.conversation;
    assert_eq!(
        (conversation.state, conversation.episode),
        (State::WithBot, 1)
    );
    // Nothing the bot answers at once may overtake the text.
    assert_eq!(conversation.last_reply.as_deref(), Some("handover.k.text"));
    assert!(
        Case::of("k", conversation, &[], &[]).is_none(),
        "told again, it is over"
    );

    let next = Handover::new("l", HandoverReason::ContactAsked, NOW);
    assert_eq!(conversation.ask_handover(next.clone(), NOW), Some(next));
    assert!(Case::of("l", conversation, &[], &[]).is_some());
}

#[test]
fn a_resolved_conversation_is_told_why_before_it_is_closed() {
    let resolve = "[closed]\naction = \"resolve\"\ntext = \"Please write again tomorrow.\"";
    let outcome = stage("whatsapp").decide(&settings(Dialect::Sparkcentral, resolve), CLOSED);
    assert_eq!(
        (outcome.name, ids(&outcome)),
        ("resolving", vec!["handover.k.text", "handover.k"])
    );
    assert_eq!(
        text(&outcome.replies[0]),
        Some("Please write again tomorrow.")
    );
    assert_eq!(outcome.replies[1].reply.complete, Some(Complete::Resolved));
    // Closed when Sparkcentral has closed it.
    assert_eq!(outcome.conversation.state, State::HandingOver);
}

#[test]
fn what_completes_holds_no_words_so_that_it_may_be_sent_again() {
    for dialect in [Dialect::Sparkcentral, Dialect::Inbox] {
        for action in ["hand_over", "resolve"] {
            let closed = format!("[closed]\naction = \"{action}\"\ntext = \"Closed.\"");
            let outcome = stage("whatsapp").decide(&settings(dialect, &closed), CLOSED);
            let last = outcome.replies.last().unwrap();
            assert!(
                matches!(&last.source, ReplySource::Handover { handover_id } if handover_id == "k")
            );
            assert!(last.reply.messages().next().is_none());
            assert!(last.reply.apply_conversation_notes.is_empty());
            let others = &outcome.replies[..outcome.replies.len() - 1];
            assert!(others.iter().all(|reply| reply.reply.complete.is_none()));
        }
    }
}

#[test]
fn a_text_longer_than_the_medium_takes_is_sent_in_parts_before_the_end() {
    let long = format!("text_on_handover = \"{}\"", "Please wait. ".repeat(150));
    let outcome = stage("sms").decide(&settings(Dialect::Sparkcentral, &long), OPEN);
    assert_eq!(
        ids(&outcome),
        ["handover.k.text", "handover.k.text.2", "handover.k"]
    );
    let replies: Vec<_> = outcome.replies.iter().collect();
    let found: Vec<_> = decided("k", &outcome.replies).collect();
    assert_eq!(
        found, replies,
        "a second delivery of the message finds all of it"
    );
    assert_eq!(decided("k.text", &outcome.replies).count(), 0);
    assert_eq!(decided("", &outcome.replies).count(), 0);
}

#[test]
fn only_the_handover_under_way_is_decided_on() {
    let stage = stage("whatsapp");
    let case =
        |id: &str, conversation: &Conversation| Case::of(id, conversation, &[], &[]).is_some();
    assert!(case("k", &stage.conversation));
    assert!(!case("other", &stage.conversation));
    for state in [State::WithBot, State::WithAgent, State::Resolved] {
        let conversation = Conversation {
            state,
            ..stage.conversation.clone()
        };
        assert!(!case("k", &conversation), "{state:?}");
    }
}
