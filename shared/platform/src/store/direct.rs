//! The writes that a webhook waits for, without the SDK's way; see [`Direct`]. What it can't settle at
//! the first try, the SDK does from the start: every write here is conditional, so that it counts once.

mod by_sdk;

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::error::{BoxError, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::builders::TransactWriteItemsFluentBuilder;
use aws_sdk_dynamodb::operation::transact_write_items::{
    TransactWriteItemsError, TransactWriteItemsOutput,
};
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use super::item::{Item, Key};
use super::transaction;
use super::wire::{Attributes, json};
use super::{Store, StoreError};

/// For the direct try. It usually takes milliseconds.
const FIRST_TRY: Duration = Duration::from_secs(2);
/// For everything.
const WHOLE: Duration = Duration::from_secs(9);

const PUT: &str = "DynamoDB_20120810.PutItem";
const TRANSACT: &str = "DynamoDB_20120810.TransactWriteItems";
const UPDATE: &str = "DynamoDB_20120810.UpdateItem";
const ALL_OLD: &str = "ALL_OLD";
const CHECK_FAILED: &str = "ConditionalCheckFailedException";

/// A conditional write of one item, as DynamoDB takes it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Write<'a> {
    table_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<Attributes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<Attributes>,
    condition_expression: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    update_expression: Option<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty", serialize_with = "as_map")]
    expression_attribute_names: &'static [(&'static str, &'static str)],
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    expression_attribute_values: Attributes,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_values: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_values_on_condition_check_failure: Option<&'static str>,
}

/// What came of a write.
pub(super) enum Written {
    /// It was written; the item as it was before, where that was asked for.
    Done(Option<Item>),
    /// The condition was not met; the item, where it was asked for.
    Refused(Option<Item>),
    /// A transaction was at the item.
    Conflicted(BoxError),
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
    #[serde(rename = "Item")]
    item: Option<Attributes>,
}

impl Write<'_> {
    /// With the names of attributes that are words of DynamoDB's.
    pub(super) fn with_names(self, names: &'static [(&'static str, &'static str)]) -> Self {
        Self {
            expression_attribute_names: names,
            ..self
        }
    }

    /// Asks for the item as it was before, written or refused.
    pub(super) fn returning_before(self) -> Self {
        Self {
            return_values: Some(ALL_OLD),
            ..self.returning_refused()
        }
    }

    /// Asks for the item where the condition is not met.
    pub(super) fn returning_refused(self) -> Self {
        Self {
            return_values_on_condition_check_failure: Some(ALL_OLD),
            ..self
        }
    }
}

impl Store {
    /// A put of the item, to be sent.
    pub(super) fn putting(
        &self,
        item: Item,
        condition: &'static str,
        values: Attributes,
    ) -> Write<'_> {
        Write {
            item: Some(item.into_attributes()),
            ..self.writing(condition, values)
        }
    }

    /// An update of the item with the key, to be sent.
    pub(super) fn updating(
        &self,
        key: &Key,
        update: &'static str,
        condition: &'static str,
        values: Attributes,
    ) -> Write<'_> {
        Write {
            key: Some(key.attributes()),
            update_expression: Some(update),
            ..self.writing(condition, values)
        }
    }

    fn writing(&self, condition: &'static str, values: Attributes) -> Write<'_> {
        Write {
            table_name: &self.table,
            item: None,
            key: None,
            condition_expression: condition,
            update_expression: None,
            expression_attribute_names: &[],
            expression_attribute_values: values,
            return_values: None,
            return_values_on_condition_check_failure: None,
        }
    }

    /// Sends a put or an update.
    pub(super) async fn write(&self, write: Write<'_>) -> Result<Written, StoreError> {
        let begun = Instant::now();
        let target = match write.update_expression {
            Some(_) => UPDATE,
            None => PUT,
        };
        if let Some(written) = self.directly(target, json(&write)).await {
            return Ok(written);
        }
        // Boxed: what is seldom needed would make every webhook's future larger.
        match write.update_expression {
            Some(update) => Box::pin(self.update_by_sdk(write, update, begun)).await,
            None => Box::pin(self.put_by_sdk(write, begun)).await,
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
                let again = again.customize().config_override(rest(begun));
                Box::pin(again.send()).await
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
            return Some(Written::Done(done.attributes.map(Item::from)));
        }
        let failed: Failed = serde_json::from_slice(body).ok()?;
        let is_refused = failed.code.rsplit('#').next() == Some(CHECK_FAILED);
        is_refused.then(|| Written::Refused(failed.item.map(Item::from)))
    }
}

fn as_map<S: Serializer>(
    names: &[(&'static str, &'static str)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(names.iter().map(|(short, name)| (short, name)))
}

/// Leaves the SDK the time that is left.
fn rest(begun: Instant) -> aws_sdk_dynamodb::config::Builder {
    let left = WHOLE.saturating_sub(begun.elapsed());
    let timeouts = TimeoutConfig::builder().operation_timeout(left).build();
    aws_sdk_dynamodb::config::Builder::new().timeout_config(timeouts)
}

#[cfg(test)]
mod tests;
