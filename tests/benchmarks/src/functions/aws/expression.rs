//! Condition, key and update expressions: what our code uses, really evaluated. Whatever else there may be is
//! refused, so that nothing is silently taken for something it is not.

mod condition;
mod update;
mod words;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::attribute::{Attribute, Item};
use words::{Word, words};

pub(crate) use update::Change;

/// What DynamoDB would answer with a ValidationException, or what this reading of it does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invalid(pub(crate) String);

pub(crate) fn invalid<T>(problem: impl Into<String>) -> Result<T, Invalid> {
    Err(Invalid(problem.into()))
}

/// The substitutes of one request, and which of them were used.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    names: &'a BTreeMap<String, String>,
    values: &'a Item,
    used: RefCell<BTreeSet<String>>,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(names: &'a BTreeMap<String, String>, values: &'a Item) -> Self {
        Self {
            names,
            values,
            used: RefCell::default(),
        }
    }

    fn name(&self, substitute: &str) -> Result<&'a str, Invalid> {
        let Some(name) = self.names.get(substitute) else {
            return invalid(format!("ExpressionAttributeNames has no {substitute}"));
        };
        self.used.borrow_mut().insert(substitute.to_owned());
        Ok(name)
    }

    fn value(&self, substitute: &str) -> Result<&'a Attribute, Invalid> {
        let Some(value) = self.values.get(substitute) else {
            return invalid(format!("ExpressionAttributeValues has no {substitute}"));
        };
        if matches!(value, Attribute::N(_)) && value.number().is_none() {
            return invalid(format!("{substitute} is no whole number"));
        }
        self.used.borrow_mut().insert(substitute.to_owned());
        Ok(value)
    }

    /// As DynamoDB does: a substitute that no expression uses is an error.
    pub(crate) fn all_used(&self) -> Result<(), Invalid> {
        let used = self.used.borrow();
        let mut given = self.names.keys().chain(self.values.keys());
        match given.find(|given| !used.contains(*given)) {
            Some(unused) => invalid(format!("{unused} is used by no expression")),
            None => Ok(()),
        }
    }
}

/// Whether a condition holds for an item; an item that is not there has no attributes.
pub(crate) fn holds(condition: &str, scope: &Scope<'_>, item: &Item) -> Result<bool, Invalid> {
    let words = words(condition)?;
    let mut reader = Reader::new(&words, scope, item);
    let holds = reader.condition()?;
    reader.end()?;
    Ok(holds)
}

/// The partition a key condition asks for: it begins with `pk = :value`.
pub(crate) fn partition(condition: &str, scope: &Scope<'_>) -> Result<String, Invalid> {
    let words = words(condition)?;
    let nothing = Item::new();
    let mut reader = Reader::new(&words, scope, &nothing);
    let name = reader.path()?;
    reader.expect("=")?;
    match (name.as_str(), reader.operand()?) {
        ("pk", Some(Attribute::S(partition))) => Ok(partition),
        _ => invalid("a key condition has to begin with pk = a text"),
    }
}

/// What an update does to an item.
pub(crate) fn changes(
    update: &str,
    scope: &Scope<'_>,
    item: &Item,
) -> Result<Vec<(String, Change)>, Invalid> {
    let words = words(update)?;
    Reader::new(&words, scope, item).update()
}

/// The attributes of a projection such as `pk, sk`.
pub(crate) fn names(projection: &str, scope: &Scope<'_>) -> Result<Vec<String>, Invalid> {
    let words = words(projection)?;
    let nothing = Item::new();
    let mut reader = Reader::new(&words, scope, &nothing);
    let mut names = vec![reader.path()?];
    while reader.take(",") {
        names.push(reader.path()?);
    }
    reader.end()?;
    Ok(names)
}

/// Reads and evaluates in one go.
struct Reader<'a> {
    words: &'a [Word],
    at: usize,
    scope: &'a Scope<'a>,
    item: &'a Item,
}

impl<'a> Reader<'a> {
    fn new(words: &'a [Word], scope: &'a Scope<'a>, item: &'a Item) -> Self {
        Self {
            words,
            at: 0,
            scope,
            item,
        }
    }

    fn peek(&self) -> Option<&'a Word> {
        self.words.get(self.at)
    }

    fn next(&mut self) -> Result<&'a Word, Invalid> {
        let word = self.peek();
        self.at += 1;
        word.ok_or_else(|| Invalid("the expression ends too early".to_owned()))
    }

    /// Takes a sign or, in any case, a keyword, if it comes next.
    fn take(&mut self, wanted: &str) -> bool {
        let found = match self.peek() {
            Some(Word::Sign(sign)) => *sign == wanted,
            Some(Word::Plain(word)) => word.eq_ignore_ascii_case(wanted),
            _ => false,
        };
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: &str) -> Result<(), Invalid> {
        if self.take(wanted) {
            return Ok(());
        }
        invalid(format!("{wanted} was expected before {:?}", self.peek()))
    }

    fn end(&self) -> Result<(), Invalid> {
        match self.peek() {
            None => Ok(()),
            Some(word) => invalid(format!("{word:?} is not expected here")),
        }
    }

    /// A top-level attribute: ours are all that.
    fn path(&mut self) -> Result<String, Invalid> {
        match self.next()? {
            Word::Plain(name) if words::is_reserved(name) => {
                invalid(format!("{name} is a reserved word"))
            }
            Word::Plain(name) => Ok(name.clone()),
            Word::Name(substitute) => Ok(self.scope.name(substitute)?.to_owned()),
            other => invalid(format!("an attribute was expected, not {other:?}")),
        }
    }

    /// The value of an attribute, a substitute or `size(…)`; `None` for an attribute that is not there.
    fn operand(&mut self) -> Result<Option<Attribute>, Invalid> {
        match self.peek() {
            Some(Word::Value(substitute)) => {
                self.at += 1;
                Ok(Some(self.scope.value(substitute)?.clone()))
            }
            _ => Ok(self.item.get(&self.path()?).cloned()),
        }
    }
}
