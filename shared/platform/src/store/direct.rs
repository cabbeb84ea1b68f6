//! The writes that a webhook waits for, without the SDK's way; see [`Direct`]. What it can't settle at
//! the first try, the SDK does from the start: every write here is conditional, so that it counts once.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemOutput};
use aws_sdk_dynamodb::operation::transact_write_items::builders::TransactWriteItemsFluentBuilder;
use aws_sdk_dynamodb::operation::transact_write_items::{
    TransactWriteItemsError, TransactWriteItemsOutput,
};
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Store;
use super::transaction;
use super::wire::{Attributes, Sent, read};

/// For the direct try. It usually takes milliseconds.
const FIRST_TRY: Duration = Duration::from_secs(2);
/// For everything.
const WHOLE: Duration = Duration::from_secs(9);

const PUT: &str = "DynamoDB_20120810.PutItem";
const TRANSACT: &str = "DynamoDB_20120810.TransactWriteItems";
const UPDATE: &str = "DynamoDB_20120810.UpdateItem";
const CHECK_FAILED: &str = "ConditionalCheckFailedException";

/// A write as DynamoDB takes it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Write<'a> {
    table_name: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<Sent<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Sent<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition_expression: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    update_expression: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expression_attribute_names: &'a Option<HashMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expression_attribute_values: Option<Sent<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_values: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_values_on_condition_check_failure: Option<&'a str>,
}

/// What came of a write.
enum Written {
    /// It was written; the item's attributes, where they were asked for.
    Done(Option<HashMap<String, AttributeValue>>),
    /// The condition was not met; the item, where it was asked for.
    Refused(Box<(ConditionalCheckFailedException, HttpResponse)>),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Done {
    attributes: Option<Attributes>,
}

#[derive(Deserialize)]
struct Failed {
    #[serde(rename = "__type")]
    code: String,
    #[serde(alias = "Message")]
    message: Option<String>,
    #[serde(rename = "Item")]
    item: Option<Attributes>,
}

impl Store {
    /// Sends a conditional put.
    pub(super) async fn put(
        &self,
        put: PutItemFluentBuilder,
    ) -> Result<PutItemOutput, SdkError<PutItemError>> {
        let begun = Instant::now();
        let on_failure = put.get_return_values_on_condition_check_failure();
        let json = serde_json::to_vec(&Write {
            table_name: put.get_table_name(),
            item: put.get_item().as_ref().map(Sent),
            key: None,
            condition_expression: put.get_condition_expression(),
            update_expression: &None,
            expression_attribute_names: put.get_expression_attribute_names(),
            expression_attribute_values: put.get_expression_attribute_values().as_ref().map(Sent),
            return_values: put
                .get_return_values()
                .as_ref()
                .map(|wanted| wanted.as_str()),
            return_values_on_condition_check_failure: on_failure
                .as_ref()
                .map(|wanted| wanted.as_str()),
        });
        match self.directly(PUT, json).await {
            Some(Written::Done(attributes)) => {
                Ok(PutItemOutput::builder().set_attributes(attributes).build())
            }
            Some(Written::Refused(told)) => {
                let (refused, raw) = *told;
                let refused = PutItemError::ConditionalCheckFailedException(refused);
                Err(SdkError::service_error(refused, raw))
            }
            None => put.customize().config_override(rest(begun)).send().await,
        }
    }

    /// Sends a conditional update.
    pub(super) async fn update(
        &self,
        update: UpdateItemFluentBuilder,
    ) -> Result<UpdateItemOutput, SdkError<UpdateItemError>> {
        let begun = Instant::now();
        let on_failure = update.get_return_values_on_condition_check_failure();
        let values = update.get_expression_attribute_values();
        let json = serde_json::to_vec(&Write {
            table_name: update.get_table_name(),
            item: None,
            key: update.get_key().as_ref().map(Sent),
            condition_expression: update.get_condition_expression(),
            update_expression: update.get_update_expression(),
            expression_attribute_names: update.get_expression_attribute_names(),
            expression_attribute_values: values.as_ref().map(Sent),
            return_values: update
                .get_return_values()
                .as_ref()
                .map(|wanted| wanted.as_str()),
            return_values_on_condition_check_failure: on_failure
                .as_ref()
                .map(|wanted| wanted.as_str()),
        });
        match self.directly(UPDATE, json).await {
            Some(Written::Done(attributes)) => Ok(UpdateItemOutput::builder()
                .set_attributes(attributes)
                .build()),
            Some(Written::Refused(told)) => {
                let (refused, raw) = *told;
                let refused = UpdateItemError::ConditionalCheckFailedException(refused);
                Err(SdkError::service_error(refused, raw))
            }
            None => update.customize().config_override(rest(begun)).send().await,
        }
    }

    /// Sends a transaction. Why one is cancelled, the SDK is told.
    pub(super) async fn transact(
        &self,
        transact: TransactWriteItemsFluentBuilder,
    ) -> Result<TransactWriteItemsOutput, SdkError<TransactWriteItemsError>> {
        let begun = Instant::now();
        let Some(json) = transaction::json(&transact) else {
            return transact.send().await;
        };
        // By the same token it counts once, if it was carried out and nobody heard of it.
        let token: String = hex::encode(Sha256::digest(&json))
            .chars()
            .take(36)
            .collect();
        let sent = transaction::with_token(&json, &token);
        match self.directly(TRANSACT, Ok(sent)).await {
            Some(Written::Done(_)) => Ok(TransactWriteItemsOutput::builder().build()),
            _ => {
                let again = transact.client_request_token(token);
                again.customize().config_override(rest(begun)).send().await
            }
        }
    }

    /// `None` where the SDK has to do it.
    async fn directly(
        &self,
        target: &'static str,
        json: serde_json::Result<Vec<u8>>,
    ) -> Option<Written> {
        let direct = self.direct.as_ref()?;
        let answer = direct.call(target, json.ok()?, FIRST_TRY).await?;
        let body = answer.body().bytes()?;
        if answer.status().is_success() {
            let done: Done = serde_json::from_slice(body).ok()?;
            return Some(Written::Done(done.attributes.map(read)));
        }
        let failed: Failed = serde_json::from_slice(body).ok()?;
        if failed.code.rsplit('#').next() != Some(CHECK_FAILED) {
            return None;
        }
        let refused = ConditionalCheckFailedException::builder()
            .set_message(failed.message)
            .set_item(failed.item.map(read))
            .build();
        Some(Written::Refused(Box::new((refused, answer))))
    }
}

/// Leaves the SDK the time that is left.
fn rest(begun: Instant) -> aws_sdk_dynamodb::config::Builder {
    let left = WHOLE.saturating_sub(begun.elapsed());
    let timeouts = TimeoutConfig::builder().operation_timeout(left).build();
    aws_sdk_dynamodb::config::Builder::new().timeout_config(timeouts)
}

#[cfg(test)]
mod tests;
