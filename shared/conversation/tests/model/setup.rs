//! What a run of the model lets happen.

use std::sync::LazyLock;

use conversation::{Action, Answer, EventStatus, HandoverReason, ReplyAction, StoredEvent};
use sparkcentral::Envelope;
use time::{Duration, OffsetDateTime};

/// A rule that is left out on purpose: the model must notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// Whoever changes a conversation leaves its begun event without a record.
    NoSpill,
    /// A turn is begun without looking at what was heard last.
    NoHeard,
    /// A turn is begun although another one's lease has not ended.
    OthersLease,
    /// A turn is begun although something waits or is on its way.
    NotQuiet,
    /// An answer is written whatever stands there.
    AnswerAnyway,
    /// An answer is not judged again after the conversation has changed.
    NotJudgedAgain,
    /// A handover is queued without what was stored before it and is not delivered yet.
    HandoverAlone,
    /// bot-turn doesn't look whether a turn is in flight.
    LineUnchecked,
    /// An event's record is read before, or beside, its conversation.
    RecordBeside,
    /// An attempt that finds its own event in a record enters it once more.
    OwnRecord,
    /// An attempt stores its answer by one write also after its lease has ended.
    LateAnswer,
    /// Whoever finds an event queued doesn't queue it again.
    NotQueuedAgain,
    /// A reply is sent again where nobody knows whether it arrived.
    SentAgain,
    /// The first 404 is believed.
    Believed,
    /// A reply is sent without claiming it.
    Unclaimed,
    /// Any reply while the bot is asked counts as its answer.
    AnyReplyCounts,
    /// An answer that is faster than the bot's promise is not remembered.
    EarlyForgotten,
}

/// What the bot says to a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Says {
    /// One reply.
    One,
    /// One reply, and something to remember.
    Remembering,
    /// Two replies: more than fits into a response.
    Two,
    /// One reply, then people.
    People,
    /// That it will answer through conversation-api.
    Later,
    /// Nothing in time.
    Nothing,
}

impl Says {
    /// The answer, as it is kept with an event; `None` where there is none.
    pub(crate) fn answer(self) -> Option<Answer> {
        let say = || {
            Action::Reply(ReplyAction {
                text: Some("x".into()),
                ..ReplyAction::default()
            })
        };
        let actions = match self {
            Self::One | Self::Remembering => vec![say()],
            Self::Two => vec![say(), say()],
            Self::People => vec![say(), Action::hand_over(Some(HandoverReason::BotAsked))],
            Self::Later => Vec::new(),
            Self::Nothing => return None,
        };
        Some(Answer {
            actions,
            session: None,
        })
    }
}

/// Bounds and choices.
#[derive(Clone)]
pub(crate) struct Setup {
    /// Events of the contact's, in order of their time stamps: at most four.
    pub(crate) events: usize,
    /// Times each is delivered at most.
    pub(crate) deliveries: u8,
    /// Deliveries at the same time.
    pub(crate) at_once: usize,
    /// A delivery after the first may carry a time stamp of its own.
    pub(crate) restamped: bool,
    /// What the bot may say in time.
    pub(crate) inline: &'static [Says],
    /// What it may say to a queued turn.
    pub(crate) queued: &'static [Says],
    /// Tries of a reply through conversation-api.
    pub(crate) api_replies: u8,
    /// They name a turn the bot was asked, or none; otherwise none.
    pub(crate) api_names: bool,
    /// Tries of a handover through conversation-api.
    pub(crate) api_handovers: u8,
    /// A person may take the conversation.
    pub(crate) person: bool,
    /// Deadlines may be missed.
    pub(crate) deadlines: bool,
    /// Writes whose answer gets lost.
    pub(crate) lost: bool,
    /// POSTs that fail, or of which nobody knows.
    pub(crate) troubles: u8,
    /// Attempts go on after their lease.
    pub(crate) zombies: bool,
    /// SQS may have forgotten that it has had a message before.
    pub(crate) forgets: bool,
    /// What is read by two requests may change between them.
    pub(crate) split: bool,
    pub(crate) flaw: Option<Flaw>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            events: 2,
            deliveries: 2,
            at_once: 2,
            restamped: false,
            inline: &[Says::One],
            queued: &[Says::One],
            api_replies: 0,
            api_names: false,
            api_handovers: 0,
            person: false,
            deadlines: false,
            lost: false,
            troubles: 0,
            zombies: false,
            forgets: false,
            split: false,
            flaw: None,
        }
    }
}

impl Setup {
    pub(crate) fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }
}

/// Keys of the events.
pub(crate) const KEYS: [&str; 4] = ["e0", "e1", "e2", "e3"];

/// The event of a key.
pub(crate) fn number(key: &str) -> usize {
    KEYS.iter().position(|known| *known == key).unwrap_or(0)
}

/// The clock: only leases that end move it. All that contacts send was sent before.
pub(crate) fn clock(ended: u8) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::seconds(1_000 + 2 * i64::from(ended))
}

/// When a lease ends: just before the clock says that so many have.
pub(crate) fn lease_end(lease: u8) -> OffsetDateTime {
    clock(lease) - Duration::SECOND
}

/// When an event was sent; `again` counts the deliveries that were stamped anew.
pub(crate) fn sent_at(event: usize, again: u8) -> OffsetDateTime {
    let seconds = match again {
        0 => event as i64 + 1,
        _ => 10 + i64::from(again),
    };
    OffsetDateTime::UNIX_EPOCH + Duration::seconds(seconds)
}

/// What is delivered, and the event of it before it is begun: made once, for hashes take time.
static DELIVERED: LazyLock<Vec<(Envelope, StoredEvent)>> = LazyLock::new(|| {
    let delivered = |key: &&str| {
        let body = format!(
            r#"{{"type":"INBOUND_MESSAGE_RECEIVED","idempotencyKey":"{key}",
                "data":{{"conversationId":"c","message":{{"text":"hi"}}}}}}"#
        );
        let envelope = sparkcentral::event::parse(body.as_bytes()).unwrap();
        let queued = EventStatus::Queued { answer: None };
        let event = StoredEvent::of(&envelope, OffsetDateTime::UNIX_EPOCH, queued);
        (envelope, event.unwrap())
    };
    KEYS.iter().map(delivered).collect()
});

/// A delivery's body.
pub(crate) fn envelope(event: usize) -> &'static Envelope {
    &DELIVERED[event].0
}

/// An event as an attempt begins it.
pub(crate) fn begun(event: usize, attempt: u8) -> StoredEvent {
    StoredEvent {
        status: EventStatus::InProgress {
            lease_until: lease_end(attempt),
            attempt: attempt.to_string(),
        },
        ..DELIVERED[event].1.clone()
    }
}
