//! Whether the time an act takes tells two inputs apart: Welch's t-test over samples taken in turns.
//!
//! Machines are noisy, so a difference counts only where it is gross and the same in every round; and
//! whoever uses this shows beside it that an act that does leak is found.

use std::hint::black_box;
use std::time::Instant;

/// Pairs of samples in one round.
const PAIRS: usize = 4_000;
/// Runs of the act in one sample: the clock has a resolution too.
const RUNS: usize = 4;
/// Rounds that must agree.
const ROUNDS: usize = 5;
/// Times a leak is looked for before there is none: noise can hide one.
const LOOKS: usize = 20;
/// The t that counts. By chance, 4.5 is one in a hundred thousand; drifts of a busy machine reach more.
const GROSS: f64 = 10.0;

/// Whether the act's time tells `first` from `second`, in every round and in the same direction.
pub(crate) fn leaks<T: ?Sized>(first: &T, second: &T, mut act: impl FnMut(&T)) -> bool {
    let mut direction = None;
    (0..ROUNDS).all(|_| {
        let t = round(first, second, &mut act);
        let same = *direction.get_or_insert(t.is_sign_positive()) == t.is_sign_positive();
        t.abs() > GROSS && same
    })
}

/// The same for an act that is known to leak: noise may hide it for a while.
pub(crate) fn leaks_at_last<T: ?Sized>(first: &T, second: &T, mut act: impl FnMut(&T)) -> bool {
    (0..LOOKS).any(|_| leaks(first, second, &mut act))
}

/// Welch's t of one round.
fn round<T: ?Sized>(first: &T, second: &T, act: &mut impl FnMut(&T)) -> f64 {
    let mut times = [Vec::with_capacity(PAIRS), Vec::with_capacity(PAIRS)];
    let mut time = |input: &T| {
        let begun = Instant::now();
        for _ in 0..RUNS {
            act(black_box(input));
        }
        begun.elapsed().as_nanos() as f64
    };
    for pair in 0..PAIRS {
        // Each goes first as often as the other.
        if pair % 2 == 0 {
            times[0].push(time(first));
            times[1].push(time(second));
        } else {
            times[1].push(time(second));
            times[0].push(time(first));
        }
    }
    // What was interrupted says nothing about the act.
    let mut all: Vec<f64> = times.iter().flatten().copied().collect();
    all.sort_by(f64::total_cmp);
    let longest = all[all.len() * 9 / 10];
    let [first, second] = times.map(|times| {
        let kept: Vec<f64> = times.into_iter().filter(|time| *time <= longest).collect();
        Sample::of(&kept)
    });
    let spread = (first.variance / first.count + second.variance / second.count).sqrt();
    (first.mean - second.mean) / spread.max(f64::MIN_POSITIVE)
}

struct Sample {
    count: f64,
    mean: f64,
    variance: f64,
}

impl Sample {
    fn of(times: &[f64]) -> Self {
        let count = times.len() as f64;
        let mean = times.iter().sum::<f64>() / count;
        let squares = times.iter().map(|time| (time - mean).powi(2));
        Self {
            count,
            mean,
            variance: squares.sum::<f64>() / (count - 1.0),
        }
    }
}

/// Compares byte by byte and stops at the first that differs: what must not be done.
pub(crate) fn stops_early(known: &[u8], presented: &[u8]) -> bool {
    for (known, presented) in known.iter().zip(presented) {
        if black_box(known) != black_box(presented) {
            return false;
        }
    }
    known.len() == presented.len()
}

/// The hex text with one digit changed, at the place or at the next that is a decimal digit: both kinds
/// of digit take their own time to read, which is no secret.
pub(crate) fn changed_at(hex: &str, place: usize) -> String {
    let mut digits = hex.as_bytes().to_vec();
    let place = (place..digits.len())
        .chain((0..place).rev())
        .find(|place| digits[*place].is_ascii_digit())
        .unwrap_or(place);
    digits[place] = if digits[place] == b'5' { b'6' } else { b'5' };
    String::from_utf8_lossy(&digits).into_owned()
}
