use super::*;

fn quick(label: &str, payload: Option<&str>) -> QuickReply {
    QuickReply {
        label: label.into(),
        payload: payload.map(Into::into),
    }
}

fn texts(lines: &[Line]) -> Vec<&str> {
    lines.iter().map(|line| line.text.as_str()).collect()
}

#[test]
fn answers_are_numbered_and_numbers_go_on_within_an_answer() {
    let (lines, first) = choices(&[quick("Yes", Some("Y")), quick("No", None)], false, &[]);
    assert_eq!(texts(&lines), ["1. Yes", "2. No"]);
    let (lines, second) = choices(&[quick("Red", None)], false, &first);
    assert_eq!(texts(&lines), ["3. Red"]);
    assert_eq!((first[0].payload.as_str(), first[0].number), ("Y", Some(1)));
    assert_eq!(
        (second[0].payload.as_str(), second[0].number),
        ("Red", Some(3))
    );
}

#[test]
fn labels_that_are_numbers_get_no_number_beside_them() {
    let (lines, choices) = choices(&[quick("2", None), quick("Three", None)], false, &[]);
    assert_eq!(texts(&lines), ["- 2", "- Three"]);
    assert!(choices.iter().all(|choice| choice.number.is_none()));
}

#[test]
fn what_a_button_can_t_carry_is_spelt_otherwise_and_told_apart() {
    let offered = [
        quick("A [x]\ny", Some("a(1)")),
        quick("B", Some("a%281%29")),
        quick("C", Some("a(1)")),
    ];
    let (lines, choices) = choices(&offered, true, &[]);
    assert_eq!(
        texts(&lines),
        [
            "%[A (x) y](reply:a%281%29)",
            "%[B](reply:a%281%29~2)",
            "%[C](reply:a%281%29)"
        ]
    );
    let payloads: Vec<_> = choices
        .iter()
        .map(|choice| choice.payload.as_str())
        .collect();
    assert_eq!(payloads, ["a(1)", "a%281%29", "a(1)"]);
}

#[test]
fn links_are_buttons_or_lines() {
    let to = |label: &str, url: &str| Link {
        label: label.into(),
        url: url.into(),
    };
    let shop = to("Our [shop]", "https://shop.example/a(1)");
    assert_eq!(
        link(&shop, true).text,
        "%[Our (shop)](https://shop.example/a%281%29)"
    );
    assert_eq!(
        link(&shop, false).text,
        "Our (shop): https://shop.example/a%281%29"
    );
    let bare = to("https://shop.example/", "https://shop.example");
    assert_eq!(link(&bare, false).text, "https://shop.example/");
    let literal = to("Box", "https://[2001:db8::1]/x");
    assert_eq!(link(&literal, true).text, "Box: https://[2001:db8::1]/x");
}

#[test]
fn lines_stay_whole_and_together_where_they_fit() {
    let lines = [Line::text("1. Yes"), Line::text("2. No")];
    let cut = |text, max| pieces(text, false, &lines, Some(TextLimit::chars(max)));
    assert_eq!(cut(Some("Well?"), 40), ["Well?\n1. Yes\n2. No"]);
    assert_eq!(
        cut(Some("Well, what is it?"), 20),
        ["Well, what is it?", "1. Yes\n2. No"]
    );
    assert_eq!(cut(None, 10), ["1. Yes", "2. No"]);
    assert_eq!(
        pieces(Some("Hi"), false, &lines, None),
        ["Hi\n1. Yes\n2. No"]
    );
    assert_eq!(pieces(Some("Hi"), false, &[], None), ["Hi"]);
    let long = [Line::text("1. a long answer"), Line::text("2. No")];
    assert_eq!(
        pieces(None, false, &long, Some(TextLimit::chars(10))),
        ["1. a long ", "answer", "2. No"]
    );
}

#[test]
fn a_button_over_the_limit_stays_one() {
    let lines = [
        Line::button("%[A long label](reply:X)".into()),
        Line::text("2. No"),
    ];
    assert_eq!(
        pieces(Some("Hi"), false, &lines, Some(TextLimit::chars(10))),
        ["Hi", "%[A long label](reply:X)", "2. No"]
    );
}
