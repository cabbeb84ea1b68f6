//! Conditions: comparisons and functions under AND, OR, NOT and brackets.
//!
//! Both sides of AND and OR are always read, because a mistake in the second is one whatever the first says.

use std::cmp::Ordering;

use super::words::Word;
use super::{Invalid, Reader, invalid};
use crate::functions::aws::attribute::Attribute;

impl Reader<'_> {
    pub(super) fn condition(&mut self) -> Result<bool, Invalid> {
        let mut holds = self.conjunction()?;
        while self.take("OR") {
            holds |= self.conjunction()?;
        }
        Ok(holds)
    }

    fn conjunction(&mut self) -> Result<bool, Invalid> {
        let mut holds = self.negation()?;
        while self.take("AND") {
            holds &= self.negation()?;
        }
        Ok(holds)
    }

    fn negation(&mut self) -> Result<bool, Invalid> {
        if self.take("NOT") {
            return Ok(!self.negation()?);
        }
        if self.take("(") {
            let holds = self.condition()?;
            self.expect(")")?;
            return Ok(holds);
        }
        let function = match (self.peek(), self.words.get(self.at + 1)) {
            (Some(Word::Plain(name)), Some(Word::Sign("("))) => Some(name.as_str()),
            _ => None,
        };
        match function {
            Some("size") | None => self.comparison(),
            Some(function) => {
                self.at += 2;
                let holds = self.function(function)?;
                self.expect(")")?;
                Ok(holds)
            }
        }
    }

    fn function(&mut self, name: &str) -> Result<bool, Invalid> {
        match name {
            "attribute_exists" => Ok(self.there()?),
            "attribute_not_exists" => Ok(!self.there()?),
            "begins_with" => {
                let whole = self.operand()?;
                self.expect(",")?;
                let Some(Attribute::S(beginning)) = self.operand()? else {
                    return invalid("begins_with asks for a text");
                };
                let whole = whole.as_ref().and_then(Attribute::text);
                Ok(whole.is_some_and(|whole| whole.starts_with(&beginning)))
            }
            "contains" => {
                let whole = self.operand()?;
                self.expect(",")?;
                let Some(part) = self.operand()? else {
                    return Ok(false);
                };
                Ok(match (&whole, &part) {
                    (Some(Attribute::S(whole)), Attribute::S(part)) => whole.contains(part),
                    (Some(Attribute::Texts(texts)), Attribute::S(part)) => texts.contains(part),
                    (Some(Attribute::L(values)), part) => {
                        values.iter().any(|value| value.equals(part))
                    }
                    _ => false,
                })
            }
            other => invalid(format!("the function {other} is not known here")),
        }
    }

    fn there(&mut self) -> Result<bool, Invalid> {
        let name = self.path()?;
        Ok(self.item.contains_key(&name))
    }

    fn comparison(&mut self) -> Result<bool, Invalid> {
        let left = self.compared()?;
        if self.take("BETWEEN") {
            let low = self.compared()?;
            self.expect("AND")?;
            let high = self.compared()?;
            let order = |other: &Option<Attribute>| left.as_ref()?.order(other.as_ref()?);
            return Ok(order(&low).is_some_and(Ordering::is_ge)
                && order(&high).is_some_and(Ordering::is_le));
        }
        if self.take("IN") {
            self.expect("(")?;
            let mut found = false;
            loop {
                let one = self.compared()?;
                found |= equal(left.as_ref(), one.as_ref());
                if !self.take(",") {
                    break;
                }
            }
            self.expect(")")?;
            return Ok(found);
        }
        let Word::Sign(operator) = self.next()? else {
            return invalid("a comparison was expected");
        };
        let right = self.compared()?;
        let order = left
            .as_ref()
            .zip(right.as_ref())
            .and_then(|(left, right)| left.order(right));
        Ok(match *operator {
            "=" => equal(left.as_ref(), right.as_ref()),
            // What is not there is not equal to anything.
            "<>" => !equal(left.as_ref(), right.as_ref()),
            "<" => order.is_some_and(Ordering::is_lt),
            "<=" => order.is_some_and(Ordering::is_le),
            ">" => order.is_some_and(Ordering::is_gt),
            ">=" => order.is_some_and(Ordering::is_ge),
            other => return invalid(format!("{other} compares nothing")),
        })
    }

    fn compared(&mut self) -> Result<Option<Attribute>, Invalid> {
        let is_size = matches!(self.peek(), Some(Word::Plain(name)) if name == "size")
            && self.words.get(self.at + 1) == Some(&Word::Sign("("));
        if !is_size {
            return self.operand();
        }
        self.at += 2;
        let name = self.path()?;
        self.expect(")")?;
        let length = match self.item.get(&name) {
            Some(Attribute::S(text)) => text.len(),
            Some(Attribute::L(values)) => values.len(),
            Some(Attribute::M(values)) => values.len(),
            Some(Attribute::Texts(texts)) => texts.len(),
            _ => return Ok(None),
        };
        Ok(Some(Attribute::N(length.to_string())))
    }
}

fn equal(left: Option<&Attribute>, right: Option<&Attribute>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => left.equals(right),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::{Scope, holds};
    use super::*;
    use crate::functions::aws::attribute::Item;

    fn judged(condition: &str) -> Result<bool, Invalid> {
        let text = |text: &str| Attribute::S(text.into());
        let number = |number: i64| Attribute::N(number.to_string());
        let item = Item::from([
            ("pk".into(), text("demo#c")),
            ("status".into(), text("queued")),
            ("version".into(), number(9)),
        ]);
        let names = BTreeMap::from([("#status".to_owned(), "status".to_owned())]);
        let values = Item::from([
            (":queued".into(), text("queued")),
            (":demo".into(), text("demo#")),
            (":nine".into(), number(9)),
            (":ten".into(), number(10)),
        ]);
        holds(condition, &Scope::new(&names, &values), &item)
    }

    #[test]
    fn conditions_hold_or_do_not() {
        for (condition, expected) in [
            ("version = :nine", true),
            ("version < :ten", true),
            ("version >= :ten", false),
            ("version <> :nine", false),
            ("nowhere = :nine", false),
            ("nowhere <> :nine", true),
            ("nowhere < :ten", false),
            ("version < :queued", false),
            ("attribute_exists(pk)", true),
            ("attribute_not_exists(pk) OR #status = :queued", true),
            ("NOT attribute_exists(nowhere) AND version = :nine", true),
            ("NOT (attribute_exists(pk) AND version = :nine)", false),
            // AND binds closer than OR.
            ("version = :nine OR version = :ten AND version = :ten", true),
            (
                "(version = :nine OR version = :ten) AND version = :ten",
                false,
            ),
            ("begins_with(pk, :demo)", true),
            ("contains(#status, :demo)", false),
            ("version BETWEEN :nine AND :ten", true),
            ("#status IN (:demo, :queued)", true),
            ("size(pk) < :ten", true),
        ] {
            assert_eq!(judged(condition), Ok(expected), "{condition}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for condition in [
            "",
            "version",
            "version = ",
            "version == :nine",
            "version = :nine AND",
            "version = :nine version",
            "(version = :nine",
            "status = :queued",
            "#other = :queued",
            "version = :eleven",
            "attribute_type(pk, :queued)",
            "begins_with(pk, :nine)",
            "version + :nine = :ten",
        ] {
            assert!(judged(condition).is_err(), "{condition}");
        }
    }

    #[test]
    fn a_substitute_that_nothing_uses_is_refused() {
        let names = BTreeMap::new();
        let values = Item::from([
            (":one".into(), Attribute::Bool(true)),
            (":two".into(), Attribute::Bool(true)),
        ]);
        let scope = Scope::new(&names, &values);
        holds("a = :one", &scope, &Item::new()).unwrap();
        assert!(scope.all_used().is_err());
        holds("a = :two", &scope, &Item::new()).unwrap();
        assert_eq!(scope.all_used(), Ok(()));
    }
}
