//! An expression's words.

use super::{Invalid, invalid};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// An attribute's name, a function's or a keyword.
    Plain(String),
    /// `#name`
    Name(String),
    /// `:value`
    Value(String),
    /// An operator, a bracket or a comma.
    Sign(&'static str),
}

/// The longer ones first.
const SIGNS: [&str; 11] = ["<>", "<=", ">=", "<", ">", "=", "(", ")", ",", "+", "-"];

/// Of DynamoDB's reserved words those that an attribute of ours could be called.
const RESERVED: [&str; 46] = [
    "action",
    "add",
    "all",
    "and",
    "any",
    "attribute",
    "batch",
    "begin",
    "between",
    "by",
    "call",
    "capacity",
    "comment",
    "condition",
    "connection",
    "count",
    "counter",
    "data",
    "date",
    "day",
    "delete",
    "end",
    "error",
    "from",
    "group",
    "hash",
    "in",
    "key",
    "keys",
    "language",
    "last",
    "level",
    "missing",
    "name",
    "not",
    "or",
    "owner",
    "remove",
    "session",
    "set",
    "size",
    "state",
    "status",
    "time",
    "timestamp",
    "value",
];

pub(super) fn is_reserved(name: &str) -> bool {
    RESERVED.iter().any(|word| word.eq_ignore_ascii_case(name))
}

pub(super) fn words(expression: &str) -> Result<Vec<Word>, Invalid> {
    let mut words = Vec::new();
    let mut rest = expression.trim_start();
    while let Some(first) = rest.chars().next() {
        if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            words.push(Word::Sign(sign));
            rest = &rest[sign.len()..];
        } else {
            let marked = matches!(first, '#' | ':');
            let body = &rest[usize::from(marked)..];
            let length = body
                .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                .unwrap_or(body.len());
            if length == 0 {
                return invalid(format!("{first:?} is not understood"));
            }
            let word = rest[..usize::from(marked) + length].to_owned();
            rest = &rest[word.len()..];
            words.push(match first {
                '#' => Word::Name(word),
                ':' => Word::Value(word),
                _ => Word::Plain(word),
            });
        }
        rest = rest.trim_start();
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_need_no_spaces_and_documents_paths_are_refused() {
        let found = words("a<>:b AND(#c>=:d)").unwrap();
        let plain = |word: &str| Word::Plain(word.into());
        let expected = [
            plain("a"),
            Word::Sign("<>"),
            Word::Value(":b".into()),
            plain("AND"),
            Word::Sign("("),
            Word::Name("#c".into()),
            Word::Sign(">="),
            Word::Value(":d".into()),
            Word::Sign(")"),
        ];
        assert_eq!(found, expected);
        for refused in ["a.b = :c", "a[0] = :c", "a = # ", "a = 'b'"] {
            assert!(words(refused).is_err(), "{refused}");
        }
    }
}
