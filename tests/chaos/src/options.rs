//! How much a run does.

use std::time::Duration;

use crate::seed::Seed;

/// How much a run does.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub seed: Seed,
    pub messages: usize,
    /// Export files, those of the simulator included.
    pub files: usize,
    /// Conversations at once.
    pub at_once: usize,
    /// Between two kills at a random moment, on average.
    pub kill_every: Duration,
    pub rotate_every: Duration,
    /// When people are asked where nobody answered.
    pub answer_within_secs: u64,
    /// How long what is left may take to come to rest.
    pub settle_within: Duration,
}

impl Options {
    /// A run of a minute or two.
    pub fn short(seed: Seed) -> Self {
        Self {
            seed,
            messages: 260,
            files: 28,
            at_once: 16,
            kill_every: Duration::from_secs(3),
            rotate_every: Duration::from_secs(12),
            answer_within_secs: 45,
            settle_within: Duration::from_secs(420),
        }
    }

    /// The long one.
    pub fn long(seed: Seed) -> Self {
        Self {
            messages: 20_500,
            files: 240,
            at_once: 32,
            kill_every: Duration::from_secs(4),
            rotate_every: Duration::from_secs(30),
            answer_within_secs: 60,
            settle_within: Duration::from_secs(900),
            ..Self::short(seed)
        }
    }
}
