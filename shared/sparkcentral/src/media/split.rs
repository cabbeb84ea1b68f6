//! Cutting a long text into messages a medium takes.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::TextLimit;

/// Cuts a text into pieces within the limit; joined they are the text again, no character lost.
///
/// A cut goes, in this order of preference, behind a line break or sentence, behind white space,
/// between words, between graphemes. Only places in the later half of what fits count, so that one
/// early full stop doesn't make a tiny message. A grapheme (what a reader takes for one
/// character, such as a family emoji) is cut only when it alone exceeds the limit, then between
/// scalar values; a single scalar value is never cut, not even under a limit it can't meet.
///
/// An empty text gives no pieces.
pub fn split_text(text: &str, limit: TextLimit) -> Vec<String> {
    split_text_around(text, limit, &[])
}

/// As [`split_text`], but never inside one of the `whole` ranges of bytes, which are in ascending
/// order and don't overlap. One that alone exceeds the limit makes a piece over it.
pub fn split_text_around(text: &str, limit: TextLimit, whole: &[Range<usize>]) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut start = 0;
    if limit.allows(text) {
        return if text.is_empty() {
            pieces
        } else {
            vec![text.to_owned()]
        };
    }
    let cuts = Cuts::of(text, whole);
    while start < text.len() {
        let end = next_cut(text, start, limit, &cuts, whole);
        pieces.push(text[start..end].to_owned());
        start = end;
    }
    pieces
}

/// How good a place is to cut at; ordered from bad to good.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Quality {
    Grapheme,
    Word,
    Space,
    Sentence,
}

/// Every place between two graphemes, by byte offset in ascending order, with its quality.
/// The offset 0 is left out, the end of the text is in.
struct Cuts(Vec<(usize, Quality)>);

impl Cuts {
    fn of(text: &str, whole: &[Range<usize>]) -> Self {
        let mut whole = whole.iter().peekable();
        let mut sentences = ends(text.split_sentence_bounds());
        let mut words = ends(text.split_word_bounds());
        let mut next_sentence = sentences.next();
        let mut next_word = words.next();
        let cuts = ends(text.graphemes(true))
            .filter(|offset| {
                while whole.next_if(|range| range.end <= *offset).is_some() {}
                whole.peek().is_none_or(|range| *offset <= range.start)
            })
            .map(|offset| {
                // Sentence and word boundaries inside a grapheme are skipped over.
                while next_sentence.is_some_and(|end| end < offset) {
                    next_sentence = sentences.next();
                }
                while next_word.is_some_and(|end| end < offset) {
                    next_word = words.next();
                }
                let before = text[..offset].chars().next_back();
                let quality = if next_sentence == Some(offset) || before == Some('\n') {
                    Quality::Sentence
                } else if before.is_some_and(char::is_whitespace) {
                    Quality::Space
                } else if next_word == Some(offset) {
                    Quality::Word
                } else {
                    Quality::Grapheme
                };
                (offset, quality)
            })
            .collect();
        Self(cuts)
    }

    /// The cuts after `start`, in ascending order.
    fn after(&self, start: usize) -> &[(usize, Quality)] {
        &self.0[self.0.partition_point(|(offset, _)| *offset <= start)..]
    }
}

fn ends<'a>(parts: impl Iterator<Item = &'a str>) -> impl Iterator<Item = usize> {
    parts.scan(0, |end, part| {
        *end += part.len();
        Some(*end)
    })
}

/// The byte offset where the piece that begins at `start` ends. Always greater than `start`.
fn next_cut(
    text: &str,
    start: usize,
    limit: TextLimit,
    cuts: &Cuts,
    whole: &[Range<usize>],
) -> usize {
    let mut used = 0;
    let mut position = start;
    let mut farthest = None;
    let mut best: Option<(usize, Quality)> = None;
    for &(offset, quality) in cuts.after(start) {
        used += limit.measure(&text[position..offset]);
        if used > limit.max {
            return match (best, farthest) {
                (Some((offset, _)), _) | (None, Some(offset)) => offset,
                (None, None) if whole.iter().any(|it| it.start < offset && start < it.end) => {
                    offset
                }
                (None, None) => inside_grapheme(text, start, offset, limit),
            };
        }
        position = offset;
        farthest = Some(offset);
        let roomy = used >= limit.max.div_ceil(2);
        // A later cut of the same quality makes fewer messages.
        if roomy && best.is_none_or(|(_, known)| quality >= known) {
            best = Some((offset, quality));
        }
    }
    text.len()
}

/// A grapheme longer than the limit: as many scalar values as fit, at least one.
fn inside_grapheme(text: &str, start: usize, end: usize, limit: TextLimit) -> usize {
    let mut used = 0;
    let mut cut = start;
    for (index, character) in text[start..end].char_indices() {
        used += limit.measure(character.encode_utf8(&mut [0; 4]));
        if used > limit.max && index > 0 {
            break;
        }
        cut = start + index + character.len_utf8();
    }
    cut
}

#[cfg(test)]
mod tests;
