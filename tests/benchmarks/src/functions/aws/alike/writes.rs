//! Single writes, reads by key, and transactions.

use serde_json::{Value, json};

use super::{Both, item, key, number};

#[tokio::test]
async fn single_writes_and_reads_answer_as_the_emulators_do() {
    let both = Both::start().await;
    let get = async |sk| {
        both.ask(
            "GetItem",
            json!({"Key": key("a", sk), "ConsistentRead": true}),
        )
        .await
    };
    assert_eq!(get("1").await, json!({}));
    let put = |body: &str, more: Value| {
        let mut put = json!({"Item": item("a", "1", json!({"body": {"S": body}}))});
        if let (Some(put), Value::Object(more)) = (put.as_object_mut(), more) {
            put.extend(more);
        }
        put
    };
    let new = json!({"ConditionExpression": "attribute_not_exists(pk)"});
    both.ask("PutItem", put("one", new.clone())).await;
    both.ask("PutItem", put("two", new)).await;
    let told = json!({
        "ConditionExpression": "attribute_not_exists(pk)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    });
    let refused = both.ask("PutItem", put("two", told)).await;
    assert_eq!(refused["Item"]["body"]["S"], "one");
    both.ask("PutItem", put("two", json!({"ReturnValues": "ALL_OLD"})))
        .await;
    assert_eq!(get("1").await["Item"]["body"]["S"], "two");

    let update = |sk: &str, update: &str, values: Value, returned: &str| {
        json!({
            "Key": key("a", sk), "UpdateExpression": update, "ExpressionAttributeValues": values,
            "ReturnValues": returned,
        })
    };
    let begin = "SET body = if_not_exists(body, :body), version = if_not_exists(version, :zero) + :one, \
                 quiet = :yes REMOVE gone";
    let values = json!({
        ":body": {"S": "first"}, ":zero": number(0), ":one": number(1), ":yes": {"BOOL": true},
    });
    for sk in ["1", "1", "2", "2"] {
        both.ask("UpdateItem", update(sk, begin, values.clone(), "ALL_OLD"))
            .await;
    }
    let one = json!({":one": number(1)});
    let told = both
        .ask(
            "UpdateItem",
            update("1", "ADD version :one", one.clone(), "ALL_NEW"),
        )
        .await;
    assert_eq!(told["Attributes"]["version"], number(3));
    let nowhere = "SET a = nowhere + :one";
    let refused = both
        .ask("UpdateItem", update("1", nowhere, one, "NONE"))
        .await;
    assert_eq!(refused["__type"], "ValidationException");

    let delete = json!({
        "Key": key("a", "1"), "ConditionExpression": "body = :read",
        "ExpressionAttributeValues": {":read": {"S": "other"}},
    });
    both.ask("DeleteItem", delete).await;
    both.ask(
        "DeleteItem",
        json!({"Key": key("a", "1"), "ReturnValues": "ALL_OLD"}),
    )
    .await;
    both.ask("DeleteItem", json!({"Key": key("a", "1")})).await;
    assert_eq!(get("1").await, json!({}));
}

#[tokio::test]
async fn transactions_are_carried_out_or_refused_as_in_the_emulator() {
    let both = Both::start().await;
    let put = |sk: &str, condition: Option<&str>| {
        let mut put = json!({"Item": item("a", sk, json!({"version": number(1)}))});
        if let Some(condition) = condition {
            put["ConditionExpression"] = condition.into();
        }
        json!({ "Put": put })
    };
    let ask = async |parts: Value| {
        both.ask("TransactWriteItems", json!({"TransactItems": parts}))
            .await
    };
    let new = Some("attribute_not_exists(pk)");
    assert_eq!(ask(json!([put("1", new), put("2", new)])).await, json!({}));
    let mut shown = put("2", new);
    shown["Put"]["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD".into();
    let refused = ask(json!([put("3", new), shown, put("1", new)])).await;
    assert_eq!(refused["CancellationReasons"][1]["Item"]["sk"]["S"], "2");
    let check = |version| {
        json!({"ConditionCheck": {
            "Key": key("a", "1"), "ConditionExpression": "version = :version",
            "ExpressionAttributeValues": {":version": number(version)},
        }})
    };
    ask(json!([check(2), put("3", new)])).await;
    ask(json!([check(1), put("3", new)])).await;
    let update = json!({"Update": {
        "Key": key("a", "3"), "UpdateExpression": "SET version = version + :one",
        "ExpressionAttributeValues": {":one": number(1)},
    }});
    ask(json!([update, {"Delete": {"Key": key("a", "2")}}])).await;
    let left = json!({
        "KeyConditionExpression": "pk = :pk", "ConsistentRead": true,
        "ExpressionAttributeValues": {":pk": {"S": "a"}},
    });
    let left = both.ask("Query", left).await;
    assert_eq!(left["Count"], 2);
    assert_eq!(left["Items"][1]["version"], number(2));
}
