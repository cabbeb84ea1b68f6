use super::super::stored::tests::full;
use super::*;

fn sent(stored: &Stored, now: i64) -> wire::SessionState {
    state(stored, BTreeMap::new(), now)
}

#[test]
fn a_state_that_lex_gives_back_is_the_one_that_was_sent() {
    let kept = keep(&sent(&full(), 100));
    let expected = Stored {
        locale: None,
        misses: 0,
        at: 0,
        ..full()
    };
    assert!(kept == expected);
}

#[test]
fn a_new_session_expects_any_intent_whatever_lex_remembers() {
    let state = sent(&Stored::default(), 100);
    assert_eq!(state.dialog_action.unwrap().kind, "ElicitIntent");
    assert!(state.intent.is_none());
    assert!(state.active_contexts.is_empty());
}

#[test]
fn a_finished_intent_is_not_kept() {
    for kind in ["Close", "ElicitIntent", "None"] {
        let mut done = full();
        done.dialog.as_mut().unwrap().kind = kind.to_owned();
        let kept = keep(&sent(&done, 100));
        assert!(kept.intent.is_none() && kept.dialog.is_none(), "{kind}");
        assert_eq!(kept.contexts.len(), 1);
    }
}

#[test]
fn contexts_end_by_time() {
    for (now, left) in [
        (50, Some(60)),
        (100, Some(60)),
        (130, Some(30)),
        (158, Some(5)),
        (160, None),
        (i64::MAX, None),
    ] {
        let state = sent(&full(), now);
        let seconds = state
            .active_contexts
            .first()
            .map(|context| context.time_to_live.unwrap().time_to_live_in_seconds);
        assert_eq!(seconds, left, "{now}");
    }
}

#[test]
fn our_attributes_stand_beside_the_bots_own_and_win() {
    let mut stored = full();
    stored
        .attributes
        .insert("agent".to_owned(), "other".to_owned());
    let ours = BTreeMap::from([("agent".to_owned(), "shop".to_owned())]);
    let state = state(&stored, ours, 100);
    let attributes = state.session_attributes;
    assert_eq!(attributes["agent"], "shop");
    assert_eq!(attributes["basket"], "7");
}
