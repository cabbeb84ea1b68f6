//! DynamoDB's requests as far as our code makes them. A field that is not listed is refused: it would
//! otherwise be taken for granted.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::attribute::Item;

type Names = BTreeMap<String, String>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct GetItem {
    pub(crate) table_name: String,
    pub(crate) key: Item,
    #[serde(default)]
    pub(crate) consistent_read: bool,
}

/// PutItem and DeleteItem on their own, and the parts of a transaction: one of them says what to write.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Write {
    pub(crate) table_name: String,
    pub(crate) item: Option<Item>,
    pub(crate) key: Option<Item>,
    pub(crate) update_expression: Option<String>,
    pub(crate) condition_expression: Option<String>,
    #[serde(default)]
    pub(crate) expression_attribute_names: Names,
    #[serde(default)]
    pub(crate) expression_attribute_values: Item,
    pub(crate) return_values: Option<String>,
    pub(crate) return_values_on_condition_check_failure: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct TransactWriteItems {
    pub(crate) transact_items: Vec<Part>,
    /// A repeat of the same transaction; nobody repeats here, because nothing gets lost.
    #[serde(rename = "ClientRequestToken")]
    pub(crate) _client_request_token: Option<String>,
}

#[derive(Deserialize)]
pub(crate) enum Part {
    Put(Write),
    Update(Write),
    Delete(Write),
    ConditionCheck(Write),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Query {
    pub(crate) table_name: String,
    pub(crate) key_condition_expression: String,
    pub(crate) filter_expression: Option<String>,
    pub(crate) projection_expression: Option<String>,
    #[serde(default)]
    pub(crate) expression_attribute_names: Names,
    #[serde(default)]
    pub(crate) expression_attribute_values: Item,
    pub(crate) exclusive_start_key: Option<Item>,
    pub(crate) limit: Option<usize>,
    pub(crate) scan_index_forward: Option<bool>,
    #[serde(default)]
    pub(crate) consistent_read: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Scan {
    pub(crate) table_name: String,
    pub(crate) filter_expression: Option<String>,
    pub(crate) projection_expression: Option<String>,
    #[serde(default)]
    pub(crate) expression_attribute_names: Names,
    #[serde(default)]
    pub(crate) expression_attribute_values: Item,
    pub(crate) exclusive_start_key: Option<Item>,
    pub(crate) limit: Option<usize>,
    pub(crate) segment: Option<u64>,
    pub(crate) total_segments: Option<u64>,
    #[serde(default)]
    pub(crate) consistent_read: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct BatchGetItem {
    pub(crate) request_items: BTreeMap<String, Keys>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Keys {
    pub(crate) keys: Vec<Item>,
    #[serde(default)]
    pub(crate) consistent_read: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct BatchWriteItem {
    pub(crate) request_items: BTreeMap<String, Vec<Batched>>,
}

#[derive(Deserialize)]
pub(crate) enum Batched {
    PutRequest {
        #[serde(rename = "Item")]
        item: Item,
    },
    DeleteRequest {
        #[serde(rename = "Key")]
        key: Item,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct CreateTable {
    pub(crate) table_name: String,
    pub(crate) key_schema: Vec<KeySchema>,
    #[serde(rename = "AttributeDefinitions")]
    pub(crate) _attribute_definitions: IgnoredAny,
    #[serde(rename = "BillingMode")]
    pub(crate) _billing_mode: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct KeySchema {
    pub(crate) attribute_name: String,
    pub(crate) key_type: String,
}
