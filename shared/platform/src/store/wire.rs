//! Attributes in DynamoDB's JSON.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::ser::{Error as _, SerializeMap as _};
use serde::{Deserialize, Serialize, Serializer};

/// Attributes as they are sent.
pub(super) struct Sent<'a>(pub(super) &'a HashMap<String, AttributeValue>);

struct SentValue<'a>(&'a AttributeValue);

impl Serialize for Sent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, SentValue(value))))
    }
}

impl Serialize for SentValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self.0 {
            AttributeValue::S(text) => map.serialize_entry("S", text)?,
            AttributeValue::N(number) => map.serialize_entry("N", number)?,
            AttributeValue::Bool(flag) => map.serialize_entry("BOOL", flag)?,
            AttributeValue::Null(null) => map.serialize_entry("NULL", null)?,
            AttributeValue::M(fields) => map.serialize_entry("M", &Sent(fields))?,
            AttributeValue::L(items) => {
                let items: Vec<_> = items.iter().map(SentValue).collect();
                map.serialize_entry("L", &items)?;
            }
            // No item of the table has one.
            _ => {
                return Err(S::Error::custom(
                    "an attribute of a kind that is not written here",
                ));
            }
        }
        map.end()
    }
}

/// Attributes as they come.
pub(super) type Attributes = HashMap<String, Attribute>;

#[derive(Deserialize)]
pub(super) enum Attribute {
    S(String),
    N(String),
    #[serde(rename = "BOOL")]
    Bool(bool),
    #[serde(rename = "NULL")]
    Null(bool),
    M(Attributes),
    L(Vec<Attribute>),
    #[serde(rename = "SS")]
    Texts(Vec<String>),
    #[serde(rename = "NS")]
    Numbers(Vec<String>),
}

/// As the SDK gives them.
pub(super) fn read(attributes: Attributes) -> HashMap<String, AttributeValue> {
    let attributes = attributes.into_iter();
    attributes
        .map(|(name, value)| (name, value_of(value)))
        .collect()
}

fn value_of(attribute: Attribute) -> AttributeValue {
    match attribute {
        Attribute::S(text) => AttributeValue::S(text),
        Attribute::N(number) => AttributeValue::N(number),
        Attribute::Bool(flag) => AttributeValue::Bool(flag),
        Attribute::Null(null) => AttributeValue::Null(null),
        Attribute::M(fields) => AttributeValue::M(read(fields)),
        Attribute::L(items) => AttributeValue::L(items.into_iter().map(value_of).collect()),
        Attribute::Texts(texts) => AttributeValue::Ss(texts),
        Attribute::Numbers(numbers) => AttributeValue::Ns(numbers),
    }
}
