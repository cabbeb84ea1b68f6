//! What a turn does to its conversation.

use super::*;
use conversation::{Action, Answer, Answers, State};

fn settings() -> AgentSettings {
    serde_json::from_str(r#"{"region":"us","bot":{"kind":"script"}}"#).unwrap()
}

fn conversation() -> Conversation {
    let mut conversation = Conversation::new("demo", "c", OffsetDateTime::UNIX_EPOCH);
    conversation.queued = vec!["k".into(), "next".into()];
    conversation
}

fn event() -> StoredEvent {
    let body = br#"{"type":"INBOUND_MESSAGE_RECEIVED","idempotencyKey":"k",
        "data":{"conversationId":"c","message":{"text":"hi"}}}"#;
    let envelope = sparkcentral::event::parse(body).unwrap();
    let status = EventStatus::Queued { answer: None };
    let mut event = StoredEvent::of(&envelope, OffsetDateTime::UNIX_EPOCH, status).unwrap();
    event.episode = 1;
    event
}

fn outcome(said: &Said, before: &Conversation) -> Outcome {
    let event = event();
    let now = OffsetDateTime::UNIX_EPOCH;
    let events = std::slice::from_ref(&event);
    Outcome::of(
        said,
        before,
        &event,
        events,
        &Early::default(),
        &settings(),
        now,
    )
}

fn answer(actions: Vec<Action>) -> Said {
    Said::Answer(Box::new(Answer {
        actions,
        session: None,
    }))
}

fn say(text: &str) -> Action {
    Action::say(text)
}

#[test]
fn an_answer_becomes_replies_with_ids_that_a_retry_finds_again() {
    let said = answer(vec![say("one"), say("two")]);
    let outcome = outcome(&said, &conversation());
    let ids: Vec<_> = outcome
        .replies
        .iter()
        .map(|reply| reply.id.as_str())
        .collect();
    assert_eq!(ids, ["k.1", "k.2"]);
    assert_eq!(outcome.conversation.queued, ["next"]);
    assert_eq!(outcome.conversation.state, State::WithBot);
}

#[test]
fn a_handover_keeps_the_replies_said_before_it() {
    let said = answer(vec![say("a person will help"), Action::hand_over(None)]);
    let outcome = outcome(&said, &conversation());
    assert_eq!(outcome.replies.len(), 1);
    assert_eq!(outcome.conversation.state, State::HandingOver);
    assert_eq!(
        outcome.conversation.handover.unwrap().reason,
        HandoverReason::BotAsked
    );
}

#[test]
fn an_answer_that_cannot_be_carried_out_and_a_failed_bot_ask_people() {
    let unusable = answer(vec![Action::Resolve, say("after the end")]);
    for said in [unusable, Said::Failed(HandoverReason::BotFailed)] {
        let outcome = outcome(&said, &conversation());
        assert_eq!((outcome.name, outcome.replies.len()), ("failed", 0));
        assert_eq!(outcome.conversation.state, State::HandingOver);
        assert!(matches!(outcome.turn().status, EventStatus::Failed));
    }
}

#[test]
fn what_the_bot_says_into_a_conversation_that_left_it_is_kept_and_not_sent() {
    let handing_over = (State::HandingOver, 1, DropReason::HandingOver);
    for (state, episode, reason) in [
        handing_over,
        (State::WithAgent, 1, DropReason::WithAgent),
        (State::Resolved, 1, DropReason::Resolved),
        (State::WithBot, 2, DropReason::EarlierEpisode),
    ] {
        let before = Conversation {
            state,
            episode,
            ..conversation()
        };
        let outcome = outcome(&answer(vec![say("too late")]), &before);
        assert_eq!(outcome.name, "too_late", "{state:?}");
        assert!(
            matches!(&outcome.turn().status, EventStatus::TooLate { reply_ids } if *reply_ids == ["k.1"])
        );
        let now = OffsetDateTime::UNIX_EPOCH;
        let dropped = Delivery::Dropped { at: now, reason };
        assert_eq!(outcome.replies[0].delivery, dropped);
        assert_eq!(
            outcome.conversation.queued,
            ["next"],
            "the turn is over all the same"
        );
        assert_eq!(outcome.conversation.state, state);
    }
}

#[test]
fn a_bot_that_was_not_asked_leaves_a_note_of_why() {
    let before = Conversation {
        state: State::WithAgent,
        ..conversation()
    };
    let outcome = outcome(&Said::NotAsked, &before);
    assert_eq!((outcome.name, outcome.replies.len()), ("not_asked", 0));
    let reason = NotAsked::WithAgent;
    assert!(outcome.turn().status == EventStatus::NotAsked { reason });
}

#[test]
fn messages_that_were_one_turn_say_which() {
    let (first, last) = (event(), event());
    let events = [
        StoredEvent {
            key: "first".into(),
            ..first
        },
        last,
    ];
    let turn = conversation::merged(&events).unwrap();
    let said = answer(vec![say("both")]);
    let mut before = conversation();
    before.queued.insert(0, "first".into());
    let now = OffsetDateTime::UNIX_EPOCH;
    let asked = Early::default();
    let outcome = Outcome::of(&said, &before, &turn, &events, &asked, &settings(), now);
    let into = "k".to_owned();
    assert!(outcome.events[0].status == EventStatus::Merged { into });
    assert_eq!(outcome.turn().status.name(), "turned");
    assert_eq!(outcome.replies[0].id, "k.1");
    assert_eq!(outcome.conversation.queued, ["next"]);
}

#[test]
fn a_paused_agents_turn_goes_to_people_unless_they_have_it_already() {
    let paused = outcome(&Said::Paused, &conversation());
    assert_eq!((paused.name, paused.replies.len()), ("handing_over", 0));
    assert_eq!(paused.reason.as_deref(), Some("agent_paused"));
    assert_eq!(paused.conversation.state, State::HandingOver);
    let handover = paused.conversation.handover.unwrap();
    assert_eq!(handover.reason, HandoverReason::AgentPaused);
    assert_eq!(handover.id, "k");
    assert_eq!(paused.conversation.queued, ["next"]);

    let before = Conversation {
        state: State::WithAgent,
        ..conversation()
    };
    let left = outcome(&Said::Paused, &before);
    assert_eq!(
        (left.name, left.conversation.state),
        ("not_asked", State::WithAgent)
    );
}

#[test]
fn an_answer_given_before_the_pause_is_carried_out() {
    let paused = AgentSettings {
        paused: true,
        ..settings()
    };
    let (event, before) = (event(), conversation());
    let now = OffsetDateTime::UNIX_EPOCH;
    let events = std::slice::from_ref(&event);
    let said = answer(vec![say("decided")]);
    let asked = Early::default();
    let outcome = Outcome::of(&said, &before, &event, events, &asked, &paused, now);
    assert_eq!((outcome.name, outcome.replies.len()), ("answered", 1));
    assert_eq!(outcome.conversation.state, State::WithBot);
}

#[test]
fn a_bot_that_answers_later_is_waited_for_unless_its_answer_was_faster_than_that() {
    let later = outcome(&Said::Later, &conversation());
    assert_eq!(later.name, "answered_later");
    assert_eq!(later.conversation.awaiting, ["k"]);

    let mut before = conversation();
    before.queued.insert(0, "k".into());
    before.answered(&Answers::UpTo("k".into()));
    let faster = outcome(&Said::Later, &before);
    assert_eq!(faster.name, "answered");
    assert!(faster.conversation.awaiting.is_empty());
    assert!(faster.conversation.early.is_none(), "the turn is over");
    let status = EventStatus::Turned {
        reply_ids: Vec::new(),
        later: false,
    };
    assert!(faster.turn().status == status);
}
