//! Queries and scans.

use serde_json::{Value, json};

use super::{Both, item, number};

#[tokio::test]
async fn queries_and_scans_find_what_the_emulator_finds() {
    let both = Both::start().await;
    for (pk, sk) in [
        ("a", "EVENT#1"),
        ("a", "EVENT#2"),
        ("a", "REPLY#1"),
        ("a", "STATE"),
        ("b", "STATE"),
    ] {
        let more = json!({"size_of": number(sk.len() as i64)});
        both.ask("PutItem", json!({"Item": item(pk, sk, more)}))
            .await;
    }
    let query = |condition: &str, values: Value, more: Value| {
        let mut query =
            json!({"KeyConditionExpression": condition, "ExpressionAttributeValues": values});
        if let (Some(query), Value::Object(more)) = (query.as_object_mut(), more) {
            query.extend(more);
        }
        query
    };
    let pk = json!({":pk": {"S": "a"}});
    both.ask("Query", query("pk = :pk", pk.clone(), json!({})))
        .await;
    let backwards = json!({"ScanIndexForward": false, "Limit": 2});
    let page = both
        .ask("Query", query("pk = :pk", pk.clone(), backwards))
        .await;
    let rest = json!({"ScanIndexForward": false, "ExclusiveStartKey": page["LastEvaluatedKey"]});
    let rest = both.ask("Query", query("pk = :pk", pk.clone(), rest)).await;
    assert_eq!(rest["Count"], 2);
    both.ask(
        "Query",
        query("pk = :pk", pk, json!({"ProjectionExpression": "pk, sk"})),
    )
    .await;
    let values = json!({":pk": {"S": "a"}, ":sk": {"S": "EVENT#"}});
    both.ask(
        "Query",
        query("pk = :pk AND begins_with(sk, :sk)", values, json!({})),
    )
    .await;
    let filter = json!({
        "FilterExpression": "begins_with(sk, :event) OR (begins_with(sk, :state) AND size_of = :five)",
        "ExpressionAttributeValues": {":event": {"S": "EVENT#"}, ":state": {"S": "STATE"}, ":five": number(5)},
    });
    let told = both.send(&both.ours.url, "Scan", &filter).await.1;
    let there = both.send(&both.emulator, "Scan", &filter).await.1;
    // A scan has no order.
    let found = |told: &Value| {
        let keys = told["Items"].as_array().unwrap().iter();
        let mut keys: Vec<_> = keys
            .map(|item| format!("{}{}", item["pk"], item["sk"]))
            .collect();
        keys.sort();
        keys
    };
    assert_eq!(found(&told), found(&there));
    assert_eq!(found(&told).len(), 4);
}
