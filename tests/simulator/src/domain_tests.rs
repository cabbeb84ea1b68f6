//! The domain without clock and network: who has a conversation, and what is told to whom.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    agent::{AgentSpec, HandoffRule, Kind, spec},
    config::Config,
    contact::ContactSpec,
    conversation::{Channel, Conversation, Via},
    event::EventKind,
    history::{Owner, Queue, Reason, Resolution},
    moment::Moment,
    moves::{Beginning, ContactMessage},
    refusal::Refusal,
    world::World,
};

pub(crate) fn at(seconds: i64) -> Moment {
    Moment::from_unix(seconds)
}

pub(crate) fn world(agents: Vec<AgentSpec>) -> World {
    World::new(Config {
        agents,
        ..Config::default()
    })
    .unwrap()
}

fn channel() -> Channel {
    Channel {
        id: "0-1".into(),
        name: "Shop".into(),
    }
}

pub(crate) fn begin(world: &mut World) -> String {
    let beginning = Beginning {
        agent: Some("bot".into()),
        medium: "rtm".into(),
        channel: channel(),
        contact: ContactSpec::Name("contact-1".into()),
        language: None,
        message: Some(message("Hello")),
    };
    world.begin(beginning, at(0)).unwrap()
}

pub(crate) fn message(text: &str) -> ContactMessage {
    ContactMessage {
        text: Some(text.into()),
        ..ContactMessage::default()
    }
}

pub(crate) fn delegation() -> AgentSpec {
    AgentSpec {
        kind: Kind::Delegation,
        handoff_rule: HandoffRule::PreviousAgent,
        ..spec("bot")
    }
}

pub(crate) fn apply(world: &mut World, id: &str, body: Value) -> Result<Vec<String>, Refusal> {
    let agent = world.agent("bot").unwrap().clone();
    world.apply(id, &agent, body, Via::Rest, None, at(1))
}

fn waiting(conversation: &Conversation) -> Vec<bool> {
    let inbound = |kind: &EventKind| matches!(kind, EventKind::Inbound { .. });
    conversation
        .outbox
        .iter()
        .map(|event| inbound(&event.kind))
        .collect()
}

pub(crate) fn reason(conversation: &Conversation) -> Reason {
    conversation.history.last().unwrap().reason
}

#[test]
fn an_inception_agent_is_told_of_the_start_before_the_message() {
    let mut world = world(vec![spec("bot")]);
    let id = begin(&mut world);
    let conversation = world.conversation(&id).unwrap();
    assert_eq!(conversation.virtual_agent(), Some("bot"));
    assert_eq!(waiting(conversation), [false, true]);
}

#[test]
fn a_delegation_agent_picks_nothing_up() {
    let mut world = world(vec![delegation()]);
    let id = begin(&mut world);
    let conversation = world.conversation(&id).unwrap();
    assert_eq!(conversation.queue, Queue::New);
    assert!(conversation.outbox.is_empty());
}

#[test]
fn nothing_is_told_while_a_human_has_it_or_nobody() {
    let mut world = world(vec![spec("bot")]);
    let id = begin(&mut world);
    world.take(&id, "agent-1".into(), at(1)).unwrap();
    world.write(&id, message("one"), at(2)).unwrap();
    assert_eq!(world.conversation(&id).unwrap().outbox.len(), 2);
}

#[test]
fn handover_follows_the_rule_and_falls_back_to_new() {
    let mut world = world(vec![delegation()]);
    let id = begin(&mut world);
    world.delegate(&id, None, at(1)).unwrap();
    apply(&mut world, &id, json!({"complete": "HANDOVER"})).unwrap();
    assert_eq!(world.conversation(&id).unwrap().queue, Queue::New);

    world.take(&id, "agent-1".into(), at(2)).unwrap();
    world.delegate(&id, None, at(3)).unwrap();
    apply(&mut world, &id, json!({"complete": "HANDOVER"})).unwrap();
    let owner = world.conversation(&id).unwrap().owner.clone();
    assert_eq!(
        owner,
        Some(Owner::Human {
            name: "agent-1".into()
        })
    );
}

#[test]
fn the_first_unanswered_message_sets_the_clock() {
    let mut world = world(vec![spec("bot")]);
    let id = begin(&mut world);
    world.write(&id, message("Anyone?"), at(299)).unwrap();
    assert!(!world.expire(at(299)));
    assert!(world.expire(at(300)));
    let conversation = world.conversation(&id).unwrap();
    assert_eq!(conversation.queue, Queue::New);
    assert_eq!(reason(conversation), Reason::NoReply);
}

#[test]
fn a_reply_stops_the_clock_and_a_topic_does_not() {
    let mut world = world(vec![spec("bot")]);
    let id = begin(&mut world);
    apply(&mut world, &id, json!({"applyTopics": ["Refund"]})).unwrap();
    assert!(world.conversation(&id).unwrap().owed.is_some());
    apply(&mut world, &id, json!({"sendMessage": {"text": "Hi"}})).unwrap();
    assert!(!world.expire(at(0).plus(Duration::from_secs(100_000))));
}

#[test]
fn a_reply_is_applied_whole_or_not_at_all() {
    let mut world = world(vec![spec("bot")]);
    let id = begin(&mut world);
    let body = json!({"sendMessage": {"text": "Hi", "attachment": "missing.png"}, "applyTopics": ["Refund"]});
    assert!(apply(&mut world, &id, body).is_err());
    let conversation = world.conversation(&id).unwrap();
    assert_eq!(conversation.messages.len(), 1);
    assert!(conversation.topics.is_empty());
}

#[test]
fn a_bare_tag_has_no_message_over_rest() {
    let mut world = world(vec![spec("bot")]);
    let id = begin(&mut world);
    let message_id = world.conversation(&id).unwrap().messages[0].id.clone();
    let ignored = apply(&mut world, &id, json!({"applyTags": ["Happy"]})).unwrap();
    assert_eq!(ignored.len(), 1);
    let tag = json!({"applyTags": [{"messageId": message_id, "tag": "HAPPY"}]});
    assert!(apply(&mut world, &id, tag).unwrap().is_empty());
    assert_eq!(world.conversation(&id).unwrap().tags[0].tag, "Happy");
}

#[test]
fn a_late_failure_of_an_earlier_assignment_moves_nothing() {
    let mut world = world(vec![spec("bot")]);
    let id = begin(&mut world);
    let stale = world.conversation(&id).unwrap().outbox[0].clone();
    world.resolve(&id, Resolution::default(), at(1)).unwrap();
    world.write(&id, message("Again"), at(2)).unwrap();
    world.give_up(&id, &stale, at(3));
    assert_eq!(reason(world.conversation(&id).unwrap()), Reason::PickedUp);
}

#[test]
fn two_agents_with_the_same_claim_on_a_channel_are_a_conflict() {
    let listed = AgentSpec {
        channels: Some(vec!["Shop".into()]),
        ..spec("listed")
    };
    let mut world = world(vec![spec("bot"), listed.clone()]);
    let first = world.inception_agent(&channel()).unwrap().unwrap();
    assert_eq!(first.id, "listed");
    let id = Some("rival".into());
    world.register(AgentSpec { id, ..listed }).unwrap();
    assert!(world.inception_agent(&channel()).is_err());
}
