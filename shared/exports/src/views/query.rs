//! Puts views in front of a query, for an engine that keeps none.

use std::fmt::Write;

use super::{view, view_names};

/// The query with the definition of each view that it mentions as a common table expression in front.
///
/// A query's own leading `WITH` is kept: the views come first in it. Names in text and in comments are
/// no mentions, nor is what stands behind a dot. A view that the query defines itself stays its own.
/// What does not select (`SHOW TABLES`) is given back as it is.
#[must_use]
pub fn with_views(sql: &str) -> String {
    let tokens = tokens(sql);
    let Some(place) = place(&tokens) else {
        return sql.to_owned();
    };
    let own = match place {
        Place::Before(_) => Vec::new(),
        Place::In(list) => names_defined(&tokens[list..]),
    };
    let wanted: Vec<&str> = view_names()
        .filter(|name| is_mentioned(name, &tokens) && !own.iter().any(|own| is_name(own, name)))
        .collect();
    if wanted.is_empty() {
        return sql.to_owned();
    }
    let mut definitions = String::new();
    for (index, name) in wanted.iter().enumerate() {
        let comma = if index == 0 { "" } else { ",\n" };
        let _ = write!(
            definitions,
            "{comma}{name} AS (\n{}\n)",
            view(name).unwrap_or_default()
        );
    }
    match place {
        Place::Before(at) => {
            let (before, query) = sql.split_at(tokens[at].start);
            format!("{before}WITH {definitions}\n{query}")
        }
        Place::In(list) => {
            let (before, query) = sql.split_at(tokens[list].start);
            format!("{before}{definitions},\n{query}")
        }
    }
}

/// Where the definitions go: the index of a token.
#[derive(Clone, Copy)]
enum Place {
    /// In front of the query.
    Before(usize),
    /// In front of the first definition of the query's own.
    In(usize),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A bare word.
    Word,
    /// A name in double quotes.
    Quoted,
    /// One sign.
    Sign,
    /// Text in single quotes, or a number.
    Literal,
}

#[derive(Clone, Copy)]
struct Token<'a> {
    kind: Kind,
    /// Without quotes.
    text: &'a str,
    start: usize,
}

impl Token<'_> {
    fn is_keyword(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    fn is_sign(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }
}

/// Comments and white space are left out.
fn tokens(sql: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut start = 0;
    while let Some(first) = sql[start..].chars().next() {
        let rest = &sql[start..];
        let (length, kind) = if first.is_whitespace() {
            (first.len_utf8(), None)
        } else if rest.starts_with("--") {
            (rest.find('\n').unwrap_or(rest.len()), None)
        } else if let Some(comment) = rest.strip_prefix("/*") {
            (comment.find("*/").map_or(rest.len(), |end| end + 4), None)
        } else if first == '\'' {
            (quoted_length(rest, '\''), Some(Kind::Literal))
        } else if first == '"' {
            (quoted_length(rest, '"'), Some(Kind::Quoted))
        } else if is_word(first) {
            let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            (
                length,
                Some(if first.is_ascii_digit() {
                    Kind::Literal
                } else {
                    Kind::Word
                }),
            )
        } else {
            (first.len_utf8(), Some(Kind::Sign))
        };
        if let Some(kind) = kind {
            let text = &rest[..length];
            let text = if kind == Kind::Quoted {
                text.trim_matches('"')
            } else {
                text
            };
            tokens.push(Token { kind, text, start });
        }
        start += length;
    }
    tokens
}

/// Up to the closing quote; a doubled one does not close.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut signs = text
        .char_indices()
        .skip(1)
        .filter(|(_, c)| *c == quote)
        .peekable();
    while let Some((at, _)) = signs.next() {
        if signs.next_if(|(next, _)| *next == at + 1).is_none() {
            return at + 1;
        }
    }
    text.len()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '@')
}

fn is_name(token: &Token<'_>, name: &str) -> bool {
    matches!(token.kind, Kind::Word | Kind::Quoted) && token.text.eq_ignore_ascii_case(name)
}

fn is_mentioned(name: &str, tokens: &[Token<'_>]) -> bool {
    tokens.iter().enumerate().any(|(index, token)| {
        let behind_dot = index
            .checked_sub(1)
            .and_then(|before| tokens.get(before))
            .is_some_and(|t| t.is_sign("."));
        is_name(token, name) && !behind_dot
    })
}

/// The first word that begins a query: not in parentheses, unless the query begins with one.
fn place(tokens: &[Token<'_>]) -> Option<Place> {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        if token.is_sign("(") {
            if index == 0 {
                return Some(Place::Before(0));
            }
            depth += 1;
        } else if token.is_sign(")") {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && token.is_keyword("select") {
            return Some(Place::Before(index));
        } else if depth == 0 && token.is_keyword("with") {
            let recursive = tokens
                .get(index + 1)
                .is_some_and(|next| next.is_keyword("recursive"));
            let list = index + 1 + usize::from(recursive);
            // `CREATE TABLE … WITH (…) AS SELECT` has a WITH of another kind.
            if tokens
                .get(list)
                .is_some_and(|name| matches!(name.kind, Kind::Word | Kind::Quoted))
            {
                return Some(Place::In(list));
            }
        }
    }
    None
}

/// The names that a `WITH` list defines; `tokens` begin with the first.
fn names_defined<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut names = Vec::new();
    let mut rest = tokens;
    while let [name, after @ ..] = rest {
        names.push(*name);
        // Columns in parentheses, AS, and MATERIALIZED may stand before the definition's own parentheses.
        let mut depth = 0_usize;
        let mut defined = false;
        let mut next = after.len();
        for (index, token) in after.iter().enumerate() {
            if depth == 0 && token.is_keyword("as") {
                defined = true;
            } else if token.is_sign("(") {
                depth += 1;
            } else if token.is_sign(")") {
                depth = depth.saturating_sub(1);
                if depth == 0 && defined {
                    next = index + 1;
                    break;
                }
            }
        }
        match after.get(next..) {
            Some([comma, more @ ..]) if comma.is_sign(",") => rest = more,
            _ => break,
        }
    }
    names
}
