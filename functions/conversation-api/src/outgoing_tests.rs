use super::*;
use sparkcentral::Reply;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn conversation(state: State) -> Conversation {
    let mut conversation = Conversation::new("shop", "c-1", NOW);
    conversation.state = state;
    conversation.episode = 2;
    conversation.awaiting = vec!["k-1".into(), "k-2".into(), "k-3".into()];
    conversation
}

fn outgoing(texts: &[&str]) -> Outgoing {
    let part = |text: &&str| PlannedReply {
        reply: Reply::text(*text),
        upload: None,
    };
    Outgoing {
        id: "r-1".into(),
        parts: texts.iter().map(part).collect(),
        choices: Some(Vec::new()),
        answers: Answers::All,
        episode: None,
        left_out: Vec::new(),
        kept: true,
    }
}

#[test]
fn only_a_conversation_with_the_bot_takes_replies_and_none_to_an_earlier_episode() {
    use DropReason::{EarlierEpisode, HandingOver, Resolved, WithAgent};
    for (state, episode, late) in [
        (State::WithBot, None, None),
        (State::WithBot, Some(2), None),
        (State::WithBot, Some(1), Some(EarlierEpisode)),
        (State::HandingOver, None, Some(HandingOver)),
        (State::HandingOver, Some(2), Some(HandingOver)),
        (State::WithAgent, Some(1), Some(WithAgent)),
        (State::Resolved, None, Some(Resolved)),
    ] {
        let outgoing = Outgoing {
            episode,
            ..outgoing(&["hello"])
        };
        let found = outgoing.late(&conversation(state));
        assert_eq!(found, late, "{state:?} {episode:?}");
    }
}

#[test]
fn a_taken_reply_is_the_last_one_said_and_waits_to_be_sent() {
    let before = conversation(State::WithBot);
    let outgoing = outgoing(&["one", "two"]);
    let parts = outgoing.stored(&before, "bot", None, NOW);
    let ids: Vec<_> = parts.iter().map(|part| part.id.as_str()).collect();
    assert_eq!(ids, ["api.r-1.1", "api.r-1.2"]);
    assert!(parts.iter().all(|part| part.delivery == Delivery::Pending));
    let taken = outgoing.taken(&before, &parts);
    assert_eq!(taken.last_reply.as_deref(), Some("api.r-1.2"));
    assert!(taken.awaiting.is_empty());
}

#[test]
fn a_refused_reply_is_stored_as_dropped_and_known_again_as_refused() {
    let before = conversation(State::WithAgent);
    let outgoing = outgoing(&["one", "two"]);
    let parts = outgoing.stored(&before, "bot", Some(DropReason::WithAgent), NOW);
    for part in &parts {
        assert_eq!(refused(part), Some(DropReason::WithAgent));
    }
    assert!(outgoing.is(&parts));
    // One that was taken, and dropped by the sender later, was not refused.
    let mut dropped = outgoing.stored(&before, "bot", None, NOW);
    for part in &mut dropped {
        let (at, reason) = (NOW + Duration::from_secs(1), DropReason::WithAgent);
        part.delivery = Delivery::Dropped { at, reason };
        assert_eq!(refused(part), None);
    }
}

#[test]
fn the_same_id_with_another_content_is_another_reply() {
    let before = conversation(State::WithBot);
    let stored = outgoing(&["one", "two"]).stored(&before, "bot", None, NOW);
    assert!(outgoing(&["one", "two"]).is(&stored));
    for other in [&["one"][..], &["one", "three"], &["one", "two", "three"]] {
        assert!(!outgoing(other).is(&stored), "{other:?}");
    }
}

#[test]
fn a_reply_is_as_far_as_its_least_advanced_part() {
    let before = conversation(State::WithBot);
    let mut parts = outgoing(&["one", "two"]).stored(&before, "bot", None, NOW);
    parts[0].delivery = Delivery::Sent { at: NOW };
    assert_eq!(summary("r-1", &parts).status, DeliveryStatus::Pending);
    parts[1].delivery = Delivery::Sent { at: NOW };
    assert_eq!(summary("r-1", &parts).status, DeliveryStatus::Sent);
}
