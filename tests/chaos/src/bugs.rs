//! The bugs that can be planted, and what the checker must call each.

use crate::checker::Wrong;

/// A bug, known by its agent's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bug {
    /// Intake does not see what came before, writes have no conditions, and queues no deduplication: a late
    /// duplicate counts as new.
    ForgetsDuplicates,
    /// A reply never gets into its queue.
    LosesQueueMessage,
    /// A reply is posted twice.
    PostsTwice,
    /// Two replies change places.
    SwapsReplies,
    /// A word of before a takeover is said after it.
    SpeaksAfterTakeover,
    /// A 404 counts as success.
    TakesRefusalForSuccess,
    /// A handover is not carried out.
    LosesHandover,
    /// An answer is given in another conversation.
    AnswersElsewhere,
    /// A webhook is answered without having been looked at.
    AcceptsUnread,
    /// A write is confirmed and not done.
    LosesWrite,
    /// The answer in a webhook's response is left out.
    LosesInlineAnswer,
    /// The bot's words are changed on their way.
    SaysOtherWords,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::ForgetsDuplicates,
        Self::LosesQueueMessage,
        Self::PostsTwice,
        Self::SwapsReplies,
        Self::SpeaksAfterTakeover,
        Self::TakesRefusalForSuccess,
        Self::LosesHandover,
        Self::AnswersElsewhere,
        Self::AcceptsUnread,
        Self::LosesWrite,
        Self::LosesInlineAnswer,
        Self::SaysOtherWords,
    ];

    /// The agent that has it.
    pub fn agent(self) -> &'static str {
        match self {
            Self::ForgetsDuplicates => "bug-forgets-duplicates",
            Self::LosesQueueMessage => "bug-loses-queue-message",
            Self::PostsTwice => "bug-posts-twice",
            Self::SwapsReplies => "bug-swaps-replies",
            Self::SpeaksAfterTakeover => "bug-speaks-after-takeover",
            Self::TakesRefusalForSuccess => "bug-takes-refusal-for-success",
            Self::LosesHandover => "bug-loses-handover",
            Self::AnswersElsewhere => "bug-answers-elsewhere",
            Self::AcceptsUnread => "bug-accepts-unread",
            Self::LosesWrite => "bug-loses-write",
            Self::LosesInlineAnswer => "bug-loses-inline-answer",
            Self::SaysOtherWords => "bug-says-other-words",
        }
    }

    /// What the checker must call it.
    pub fn looks_like(self) -> Wrong {
        match self {
            Self::ForgetsDuplicates | Self::PostsTwice => Wrong::Doubled,
            Self::LosesQueueMessage => Wrong::Unsettled,
            Self::SwapsReplies => Wrong::OutOfOrder,
            Self::SpeaksAfterTakeover => Wrong::AfterTakeover,
            Self::TakesRefusalForSuccess | Self::LosesInlineAnswer => Wrong::FalseRecord,
            Self::LosesHandover => Wrong::HandoverLost,
            Self::AnswersElsewhere => Wrong::Elsewhere,
            Self::AcceptsUnread | Self::LosesWrite => Wrong::NoRecord,
            Self::SaysOtherWords => Wrong::Unsaid,
        }
    }

    pub(crate) fn of(agent: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|bug| bug.agent() == agent)
    }
}

/// A bug of the exports, known by its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExportBug {
    /// A file's rows are never written.
    LosesFile,
    /// A file's rows are written under a second name, too.
    LoadsTwice,
    /// Rejected rows are not kept.
    LosesRejects,
}

impl ExportBug {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::LosesFile, Self::LoadsTwice, Self::LosesRejects];

    /// What the checker must call it.
    pub fn looks_like(self) -> Wrong {
        match self {
            Self::LosesFile => Wrong::RowMissing,
            Self::LoadsTwice => Wrong::RowDoubled,
            Self::LosesRejects => Wrong::RejectsDiffer,
        }
    }

    /// The table that has it.
    pub fn table(self) -> &'static str {
        match self {
            Self::LosesFile => "topics",
            Self::LoadsTwice => "teams",
            Self::LosesRejects => "users",
        }
    }
}
