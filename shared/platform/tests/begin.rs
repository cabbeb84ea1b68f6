//! Beginning and answering with one write each, against a real DynamoDB API: see `tests/store.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

mod table;

use conversation::{Conversation, EventStatus, Refused, State, StoredEvent};
use platform::{Commit, CommitError, EventGuard, Store};
use sparkcentral::{Envelope, Reply};
use table::store;
use time::{Duration, OffsetDateTime};

fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

fn later() -> i64 {
    (now() + Duration::days(1)).unix_timestamp()
}

/// A message, sent so long after a moment that all tests share.
fn message(key: &str, sent: Duration) -> Envelope {
    let sent = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000) + sent;
    let sent = sent
        .format(&time::format_description::well_known::Rfc3339)
        .unwrap();
    let body = format!(
        r#"{{"type":"INBOUND_MESSAGE_RECEIVED","idempotencyKey":"{key}","timestamp":"{sent}",
            "data":{{"conversationId":"c","message":{{"text":"hi"}},"channel":{{"id":"ch"}}}}}}"#
    );
    sparkcentral::event::parse(body.as_bytes()).unwrap()
}

/// The event of an attempt whose lease ends so long from now.
fn event(message: &Envelope, attempt: &str, lease: Duration) -> StoredEvent {
    let status = EventStatus::InProgress {
        lease_until: now() + lease,
        attempt: attempt.into(),
    };
    StoredEvent::of(message, now(), status).unwrap()
}

fn answered(event: &StoredEvent, text: &str) -> StoredEvent {
    let reply = Box::new(Reply::text(text));
    StoredEvent {
        status: EventStatus::Answered { reply },
        ..event.clone()
    }
}

fn queued(event: &StoredEvent) -> StoredEvent {
    StoredEvent {
        status: EventStatus::Queued { answer: None },
        ..event.clone()
    }
}

/// Begins as webhook-intake does, without a look.
async fn begin(store: &Store, message: &Envelope, event: &StoredEvent) -> Option<Conversation> {
    let mut first = Conversation::new("demo", "c", now());
    first.receive(&message.data, message.timestamp, now());
    first.hear(&event.key, message.timestamp);
    store
        .begin_at_once(&first, event, later(), now())
        .await
        .unwrap()
}

async fn read(store: &Store) -> Conversation {
    let read = store.conversation("demo", "c", now()).await.unwrap();
    read.unwrap()
}

async fn answer(
    store: &Store,
    conversation: &Conversation,
    event: &StoredEvent,
) -> Option<StoredEvent> {
    store
        .answer_begun(conversation, event, later(), now())
        .await
        .unwrap()
}

async fn commit(
    store: &Store,
    read: Option<&Conversation>,
    conversation: &Conversation,
    events: &[(StoredEvent, EventGuard)],
) -> Result<u64, CommitError> {
    let commit = Commit {
        conversation,
        read,
        events,
        replies: &[],
        expires_at: later(),
        now: now(),
    };
    store.commit(commit).await.map(|done| done.version)
}

#[tokio::test]
async fn a_message_is_begun_and_answered_by_two_writes_and_read_back_as_one_transcript() {
    let store = store().await;
    let message = message("a", Duration::ZERO);
    let event = event(&message, "1", Duration::MINUTE);
    let begun = begin(&store, &message, &event).await.unwrap();
    assert_eq!((begun.version, begun.turns, begun.episode), (1, 1, 1));
    assert_eq!(begun.channel_id(), Some("ch"));
    let stored = read(&store).await;
    assert_eq!(stored.version, 1);
    assert_eq!(stored.begun().unwrap().payload_hash, event.payload_hash);
    let told = store.transcript("demo", "c", now()).await.unwrap();
    assert_eq!(
        told.events.len(),
        1,
        "what is being answered is in the transcript"
    );
    assert_eq!(told.events[0].status.name(), "in_progress");
    assert_eq!(told.events[0].episode, 1);

    assert_eq!(answer(&store, &begun, &answered(&event, "x")).await, None);
    let stored = read(&store).await;
    assert_eq!(
        stored.in_flight, None,
        "the record tells that the turn is over"
    );
    assert_eq!(stored.turns, 1);
    let told = store.transcript("demo", "c", now()).await.unwrap();
    assert_eq!(told.events.len(), 1);
    assert_eq!(told.events[0].status.name(), "answered");
    assert_eq!(told.conversation.unwrap().in_flight, None);
}

#[tokio::test]
async fn of_twenty_deliveries_at_once_one_begins_and_one_answer_is_stored() {
    let store = store().await;
    let message = message("a", Duration::ZERO);
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..20 {
        let (store, message) = (store.clone(), message.clone());
        tasks.spawn(async move {
            let event = event(&message, &n.to_string(), Duration::MINUTE);
            begin(&store, &message, &event).await
        });
    }
    let begun: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(begun.len(), 1);
    // Even where two attempts come that far, the first one's answer is everybody's.
    let event = event(&message, "other", Duration::MINUTE);
    assert_eq!(
        answer(&store, &begun[0], &answered(&event, "x")).await,
        None
    );
    let found = answer(&store, &begun[0], &answered(&event, "y"))
        .await
        .unwrap();
    let Refused::AlreadyAnswered(reply) = found.judge(&event.payload_hash, now()) else {
        panic!("{found:?}");
    };
    assert_eq!(*reply, Reply::text("x"));
}

#[tokio::test]
async fn the_same_attempt_that_asks_again_has_begun_already() {
    let store = store().await;
    let message = message("a", Duration::ZERO);
    let event = event(&message, "1", Duration::MINUTE);
    let begun = begin(&store, &message, &event).await.unwrap();
    let again = begin(&store, &message, &event).await.unwrap();
    assert_eq!((again.version, again.turns), (begun.version, begun.turns));
}

#[tokio::test]
async fn a_turn_is_begun_without_a_look_only_where_nothing_needs_one() {
    let store = store().await;
    let seconds = Duration::seconds;
    let first = message("a", seconds(10));
    let dead = event(&first, "1", -Duration::SECOND);
    assert!(begin(&store, &first, &dead).await.is_some());
    let refused = [
        ("a", seconds(20), "the same event, stamped anew"),
        ("b", seconds(5), "sent before the last one"),
        ("b", seconds(10), "sent with the last one"),
    ];
    for (key, sent, why) in refused {
        let message = message(key, sent);
        let event = event(&message, "2", Duration::MINUTE);
        assert_eq!(begin(&store, &message, &event).await, None, "{why}");
    }
    let next = message("b", seconds(20));
    let held = event(&next, "2", Duration::MINUTE);
    let begun = begin(&store, &next, &held).await.unwrap();
    assert_eq!(
        (begun.version, begun.turns),
        (2, 2),
        "whoever was before is dead"
    );
    let next = message("c", seconds(30));
    let third = event(&next, "3", Duration::MINUTE);
    assert_eq!(begin(&store, &next, &third).await, None, "one at a time");

    let mut with_people = read(&store).await;
    let before = with_people.clone();
    with_people.state = State::WithAgent;
    commit(&store, Some(&before), &with_people, &[])
        .await
        .unwrap();
    let next = message("d", seconds(40));
    let fourth = event(&next, "4", Duration::MINUTE);
    assert_eq!(begin(&store, &next, &fourth).await, None, "people have it");
}

#[tokio::test]
async fn a_conversation_that_has_expired_is_looked_at_first() {
    let store = store().await;
    let message_a = message("a", Duration::ZERO);
    let event_a = event(&message_a, "1", -Duration::SECOND);
    let mut first = Conversation::new("demo", "c", now());
    first.hear("a", message_a.timestamp);
    let past = now().unix_timestamp() - 1;
    let begun = store.begin_at_once(&first, &event_a, past, now()).await;
    assert!(begun.unwrap().is_some());
    let message_b = message("b", Duration::MINUTE);
    let event_b = event(&message_b, "2", Duration::MINUTE);
    assert_eq!(begin(&store, &message_b, &event_b).await, None);
    assert_eq!(store.conversation("demo", "c", now()).await.unwrap(), None);
}

#[tokio::test]
async fn whoever_changes_a_conversation_while_its_answer_is_made_gets_the_answer_judged_again() {
    let store = store().await;
    let message = message("a", Duration::ZERO);
    let event = event(&message, "1", Duration::MINUTE);
    let begun = begin(&store, &message, &event).await.unwrap();

    let before = read(&store).await;
    let mut taken = before.clone();
    taken.state = State::HandingOver;
    commit(&store, Some(&before), &taken, &[]).await.unwrap();

    let found = answer(&store, &begun, &answered(&event, "x"))
        .await
        .unwrap();
    let EventStatus::InProgress { attempt, .. } = &found.status else {
        panic!("{found:?}");
    };
    assert_eq!(attempt, "1", "it is still its attempt's");
    let now_there = read(&store).await;
    assert_eq!(now_there.state, State::HandingOver);
    assert_eq!(now_there.begun(), None, "it has a record now");
    let in_flight = now_there.in_flight.as_ref().unwrap();
    assert_eq!(in_flight.turn_id, "a");
    // And its attempt may finish it, as whatever it has become.
    let mut landed = now_there.clone();
    landed.wait("a");
    let finish = [(queued(&event), EventGuard::HeldBy("1".into()))];
    commit(&store, Some(&now_there), &landed, &finish)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_change_that_read_before_the_answer_was_stored_is_a_conflict() {
    let store = store().await;
    let message = message("a", Duration::ZERO);
    let event = event(&message, "1", Duration::MINUTE);
    let begun = begin(&store, &message, &event).await.unwrap();
    let before = read(&store).await;
    assert_eq!(answer(&store, &begun, &answered(&event, "x")).await, None);
    let mut taken = before.clone();
    taken.state = State::HandingOver;
    let refused = commit(&store, Some(&before), &taken, &[]).await;
    assert!(matches!(refused, Err(CommitError::Conflict)), "{refused:?}");
    let before = read(&store).await;
    let mut taken = before.clone();
    taken.state = State::HandingOver;
    commit(&store, Some(&before), &taken, &[]).await.unwrap();
}

#[tokio::test]
async fn the_next_turn_after_a_look_leaves_a_record_of_the_one_that_died() {
    let store = store().await;
    let message_a = message("a", Duration::ZERO);
    let dead = event(&message_a, "1", -Duration::SECOND);
    begin(&store, &message_a, &dead).await.unwrap();
    let before = read(&store).await;
    let next = event(&message("b", Duration::SECOND), "2", Duration::MINUTE);
    let mut conversation = before.clone();
    conversation.hear("b", None);
    conversation.begin(&next, false);
    let version = commit(&store, Some(&before), &conversation, &[]).await;
    assert_eq!(version.unwrap(), 2);
    let now_there = read(&store).await;
    assert_eq!(now_there.begun().unwrap().key, "b");
    let left = store.event("demo", "c", "a").await.unwrap().unwrap();
    assert_eq!(left.judge(&dead.payload_hash, now()), Refused::LeaseExpired);
}

#[tokio::test]
async fn a_begin_after_a_look_is_one_write_against_the_version_that_was_read() {
    let store = store().await;
    let next = event(&message("a", Duration::ZERO), "1", Duration::MINUTE);
    let mut conversation = Conversation::new("demo", "c", now());
    conversation.hear("a", None);
    conversation.begin(&next, false);
    assert_eq!(commit(&store, None, &conversation, &[]).await.unwrap(), 1);
    let refused = commit(&store, None, &conversation, &[]).await;
    assert!(matches!(refused, Err(CommitError::Conflict)), "{refused:?}");
    assert_eq!(read(&store).await.begun().unwrap().key, "a");
    assert_eq!(store.event("demo", "c", "a").await.unwrap(), None);
}

#[tokio::test]
async fn erasing_waits_for_an_answer_that_is_being_made() {
    let store = store().await;
    let message = message("a", Duration::ZERO);
    let event = event(&message, "1", Duration::milliseconds(700));
    let begun = begin(&store, &message, &event).await.unwrap();
    let answering = async {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        answer(&store, &begun, &answered(&event, "x")).await
    };
    let erased = store.delete_partition("demo#c", 3);
    let (erased, answered) = tokio::join!(erased, answering);
    assert_eq!(answered, None);
    assert_eq!(erased.unwrap(), (2, true));
}

#[tokio::test]
async fn a_turn_begun_at_once_is_finished_by_a_transaction_where_more_than_an_answer_came_of_it() {
    let store = store().await;
    let message = message("a", Duration::ZERO);
    let event = event(&message, "1", Duration::MINUTE);
    let stored = begin(&store, &message, &event).await.unwrap();
    let mut conversation = stored.clone();
    conversation.uncount("a");
    conversation.wait("a");
    let finish = [(queued(&event), EventGuard::HeldBy("1".into()))];
    let version = commit(&store, Some(&stored), &conversation, &finish).await;
    assert_eq!(version.unwrap(), 2);
    let now_there = read(&store).await;
    assert_eq!(now_there.in_flight, None);
    assert_eq!(
        (now_there.queued, now_there.turns),
        (vec!["a".to_owned()], 0)
    );
    let record = store.event("demo", "c", "a").await.unwrap().unwrap();
    assert_eq!(record.status.name(), "queued");
}

#[tokio::test]
async fn a_turn_begun_after_a_look_is_finished_by_a_transaction_as_well() {
    let store = store().await;
    let event = event(&message("a", Duration::ZERO), "1", Duration::MINUTE);
    let mut stored = Conversation::new("demo", "c", now());
    stored.hear("a", None);
    stored.begin(&event, false);
    stored.version = commit(&store, None, &stored, &[]).await.unwrap();
    let mut conversation = stored.clone();
    conversation.uncount("a");
    conversation.wait("a");
    let finish = [(queued(&event), EventGuard::HeldBy("1".into()))];
    let version = commit(&store, Some(&stored), &conversation, &finish).await;
    assert_eq!(version.unwrap(), 2);
    assert_eq!(read(&store).await.queued, ["a"]);
}
