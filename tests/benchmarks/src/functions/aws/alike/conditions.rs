//! Conditions.

use serde_json::json;

use super::{Both, item, key, number};

#[tokio::test]
async fn conditions_hold_where_they_hold_in_the_emulator() {
    let both = Both::start().await;
    let stored = json!({"status": {"S": "queued"}, "version": number(9), "quiet": {"BOOL": true}});
    both.ask("PutItem", json!({"Item": item("demo#c", "STATE", stored)}))
        .await;
    let values = json!({
        ":queued": {"S": "queued"}, ":demo": {"S": "demo#"}, ":nine": number(9), ":ten": number(10),
        ":yes": {"BOOL": true},
    });
    let mut held = 0;
    for condition in [
        "attribute_not_exists(pk)",
        "attribute_exists(pk)",
        "version = :nine",
        "version < :ten",
        "version <= :nine",
        "version > :nine",
        "version >= :ten",
        "version <> :nine",
        "nowhere = :nine",
        "nowhere <> :nine",
        "nowhere < :ten",
        "version < :queued",
        "quiet = :yes",
        "nowhere = :yes",
        "NOT version = :nine",
        "NOT (version = :nine AND attribute_exists(pk))",
        "version = :nine OR version = :ten AND version = :ten",
        "(version = :nine OR version = :ten) AND version = :ten",
        "begins_with(pk, :demo)",
        "begins_with(#status, :demo)",
        "contains(#status, :queued)",
        "version BETWEEN :nine AND :ten",
        "#status IN (:demo, :queued)",
        "attribute_not_exists(pk) OR (#status = :queued AND version <= :nine)",
    ] {
        let used = |name: &String| condition.contains(name.as_str());
        let values = values
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| used(name));
        let mut asked = json!({
            "Key": key("demo#c", "STATE"),
            "UpdateExpression": "REMOVE nothing",
            "ConditionExpression": condition,
        });
        let values: serde_json::Map<_, _> = values
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if !values.is_empty() {
            asked["ExpressionAttributeValues"] = values.into();
        }
        if condition.contains("#status") {
            asked["ExpressionAttributeNames"] = json!({"#status": "status"});
        }
        let told = both.ask("UpdateItem", asked).await;
        held += usize::from(told["__type"].is_null());
    }
    assert_eq!(held, 12);
}
