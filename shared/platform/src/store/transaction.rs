//! Transactions in DynamoDB's JSON.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::transact_write_items::builders::TransactWriteItemsFluentBuilder;
use aws_sdk_dynamodb::types::{ConditionCheck, Put, TransactWriteItem};
use serde::Serialize;

use super::wire::{self, SentMap};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Transaction<'a> {
    transact_items: Vec<Entry<'a>>,
}

#[derive(Serialize)]
enum Entry<'a> {
    Put(Part<'a>),
    ConditionCheck(Part<'a>),
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Part<'a> {
    table_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<SentMap<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<SentMap<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition_expression: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expression_attribute_names: Option<&'a HashMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expression_attribute_values: Option<SentMap<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_values_on_condition_check_failure: Option<&'a str>,
}

/// The transaction without a token; `None` where it holds what is not written here.
pub(super) fn json(transact: &TransactWriteItemsFluentBuilder) -> Option<Vec<u8>> {
    let items = transact.get_transact_items().as_ref()?.iter();
    let transact_items = items.map(entry).collect::<Option<_>>()?;
    wire::json(&Transaction { transact_items }).ok()
}

/// The same with its token, which is hexadecimal.
pub(super) fn with_token(json: &[u8], token: &str) -> Vec<u8> {
    let rest = json.strip_prefix(b"{").unwrap_or(json);
    let mut sent = format!("{{\"ClientRequestToken\":\"{token}\",").into_bytes();
    sent.extend_from_slice(rest);
    sent
}

fn entry(item: &TransactWriteItem) -> Option<Entry<'_>> {
    match item {
        TransactWriteItem {
            put: Some(put),
            condition_check: None,
            delete: None,
            update: None,
            ..
        } => Some(Entry::Put(of_put(put))),
        TransactWriteItem {
            condition_check: Some(check),
            put: None,
            delete: None,
            update: None,
            ..
        } => Some(Entry::ConditionCheck(of_check(check))),
        _ => None,
    }
}

fn of_put(put: &Put) -> Part<'_> {
    let on_failure = put.return_values_on_condition_check_failure();
    Part {
        table_name: put.table_name(),
        item: Some(SentMap(put.item())),
        key: None,
        condition_expression: put.condition_expression(),
        expression_attribute_names: put.expression_attribute_names(),
        expression_attribute_values: put.expression_attribute_values().map(SentMap),
        return_values_on_condition_check_failure: on_failure.map(|wanted| wanted.as_str()),
    }
}

fn of_check(check: &ConditionCheck) -> Part<'_> {
    let on_failure = check.return_values_on_condition_check_failure();
    Part {
        table_name: check.table_name(),
        item: None,
        key: Some(SentMap(check.key())),
        condition_expression: Some(check.condition_expression()),
        expression_attribute_names: check.expression_attribute_names(),
        expression_attribute_values: check.expression_attribute_values().map(SentMap),
        return_values_on_condition_check_failure: on_failure.map(|wanted| wanted.as_str()),
    }
}
