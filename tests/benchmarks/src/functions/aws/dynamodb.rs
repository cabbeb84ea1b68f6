//! DynamoDB's operations on tables in memory. One request is one step: nobody sees half of it.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::attribute::{Item, read_half_units, size, write_units};
use super::expression::{Scope, holds, names, partition};
use super::refusal::Refusal;
use super::requests::{BatchGetItem, BatchWriteItem, Batched, CreateTable, GetItem, Query, Scan};
use super::table::{Key, Page, Table};

/// Tables by name, and what was charged.
#[derive(Default)]
pub(crate) struct DynamoDb {
    tables: HashMap<String, Table>,
    /// Units written since they were last taken.
    pub(crate) write_units: u64,
    /// Halves of units read since they were last taken.
    pub(crate) read_half_units: u64,
}

impl DynamoDb {
    /// A table, made if it is not there.
    pub(crate) fn make(&mut self, name: &str) -> &mut Table {
        self.tables.entry(name.to_owned()).or_default()
    }

    pub(super) fn table(&mut self, name: &str) -> Result<&mut Table, Refusal> {
        self.tables.get_mut(name).ok_or_else(|| Refusal::Plain {
            code: "ResourceNotFoundException",
            message: "Requested resource not found".to_owned(),
        })
    }

    /// Carries out an operation.
    pub(crate) fn act(&mut self, operation: &str, body: &[u8]) -> Result<Value, Refusal> {
        match operation {
            "GetItem" => self.get(parse(body)?),
            "PutItem" | "UpdateItem" | "DeleteItem" => self.write(operation, parse(body)?),
            "TransactWriteItems" => self.transact(parse(body)?),
            "Query" => self.query(parse(body)?),
            "Scan" => self.scan(parse(body)?),
            "BatchGetItem" => self.batch_get(parse(body)?),
            "BatchWriteItem" => self.batch_write(parse(body)?),
            "CreateTable" => self.create(parse(body)?),
            other => Err(Refusal::Plain {
                code: "UnknownOperationException",
                message: format!("{other} is not known here"),
            }),
        }
    }

    fn get(&mut self, asked: GetItem) -> Result<Value, Refusal> {
        let key = Key::of(&asked.key)?;
        let item = self.table(&asked.table_name)?.get(&key).cloned();
        let bytes = item.as_ref().map_or(0, size);
        self.read_half_units += read_half_units(bytes, asked.consistent_read);
        Ok(match item {
            Some(item) => json!({"Item": item}),
            None => json!({}),
        })
    }

    fn batch_get(&mut self, asked: BatchGetItem) -> Result<Value, Refusal> {
        let mut found = serde_json::Map::new();
        for (name, keys) in asked.request_items {
            let mut items = Vec::new();
            for key in &keys.keys {
                let item = self.table(&name)?.get(&Key::of(key)?).cloned();
                let bytes = item.as_ref().map_or(0, size);
                self.read_half_units += read_half_units(bytes, keys.consistent_read);
                items.extend(item);
            }
            found.insert(name, json!(items));
        }
        Ok(json!({"Responses": found, "UnprocessedKeys": {}}))
    }

    fn query(&mut self, asked: Query) -> Result<Value, Refusal> {
        let scope = Scope::new(
            &asked.expression_attribute_names,
            &asked.expression_attribute_values,
        );
        let condition = &asked.key_condition_expression;
        let pk = partition(condition, &scope)?;
        // Read once in full, so that a mistake in it is told where nothing is stored too.
        holds(condition, &scope, &Item::new())?;
        let after = asked
            .exclusive_start_key
            .as_ref()
            .map(Key::of)
            .transpose()?;
        let wanted = |item: &Item| holds(condition, &scope, item).unwrap_or(false);
        let forward = asked.scan_index_forward.unwrap_or(true);
        let limit = asked.limit.unwrap_or(usize::MAX);
        let table = self.table(&asked.table_name)?;
        let page = table.query(&pk, after.as_ref(), forward, limit, wanted);
        let bytes = page.bytes;
        let filter = asked.filter_expression.as_deref();
        let projection = asked.projection_expression.as_deref();
        let told = told(&page, filter, projection, &scope)?;
        self.read_half_units += read_half_units(bytes, asked.consistent_read);
        Ok(told)
    }

    fn scan(&mut self, asked: Scan) -> Result<Value, Refusal> {
        let scope = Scope::new(
            &asked.expression_attribute_names,
            &asked.expression_attribute_values,
        );
        let after = asked
            .exclusive_start_key
            .as_ref()
            .map(Key::of)
            .transpose()?;
        let (segment, of) = (
            asked.segment.unwrap_or(0),
            asked.total_segments.unwrap_or(1),
        );
        let limit = asked.limit.unwrap_or(usize::MAX);
        let table = self.table(&asked.table_name)?;
        let page = table.scan(after.as_ref(), limit, |pk| {
            pk.bytes().map(u64::from).sum::<u64>() % of == segment
        });
        let bytes = page.bytes;
        let filter = asked.filter_expression.as_deref();
        let projection = asked.projection_expression.as_deref();
        let told = told(&page, filter, projection, &scope)?;
        self.read_half_units += read_half_units(bytes, asked.consistent_read);
        Ok(told)
    }

    fn batch_write(&mut self, asked: BatchWriteItem) -> Result<Value, Refusal> {
        for (name, writes) in asked.request_items {
            for write in writes {
                let table = self.table(&name)?;
                let units = match write {
                    Batched::PutRequest { item } => {
                        let key = Key::of(&item)?;
                        let units = write_units(table.get(&key), Some(&item));
                        table.put(key, item);
                        units
                    }
                    Batched::DeleteRequest { key } => {
                        let key = Key::of(&key)?;
                        let units = write_units(table.get(&key), None);
                        table.remove(&key);
                        units
                    }
                };
                self.write_units += units;
            }
        }
        Ok(json!({"UnprocessedItems": {}}))
    }

    fn create(&mut self, asked: CreateTable) -> Result<Value, Refusal> {
        let key = |(index, name, kind): (usize, &str, &str)| {
            let key = asked.key_schema.get(index);
            key.is_some_and(|key| key.attribute_name == name && key.key_type == kind)
        };
        if ![(0, "pk", "HASH"), (1, "sk", "RANGE")].into_iter().all(key) {
            return Err(Refusal::invalid("tables here have the keys pk and sk"));
        }
        self.make(&asked.table_name);
        Ok(json!({"TableDescription": {"TableName": asked.table_name, "TableStatus": "ACTIVE"}}))
    }
}

fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refusal> {
    Ok(serde_json::from_slice(body)?)
}

/// A page as it is told: filtered after it was charged.
fn told(
    page: &Page<'_>,
    filter: Option<&str>,
    projection: Option<&str>,
    scope: &Scope<'_>,
) -> Result<Value, Refusal> {
    if let Some(filter) = filter {
        holds(filter, scope, &Item::new())?;
    }
    let projection = projection
        .map(|projection| names(projection, scope))
        .transpose()?;
    scope.all_used()?;
    let mut items = Vec::new();
    for item in &page.items {
        if let Some(filter) = filter
            && !holds(filter, scope, item)?
        {
            continue;
        }
        let mut item = (*item).clone();
        if let Some(projection) = &projection {
            item.retain(|name, _| projection.contains(name));
        }
        items.push(item);
    }
    let mut told = json!({
        "Count": items.len(),
        "ScannedCount": page.items.len(),
        "Items": items,
    });
    if let Some(last) = &page.last {
        told["LastEvaluatedKey"] = json!(last.item());
    }
    Ok(told)
}
