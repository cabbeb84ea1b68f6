//! What a form sent, and what came of it where it was refused.

use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use maud::{Markup, html};

use super::{
    page::{Section, page},
    words,
};
use crate::refusal::Refusal;

/// Names and values in the order of the form.
#[derive(Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Of a form's body or of a query.
    pub(crate) fn read(encoded: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// As it was typed; empty if it wasn't sent.
    pub(crate) fn text<'s>(&'s self, name: &str) -> &'s str {
        self.all(name).next().unwrap_or_default()
    }

    /// Without the spaces around it, if anything is left.
    pub(crate) fn given<'s>(&'s self, name: &str) -> Option<&'s str> {
        Some(self.text(name).trim()).filter(|text| !text.is_empty())
    }

    pub(crate) fn all<'s>(&'s self, name: &str) -> impl Iterator<Item = &'s str> {
        let of_name = move |pair: &'s (String, String)| (pair.0 == name).then_some(pair.1.as_str());
        self.0.iter().filter_map(of_name)
    }

    /// Whether a box of this name and value is ticked.
    pub(crate) fn ticks(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|ticked| ticked == value)
    }

    /// # Errors
    /// [`Refusal::Invalid`], by the field's label, for what is no whole number.
    pub(crate) fn whole(&self, name: &str, label: &str) -> Result<Option<u64>, Refusal> {
        let wrong = || Refusal::invalid(format!("{label} takes a whole number, without a sign"));
        let read = |text: &str| text.parse().map_err(|_| wrong());
        self.given(name).map(read).transpose()
    }

    /// # Errors
    /// [`Refusal::Invalid`], by the field's label, for what is no number.
    pub(crate) fn number(&self, name: &str, label: &str) -> Result<Option<f64>, Refusal> {
        let wrong = || Refusal::invalid(format!("{label} takes a number"));
        let read = |text: &str| {
            let number = text.parse().ok().filter(|number: &f64| number.is_finite());
            number.ok_or_else(wrong)
        };
        self.given(name).map(read).transpose()
    }
}

/// A form that was refused, to be shown again with what was typed.
pub(crate) struct Attempt {
    /// Which of the page's forms.
    pub(crate) form: &'static str,
    pub(crate) fields: Fields,
    pub(crate) refusal: Refusal,
}

/// A page, with the status of what was refused on it.
pub(crate) fn answer(
    here: Section,
    title: &str,
    body: &Markup,
    refusal: Option<&Refusal>,
) -> Response {
    let status = refusal.map_or(StatusCode::OK, Refusal::status);
    (status, Html(page(here, title, body).into_string())).into_response()
}

/// The attempt, if it was at this form.
pub(crate) fn at<'a>(attempt: Option<&'a Attempt>, form: &str) -> Option<&'a Attempt> {
    attempt.filter(|attempt| attempt.form == form)
}

/// Why it was refused.
pub(crate) fn alert(attempt: Option<&Attempt>) -> Markup {
    html! {
        @if let Some(attempt) = attempt { (warning(&attempt.refusal.text())) }
    }
}

/// Something that went wrong, read out at once.
pub(crate) fn warning(text: &str) -> Markup {
    html! { p.alert role="alert" { (words::sentence(text)) } }
}

/// What a field shows: what was typed, otherwise what there is.
pub(crate) fn typed<'a>(attempt: Option<&'a Attempt>, name: &str, there_is: &'a str) -> &'a str {
    attempt.map_or(there_is, |attempt| attempt.fields.text(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_read_as_typed_and_without_spaces() {
        let fields = Fields::read(b"a=+x+&b=&b=2&c=%26");
        assert_eq!((fields.text("a"), fields.given("a")), (" x ", Some("x")));
        assert_eq!((fields.text("none"), fields.given("b")), ("", None));
        assert_eq!(fields.all("b").collect::<Vec<_>>(), ["", "2"]);
        assert!(fields.ticks("b", "2") && !fields.ticks("b", "3"));
        assert_eq!(fields.text("c"), "&");
    }

    #[test]
    fn a_number_is_told_from_what_is_none() {
        let fields = Fields::read(b"n=1.5&w=+7+&x=abc&i=inf&m=-1");
        assert_eq!(fields.number("n", "N").unwrap(), Some(1.5));
        assert_eq!(fields.whole("w", "W").unwrap(), Some(7));
        assert_eq!(fields.whole("none", "W").unwrap(), None);
        for name in ["n", "x", "m"] {
            let refused = fields.whole(name, "Times").unwrap_err().text();
            assert!(refused.contains("Times"), "{refused}");
        }
        assert!(fields.number("x", "N").is_err() && fields.number("i", "N").is_err());
    }
}
