//! A conversation as seen from outside, in the checker's own words. Times are microseconds since 1970.

/// A message's mark: the conversation's number in the plan, and the message's in the conversation.
pub type Token = (usize, usize);

/// Who had the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    Bot,
    Human,
    Nobody,
}

/// What the contact wrote.
#[derive(Clone, Debug)]
pub struct Written {
    pub token: Token,
    pub at: i64,
    /// Whether it asks for people.
    pub asks_people: bool,
    /// The event that told of it; none where nobody was told.
    pub event: Option<String>,
}

/// What the bot said, as the contact read it.
#[derive(Clone, Debug)]
pub struct Said {
    /// The messages it answers.
    pub names: Vec<Token>,
    pub at: i64,
    /// In a webhook's response, not by a call.
    pub inline: bool,
    /// A fixed text of the settings, which answers nothing.
    pub fixed: bool,
}

/// A change of owner.
#[derive(Clone, Debug)]
pub struct Change {
    pub at: i64,
    pub owner: Owner,
    pub reason: String,
}

/// One attempt to tell the bot of something.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub began: i64,
    pub ended: i64,
    /// 0: never sent.
    pub number: u64,
    pub status: Option<u16>,
    /// Of a 200: whether its body was taken.
    pub applied: Option<bool>,
}

/// Something the bot was told, or should have been.
#[derive(Clone, Debug)]
pub struct Event {
    pub key: String,
    pub is_message: bool,
    pub attempts: Vec<Attempt>,
}

impl Event {
    /// When the first 200 was there.
    pub fn accepted(&self) -> Option<i64> {
        let accepted = self.attempts.iter().filter(|one| one.status == Some(200));
        accepted.map(|one| one.ended).min()
    }

    /// When the attempt was sent that was answered with the first 200: before that nobody here knew of it.
    pub fn accepted_attempt(&self) -> Option<i64> {
        let accepted = self.attempts.iter().filter(|one| one.status == Some(200));
        accepted.min_by_key(|one| one.ended).map(|one| one.began)
    }

    /// When it was first sent.
    pub fn first_sent(&self) -> Option<i64> {
        let sent = self.attempts.iter().filter(|one| one.number > 0);
        sent.map(|one| one.began).min()
    }
}

/// A call of ours, as Sparkcentral saw it.
#[derive(Clone, Debug)]
pub struct Rest {
    pub at: i64,
    pub status: u16,
    pub names: Vec<Token>,
    /// `HANDOVER` or `RESOLVED`.
    pub completes: Option<String>,
    pub faults: Vec<String>,
}

/// What the public record says became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    InProgress,
    Queued,
    Answered,
    Turned,
    NotAsked,
    Merged,
    TooLate,
    Failed,
    /// A word the checker does not know.
    Other,
}

/// What the public record says became of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    Pending,
    Sending,
    Sent,
    Failed,
    Unknown,
    Dropped,
    Other,
}

/// A line of the public record.
#[derive(Clone, Debug)]
pub enum Entry {
    Event {
        key: String,
        outcome: Outcome,
        merged_into: Option<String>,
    },
    Reply {
        id: String,
        /// `bot`, `api`, `handover` or `sparkbridge`.
        from: String,
        names: Vec<Token>,
        completes: Option<String>,
        delivered: Delivered,
        inline: bool,
        /// Why, where it was not sent.
        why: String,
    },
}

/// All that is known of one conversation.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub agent: String,
    pub id: String,
    /// In the plan.
    pub number: usize,
    /// The agent's policy for a reply that may have arrived: send it again.
    pub resends: bool,
    pub written: Vec<Written>,
    pub said: Vec<Said>,
    pub changes: Vec<Change>,
    pub events: Vec<Event>,
    pub rest: Vec<Rest>,
    /// The transcript; none where the API does not know the conversation.
    pub record: Option<Vec<Entry>>,
    /// Whether `sparkbridge dead-letters` tells of it.
    pub in_dead_letters: bool,
}
