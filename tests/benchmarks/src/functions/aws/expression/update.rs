//! Updates: SET, REMOVE and ADD. All of them read the item as it was before.

use super::words::Word;
use super::{Invalid, Reader, invalid};
use crate::functions::aws::attribute::Attribute;

/// What becomes of one attribute.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    Set(Attribute),
    Remove,
}

impl Reader<'_> {
    pub(super) fn update(&mut self) -> Result<Vec<(String, Change)>, Invalid> {
        let mut changes: Vec<(String, Change)> = Vec::new();
        let mut clauses = Vec::new();
        while let Some(Word::Plain(clause)) = self.peek() {
            self.at += 1;
            let clause = clause.to_ascii_uppercase();
            if clauses.contains(&clause) {
                return invalid(format!("{clause} comes twice"));
            }
            loop {
                let name = self.path()?;
                if changes.iter().any(|(changed, _)| *changed == name) {
                    return invalid(format!("{name} is changed twice"));
                }
                if name == "pk" || name == "sk" {
                    return invalid(format!("{name} is part of the key"));
                }
                let change = match clause.as_str() {
                    "SET" => {
                        self.expect("=")?;
                        Change::Set(self.sum()?)
                    }
                    "REMOVE" => Change::Remove,
                    "ADD" => Change::Set(self.added(&name)?),
                    other => return invalid(format!("{other} is not known here")),
                };
                changes.push((name, change));
                if !self.take(",") {
                    break;
                }
            }
            clauses.push(clause);
        }
        self.end()?;
        if changes.is_empty() {
            return invalid("the update changes nothing");
        }
        Ok(changes)
    }

    fn sum(&mut self) -> Result<Attribute, Invalid> {
        let first = self.summand()?;
        for (sign, factor) in [("+", 1), ("-", -1)] {
            if self.take(sign) {
                let second = self.summand()?;
                return match (first.number(), second.number()) {
                    (Some(first), Some(second)) => {
                        Ok(Attribute::N((first + factor * second).to_string()))
                    }
                    _ => invalid("only whole numbers are added here"),
                };
            }
        }
        Ok(first)
    }

    /// A value, an attribute that is there, or `if_not_exists(attribute, value)`.
    fn summand(&mut self) -> Result<Attribute, Invalid> {
        let is_function = self.words.get(self.at + 1) == Some(&Word::Sign("("));
        match self.peek() {
            Some(Word::Plain(name)) if is_function => {
                if name != "if_not_exists" {
                    return invalid(format!("the function {name} is not known here"));
                }
                self.at += 2;
                let there = self.operand()?;
                self.expect(",")?;
                let otherwise = self.summand()?;
                self.expect(")")?;
                Ok(there.unwrap_or(otherwise))
            }
            _ => {
                let value = self.operand()?;
                value.ok_or_else(|| {
                    let problem = "the expression refers to an attribute that does not exist";
                    Invalid(problem.to_owned())
                })
            }
        }
    }

    fn added(&mut self, name: &str) -> Result<Attribute, Invalid> {
        let Some(Word::Value(substitute)) = self.peek() else {
            return invalid("ADD asks for a value");
        };
        self.at += 1;
        let added = self.scope.value(substitute)?.number();
        let there = match self.item.get(name) {
            None => Some(0),
            Some(there) => there.number(),
        };
        match there.zip(added) {
            Some((there, added)) => Ok(Attribute::N((there + added).to_string())),
            None => invalid("only whole numbers are added here"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::{Scope, changes};
    use super::*;
    use crate::functions::aws::attribute::Item;

    fn changed(update: &str) -> Result<Vec<(String, Change)>, Invalid> {
        let number = |number: i64| Attribute::N(number.to_string());
        let item = Item::from([
            ("version".into(), number(9)),
            ("body".into(), Attribute::S("b".into())),
        ]);
        let names = BTreeMap::from([("#status".to_owned(), "status".to_owned())]);
        let values = Item::from([
            (":one".into(), number(1)),
            (":zero".into(), number(0)),
            (":text".into(), Attribute::S("t".into())),
        ]);
        changes(update, &Scope::new(&names, &values), &item)
    }

    fn set(name: &str, value: i64) -> (String, Change) {
        (name.into(), Change::Set(Attribute::N(value.to_string())))
    }

    #[test]
    fn updates_read_what_was_there_before() {
        let text = Change::Set(Attribute::S("t".into()));
        for (update, expected) in [
            ("SET version = version + :one", vec![set("version", 10)]),
            ("set version = version - :one", vec![set("version", 8)]),
            (
                "SET a = if_not_exists(a, :zero) + :one, version = if_not_exists(version, :zero) + :one",
                vec![set("a", 1), set("version", 10)],
            ),
            (
                "SET a = version, version = :one",
                vec![set("a", 9), set("version", 1)],
            ),
            (
                "SET #status = :text REMOVE body, a",
                vec![
                    ("status".into(), text),
                    ("body".into(), Change::Remove),
                    ("a".into(), Change::Remove),
                ],
            ),
            (
                "ADD a :one, version :one",
                vec![set("a", 1), set("version", 10)],
            ),
        ] {
            assert_eq!(changed(update), Ok(expected), "{update}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for update in [
            "",
            "SET",
            "SET a",
            "SET a = nowhere",
            "SET a = :one + :text",
            "SET a = :one SET b = :one",
            "SET a = :one, a = :one",
            "SET pk = :text",
            "SET status = :text",
            "SET a = list_append(a, :one)",
            "DELETE a :one",
            "ADD body :one",
            "REMOVE a = :one",
        ] {
            assert!(changed(update).is_err(), "{update}");
        }
    }
}
