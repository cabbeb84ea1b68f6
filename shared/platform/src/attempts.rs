//! Trying a commit again, when others change the same conversation at the same moment.

use std::time::Duration;

use time::OffsetDateTime;

/// Tries of one commit. Each conflict means that somebody else's commit went through, so this many
/// are used up only where as many others were faster.
const MAX: u32 = 25;
/// Longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// The tries of one commit: `while attempts.next().await { … }`.
#[derive(Debug, Default)]
pub struct Attempts {
    made: u32,
}

impl Attempts {
    /// Whether to try (again): at once the first time, then after a pause that differs between
    /// those who met, so that they don't meet again.
    pub async fn next(&mut self) -> bool {
        if self.made >= MAX {
            return false;
        }
        if self.made > 0 {
            tokio::time::sleep(self.pause(OffsetDateTime::now_utc().nanosecond())).await;
        }
        self.made += 1;
        true
    }

    /// Up to 10, 20, 40 … ms: the clock's last digits are random enough to part two processes.
    fn pause(&self, random: u32) -> Duration {
        let bound = Duration::from_millis(5 << self.made.min(10)).min(LONGEST_PAUSE);
        let micros = u32::try_from(bound.as_micros()).unwrap_or(u32::MAX);
        Duration::from_micros(u64::from(random % micros))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_below_their_bound() {
        let longest = |made| {
            (0..1_000_000)
                .step_by(997)
                .map(|n| Attempts { made }.pause(n))
                .max()
        };
        assert!(longest(1) < Some(Duration::from_millis(10)));
        assert!(longest(3) > longest(1));
        assert!(longest(u32::MAX) < Some(LONGEST_PAUSE));
    }

    #[tokio::test]
    async fn attempts_end() {
        let mut attempts = Attempts { made: MAX - 1 };
        assert!(attempts.next().await);
        assert!(!attempts.next().await);
    }
}
