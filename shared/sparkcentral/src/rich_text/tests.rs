use proptest::prelude::*;

use super::*;

#[test]
fn openers_are_taken_apart_and_look_the_same() {
    assert_eq!(neutralise("%[x](reply:y)"), "%\u{2060}[x](reply:y)");
    assert_eq!(neutralise("a ![](u) b"), "a !\u{2060}[](u) b");
    assert_eq!(neutralise("&((template))&"), "&\u{2060}((template))&");
    assert_eq!(neutralise("%![%["), "%!\u{2060}[%\u{2060}[");
}

#[test]
fn what_only_the_widget_s_shorthand_knows_is_taken_apart_too() {
    for text in [
        "$[Pay](25.00)",
        "%((template:hello))%",
        "%{{template:hello}}%",
    ] {
        let neutral = neutralise(text);
        assert!(!has_opener(&neutral), "{text}");
        assert_eq!(neutral.replace(WORD_JOINER, ""), text);
    }
}

fn shortcodes(text: &str) -> Vec<&str> {
    spans(text).into_iter().map(|span| &text[span]).collect()
}

#[test]
fn every_shortcode_of_a_text_is_found_as_a_whole() {
    let text = "See %[our [shop](https://a.example) ![](https://b.example/c.png)é\n%[Yes](reply:Y)";
    assert_eq!(
        shortcodes(text),
        [
            "%[our [shop](https://a.example)",
            "![](https://b.example/c.png)",
            "%[Yes](reply:Y)"
        ]
    );
    let template = "&((namespace=[[n]] template=[[t]]))&";
    assert_eq!(shortcodes(template), [template]);
    for text in [
        "",
        "é",
        "%[a]",
        "%[a](b",
        "![a] (b)",
        "%[a]b](c)",
        "&((a))",
        "50 %",
    ] {
        assert!(spans(text).is_empty(), "{text}");
    }
}

#[test]
fn labels_and_payloads_are_made_to_fit() {
    assert_eq!(label(" Two\r\n  lines [now] "), "Two lines (now)");
    assert_eq!(label("&([x"), "&\u{2060}((x");
    assert_eq!(label("\u{0}\n"), "");
    assert!(matches!(payload("YES|1 %"), Cow::Borrowed("YES|1 %")));
    assert_eq!(payload("a(b)\n%[c]"), "a%28b%29%0A%%5Bc%5D");
    assert_eq!(payload("%{{x}}%"), "%%7B%7Bx%7D%7D%");
}

#[test]
fn text_without_openers_is_not_copied() {
    for text in ["", "50% off!", "[1] & (2)", "&(x)", "é%"] {
        assert!(matches!(neutralise(text), Cow::Borrowed(same) if same == text));
    }
}

#[test]
fn buttons_are_written_as_shortcodes() {
    assert_eq!(
        link("Track it", "https://example.com/t?id=7&x=(1)").unwrap(),
        "%[Track it](https://example.com/t?id=7&x=%281%29)"
    );
    assert_eq!(
        link("Up", "HTTPS://example.com").unwrap(),
        "%[Up](https://example.com)"
    );
    assert_eq!(reply("Yes!", "YES|1").unwrap(), "%[Yes!](reply:YES|1)");
    assert_eq!(
        location("Where are you?").unwrap(),
        "%[Where are you?](location)"
    );
}

#[test]
fn a_part_that_could_break_out_is_refused() {
    use ShortcodeError::*;
    let url = "https://example.com";
    assert_eq!(link(" ", url), Err(BlankLabel));
    assert_eq!(link("a](x) %[b", url), Err(LabelCharacters));
    assert_eq!(location("two\nlines"), Err(LabelCharacters));
    assert_eq!(reply("&((", "x"), Err(LabelCharacters));
    for address in [
        "http://example.com",
        "https://",
        "https:///x",
        "reply:x",
        "é",
        "",
    ] {
        assert_eq!(link("a", address), Err(NotHttps), "{address}");
    }
    for address in ["https://a b", "https://a\n", "https://a/[x]"] {
        assert_eq!(link("a", address), Err(UrlCharacters), "{address}");
    }
    assert_eq!(reply("a", ""), Err(BlankPayload));
    assert_eq!(reply("a", "x) %[b](y"), Err(PayloadCharacters));
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[%!&$(){}\\[\\]a\u{2060}é\n]{0,30}", any::<String>()]
}

proptest! {
    #[test]
    fn no_opener_remains(text in text()) {
        prop_assert!(!has_opener(&neutralise(&text)));
    }

    #[test]
    fn a_second_pass_changes_nothing(text in text()) {
        let once = neutralise(&text).into_owned();
        prop_assert_eq!(neutralise(&once).into_owned(), once.clone());
    }

    #[test]
    fn only_word_joiners_are_added(text in text()) {
        let plain = |text: &str| text.replace(WORD_JOINER, "");
        prop_assert_eq!(plain(&neutralise(&text)), plain(&text));
    }

    #[test]
    fn whatever_is_given_makes_exactly_one_button(raw_label in text(), raw_payload in text()) {
        let (label, payload) = (label(&raw_label), payload(&raw_payload));
        prop_assume!(!label.is_empty() && !payload.trim().is_empty());
        let button = reply(&label, &payload).unwrap();
        prop_assert_eq!(shortcodes(&button), [button.as_str()]);
    }

    #[test]
    fn neutral_text_holds_no_shortcode(text in text()) {
        prop_assert!(spans(&neutralise(&text)).is_empty());
    }

    #[test]
    fn a_button_holds_exactly_one_opener(label in text(), payload in text()) {
        if let Ok(button) = reply(&label, &payload) {
            prop_assert_eq!(button.matches("%[").count(), 1);
            prop_assert!(!has_opener(&button[1..]));
            prop_assert_eq!(button.matches(')').count(), 1 + label.matches(')').count());
        }
        if let Ok(button) = link(&label, &format!("https://{payload}")) {
            prop_assert!(!has_opener(&button[1..]));
        }
    }
}
