//! Message bodies: words as frequent as in a language, with all that makes CSV hard.

use super::random::Random;

const WORDS: usize = 5_000;
/// Words to draw from, each as often as it is frequent.
const DRAWN: usize = 1 << 17;
const ONSETS: &[&str] = &[
    "b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "z", "st", "pr",
    "tr", "gr", "ch", "", "", "",
];
const NUCLEI: &[&str] = &[
    "a", "e", "i", "o", "u", "e", "a", "e", "ee", "ou", "ie", "ai", "é", "ö", "ü",
];
const CODAS: &[&str] = &[
    "", "", "", "n", "r", "s", "t", "l", "d", "nd", "rs", "ng", "ll",
];
const ASIDES: &[&str] = &["😀", "👍🏽", "🙏", "🚀", "✅", "👩‍🔧", "🇧🇪", "❤️"];
const BREAKS: &[&str] = &["\n", "\n\n", "\r\n"];
const LONGEST: usize = 150;

pub(crate) struct Text {
    words: Vec<String>,
    drawn: Vec<u16>,
}

impl Text {
    pub(crate) fn new(random: &mut Random) -> Self {
        let words: Vec<String> = (0..WORDS).map(|rank| word(random, rank)).collect();
        // Zipf's law, after Mandelbrot: the word of a rank comes as often as 1 / (rank + a little).
        let weight = |rank: usize| 1.0 / (rank as f64 + 2.7);
        let all: f64 = (0..WORDS).map(weight).sum();
        let mut drawn = Vec::with_capacity(DRAWN);
        let mut share = 0.0;
        for rank in 0..WORDS {
            share += weight(rank) / all;
            let until = (share * DRAWN as f64) as usize;
            drawn.resize(until.min(DRAWN), rank as u16);
        }
        Self { words, drawn }
    }

    /// Writes a body: mostly short, seldom long.
    pub(crate) fn body(&self, random: &mut Random, body: &mut String) {
        body.clear();
        let mut length = 2;
        while length < LONGEST && !random.percent(6) {
            length += 1;
        }
        let breaks = if random.percent(12) {
            1 + random.below(4)
        } else {
            0
        };
        let (quote, aside) = (random.percent(8), random.percent(10));
        let (quote_at, aside_at) = (random.below(length), random.below(length));
        let break_every = length / (breaks + 1);
        for place in 0..length {
            if place > 0 {
                let breaks = breaks > 0 && break_every > 0 && place % break_every == 0;
                body.push_str(if breaks { random.of(BREAKS) } else { " " });
            }
            let word = &self.words[usize::from(random.of(&self.drawn))];
            match () {
                () if quote && place == quote_at => {
                    body.push_str("\"as promised, ");
                    body.push_str(word);
                    body.push('"');
                }
                () if aside && place == aside_at => body.push_str(random.of(ASIDES)),
                () => body.push_str(word),
            }
            if random.percent(4) {
                body.push(',');
            }
        }
        body.push_str(random.of(&[".", "", "?", "!"]));
    }
}

/// Frequent words are short.
fn word(random: &mut Random, rank: usize) -> String {
    let syllables = match rank {
        0..60 => 1,
        60..600 => 1 + random.below(2),
        _ => 2 + random.below(3),
    };
    let mut word = String::new();
    for _ in 0..syllables {
        word.push_str(random.of(ONSETS));
        word.push_str(random.of(NUCLEI));
        word.push_str(random.of(CODAS));
    }
    word
}
