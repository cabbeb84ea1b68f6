//! Requests to AWS without what makes them safe to repeat.

use std::collections::BTreeSet;

use axum::body::Bytes;
use serde_json::{Map, Value};

/// The write without its conditions, and without what only they named: AWS refuses names that are not used.
pub(crate) fn without_conditions(body: &Bytes) -> Bytes {
    let Ok(mut request) = serde_json::from_slice::<Value>(body) else {
        return body.clone();
    };
    strip(&mut request);
    request.to_string().into()
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if fields.remove("ConditionExpression").is_some() {
                keep_what_is_used(fields);
            }
            fields.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

fn keep_what_is_used(fields: &mut Map<String, Value>) {
    let update = fields
        .get("UpdateExpression")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    let used: BTreeSet<&str> = update
        .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '#')))
        .collect();
    for names in ["ExpressionAttributeNames", "ExpressionAttributeValues"] {
        let Some(Value::Object(given)) = fields.get_mut(names) else {
            continue;
        };
        given.retain(|name, _| used.contains(name.as_str()));
        if given.is_empty() {
            fields.remove(names);
        }
    }
}

pub(crate) fn without_deduplication(body: &Bytes) -> Bytes {
    let Ok(mut request) = serde_json::from_slice::<Value>(body) else {
        return body.clone();
    };
    if request.get("MessageDeduplicationId").is_some() {
        request["MessageDeduplicationId"] = uuid::Uuid::new_v4().to_string().into();
    }
    request.to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_write_without_conditions_names_nothing_that_only_they_used() {
        let write = json!({
            "TransactItems": [{"Update": {
                "UpdateExpression": "SET #a = :a",
                "ConditionExpression": "#b = :b",
                "ExpressionAttributeNames": {"#a": "a", "#b": "b"},
                "ExpressionAttributeValues": {":a": {"S": "1"}, ":b": {"S": "2"}},
            }}],
        });
        let left: Value =
            serde_json::from_slice(&without_conditions(&write.to_string().into())).unwrap();
        let expected = json!({
            "TransactItems": [{"Update": {
                "UpdateExpression": "SET #a = :a",
                "ExpressionAttributeNames": {"#a": "a"},
                "ExpressionAttributeValues": {":a": {"S": "1"}},
            }}],
        });
        assert_eq!(left, expected);
    }
}
