//! How old a request may be: the defence against a recorded request played again.

use time::OffsetDateTime;

use super::Envelope;

/// Why a request's time of sending was refused. All durations are whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AgeError {
    #[error("the request was sent {age_secs} s ago, longer than the window allows")]
    TooOld { age_secs: u64 },
    #[error("the request claims to come from {ahead_secs} s ahead of our clock, beyond the window")]
    InTheFuture { ahead_secs: u64 },
    #[error("the request has no timestamp, and the agent's window demands one")]
    MissingTimestamp,
}

impl AgeError {
    /// A short, stable name for a log field or a metric's dimension.
    pub fn reason(self) -> &'static str {
        match self {
            Self::TooOld { .. } => "too_old",
            Self::InTheFuture { .. } => "in_the_future",
            Self::MissingTimestamp => "missing_timestamp",
        }
    }
}

impl Envelope {
    /// Checks the envelope's timestamp against our clock, `now`.
    ///
    /// ```text
    /// Sparkcentral's clock:      timestamp
    ///                                |
    /// our clock: ---[now - window ===|=== now ============== now + window]---> time
    ///                too old before         ahead of us but tolerated     refused
    /// ```
    ///
    /// `window_secs` of 0 turns the check off: whether a retry of one event carries a fresh
    /// timestamp is undocumented, so an agent may need that.
    ///
    /// # Errors
    /// Older than the window, further ahead than the window, or no timestamp at all.
    pub fn check_age(&self, now: OffsetDateTime, window_secs: u32) -> Result<(), AgeError> {
        if window_secs == 0 {
            return Ok(());
        }
        let sent = self.timestamp.ok_or(AgeError::MissingTimestamp)?;
        // Differences of unix times can't overflow an i64: `time` holds years of four digits.
        let age = now.unix_timestamp().saturating_sub(sent.unix_timestamp());
        let seconds = age.unsigned_abs();
        if seconds <= u64::from(window_secs) {
            Ok(())
        } else if age > 0 {
            Err(AgeError::TooOld { age_secs: seconds })
        } else {
            Err(AgeError::InTheFuture {
                ahead_secs: seconds,
            })
        }
    }
}

#[cfg(test)]
mod tests;
