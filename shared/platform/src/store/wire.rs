//! Attributes, and how they are written in DynamoDB's JSON.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::{MapAccess, Visitor};
use serde::ser::{Error as _, SerializeMap as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Attributes by name. An item of the table has a dozen, which are sooner looked through than hashed.
#[derive(Default)]
pub(super) struct Attributes(Vec<(Cow<'static, str>, AttributeValue)>);

impl Attributes {
    pub(super) fn get(&self, name: &str) -> Option<&AttributeValue> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value)
    }

    /// The same with one more, whose name is new.
    pub(super) fn with(mut self, name: &'static str, value: AttributeValue) -> Self {
        self.0.push((name.into(), value));
        self
    }

    pub(super) fn text(self, name: &'static str, text: &str) -> Self {
        self.with(name, AttributeValue::S(text.to_owned()))
    }

    pub(super) fn number(self, name: &'static str, number: impl ToString) -> Self {
        self.with(name, AttributeValue::N(number.to_string()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As the SDK gives them.
    pub(super) fn from_map(map: HashMap<String, AttributeValue>) -> Self {
        let named = map.into_iter();
        Self(named.map(|(name, value)| (name.into(), value)).collect())
    }

    /// As the SDK takes them.
    pub(super) fn into_map(self) -> HashMap<String, AttributeValue> {
        let named = self.0.into_iter();
        named
            .map(|(name, value)| (name.into_owned(), value))
            .collect()
    }
}

impl Serialize for Attributes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, Sent(value))))
    }
}

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Named)
    }
}

struct Named;

impl<'de> Visitor<'de> for Named {
    type Value = Attributes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("attributes by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Attributes, A::Error> {
        let mut attributes = Attributes::default();
        while let Some((name, value)) = map.next_entry::<String, Received>()? {
            attributes.0.push((name.into(), value.into()));
        }
        Ok(attributes)
    }
}

/// One as it is sent.
struct Sent<'a>(&'a AttributeValue);

/// The SDK's maps as they are sent.
pub(super) struct SentMap<'a>(pub(super) &'a HashMap<String, AttributeValue>);

impl Serialize for SentMap<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, Sent(value))))
    }
}

impl Serialize for Sent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self.0 {
            AttributeValue::S(text) => map.serialize_entry("S", text)?,
            AttributeValue::N(number) => map.serialize_entry("N", number)?,
            AttributeValue::Bool(flag) => map.serialize_entry("BOOL", flag)?,
            AttributeValue::Null(null) => map.serialize_entry("NULL", null)?,
            AttributeValue::M(fields) => map.serialize_entry("M", &SentMap(fields))?,
            AttributeValue::L(items) => {
                let items: Vec<_> = items.iter().map(Sent).collect();
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

/// One as it comes.
#[derive(Deserialize)]
enum Received {
    S(String),
    N(String),
    #[serde(rename = "BOOL")]
    Bool(bool),
    #[serde(rename = "NULL")]
    Null(bool),
    M(HashMap<String, Received>),
    L(Vec<Received>),
    #[serde(rename = "SS")]
    Texts(Vec<String>),
    #[serde(rename = "NS")]
    Numbers(Vec<String>),
}

impl From<Received> for AttributeValue {
    fn from(received: Received) -> Self {
        match received {
            Received::S(text) => Self::S(text),
            Received::N(number) => Self::N(number),
            Received::Bool(flag) => Self::Bool(flag),
            Received::Null(null) => Self::Null(null),
            Received::M(fields) => {
                let fields = fields.into_iter();
                Self::M(fields.map(|(name, value)| (name, value.into())).collect())
            }
            Received::L(items) => Self::L(items.into_iter().map(Self::from).collect()),
            Received::Texts(texts) => Self::Ss(texts),
            Received::Numbers(numbers) => Self::Ns(numbers),
        }
    }
}

/// Room for what most items and requests are as JSON, so that it need not be copied as it grows.
const USUAL_BYTES: usize = 2048;

/// As JSON.
pub(super) fn json(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut json = Vec::with_capacity(USUAL_BYTES);
    serde_json::to_writer(&mut json, value)?;
    Ok(json)
}
