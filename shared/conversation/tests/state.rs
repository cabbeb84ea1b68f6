//! States, moves, episodes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

use conversation::{
    Claim, Conversation, Delivery, DropReason, Handover, HandoverReason, Move, NotAsked,
    OutboundReply, Reception, ReplySource, State,
};
use proptest::prelude::*;
use sparkcentral::{Assigned, Event, Inbound, Reply};
use time::{Duration, OffsetDateTime};

const T0: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn inbound() -> Event {
    Event::InboundMessageReceived(Inbound {
        conversation_id: "c".into(),
        ..Inbound::default()
    })
}

fn started() -> Event {
    Event::ConversationStarted(Assigned {
        conversation_id: "c".into(),
        ..Assigned::default()
    })
}

fn handover(id: &str) -> Handover {
    Handover::new(id, HandoverReason::BotAsked, T0)
}

fn in_state(state: State) -> Conversation {
    let mut conversation = Conversation::new("demo", "c", T0);
    conversation.version = 1;
    conversation.state = state;
    conversation
}

#[test]
fn a_first_message_asks_the_bot_whether_or_not_a_start_was_seen() {
    for first in [inbound(), started()] {
        let mut conversation = Conversation::new("demo", "c", T0);
        assert_eq!(
            conversation.receive(&first, Some(T0), T0),
            Reception::AskBot
        );
        assert_eq!(
            (conversation.state, conversation.episode),
            (State::WithBot, 1)
        );
    }
}

#[test]
fn a_start_that_arrives_after_the_first_message_opens_no_second_episode() {
    let mut conversation = Conversation::new("demo", "c", T0);
    conversation.receive(&inbound(), Some(T0), T0);
    conversation.receive(&started(), Some(T0), T0);
    assert_eq!(conversation.episode, 1);
}

#[test]
fn a_conversation_that_comes_back_is_a_new_episode_with_an_empty_session() {
    for state in [State::HandingOver, State::WithAgent, State::Resolved] {
        let mut conversation = in_state(state);
        conversation.session = serde_json::json!({"misses": 2});
        conversation.handover = Some(handover("h"));
        assert_eq!(
            conversation.receive(&started(), Some(T0), T0),
            Reception::AskBot
        );
        assert_eq!(
            (conversation.state, conversation.episode),
            (State::WithBot, 2),
            "{state:?}"
        );
        assert!(conversation.session.is_null() && conversation.handover.is_none());
    }
}

#[test]
fn a_delegation_nobody_announced_the_takeover_of_is_a_new_episode() {
    let delegated = Event::ConversationDelegated(Assigned {
        conversation_id: "c".into(),
        ..Assigned::default()
    });
    let (before, later) = (T0 - Duration::SECOND, T0 + Duration::SECOND);
    let mut conversation = in_state(State::WithBot);
    conversation.changed_at = T0;
    conversation.awaiting = vec!["k".into()];
    // Sent before the conversation came to the bot: the first delegation, overtaken by a message.
    conversation.receive(&delegated, Some(before), later);
    assert_eq!(conversation.episode, 1);
    conversation.receive(&delegated, Some(later), later);
    assert_eq!(conversation.episode, 2);
    assert!(conversation.awaiting.is_empty());
    // Delivered again after its first attempt died.
    conversation.receive(&delegated, Some(later), later + Duration::SECOND);
    assert_eq!(conversation.episode, 2);
    // The very first event of a conversation, from a clock that is ahead of ours.
    let mut new = Conversation::new("demo", "c", T0);
    new.receive(&delegated, Some(later), T0);
    assert_eq!(new.episode, 1);
}

#[test]
fn another_start_of_a_conversation_that_never_left_the_bot_is_a_new_episode() {
    let later = T0 + Duration::SECOND;
    let mut conversation = in_state(State::WithBot);
    // A message was faster than what began the episode.
    conversation.receive(&started(), Some(later), later);
    assert_eq!(conversation.episode, 1);
    conversation.awaiting = vec!["k".into()];
    // People took it, resolved it, and the contact wrote again; nobody told us of that.
    conversation.receive(&started(), Some(later), later);
    assert_eq!(conversation.episode, 2);
    assert!(conversation.awaiting.is_empty());
    // Sent before that, and late.
    conversation.receive(&started(), Some(T0), later + Duration::SECOND);
    assert_eq!(conversation.episode, 2);
}

#[test]
fn a_start_sent_when_no_retry_can_be_under_way_is_a_return_of_its_own() {
    let begun_by_message = || {
        let mut conversation = in_state(State::WithAgent);
        let message = T0 + Duration::SECOND;
        conversation.receive(&inbound(), Some(message), message);
        assert_eq!(conversation.episode, 2);
        (conversation, message)
    };
    for (seconds, episode) in [(-1, 2), (1, 2), (46, 2), (47, 3)] {
        let (mut conversation, message) = begun_by_message();
        let sent = message + Duration::seconds(seconds);
        conversation.receive(&started(), Some(sent), message + Duration::MINUTE);
        assert_eq!(conversation.episode, episode, "{seconds} s later");
    }
}

#[test]
fn only_the_second_404_is_believed() {
    let mut reply = reply(Delivery::Sending { lease_until: T0 }, 1);
    reply.not_assigned(T0);
    assert_eq!(reply.delivery, Delivery::Pending);
    assert_eq!(reply.claim(&in_state(State::WithBot), T0), Claim::Send);
    reply.not_assigned(T0);
    let reason = DropReason::NotAssigned;
    assert_eq!(reply.delivery, Delivery::Dropped { at: T0, reason });
}

#[test]
fn a_message_during_a_handover_is_kept_and_the_bot_left_alone() {
    let mut conversation = in_state(State::HandingOver);
    let reception = conversation.receive(&inbound(), Some(T0), T0);
    assert_eq!(reception, Reception::Record(NotAsked::HandingOver));
    assert_eq!(conversation.episode, 1);
}

#[test]
fn a_late_message_from_before_a_takeover_never_wakes_the_bot() {
    let mut conversation = in_state(State::WithAgent);
    conversation.changed_at = T0 + Duration::SECOND;
    let reception = conversation.receive(&inbound(), Some(T0), T0 + Duration::MINUTE);
    assert_eq!(reception, Reception::Record(NotAsked::WithAgent));
}

#[test]
fn a_message_sent_after_a_takeover_proves_that_the_conversation_came_back() {
    let mut conversation = in_state(State::WithAgent);
    conversation.changed_at = T0;
    let later = T0 + Duration::SECOND;
    assert_eq!(
        conversation.receive(&inbound(), Some(later), later),
        Reception::AskBot
    );
    assert_eq!(conversation.episode, 2);
}

#[test]
fn every_move_from_every_state_is_as_drawn() {
    use Move as M;
    use State as S;
    let table = [
        (
            S::WithBot,
            [
                Some(S::WithBot),
                Some(S::HandingOver),
                Some(S::WithAgent),
                Some(S::WithAgent),
                Some(S::Resolved),
            ],
        ),
        (
            S::HandingOver,
            [
                Some(S::WithBot),
                None,
                Some(S::WithAgent),
                Some(S::WithAgent),
                Some(S::Resolved),
            ],
        ),
        (S::WithAgent, [Some(S::WithBot), None, None, None, None]),
        (S::Resolved, [Some(S::WithBot), None, None, None, None]),
    ];
    let moves = [
        M::Assigned,
        M::HandoverAsked,
        M::HandedOver,
        M::TakenAway,
        M::Resolved,
    ];
    for (from, expected) in table {
        for (step, to) in moves.into_iter().zip(expected) {
            assert_eq!(from.after(step), to, "{from:?} {step:?}");
        }
    }
}

#[test]
fn asking_for_a_handover_twice_is_one_handover() {
    let mut conversation = in_state(State::WithBot);
    assert_eq!(
        conversation.ask_handover(handover("first"), T0).unwrap().id,
        "first"
    );
    assert_eq!(
        conversation
            .ask_handover(handover("second"), T0)
            .unwrap()
            .id,
        "first"
    );
    conversation.step(Move::HandedOver, T0);
    assert_eq!(conversation.ask_handover(handover("third"), T0), None);
}

fn reply(delivery: Delivery, episode: u32) -> OutboundReply {
    OutboundReply {
        id: "r".into(),
        episode,
        source: ReplySource::Bot {
            turn_id: "t".into(),
        },
        reply: Reply::text("hello"),
        upload: None,
        created_at: T0,
        attempts: 0,
        doubted: false,
        delivery,
    }
}

#[test]
fn a_sending_whose_lease_ran_out_is_uncertain_and_before_that_busy() {
    let conversation = in_state(State::WithBot);
    let sending = reply(
        Delivery::Sending {
            lease_until: T0 + Duration::SECOND,
        },
        1,
    );
    assert_eq!(sending.claim(&conversation, T0), Claim::Busy);
    assert_eq!(
        sending.claim(&conversation, T0 + Duration::SECOND),
        Claim::Uncertain
    );
    let earlier = OutboundReply {
        episode: 0,
        ..sending
    };
    assert_eq!(
        earlier.claim(&conversation, T0 + Duration::SECOND),
        Claim::Outdated
    );
}

#[test]
fn an_answer_queues_up_behind_turns_and_replies_that_are_on_their_way() {
    let mut conversation = in_state(State::WithBot);
    assert!(!conversation.must_queue(None));
    conversation.last_reply = Some("r".into());
    assert!(conversation.must_queue(None) && conversation.must_queue(Some("earlier")));
    assert!(!conversation.must_queue(Some("r")));
    conversation.queued = vec!["k".into()];
    assert!(conversation.must_queue(Some("r")));
}

#[test]
fn replies_decided_on_before_a_handover_are_still_sent() {
    assert_eq!(
        reply(Delivery::Pending, 1).claim(&in_state(State::HandingOver), T0),
        Claim::Send
    );
}

fn any_state() -> impl Strategy<Value = State> {
    prop::sample::select(vec![
        State::WithBot,
        State::HandingOver,
        State::WithAgent,
        State::Resolved,
    ])
}

fn any_delivery() -> impl Strategy<Value = Delivery> {
    prop::sample::select(vec![
        Delivery::Pending,
        Delivery::Sending { lease_until: T0 },
        Delivery::Sending {
            lease_until: T0 + Duration::HOUR,
        },
        Delivery::Sent { at: T0 },
        Delivery::Failed {
            at: T0,
            problem: "refused".into(),
        },
        Delivery::Unknown { at: T0 },
        Delivery::Dropped {
            at: T0,
            reason: DropReason::WithAgent,
        },
    ])
}

proptest! {
    #[test]
    fn nothing_is_sent_into_a_conversation_that_is_not_the_bots(
        state in any_state(), delivery in any_delivery(), episode in 1_u32..3, reply_episode in 1_u32..3,
    ) {
        let mut conversation = in_state(state);
        conversation.episode = episode;
        let claim = reply(delivery.clone(), reply_episode).claim(&conversation, T0);
        if claim == Claim::Send {
            prop_assert_eq!(delivery, Delivery::Pending);
            prop_assert_eq!(episode, reply_episode);
            prop_assert!(matches!(state, State::WithBot | State::HandingOver));
        }
    }

    #[test]
    fn only_an_assignment_or_a_newer_message_gives_a_conversation_back_to_the_bot(
        steps in prop::collection::vec(0_u8..6, 0..30)
    ) {
        let mut conversation = in_state(State::WithBot);
        for (second, step) in steps.into_iter().enumerate() {
            let now = T0 + Duration::seconds(second as i64 + 1);
            let before = conversation.clone();
            match step {
                0 => { conversation.receive(&started(), Some(now), now); }
                1 => { conversation.receive(&inbound(), Some(T0), now); }
                2 => { conversation.step(Move::HandedOver, now); }
                3 => { conversation.step(Move::TakenAway, now); }
                4 => { conversation.step(Move::Resolved, now); }
                _ => { conversation.ask_handover(handover("h"), now); }
            }
            if before.state != State::WithBot && conversation.state == State::WithBot {
                prop_assert_eq!(step, 0);
                prop_assert_eq!(conversation.episode, before.episode + 1);
            }
            // Another start of what never seemed to leave the bot is a new episode, too.
            if conversation.state == before.state && conversation.episode == before.episode {
                prop_assert_eq!(conversation.changed_at, before.changed_at);
            }
            prop_assert!(conversation.episode == before.episode || step == 0);
        }
    }
}
