//! What S3 tells: the keys of objects that appeared.

use percent_encoding::percent_decode_str;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Notification {
    /// Absent in the test message that S3 sends when notifications are set up.
    #[serde(default)]
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    s3: Entity,
}

#[derive(Deserialize)]
struct Entity {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    key: String,
}

/// The keys in a notification's body, decoded: S3 writes them as in an HTML form, a space as `+`.
pub(crate) fn keys(body: &str) -> Result<Vec<String>, serde_json::Error> {
    let notification: Notification = serde_json::from_str(body)?;
    let keys = notification.records.into_iter().map(|record| {
        let spaced = record.s3.object.key.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    });
    Ok(keys.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_decoded_and_a_test_message_has_none() {
        let body = r#"{"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b"},
            "object":{"key":"raw/export/tag/%5Bo%5D+x%2B.csv/1-2","size":2}}}]}"#;
        assert_eq!(keys(body).unwrap(), ["raw/export/tag/[o] x+.csv/1-2"]);
        let test = r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}"#;
        assert!(keys(test).unwrap().is_empty());
        assert!(keys("no JSON").is_err());
    }
}
