#![allow(clippy::unwrap_used)]

use regex::Regex;

use super::*;

fn filled(template: &str, text: &str) -> String {
    let pattern = Regex::new("^(?s)(?<x>.*)$").unwrap();
    let values = Values {
        captures: pattern.captures(text),
        details: None,
    };
    Template::parse(template).unwrap().fill(&values)
}

#[test]
fn a_value_takes_its_placeholder_and_doubled_braces_are_braces() {
    assert_eq!(filled("Order {x}!", "7"), "Order 7!");
    assert_eq!(filled("{x}{x}", "7"), "77");
    assert_eq!(filled("{{x}} {{{x}}}", "7"), "{x} {7}");
    assert_eq!(filled("{x|none}", "7"), "7");
    assert_eq!(filled("{x|none}", "  "), "none");
    assert_eq!(filled("{y|none at all}", "7"), "none at all");
    assert_eq!(filled("", "7"), "");
}

#[test]
fn a_value_is_one_short_line() {
    assert_eq!(filled("{x}", " a\r\n\tb\0c  d "), "a b c d");
    assert_eq!(
        filled("{x}", &"ö".repeat(5_000)).chars().count(),
        MAX_VALUE_CHARS
    );
    assert_eq!(
        filled("{x}", &"ö ".repeat(5_000)).chars().count(),
        MAX_VALUE_CHARS
    );
}

#[test]
fn an_operators_shortcode_works_and_a_value_cannot_break_out_of_it() {
    let link = "%[Order {x}](https://shop.example/orders/{x})";
    assert_eq!(
        filled(link, "AB-12_3"),
        "%[Order AB-12_3](https://shop.example/orders/AB-12_3)"
    );
    assert_eq!(
        filled(link, "1](https://evil.example) %[a"),
        "%[Order 1httpsevilexamplea](https://shop.example/orders/1httpsevilexamplea)"
    );
    assert_eq!(
        filled("%[Yes](reply:YES) {x}", "a.b"),
        "%[Yes](reply:YES) a.b",
        "outside again"
    );
    assert_eq!(
        filled("&((template=[[{x}]]))& {x}", "a.b"),
        "&((template=[[ab]]))& a.b"
    );
}

#[test]
fn a_value_left_out_does_not_join_an_opener_from_the_text_around_it() {
    assert_eq!(filled("%{x}[a](b)", "\0"), "%\u{2060}[a](b)");
    assert_eq!(filled("Hello {x|}!", ""), "Hello !");
}

#[test]
fn data_is_filled_in_as_it_was_written() {
    let pattern = Regex::new("(?<x>.*)").unwrap();
    let values = Values {
        captures: pattern.captures("50 %[off"),
        details: None,
    };
    assert_eq!(
        Template::parse("{x}").unwrap().fill_data(&values),
        "50 %[off"
    );
}

#[test]
fn a_wrong_placeholder_is_answered_with_what_to_write() {
    for (template, holds) in [
        ("{", "a single brace"),
        ("}", "a single brace"),
        ("a } b {x}", "a single brace"),
        ("{order", "a single brace"),
        ("{}", "capture group"),
        ("{order number}", "capture group"),
        ("{contact.email|}", "contact.primary_identifier"),
        ("{contact.attributes.|}", "contact.attributes."),
        (
            "{contact.primary_identifier}",
            "{contact.primary_identifier|…}",
        ),
    ] {
        let problem = Template::parse(template).unwrap_err();
        assert!(problem.contains(holds), "{template}: {problem}");
    }
}
