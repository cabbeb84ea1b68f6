use proptest::prelude::*;

use super::super::{TextLimit, TextUnit};
use super::*;

fn split(text: &str, max: usize) -> Vec<String> {
    split_text(text, TextLimit::chars(max))
}

#[test]
fn a_text_that_fits_stays_whole_and_an_empty_one_gives_nothing() {
    assert_eq!(split("Hello there.", 12), ["Hello there."]);
    assert!(split("", 12).is_empty());
    assert!(split("", 0).is_empty());
}

#[test]
fn sentences_stay_together_where_they_fit() {
    assert_eq!(
        split("It is on its way. It comes today. Be at home.", 20),
        ["It is on its way. ", "It comes today. ", "Be at home."]
    );
}

#[test]
fn an_early_full_stop_does_not_make_a_tiny_message() {
    assert_eq!(
        split("Yes. the parcel left our warehouse", 20),
        ["Yes. the parcel ", "left our warehouse"]
    );
}

#[test]
fn an_early_hyphen_does_not_make_a_tiny_message() {
    assert_eq!(split("a-bbbbbbbbbbbb", 8), ["a-bbbbbb", "bbbbbb"]);
}

#[test]
fn a_long_sentence_is_cut_behind_white_space() {
    assert_eq!(
        split("one two three four five six", 10),
        ["one two ", "three ", "four five ", "six"]
    );
}

#[test]
fn an_address_is_not_cut_while_white_space_is_near() {
    let text = "see https://example.com/a-b/c.html for more";
    assert_eq!(
        split(text, 36),
        ["see https://example.com/a-b/c.html ", "for more"]
    );
}

#[test]
fn one_long_word_is_cut_between_graphemes() {
    assert_eq!(split("aaaaabbbbb", 4), ["aaaa", "abbb", "bb"]);
    let family = "👨‍👩‍👧‍👦";
    assert_eq!(
        split(&family.repeat(3), 14),
        [family.repeat(2), family.to_owned()]
    );
}

#[test]
fn a_grapheme_over_the_limit_is_cut_between_scalar_values() {
    let family = "👨‍👩‍👧‍👦"; // 7 scalar values
    let pieces = split(family, 3);
    assert_eq!(pieces.concat(), family);
    assert!(pieces.iter().all(|piece| piece.chars().count() <= 3));
}

#[test]
fn what_belongs_together_is_not_cut_even_over_the_limit() {
    let text = "Look here: %[a long label](https://a.example) and there";
    let whole = crate::rich_text::spans(text);
    assert_eq!(
        split_text_around(text, TextLimit::chars(16), &whole),
        [
            "Look here: ",
            "%[a long label](https://a.example)",
            " and there"
        ]
    );
}

#[test]
fn a_limit_no_character_meets_still_ends() {
    assert_eq!(split("abc", 0), ["a", "b", "c"]);
    assert_eq!(split_text("éé", TextLimit::bytes(1)), ["é", "é"]);
}

#[test]
fn a_very_long_text_is_cut_in_reasonable_time() {
    let text = "word ".repeat(100_000);
    let pieces = split(&text, 2_000);
    assert_eq!(pieces.len(), 250);
}

/// Texts with sentences, spaces, line breaks, combining marks and joined emoji.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        3 => "[a-z]{1,12}",
        2 => Just(" ".to_owned()),
        1 => Just(". ".to_owned()),
        1 => Just("\r\n".to_owned()),
        1 => Just("👨‍👩‍👧‍👦".to_owned()),
        1 => Just("e\u{301}".to_owned()),
        1 => Just("🇧🇪".to_owned()),
        1 => "\\PC{0,4}",
        1 => any::<String>(),
    ];
    prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

fn limit() -> impl Strategy<Value = TextLimit> {
    let unit = prop_oneof![Just(TextUnit::Chars), Just(TextUnit::Bytes)];
    (4..60_usize, unit).prop_map(|(max, unit)| TextLimit { max, unit })
}

proptest! {
    #[test]
    fn no_character_is_lost(text in text(), limit in limit()) {
        prop_assert_eq!(split_text(&text, limit).concat(), text);
    }

    #[test]
    fn every_piece_has_content_and_keeps_the_limit(text in text(), limit in limit()) {
        for piece in split_text(&text, limit) {
            prop_assert!(!piece.is_empty());
            prop_assert!(limit.allows(&piece));
        }
    }

    #[test]
    fn no_range_kept_whole_is_cut(text in text(), limit in limit(), a in 0..60_usize, b in 0..60_usize) {
        let (start, end) = (text.floor_char_boundary(a.min(b)), text.floor_char_boundary(a.max(b)));
        let range = start..end;
        let pieces = split_text_around(&text, limit, std::slice::from_ref(&range));
        prop_assert_eq!(pieces.concat(), text.as_str());
        let mut cuts: Vec<usize> = ends(pieces.iter().map(String::as_str)).collect();
        cuts.pop();
        prop_assert!(cuts.iter().all(|cut| *cut <= start || *cut >= end));
        let fits = |piece: &String| limit.allows(piece);
        prop_assert!(pieces.iter().filter(|piece| !fits(piece)).count() <= 1);
    }

    #[test]
    fn only_a_grapheme_over_the_limit_is_cut_inside(text in text(), limit in limit()) {
        let pieces = split_text(&text, limit);
        let mut cuts: Vec<usize> = ends(pieces.iter().map(String::as_str)).collect();
        cuts.pop();
        for (start, grapheme) in text.grapheme_indices(true) {
            let end = start + grapheme.len();
            let inside = cuts.iter().any(|cut| (start + 1..end).contains(cut));
            prop_assert!(!inside || !limit.allows(grapheme));
        }
    }
}
