//! Rich text shortcodes: what a contact sees of an outbound text that holds some.
//!
//! Read as generously as the documented syntax allows, so that a text which could become a button
//! anywhere becomes one here.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer, ser::SerializeMap};

/// The shortcodes that are documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shortcode {
    /// `%[Label](https://…)`
    Link,
    /// `%[Label](reply:PAYLOAD)`
    Reply,
    /// `%[Label](location)`
    Location,
    /// `![](https://…)`
    Image,
    /// `&((namespace=[[…]] template=[[…]] …))&`, WhatsApp's.
    Template,
}

/// A text as the contact sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Rendered {
    /// Without the shortcodes, and without white space at its ends.
    pub(crate) text: String,
    pub(crate) buttons: Vec<Button>,
    /// Their URLs.
    pub(crate) images: Vec<String>,
    /// What stands between the brackets of a template.
    pub(crate) templates: Vec<String>,
}

/// Serialises as `{"label", "url" | "payload" | "location"}`; a location is `true`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Button {
    pub(crate) label: String,
    pub(crate) leads_to: Target,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Url(String),
    Payload(String),
    Location,
}

impl Serialize for Button {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("label", &self.label)?;
        match &self.leads_to {
            Target::Url(url) => map.serialize_entry("url", url)?,
            Target::Payload(payload) => map.serialize_entry("payload", payload)?,
            Target::Location => map.serialize_entry("location", &true)?,
        }
        map.end()
    }
}

/// What a medium makes of a text; `None` if it knows no shortcodes.
pub(crate) fn rendered(
    media: &BTreeMap<String, Vec<Shortcode>>,
    medium: &str,
    text: Option<&str>,
) -> Option<Rendered> {
    let known = media.get(medium)?;
    Some(read(text.unwrap_or_default(), known))
}

fn read(text: &str, known: &[Shortcode]) -> Rendered {
    let mut rendered = Rendered::default();
    let mut rest = text;
    while let Some((at, element, length)) = next(rest, known) {
        rendered.text.push_str(&rest[..at]);
        match element {
            Element::Button(button) => rendered.buttons.push(button),
            Element::Image(url) => rendered.images.push(url),
            Element::Template(inside) => rendered.templates.push(inside),
        }
        rest = &rest[at + length..];
    }
    rendered.text.push_str(rest);
    rendered.text = rendered.text.trim().into();
    rendered
}

enum Element {
    Button(Button),
    Image(String),
    Template(String),
}

/// The first shortcode of a text: where it begins, what it is, and its length in bytes.
fn next(text: &str, known: &[Shortcode]) -> Option<(usize, Element, usize)> {
    text.match_indices(['%', '!', '&']).find_map(|(at, mark)| {
        let (shortcode, element, length) = match mark {
            "%" => button(&text[at..]),
            "!" => image(&text[at..]),
            _ => template(&text[at..]),
        }?;
        known.contains(&shortcode).then_some((at, element, length))
    })
}

fn button(text: &str) -> Option<(Shortcode, Element, usize)> {
    let (label, target, length) = label_and_target(text, "%[")?;
    let (shortcode, leads_to) = match target.get(..6) {
        Some(scheme) if scheme.eq_ignore_ascii_case("reply:") => {
            (Shortcode::Reply, Target::Payload(target[6..].into()))
        }
        _ if target.eq_ignore_ascii_case("location") => (Shortcode::Location, Target::Location),
        _ if is_url(target) => (Shortcode::Link, Target::Url(target.into())),
        _ => return None,
    };
    // Nobody can see or tap a button without a label.
    let label = Some(label.trim()).filter(|label| !label.is_empty())?.into();
    let button = Button { label, leads_to };
    Some((shortcode, Element::Button(button), length))
}

fn image(text: &str) -> Option<(Shortcode, Element, usize)> {
    let (_, url, length) = label_and_target(text, "![")?;
    is_url(url).then(|| (Shortcode::Image, Element::Image(url.into()), length))
}

fn template(text: &str) -> Option<(Shortcode, Element, usize)> {
    let (inside, _) = text.strip_prefix("&((")?.split_once("))&")?;
    let length = inside.len() + "&((".len() + "))&".len();
    let element = Element::Template(inside.into());
    (inside.contains("namespace=[[") && inside.contains("template=[[")).then_some((
        Shortcode::Template,
        element,
        length,
    ))
}

/// Reads `{opening}label](target)`: label, target without white space around it, and length in bytes.
fn label_and_target<'a>(text: &'a str, opening: &str) -> Option<(&'a str, &'a str, usize)> {
    let (label, rest) = text.strip_prefix(opening)?.split_once(']')?;
    let (target, _) = rest.strip_prefix('(')?.split_once(')')?;
    let length = opening.len() + label.len() + "](".len() + target.len() + ")".len();
    Some((label, target.trim(), length))
}

fn is_url(target: &str) -> bool {
    let target = target.to_ascii_lowercase();
    target.starts_with("http://") || target.starts_with("https://")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const ALL: [Shortcode; 5] = [
        Shortcode::Link,
        Shortcode::Reply,
        Shortcode::Location,
        Shortcode::Image,
        Shortcode::Template,
    ];

    #[test]
    fn every_documented_shortcode_is_read() {
        let text = "Choose:\n%[Shop](https://example.com/a?b=c) %[Yes](reply:YES 1)\n\
                    %[Where are you?](location)![a cat](http://example.com/cat.gif)";
        assert_eq!(
            json!(read(text, &ALL)),
            json!({
                "text": "Choose:",
                "buttons": [
                    {"label": "Shop", "url": "https://example.com/a?b=c"},
                    {"label": "Yes", "payload": "YES 1"},
                    {"label": "Where are you?", "location": true},
                ],
                "images": ["http://example.com/cat.gif"],
                "templates": [],
            })
        );
        let template = "&((namespace=[[a]] template=[[b]] language=[[nl]]))&";
        let inside = "namespace=[[a]] template=[[b]] language=[[nl]]";
        assert_eq!(read(template, &ALL).templates, [inside]);
    }

    #[test]
    fn what_is_no_shortcode_stays_text() {
        for text in [
            "100% [sure](reply:x)",
            "[Yes](reply:x)",
            "%[Yes] (reply:x)",
            "%[Yes](reply:x",
            "%[Yes](ftp://example.com)",
            "%[](reply:x)",
            "![](data:image/png)",
            "!",
            "%[",
            "&((a))&",
            "&((namespace=[[a]] template=[[b]]",
        ] {
            let expected = Rendered {
                text: text.into(),
                ..Rendered::default()
            };
            assert_eq!(read(text, &ALL), expected, "{text}");
        }
    }

    #[test]
    fn spelling_that_somebody_might_read_as_a_button_is_one() {
        for text in [
            "%[Yes](REPLY:x)",
            "%[%[Yes](reply:x)",
            "%[Y\nes]( reply:x )",
            "%[Yes](HTTPS://example.com)",
            "%[Yes](Location)",
        ] {
            assert_eq!(read(text, &ALL).buttons.len(), 1, "{text}");
        }
    }

    #[test]
    fn a_medium_reads_only_the_shortcodes_it_knows() {
        let media = BTreeMap::from([("fb".into(), vec![Shortcode::Reply])]);
        let text = Some("%[a](reply:b)%[c](location)");
        assert_eq!(rendered(&media, "sms", text), None);
        let rendered = rendered(&media, "fb", text).unwrap();
        assert_eq!(rendered.buttons.len(), 1);
        assert_eq!(rendered.text, "%[c](location)");
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader_and_text_without_marks_stays_as_it_is(
            wild in "[%!&\\[\\]()=a: é]{0,60}",
            tame in "[a-z é\\[\\]():]{0,60}",
        ) {
            read(&wild, &ALL);
            prop_assert_eq!(read(&tame, &ALL).text, tame.trim());
        }

        #[test]
        fn a_button_is_found_wherever_it_stands(before in "[a-z ]{0,20}", after in "[a-z \\])]{0,20}") {
            let text = format!("{before}%[Yes](reply:Y){after}");
            prop_assert_eq!(read(&text, &ALL).buttons.len(), 1);
        }
    }
}
