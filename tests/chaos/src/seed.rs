//! Chance that can be repeated: every draw follows from the run's seed and from what it is about.

/// The seed of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

/// A line of numbers that belong to one thing.
#[derive(Clone, Copy, Debug)]
pub struct Draw(u64);

impl Seed {
    /// The numbers of whatever `parts` name.
    pub fn of(self, parts: &[&str]) -> Draw {
        // FNV-1a over the parts, each ended by a byte that no text has.
        let mut hash = 0xcbf2_9ce4_8422_2325 ^ self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for byte in parts.iter().flat_map(|part| part.bytes().chain([0xff])) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Draw(hash)
    }
}

impl Draw {
    /// The next number (splitmix64).
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `limit`, which is not part of it.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.number() % limit.max(1)
    }

    /// A number of the range, both ends included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True so many times in ten thousand.
    pub fn hits(&mut self, in_ten_thousand: u64) -> bool {
        self.below(10_000) < in_ten_thousand
    }

    /// One of them.
    ///
    /// # Panics
    /// There is none.
    pub fn pick<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        let count = u64::try_from(among.len()).unwrap_or(1);
        let at = usize::try_from(self.below(count)).unwrap_or_default();
        &among[at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_thing_draw_the_same_numbers_and_others_draw_others() {
        let numbers = |seed: u64, parts: &[&str]| {
            let mut draw = Seed(seed).of(parts);
            [draw.number(), draw.number(), draw.number()]
        };
        assert_eq!(numbers(1, &["a", "b"]), numbers(1, &["a", "b"]));
        assert_ne!(numbers(1, &["a", "b"]), numbers(2, &["a", "b"]));
        assert_ne!(numbers(1, &["a", "b"]), numbers(1, &["ab", ""]));
    }

    #[test]
    fn a_chance_of_one_in_ten_strikes_about_one_thing_in_ten() {
        let struck = (0..10_000)
            .filter(|n| Seed(7).of(&["thing", &n.to_string()]).hits(1_000))
            .count();
        assert!((900..1_100).contains(&struck), "{struck}");
    }
}
