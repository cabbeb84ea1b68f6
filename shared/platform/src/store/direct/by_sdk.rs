//! The same writes by the SDK, with its retries.

use std::collections::HashMap;
use std::time::Instant;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use super::{Write, Written, rest};
use crate::store::item::Item;
use crate::store::wire::Attributes;
use crate::store::{Store, StoreError};

impl Write<'_> {
    fn names(&self) -> Option<HashMap<String, String>> {
        let names = self.expression_attribute_names.iter();
        let owned = names.map(|(short, name)| ((*short).to_owned(), (*name).to_owned()));
        (!self.expression_attribute_names.is_empty()).then(|| owned.collect())
    }
}

impl Store {
    pub(super) async fn put_by_sdk(
        &self,
        write: Write<'_>,
        begun: Instant,
    ) -> Result<Written, StoreError> {
        let names = write.names();
        let put = self
            .client
            .put_item()
            .table_name(write.table_name)
            .set_item(write.item.map(Attributes::into_map))
            .condition_expression(write.condition_expression)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values(write.expression_attribute_values))
            .set_return_values(write.return_values.map(ReturnValue::from))
            .set_return_values_on_condition_check_failure(
                write
                    .return_values_on_condition_check_failure
                    .map(Into::into),
            );
        let sent = put.customize().config_override(rest(begun)).send();
        match sent.await {
            Ok(output) => Ok(Written::Done(output.attributes.map(Item::from_map))),
            Err(error) => refusal(error, |error| match error {
                PutItemError::ConditionalCheckFailedException(refused) => Some(refused),
                _ => None,
            }),
        }
    }

    pub(super) async fn update_by_sdk(
        &self,
        write: Write<'_>,
        update: &'static str,
        begun: Instant,
    ) -> Result<Written, StoreError> {
        let names = write.names();
        let update = self
            .client
            .update_item()
            .table_name(write.table_name)
            .set_key(write.key.map(Attributes::into_map))
            .condition_expression(write.condition_expression)
            .update_expression(update)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values(write.expression_attribute_values))
            .set_return_values(write.return_values.map(ReturnValue::from))
            .set_return_values_on_condition_check_failure(
                write
                    .return_values_on_condition_check_failure
                    .map(Into::into),
            );
        let sent = update.customize().config_override(rest(begun)).send();
        match sent.await {
            Ok(output) => Ok(Written::Done(output.attributes.map(Item::from_map))),
            Err(error) => refusal(error, |error| match error {
                UpdateItemError::ConditionalCheckFailedException(refused) => Some(refused),
                _ => None,
            }),
        }
    }
}

/// What the SDK was told instead of "written".
fn refusal<E>(
    error: SdkError<E>,
    condition: impl FnOnce(&E) -> Option<&ConditionalCheckFailedException>,
) -> Result<Written, StoreError>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    if let Some(refused) = error.as_service_error().and_then(condition) {
        return Ok(Written::Refused(
            refused.item().cloned().map(Item::from_map),
        ));
    }
    match error.code() {
        Some("TransactionConflictException") => Ok(Written::Conflicted(error.into())),
        _ => Err(StoreError::aws(error)),
    }
}

/// DynamoDB refuses a map of no values.
fn values(values: Attributes) -> Option<HashMap<String, AttributeValue>> {
    (!values.is_empty()).then(|| values.into_map())
}
