//! The points at which a function is killed: its writes, by name.

use std::fmt;

use axum::http::HeaderMap;
use serde_json::Value;
use system_tests::operation;

/// The end of an invocation: what it answers.
pub(crate) const ANSWER: &str = "answer";

/// A kind of write of a function.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Write {
    pub(crate) function: &'static str,
    /// The operation, and what it is about.
    pub(crate) what: String,
}

impl fmt::Display for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.function, self.what)
    }
}

/// One write of a journey.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Point {
    pub(crate) write: Write,
    /// Which of its kind in the journey, from 1.
    pub(crate) number: usize,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            1 => self.write.fmt(f),
            number => write!(f, "{} #{number}", self.write),
        }
    }
}

/// On which side of a write the function dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Nobody ever hears of the write.
    Before,
    /// It is carried out, and the function never hears of it. Of an answer: the function lives, and its
    /// answer gets lost on the way.
    After,
}

/// How Sparkcentral stamps an event that it sends again. The vendor does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stamp {
    Kept,
    Anew,
}

/// Where a journey is cut.
#[derive(Clone, Debug)]
pub(crate) struct Cut {
    pub(crate) point: Point,
    pub(crate) side: Side,
    pub(crate) stamp: Stamp,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { point, side, stamp } = self;
        write!(f, "{side:?} {point}")?;
        match stamp {
            Stamp::Kept => Ok(()),
            Stamp::Anew => write!(f, ", stamped anew"),
        }
    }
}

/// The write that a request to AWS is, if it is one.
pub(crate) fn write_to_aws(headers: &HeaderMap, asked: &Value) -> Option<String> {
    let operation = operation(headers)?;
    let about = match operation {
        "PutItem" => kind(&asked["Item"]),
        "UpdateItem" | "DeleteItem" => kind(&asked["Key"]),
        "TransactWriteItems" => items(asked).join(" "),
        "SendMessage" | "SendMessageBatch" => queue(asked).to_owned(),
        _ => return None,
    };
    Some(format!("{operation} {about}"))
}

/// The queue of a request to SQS, as templates name it.
pub(crate) fn queue(asked: &Value) -> &str {
    let url = asked["QueueUrl"].as_str().unwrap();
    url.rsplit(['/', '-']).next().unwrap()
}

/// Kinds of the items of a transaction; one that is only looked at in brackets.
fn items(asked: &Value) -> Vec<String> {
    let items = asked["TransactItems"].as_array().unwrap().iter();
    let item = |item: &Value| match item.get("ConditionCheck") {
        Some(check) => format!("({})", kind(&check["Key"])),
        None => kind(&item["Put"]["Item"]),
    };
    items.map(item).collect()
}

/// The kind of an item: what its sort key begins with.
fn kind(item: &Value) -> String {
    let sort_key = item["sk"]["S"].as_str().unwrap();
    sort_key.split('#').next().unwrap().to_owned()
}
