//! What a channel's settings do to its conversations, without clock and network.

use serde_json::{Value, json};

use crate::{
    agent::spec,
    domain_tests::{apply, at, begin, delegation, message, reason, world},
    history::{How, Owner, Queue, Reason, Resolution},
    refusal::Refusal,
    shortcodes::Target,
    world::World,
};

const DAY: i64 = 86_400;

fn set(world: &mut World, settings: Value) {
    let edit = serde_json::from_value(settings).unwrap();
    world.channels.edit("0-1", edit).unwrap();
}

fn reply(world: &mut World, id: &str, human: &str) -> Result<(), Refusal> {
    world.human_reply(id, Some(human.into()), "Hi".into(), at(10))
}

fn by(human: &str) -> Resolution {
    Resolution {
        agent: Some(human.into()),
        ..Resolution::default()
    }
}

fn owner(world: &World, id: &str) -> Option<String> {
    match world.conversation(id).unwrap().owner.clone()? {
        Owner::Human { name } => Some(name),
        Owner::VirtualAgent { id } => Some(id),
    }
}

#[test]
fn the_first_human_who_replies_owns_the_conversation_until_it_is_resolved() {
    let mut world = world(vec![delegation()]);
    let id = begin(&mut world);
    reply(&mut world, &id, "agent-1").unwrap();
    assert_eq!(owner(&world, &id).as_deref(), Some("agent-1"));
    assert_eq!(world.conversation(&id).unwrap().queue, Queue::Pending);
    let second = reply(&mut world, &id, "agent-2");
    assert!(matches!(second, Err(Refusal::Conflict(_))));
    world.resolve(&id, Resolution::default(), at(20)).unwrap();
    assert_eq!(owner(&world, &id), None);
    let late = reply(&mut world, &id, "agent-1");
    assert!(matches!(late, Err(Refusal::Conflict(_))));
}

#[test]
fn without_auto_ownership_a_reply_leaves_the_conversation_to_nobody() {
    let mut world = world(vec![delegation()]);
    let id = begin(&mut world);
    set(&mut world, json!({"auto_ownership": false}));
    reply(&mut world, &id, "agent-1").unwrap();
    reply(&mut world, &id, "agent-2").unwrap();
    let conversation = world.conversation(&id).unwrap();
    assert_eq!(
        (conversation.queue, &conversation.owner),
        (Queue::New, &None)
    );
    let by = |number: usize| conversation.messages[number].by.as_deref();
    assert_eq!((by(1), by(2)), (Some("agent-1"), Some("agent-2")));
    world.take(&id, "agent-1".into(), at(11)).unwrap();
    assert_eq!(owner(&world, &id).as_deref(), Some("agent-1"));
}

#[test]
fn a_reply_takes_the_conversation_from_a_virtual_agent_with_or_without_auto_ownership() {
    for (auto_ownership, expected) in [(true, Some("agent-1")), (false, None)] {
        let mut world = world(vec![spec("bot")]);
        let id = begin(&mut world);
        set(&mut world, json!({ "auto_ownership": auto_ownership }));
        assert_eq!(owner(&world, &id).as_deref(), Some("bot"));
        reply(&mut world, &id, "agent-1").unwrap();
        assert_eq!(owner(&world, &id).as_deref(), expected);
        assert_eq!(reason(world.conversation(&id).unwrap()), Reason::Taken);
        assert!(!world.expire(at(10 + DAY)));
    }
}

#[test]
fn roles_decide_who_replies_and_who_acts_at_all() {
    let mut world = world(vec![delegation()]);
    let id = begin(&mut world);
    set(
        &mut world,
        json!({"access": {"all_users": null, "users": {"viewer": "viewer", "worker": "contributor", "chief": "supervisor"}}}),
    );
    let forbidden = |result| matches!(result, Err(Refusal::Forbidden(_)));
    assert!(forbidden(reply(&mut world, &id, "viewer")));
    assert!(forbidden(reply(&mut world, &id, "stranger")));
    assert!(forbidden(world.take(&id, "stranger".into(), at(1))));
    assert!(forbidden(world.resolve(&id, by("stranger"), at(1))));
    assert_eq!(world.conversation(&id).unwrap().history.len(), 1);
    for human in ["worker", "chief"] {
        world.take(&id, human.into(), at(1)).unwrap();
        reply(&mut world, &id, human).unwrap();
    }
    world.resolve(&id, by("viewer"), at(2)).unwrap();
    assert_eq!(world.conversation(&id).unwrap().queue, Queue::Resolved);
}

#[test]
fn a_human_who_lost_access_cannot_give_the_conversation_away() {
    let mut world = world(vec![delegation()]);
    let id = begin(&mut world);
    world.take(&id, "agent-1".into(), at(1)).unwrap();
    set(&mut world, json!({"access": {"all_users": null}}));
    let given = world.delegate(&id, None, at(2));
    assert!(matches!(given, Err(Refusal::Forbidden(_))));
    let resolved = world.resolve(&id, Resolution::default(), at(2));
    assert!(matches!(resolved, Err(Refusal::Forbidden(_))));
}

#[test]
fn each_deadline_is_met_at_its_own_moment_however_late_anybody_looks() {
    let mut world = world(vec![spec("bot")]);
    let id = begin(&mut world);
    assert!(world.expire(at(100 * DAY)));
    let history = &world.conversation(&id).unwrap().history;
    let ends: Vec<_> = history[2..]
        .iter()
        .map(|c| (c.at, c.queue, c.reason))
        .collect();
    assert_eq!(
        ends,
        [
            (at(300), Queue::New, Reason::NoReply),
            (at(300 + 30 * DAY), Queue::Resolved, Reason::AutoResolved),
        ]
    );
    let resolution = history[3].resolution.as_ref().unwrap();
    assert_eq!((resolution.how, &resolution.agent), (How::Auto, &None));
    assert!(!world.expire(at(200 * DAY)));
}

#[test]
fn new_and_pending_are_resolved_after_their_own_time_since_the_last_activity() {
    let mut world = world(vec![delegation()]);
    let id = begin(&mut world);
    set(
        &mut world,
        json!({"auto_resolve": {"new_seconds": 100, "pending_seconds": 50}}),
    );
    world.write(&id, message("Anyone?"), at(90)).unwrap();
    assert!(!world.expire(at(189)));
    world.take(&id, "agent-1".into(), at(189)).unwrap();
    assert!(!world.expire(at(238)));
    assert!(world.expire(at(239)));
    assert_eq!(owner(&world, &id), None);
    world.write(&id, message("Still there?"), at(300)).unwrap();
    assert_eq!(world.conversation(&id).unwrap().queue, Queue::New);
}

#[test]
fn an_auto_resolved_conversation_is_lost_to_its_virtual_agent() {
    let mut world = world(vec![spec("bot")]);
    let id = begin(&mut world);
    set(&mut world, json!({"auto_resolve": {"pending_seconds": 20}}));
    assert!(world.expire(at(20)));
    let conversation = world.conversation(&id).unwrap();
    assert_eq!(conversation.virtual_agent(), None);
    // Nothing new is told: the start and the message are all there ever was.
    assert_eq!(conversation.outbox.len(), 2);
}

#[test]
fn the_newest_button_of_a_label_is_tapped() {
    let mut world = world(vec![spec("bot")]);
    let id = begin(&mut world);
    for payload in ["old", "new"] {
        let text = format!("%[Yes](reply:{payload})%[Shop](https://example.com)");
        apply(&mut world, &id, json!({"sendMessage": {"text": text}})).unwrap();
    }
    let rendered = world.conversation(&id).unwrap().messages[1]
        .rendered
        .clone();
    let buttons = rendered.unwrap().buttons;
    assert_eq!(buttons[0].leads_to, Target::Payload("old".into()));
    world.tap(&id, "Yes", at(3)).unwrap();
    let tapped = world.conversation(&id).unwrap().messages.last().unwrap();
    assert_eq!(tapped.text.as_deref(), Some("Yes"));
    assert_eq!(tapped.payload.as_deref(), Some("new"));
    assert!(matches!(
        world.tap(&id, "Shop", at(4)),
        Err(Refusal::Conflict(_))
    ));
    assert!(matches!(
        world.tap(&id, "No", at(4)),
        Err(Refusal::NotFound(_))
    ));
}
