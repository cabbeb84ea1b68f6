//! Between JSON and the SDK's own kind of it.

use aws_smithy_types::{Document, Number};
use serde_json::Value;

/// JSON as the SDK takes it.
pub(super) fn document(value: Value) -> Document {
    match value {
        Value::Null => Document::Null,
        Value::Bool(flag) => Document::Bool(flag),
        Value::Number(number) => Document::Number(match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Number::PosInt(number),
            (None, Some(number)) => Number::NegInt(number),
            (None, None) => Number::Float(number.as_f64().unwrap_or_default()),
        }),
        Value::String(text) => Document::String(text),
        Value::Array(items) => Document::Array(items.into_iter().map(document).collect()),
        Value::Object(fields) => {
            let fields = fields
                .into_iter()
                .map(|(key, value)| (key, document(value)));
            Document::Object(fields.collect())
        }
    }
}

/// JSON as the SDK gave it.
pub(super) fn value(document: &Document) -> Value {
    match document {
        Document::Null => Value::Null,
        Document::Bool(flag) => Value::Bool(*flag),
        Document::Number(Number::PosInt(number)) => Value::from(*number),
        Document::Number(Number::NegInt(number)) => Value::from(*number),
        Document::Number(Number::Float(number)) => Value::from(*number),
        Document::String(text) => Value::String(text.clone()),
        Document::Array(items) => items.iter().map(value).collect(),
        Document::Object(fields) => {
            let fields = fields.iter().map(|(key, item)| (key.clone(), value(item)));
            Value::Object(fields.collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_goes_there_and_back() {
        let json = json!({"a": [1, -2, 0.5, true, null, "text", {}], "b": {"c": []}});
        assert_eq!(value(&document(json.clone())), json);
    }
}
