//! The checker on histories made by hand.

use super::*;

const SECOND: i64 = 1_000_000;

fn attempt(began: i64, ended: i64, status: u16) -> Attempt {
    Attempt {
        began: began * SECOND,
        ended: ended * SECOND,
        number: 1,
        status: Some(status),
        applied: (status == 200).then_some(true),
    }
}

fn written(message: usize, at: i64) -> Written {
    Written {
        token: (1, message),
        at: at * SECOND,
        asks_people: false,
        event: Some(format!("k{message}")),
    }
}

fn event(message: usize, began: i64) -> Event {
    Event {
        key: format!("k{message}"),
        is_message: true,
        attempts: vec![attempt(began, began + 1, 200)],
    }
}

fn said(messages: &[usize], at: i64) -> Said {
    Said {
        names: messages.iter().map(|message| (1, *message)).collect(),
        at: at * SECOND,
        inline: false,
        fixed: false,
    }
}

fn change(at: i64, owner: Owner, reason: &str) -> Change {
    Change {
        at: at * SECOND,
        owner,
        reason: reason.into(),
    }
}

fn call(messages: &[usize], at: i64) -> Rest {
    Rest {
        at: at * SECOND,
        status: 200,
        names: messages.iter().map(|message| (1, *message)).collect(),
        completes: None,
        faults: Vec::new(),
    }
}

fn recorded(message: usize, outcome: Outcome) -> Entry {
    Entry::Event {
        key: format!("k{message}"),
        outcome,
        merged_into: None,
    }
}

fn reply(messages: &[usize], delivered: Delivered) -> Entry {
    Entry::Reply {
        id: format!("k{}.1", messages.last().unwrap()),
        from: "bot".into(),
        names: messages.iter().map(|message| (1, *message)).collect(),
        completes: None,
        delivered,
        inline: false,
        why: String::new(),
    }
}

/// Two messages, each answered by a call.
fn good() -> History {
    History {
        agent: "agent-1".into(),
        id: "c-1".into(),
        number: 1,
        written: vec![written(0, 1), written(1, 5)],
        said: vec![said(&[0], 3), said(&[1], 8)],
        changes: vec![
            change(0, Owner::Nobody, "created"),
            change(0, Owner::Bot, "picked_up"),
        ],
        events: vec![event(0, 1), event(1, 5)],
        rest: vec![call(&[0], 3), call(&[1], 8)],
        record: Some(vec![
            recorded(0, Outcome::Turned),
            reply(&[0], Delivered::Sent),
            recorded(1, Outcome::Turned),
            reply(&[1], Delivered::Sent),
        ]),
        ..History::default()
    }
}

fn wrongs(history: &History) -> Vec<Wrong> {
    check(history)
        .iter()
        .map(|violation| violation.wrong)
        .collect()
}

/// The first message's answer never came, and the record says this of it.
fn unanswered(outcome: Outcome, delivered: Option<Delivered>) -> History {
    let mut history = good();
    history.said.remove(0);
    history.rest.remove(0);
    let mut record = vec![recorded(0, outcome)];
    record.extend(delivered.map(|delivered| reply(&[0], delivered)));
    record.extend([recorded(1, Outcome::Turned), reply(&[1], Delivered::Sent)]);
    history.record = Some(record);
    history
}

/// Every reply was made through the API.
fn from_the_api(history: &mut History) {
    for entry in history.record.iter_mut().flatten() {
        if let Entry::Reply { from, .. } = entry {
            *from = "api".into();
        }
    }
}

fn with_people(mut history: History) -> History {
    history.changes.push(change(20, Owner::Nobody, "handover"));
    history
}

#[test]
fn a_conversation_in_which_each_message_is_answered_once_is_right() {
    assert_eq!(wrongs(&good()), []);
}

#[test]
fn messages_that_were_one_turn_share_their_answer() {
    let mut history = good();
    history.said = vec![said(&[0, 1], 8)];
    history.rest = vec![call(&[0, 1], 8)];
    let merged = Entry::Event {
        key: "k0".into(),
        outcome: Outcome::Merged,
        merged_into: Some("k1".into()),
    };
    history.record = Some(vec![
        merged,
        recorded(1, Outcome::Turned),
        reply(&[0, 1], Delivered::Sent),
    ]);
    assert_eq!(wrongs(&history), []);
}

#[test]
fn a_second_answer_is_found_and_allowed_only_where_the_policy_says_so() {
    let mut history = good();
    history.said.push(said(&[1], 9));
    assert_eq!(wrongs(&history), [Wrong::Doubled]);
    history.resends = true;
    assert_eq!(wrongs(&history), []);
    history.said[2].inline = true;
    assert_eq!(
        wrongs(&history),
        [Wrong::Doubled],
        "only a call is repeated"
    );
}

#[test]
fn a_message_without_an_answer_needs_a_record_of_why() {
    for delivered in [Delivered::Dropped, Delivered::Unknown] {
        assert_eq!(wrongs(&unanswered(Outcome::Turned, Some(delivered))), []);
    }
    let lost = unanswered(Outcome::Turned, None);
    assert_eq!(wrongs(&lost), [Wrong::Lost]);
    let mut unknown = unanswered(Outcome::Turned, None);
    unknown.record.as_mut().unwrap().remove(0);
    assert_eq!(wrongs(&unknown), [Wrong::NoRecord]);
}

#[test]
fn a_reply_that_failed_brings_people_or_the_message_is_lost() {
    let failed = unanswered(Outcome::Turned, Some(Delivered::Failed));
    assert_eq!(wrongs(&failed), [Wrong::Lost]);
    assert_eq!(wrongs(&with_people(failed)), []);
    for outcome in [Outcome::Failed, Outcome::TooLate] {
        let history = unanswered(outcome, None);
        assert_eq!(wrongs(&history), [Wrong::Lost]);
        assert_eq!(wrongs(&with_people(history)), []);
    }
}

#[test]
fn what_is_still_under_way_in_the_end_is_found_unless_operators_see_it() {
    for (outcome, delivered) in [
        (Outcome::InProgress, None),
        (Outcome::Queued, None),
        (Outcome::Turned, Some(Delivered::Pending)),
        (Outcome::Turned, Some(Delivered::Sending)),
    ] {
        let mut history = unanswered(outcome, delivered);
        let found = wrongs(&history);
        assert!(!found.is_empty(), "{outcome:?}");
        assert!(
            found.iter().all(|wrong| *wrong == Wrong::Unsettled),
            "{found:?}"
        );
        history.in_dead_letters = true;
        assert_eq!(wrongs(&history), []);
    }
}

#[test]
fn a_record_of_something_that_nobody_read_is_false() {
    let sent = unanswered(Outcome::Turned, Some(Delivered::Sent));
    let found = wrongs(&sent);
    assert!(found.contains(&Wrong::FalseRecord), "{found:?}");
    let inline = unanswered(Outcome::Answered, None);
    assert_eq!(wrongs(&inline), [Wrong::FalseRecord]);
}

#[test]
fn an_inline_answer_that_came_when_people_had_the_conversation_is_no_loss() {
    let mut history = with_people(unanswered(Outcome::Answered, None));
    history.events[0].attempts[0].applied = Some(false);
    assert_eq!(wrongs(&history), []);
}

#[test]
fn answers_keep_the_order_of_messages_that_surely_came_one_after_the_other() {
    let mut history = good();
    history.said.swap(0, 1);
    assert_eq!(wrongs(&history), [Wrong::OutOfOrder]);
    // The second was sent before the first was accepted: nobody knows which one was first.
    history.events[0].attempts[0].ended = 6 * SECOND;
    assert_eq!(wrongs(&history), []);
}

#[test]
fn a_word_while_people_have_the_conversation_is_found() {
    let mut history = good();
    history.changes.push(change(7, Owner::Human, "taken"));
    assert_eq!(wrongs(&history), [Wrong::AfterTakeover]);
}

#[test]
fn a_word_of_before_a_takeover_is_found_when_it_comes_long_after_the_return() {
    let late = i64::try_from(LATE_WORD_SECS).unwrap();
    let mut history = good();
    history.changes.push(change(6, Owner::Human, "taken"));
    history.changes.push(change(7, Owner::Bot, "delegated"));
    history.events.push(Event {
        key: "d".into(),
        is_message: false,
        attempts: vec![attempt(7, 8, 200)],
    });
    history.said[1].at = (8 + late) * SECOND;
    assert_eq!(wrongs(&history), [], "it may have been on its way");
    history.said[1].at = (9 + late) * SECOND;
    assert_eq!(wrongs(&history), [Wrong::AfterTakeover]);
}

#[test]
fn the_bot_need_not_know_of_a_takeover_that_was_over_before_it_was_told_of_the_message() {
    let mut history = good();
    history.changes.push(change(6, Owner::Human, "taken"));
    history.changes.push(change(7, Owner::Bot, "delegated"));
    history.events.push(Event {
        key: "d".into(),
        is_message: false,
        attempts: vec![attempt(7, 8, 200)],
    });
    history.said[1].at = 60 * SECOND;
    assert_eq!(wrongs(&history), [Wrong::AfterTakeover]);
    // An attempt that failed before that told nobody.
    history.events[1].attempts = vec![attempt(5, 6, 500), attempt(9, 10, 200)];
    assert_eq!(wrongs(&history), []);
}

#[test]
fn what_is_in_doubt_is_sent_again_by_policy_unless_people_had_the_conversation_since() {
    let mut history = unanswered(Outcome::Turned, Some(Delivered::Unknown));
    history.resends = true;
    assert_eq!(wrongs(&history), [Wrong::Lost]);
    assert_eq!(wrongs(&with_people(history)), []);
}

#[test]
fn the_order_counts_within_one_spell_with_the_bot() {
    let mut history = good();
    history.said.swap(0, 1);
    history.said[1].at = 10 * SECOND;
    assert_eq!(wrongs(&history), [Wrong::OutOfOrder]);
    // The first answer was on its way when people took the conversation and gave it back.
    history.changes.push(change(3, Owner::Human, "taken"));
    history.changes.push(change(4, Owner::Bot, "delegated"));
    assert_eq!(wrongs(&history), []);
}

#[test]
fn an_answer_through_the_api_counts_for_earlier_messages_and_the_bots_own_does_not() {
    let mut history = unanswered(Outcome::Turned, None);
    assert_eq!(wrongs(&history), [Wrong::Lost]);
    from_the_api(&mut history);
    assert_eq!(wrongs(&history), []);
}

#[test]
fn a_bot_that_was_asked_again_through_the_api_may_answer_again() {
    let mut history = good();
    history.said[1].names.push((1, 0));
    history.rest[1] = call(&[1, 0], 8);
    let merged = Entry::Event {
        key: "k0".into(),
        outcome: Outcome::Merged,
        merged_into: Some("k1".into()),
    };
    history.record = Some(vec![
        merged,
        reply(&[0], Delivered::Sent),
        recorded(1, Outcome::Turned),
        reply(&[1, 0], Delivered::Sent),
    ]);
    assert_eq!(wrongs(&history), [Wrong::Doubled]);
    from_the_api(&mut history);
    assert_eq!(wrongs(&history), []);
    history.record.as_mut().unwrap()[0] = recorded(0, Outcome::Turned);
    assert_eq!(wrongs(&history), [Wrong::Doubled], "not asked again");
}

#[test]
fn an_answer_that_was_dropped_is_a_record_where_people_could_not_be_asked() {
    for outcome in [Outcome::Failed, Outcome::TooLate] {
        assert_eq!(wrongs(&unanswered(outcome, None)), [Wrong::Lost]);
        let dropped = unanswered(outcome, Some(Delivered::Dropped));
        assert_eq!(wrongs(&dropped), []);
    }
}

#[test]
fn words_of_another_conversation_and_words_nobody_said_are_found() {
    let mut history = good();
    history.said[1].names.push((2, 0));
    assert_eq!(wrongs(&history), [Wrong::Elsewhere]);
    let mut history = good();
    history.said.push(said(&[], 9));
    assert_eq!(wrongs(&history), [Wrong::Unsaid]);
    history.said[2].fixed = true;
    assert_eq!(wrongs(&history), []);
}

#[test]
fn whoever_asks_for_people_gets_them() {
    let mut history = good();
    history.written[1].asks_people = true;
    assert_eq!(wrongs(&history), [Wrong::HandoverLost]);
    assert_eq!(wrongs(&with_people(history)), []);
}

#[test]
fn a_message_that_nobody_accepted_is_known_as_refused() {
    let mut history = unanswered(Outcome::Turned, None);
    history.record.as_mut().unwrap().remove(0);
    history.events[0].attempts[0] = attempt(1, 2, 503);
    assert_eq!(wrongs(&history), [Wrong::NotRefused]);
    assert_eq!(wrongs(&with_people(history)), []);
}

#[test]
fn a_good_signature_that_is_refused_is_found_even_if_a_retry_helps() {
    let mut history = good();
    history.events[0].attempts.insert(0, attempt(0, 1, 401));
    assert_eq!(wrongs(&history), [Wrong::SignatureRefused]);
}

#[test]
fn an_accepted_message_of_an_unknown_conversation_is_found() {
    let mut history = good();
    history.record = None;
    assert_eq!(wrongs(&history), [Wrong::NoRecord]);
}

#[test]
fn marks_are_read_out_of_any_text() {
    assert_eq!(tokens("re c12m3 c12m4"), [(12, 3), (12, 4)]);
    assert_eq!(tokens("c1m2 please\nc1m3 human"), [(1, 2), (1, 3)]);
    assert_eq!(tokens("calm, c1, m2, cm"), []);
}
