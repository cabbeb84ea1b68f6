//! Between a function and AWS: counts the calls, and what DynamoDB charges for them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::Value;
use system_tests::{Upstream, operation, serve, taken_apart};

/// What went over the wire.
#[derive(Clone, Debug, Default)]
pub(crate) struct Calls {
    /// Calls by operation, such as `GetItem`.
    pub(crate) by_name: BTreeMap<String, usize>,
    /// DynamoDB's write request units: one for each begun KB of an item, twice in a transaction.
    pub(crate) write_units: u64,
    /// DynamoDB's read request units: one for each begun 4 KB, read consistently.
    pub(crate) read_units: u64,
}

struct Between {
    upstream: Upstream,
    calls: Mutex<Calls>,
}

/// A running proxy.
pub(crate) struct Proxy {
    pub(crate) url: String,
    between: Arc<Between>,
}

impl Proxy {
    pub(crate) async fn start(upstream: &str) -> Self {
        let between = Arc::new(Between {
            upstream: Upstream::new(upstream),
            calls: Mutex::default(),
        });
        let app = Router::new()
            .fallback(pass)
            .with_state(Arc::clone(&between));
        let url = serve(app).await;
        Self { url, between }
    }

    /// What was counted since the last time it was taken.
    pub(crate) fn take(&self) -> Calls {
        std::mem::take(&mut self.between.calls.lock().unwrap())
    }
}

async fn pass(State(between): State<Arc<Between>>, request: Request) -> Response {
    let (parts, body) = taken_apart(request).await;
    let operation = operation(&parts.headers).unwrap_or("other").to_owned();
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (response, told) = between.upstream.pass(parts, body).await;
    // An agent's settings are read once in 30 seconds, however many messages there are.
    if asked["Key"]["pk"]["S"] == "AGENT" {
        return response;
    }
    let mut calls = between.calls.lock().unwrap();
    let told: Value = serde_json::from_slice(&told).unwrap_or_default();
    calls.write_units += write_units(&operation, &asked, &told);
    calls.read_units += read_units(&operation, &told);
    *calls.by_name.entry(operation).or_default() += 1;
    response
}

fn write_units(operation: &str, asked: &Value, told: &Value) -> u64 {
    match operation {
        "PutItem" => size(&asked["Item"]).div_ceil(1024).max(1),
        // Charged by the larger of before, which our updates ask for, and after, which has what is set.
        "UpdateItem" => {
            let before = size(&told["Attributes"]);
            let set = size(&asked["ExpressionAttributeValues"]);
            before.max(set).div_ceil(1024).max(1)
        }
        "TransactWriteItems" => {
            let items = asked["TransactItems"].as_array().into_iter().flatten();
            let units = items.map(|item| size(&item["Put"]["Item"]).div_ceil(1024).max(1));
            2 * units.sum::<u64>()
        }
        _ => 0,
    }
}

fn read_units(operation: &str, told: &Value) -> u64 {
    match operation {
        // What is not there is charged too.
        "GetItem" => size(&told["Item"]).div_ceil(4096).max(1),
        "Query" | "Scan" => {
            let items = told["Items"].as_array().into_iter().flatten();
            items.map(size).sum::<u64>().div_ceil(4096).max(1)
        }
        _ => 0,
    }
}

/// Bytes of an item as DynamoDB counts them: names and values; a number has about half its digits.
fn size(item: &Value) -> u64 {
    let attributes = item.as_object().into_iter().flatten();
    let bytes = attributes.map(|(name, value)| {
        let text = value["S"].as_str().map(str::len);
        let number = value["N"].as_str().map(|digits| digits.len() / 2 + 2);
        name.len() + text.or(number).unwrap_or(1)
    });
    bytes.sum::<usize>() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_transaction_is_charged_twice_and_by_the_begun_kilobyte() {
        let item = |bytes: usize| json!({"Put": {"Item": {"k": {"S": "x".repeat(bytes)}}}});
        let asked = json!({"TransactItems": [item(10), item(1024)]});
        assert_eq!(
            write_units("TransactWriteItems", &asked, &json!({})),
            2 * (1 + 2)
        );
        let put = json!({"Item": {"k": {"S": "x"}}});
        assert_eq!(write_units("PutItem", &put, &json!({})), 1);
        let before = json!({"Attributes": {"k": {"S": "x".repeat(1500)}}});
        assert_eq!(write_units("UpdateItem", &json!({}), &before), 2);
    }

    #[test]
    fn a_read_is_charged_even_where_nothing_is() {
        assert_eq!(read_units("GetItem", &json!({})), 1);
        let two = json!({"Items": [{"k": {"S": "x".repeat(5000)}}, {"k": {"S": ""}}]});
        assert_eq!(read_units("Query", &two), 2);
        assert_eq!(read_units("SendMessage", &two), 0);
    }
}
