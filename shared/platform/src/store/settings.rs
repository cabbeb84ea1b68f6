//! Agents' settings: read by everybody, changed against what was read, so that of two people who
//! change an agent at once the second is told.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use conversation::AgentSettings;

use super::item::{Item, Key};
use super::{Store, StoreError};

/// Settings as read, with what their next save is checked against.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedSettings {
    /// The settings.
    pub settings: AgentSettings,
    /// Their JSON as it stands in the table: saving goes by what is there, and asks nothing of whoever
    /// wrote it.
    stored: String,
}

impl Store {
    /// Settings of an agent.
    pub async fn settings(&self, agent: &str) -> Result<Option<AgentSettings>, StoreError> {
        let saved = self.saved_settings(agent).await?;
        Ok(saved.map(|saved| saved.settings))
    }

    /// Settings of an agent, to be changed.
    pub async fn saved_settings(&self, agent: &str) -> Result<Option<SavedSettings>, StoreError> {
        let item = self.get(&Key::settings(agent)).await?;
        let saved = item.map(|item| {
            let settings = item.body()?;
            let stored = item.body_text().unwrap_or_default().to_owned();
            Ok(SavedSettings { settings, stored })
        });
        saved.transpose()
    }

    /// All agents with their settings, by name.
    pub async fn agents(&self) -> Result<Vec<(String, AgentSettings)>, StoreError> {
        let items = self.partition(Key::AGENTS.into()).await?;
        let named = |item: &Item| Ok((item.sort_key().to_owned(), item.body()?));
        items.iter().map(named).collect()
    }

    /// Names of all agents, also of those whose settings can't be read.
    pub async fn agent_names(&self) -> Result<Vec<String>, StoreError> {
        let items = self.partition(Key::AGENTS.into()).await?;
        Ok(items
            .iter()
            .map(|item| item.sort_key().to_owned())
            .collect())
    }

    /// Saves an agent's settings, whatever was there before.
    pub async fn put_settings(
        &self,
        agent: &str,
        settings: &AgentSettings,
    ) -> Result<(), StoreError> {
        let item = Item::new(&Key::settings(agent), settings)?.into_map();
        let put = self.client.put_item().table_name(&self.table);
        let put = put.set_item(Some(item)).send().await;
        put.map(drop).map_err(StoreError::aws)
    }

    /// Saves settings in place of those that were read; with `None`, those of a new agent. `false`:
    /// somebody else was faster, nothing was written.
    pub async fn save_settings(
        &self,
        agent: &str,
        read: Option<&SavedSettings>,
        settings: &AgentSettings,
    ) -> Result<bool, StoreError> {
        let item = Item::new(&Key::settings(agent), settings)?.into_map();
        let put = self.client.put_item().table_name(&self.table);
        let put = put.set_item(Some(item));
        let put = match read {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(read) => put
                .condition_expression("body = :read")
                .expression_attribute_values(":read", AttributeValue::S(read.stored.clone())),
        };
        let refused = |error: &SdkError<PutItemError>| {
            let error = error.as_service_error();
            error.is_some_and(PutItemError::is_conditional_check_failed_exception)
        };
        match put.send().await {
            Ok(_) => Ok(true),
            // Our own write may have got through and only its answer got lost: then what is stored is
            // what we wanted to store.
            Err(error) if refused(&error) => {
                Ok(self.settings(agent).await?.as_ref() == Some(settings))
            }
            Err(error) => Err(StoreError::aws(error)),
        }
    }

    /// Removes the settings that were read, and with them the agent. `false`: somebody else changed
    /// them meanwhile, nothing was removed.
    pub async fn remove_settings(
        &self,
        agent: &str,
        read: &SavedSettings,
    ) -> Result<bool, StoreError> {
        let removed = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(Key::settings(agent).to_map()))
            // Gone already is as good.
            .condition_expression("attribute_not_exists(pk) OR body = :read")
            .expression_attribute_values(":read", AttributeValue::S(read.stored.clone()))
            .send()
            .await;
        match removed {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DeleteItemError::is_conditional_check_failed_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(StoreError::aws(error)),
        }
    }
}
