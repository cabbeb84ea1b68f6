//! The store against a real DynamoDB API: `make test` starts one and names it in
//! SPARKBRIDGE_TEST_AWS_ENDPOINT; DynamoDB Local or an account's endpoint do as well.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

mod table;

use conversation::{
    Conversation, Delivery, EventStatus, OutboundReply, Refused, ReplySource, StoredEvent,
};
use platform::{Commit, CommitError, EventGuard, Store};
use sparkcentral::Reply;
use table::store;
use time::{Duration, OffsetDateTime};

fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

fn later() -> i64 {
    (now() + Duration::days(1)).unix_timestamp()
}

fn event_with(text: &str, status: EventStatus) -> StoredEvent {
    let body = format!(
        r#"{{"type":"INBOUND_MESSAGE_RECEIVED","idempotencyKey":"k",
            "data":{{"conversationId":"c","message":{{"text":"{text}"}}}}}}"#
    );
    let envelope = sparkcentral::event::parse(body.as_bytes()).unwrap();
    StoredEvent::of(&envelope, now(), status).unwrap()
}

fn held(attempt: &str, lease: Duration) -> StoredEvent {
    event_with(
        "hi",
        EventStatus::InProgress {
            lease_until: now() + lease,
            attempt: attempt.into(),
        },
    )
}

fn reply(id: &str) -> OutboundReply {
    OutboundReply {
        id: id.into(),
        episode: 1,
        source: ReplySource::Bot {
            turn_id: "k".into(),
        },
        reply: Reply::text("hello"),
        created_at: now(),
        upload: None,
        attempts: 0,
        doubted: false,
        delivery: Delivery::Pending,
    }
}

fn new_conversation() -> Conversation {
    Conversation::new("demo", "c", now())
}

/// Begins an event as webhook-intake does; what stood in the way where it was refused.
async fn begin(store: &Store, event: &StoredEvent) -> Option<Refused> {
    begin_until(store, event, later()).await
}

async fn begin_until(store: &Store, event: &StoredEvent, expires_at: i64) -> Option<Refused> {
    loop {
        let read = store.conversation("demo", "c", now()).await.unwrap();
        let mut conversation = read.clone().unwrap_or_else(new_conversation);
        conversation.turns += 1;
        let commit = Commit {
            conversation: &conversation,
            read: read.as_ref(),
            events: &[(event.clone(), EventGuard::New)],
            replies: &[],
            expires_at,
            now: now(),
        };
        match store.commit(commit).await {
            Ok(_) => return None,
            Err(CommitError::EventTaken(refused)) => return Some(refused),
            Err(CommitError::Conflict) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

async fn commit(
    store: &Store,
    conversation: &Conversation,
    read: Option<&Conversation>,
    event: Option<(&StoredEvent, EventGuard)>,
    replies: &[OutboundReply],
) -> Result<u64, CommitError> {
    let events: Vec<_> = event
        .into_iter()
        .map(|(event, guard)| (event.clone(), guard))
        .collect();
    let commit = Commit {
        conversation,
        read,
        events: &events,
        replies,
        expires_at: later(),
        now: now(),
    };
    store
        .commit(commit)
        .await
        .map(|committed| committed.version)
}

#[tokio::test]
async fn of_twenty_simultaneous_begins_exactly_one_starts() {
    let store = store().await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..20 {
        let store = store.clone();
        tasks.spawn(async move { begin(&store, &held(&n.to_string(), Duration::MINUTE)).await });
    }
    let outcomes = tasks.join_all().await;
    let started = outcomes.iter().filter(|refused| refused.is_none()).count();
    assert_eq!(started, 1);
    let waiting = outcomes
        .iter()
        .filter(|refused| **refused == Some(Refused::InProgress));
    assert_eq!(waiting.count(), 19);
}

#[tokio::test]
async fn an_expired_lease_lets_the_next_attempt_in_but_not_with_another_body() {
    let store = store().await;
    assert_eq!(begin(&store, &held("dead", -Duration::SECOND)).await, None);
    let status = held("b", Duration::MINUTE).status;
    let other = event_with("something else", status);
    assert_eq!(begin(&store, &other).await, Some(Refused::PayloadMismatch));
    assert_eq!(begin(&store, &held("b", Duration::MINUTE)).await, None);
    assert_eq!(
        begin(&store, &held("c", Duration::MINUTE)).await,
        Some(Refused::InProgress)
    );
}

#[tokio::test]
async fn an_item_past_its_expiry_counts_as_absent_though_it_is_still_there() {
    let store = store().await;
    let event = held("a", Duration::MINUTE);
    let past = now().unix_timestamp() - 1;
    assert_eq!(begin_until(&store, &event, past).await, None);
    assert_eq!(begin(&store, &held("b", Duration::MINUTE)).await, None);
}

#[tokio::test]
async fn of_the_inline_answer_and_the_queued_turn_exactly_one_commits() {
    let store = store().await;
    let event = held("a", Duration::MINUTE);
    assert_eq!(begin(&store, &event).await, None);
    let read = store.conversation("demo", "c", now()).await.unwrap();
    let conversation = read.clone().unwrap();
    let guard = || EventGuard::HeldBy("a".into());
    let answered = event_with(
        "hi",
        EventStatus::Answered {
            reply: Box::new(Reply::text("x")),
        },
    );
    commit(
        &store,
        &conversation,
        read.as_ref(),
        Some((&answered, guard())),
        &[],
    )
    .await
    .unwrap();
    let queued = event_with("hi", EventStatus::Queued { answer: None });
    let lost = commit(
        &store,
        &conversation,
        read.as_ref(),
        Some((&queued, guard())),
        &[],
    )
    .await
    .unwrap_err();
    assert!(
        matches!(
            &lost,
            CommitError::EventTaken(Refused::AlreadyAnswered(reply))
                if **reply == Reply::text("x")
        ),
        "{lost:?}"
    );
}

#[tokio::test]
async fn a_save_against_an_old_version_is_a_conflict_and_writes_nothing() {
    let store = store().await;
    let first = new_conversation();
    assert_eq!(commit(&store, &first, None, None, &[]).await.unwrap(), 1);
    assert!(matches!(
        commit(&store, &first, None, None, &[reply("r")]).await,
        Err(CommitError::Conflict)
    ));
    assert_eq!(store.reply("demo", "c", "r").await.unwrap(), None);
    let read = store
        .conversation("demo", "c", now())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(read.version, 1);
    // Unchanged: checked, not written, and the version stays.
    assert_eq!(
        commit(&store, &read, Some(&read), None, &[reply("r")])
            .await
            .unwrap(),
        1
    );
    let mut changed = read.clone();
    changed.queued = vec!["k".into()];
    assert_eq!(
        commit(&store, &changed, Some(&read), None, &[])
            .await
            .unwrap(),
        2
    );
    assert!(matches!(
        commit(&store, &read, Some(&read), None, &[]).await,
        Err(CommitError::Conflict)
    ));
}

#[tokio::test]
async fn events_that_are_finished_together_are_finished_together_or_not_at_all() {
    let store = store().await;
    let event = |key: &str, status| StoredEvent {
        key: key.into(),
        ..event_with("hi", status)
    };
    let queued = |key| event(key, EventStatus::Queued { answer: None });
    let conversation = new_conversation();
    let put = |events| Commit {
        conversation: &conversation,
        read: Some(&conversation),
        events,
        replies: &[],
        expires_at: later(),
        now: now(),
    };
    let both = [
        (queued("a"), EventGuard::New),
        (queued("b"), EventGuard::New),
    ];
    let commit = Commit {
        read: None,
        ..put(&both)
    };
    store.commit(commit).await.unwrap();
    let read = store
        .conversation("demo", "c", now())
        .await
        .unwrap()
        .unwrap();
    let finish = |key| (event(key, EventStatus::Failed), EventGuard::Queued);
    let one = [finish("b")];
    let commit = Commit {
        conversation: &read,
        read: Some(&read),
        ..put(&one)
    };
    store.commit(commit).await.unwrap();
    let both = [finish("a"), finish("b")];
    let commit = Commit {
        conversation: &read,
        read: Some(&read),
        ..put(&both)
    };
    assert!(matches!(
        store.commit(commit).await,
        Err(CommitError::EventTaken(Refused::AlreadyDone))
    ));
    let a = store.event("demo", "c", "a").await.unwrap().unwrap();
    assert_eq!(a.status.name(), "queued");
}

#[tokio::test]
async fn a_queued_event_is_finished_once() {
    let store = store().await;
    let conversation = new_conversation();
    let queued = event_with("hi", EventStatus::Queued { answer: None });
    commit(
        &store,
        &conversation,
        None,
        Some((&queued, EventGuard::New)),
        &[],
    )
    .await
    .unwrap();
    let read = store
        .conversation("demo", "c", now())
        .await
        .unwrap()
        .unwrap();
    let done = event_with(
        "hi",
        EventStatus::Turned {
            reply_ids: vec!["k.1".into()],
            later: false,
        },
    );
    let finish = || {
        commit(
            &store,
            &read,
            Some(&read),
            Some((&done, EventGuard::Queued)),
            &[],
        )
    };
    finish().await.unwrap();
    assert!(matches!(
        finish().await,
        Err(CommitError::EventTaken(Refused::AlreadyDone))
    ));
}

#[tokio::test]
async fn a_reply_is_claimed_by_one_of_many_senders() {
    let store = store().await;
    commit(&store, &new_conversation(), None, None, &[reply("r")])
        .await
        .unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..10 {
        let store = store.clone();
        tasks.spawn(async move {
            let saved = store.reply("demo", "c", "r").await.unwrap().unwrap();
            let mut reply = saved.reply.clone();
            if reply.delivery != Delivery::Pending {
                return false;
            }
            reply.delivery = Delivery::Sending {
                lease_until: now() + Duration::seconds(60 + n),
            };
            store
                .save_reply("demo", "c", &saved, reply)
                .await
                .unwrap()
                .is_some()
        });
    }
    assert_eq!(
        tasks
            .join_all()
            .await
            .into_iter()
            .filter(|won| *won)
            .count(),
        1
    );
}

#[tokio::test]
async fn a_transcript_holds_everything_of_its_conversation_and_nothing_of_others() {
    let store = store().await;
    let answered = event_with(
        "hi",
        EventStatus::Answered {
            reply: Box::default(),
        },
    );
    let event = Some((&answered, EventGuard::New));
    commit(
        &store,
        &new_conversation(),
        None,
        event,
        &[reply("1"), reply("2")],
    )
    .await
    .unwrap();
    let neighbour = Conversation::new("demo", "c2", now());
    commit(&store, &neighbour, None, None, &[]).await.unwrap();
    let transcript = store.transcript("demo", "c", now()).await.unwrap();
    assert_eq!(transcript.conversation.unwrap().version, 1);
    assert_eq!(transcript.events, [answered]);
    assert_eq!(transcript.replies.len(), 2);
}

#[tokio::test]
async fn an_agent_spoke_where_a_message_of_its_went_out_in_time() {
    let store = store().await;
    let sent = |id: &str, at: OffsetDateTime, text: Option<&str>| OutboundReply {
        delivery: Delivery::Sent { at },
        reply: text.map(Reply::text).unwrap_or_default(),
        ..reply(id)
    };
    let begin = |conversation: &str| Conversation::new("demo", conversation, now());
    let answered = |text: Option<&str>| {
        let reply = text.map(Reply::text).unwrap_or_default();
        event_with(
            "hi",
            EventStatus::Answered {
                reply: Box::new(reply),
            },
        )
    };
    let (spoken, silent) = (answered(Some("hello")), answered(None));
    let yesterday = now() - Duration::days(1);
    let conversations = [
        ("inline", Some(&spoken), vec![]),
        ("over-rest", None, vec![sent("1", now(), Some("hello"))]),
        ("silent", Some(&silent), vec![sent("1", now(), None)]),
        ("pending", None, vec![reply("1")]),
        ("yesterday", None, vec![sent("1", yesterday, Some("hello"))]),
    ];
    for (conversation, event, replies) in &conversations {
        let event = event.map(|event| (event, EventGuard::New));
        commit(&store, &begin(conversation), None, event, replies)
            .await
            .unwrap();
    }
    let hour = Duration::HOUR;
    let spoken = store.spoken(now() - hour, now() + hour).await.unwrap();
    let agents: Vec<_> = spoken.keys().collect();
    assert_eq!(agents, ["demo"]);
    let conversations: Vec<_> = spoken["demo"].iter().collect();
    assert_eq!(conversations, ["inline", "over-rest"]);
    let before = yesterday - hour;
    let spoken = store.spoken(before, before + hour).await.unwrap();
    assert!(spoken.is_empty(), "{spoken:?}");
}

#[tokio::test]
async fn settings_come_back_as_they_were_saved() {
    let store = store().await;
    assert_eq!(store.settings("demo").await.unwrap(), None);
    let settings: conversation::AgentSettings =
        serde_json::from_str(r#"{"region":"eu","bot":{"kind":"script"}}"#).unwrap();
    store.put_settings("demo", &settings).await.unwrap();
    assert_eq!(store.settings("demo").await.unwrap(), Some(settings));
}
