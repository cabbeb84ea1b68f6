//! What can happen to a request to AWS, and how often.

use std::time::Duration;

use crate::seed::Draw;

/// How often each class strikes, in ten thousand requests.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    pub slow: u64,
    pub throttled: u64,
    pub failed: u64,
    pub hung: u64,
    pub answer_lost: u64,
    pub killed: u64,
}

impl Rates {
    /// Every class on.
    pub const ON: Self = Self {
        slow: 100,
        throttled: 60,
        failed: 60,
        hung: 8,
        answer_lost: 60,
        killed: 25,
    };
    /// Nothing goes wrong.
    pub const OFF: Self = Self {
        slow: 0,
        throttled: 0,
        failed: 0,
        hung: 0,
        answer_lost: 0,
        killed: 0,
    };
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strike {
    None,
    Slow(Duration),
    Throttled,
    Failed,
    /// No answer for longer than anybody waits; carried out all the same, or not.
    Hung {
        carried_out: bool,
    },
    /// Carried out, and the answer lost: a broken connection, or an error that is none.
    AnswerLost {
        broken: bool,
    },
    Killed {
        carried_out: bool,
    },
}

impl Strike {
    /// What it counts as.
    pub(crate) fn class(self) -> Option<&'static str> {
        match self {
            Strike::None => None,
            Strike::Slow(_) => Some("aws.slow"),
            Strike::Throttled => Some("aws.throttled"),
            Strike::Failed => Some("aws.failed"),
            Strike::Hung { .. } => Some("aws.timed_out"),
            Strike::AnswerLost { .. } => Some("aws.answer_lost"),
            Strike::Killed { carried_out: true } => Some("aws.killed_after_write"),
            Strike::Killed { carried_out: false } => Some("aws.killed_before_write"),
        }
    }
}

/// What strikes, by the next numbers.
pub(crate) fn drawn(draw: &mut Draw, rates: &Rates) -> Strike {
    let mut at = draw.below(10_000);
    let coin = draw.hits(5_000);
    let delay = Duration::from_millis(draw.between(50, 800));
    for (rate, strike) in [
        (rates.slow, Strike::Slow(delay)),
        (rates.throttled, Strike::Throttled),
        (rates.failed, Strike::Failed),
        (rates.hung, Strike::Hung { carried_out: coin }),
        (rates.answer_lost, Strike::AnswerLost { broken: coin }),
        (rates.killed, Strike::Killed { carried_out: coin }),
    ] {
        if at < rate {
            return strike;
        }
        at -= rate;
    }
    Strike::None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    #[test]
    fn every_class_strikes_about_as_often_as_it_shall() {
        let mut draw = Seed(3).of(&["test"]);
        let struck: Vec<Strike> = (0..100_000).map(|_| drawn(&mut draw, &Rates::ON)).collect();
        let count = |is: fn(&Strike) -> bool| struck.iter().filter(|strike| is(strike)).count();
        assert!((400..800).contains(&count(|strike| *strike == Strike::Throttled)));
        assert!((130..400).contains(&count(|strike| matches!(strike, Strike::Killed { .. }))));
        assert!(count(|strike| *strike == Strike::None) > 95_000);
    }
}
