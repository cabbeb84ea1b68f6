//! Single writes and transactions: judged first, then carried out.

use serde_json::{Value, json};

use super::attribute::{Item, write_units};
use super::dynamodb::DynamoDb;
use super::expression::{Change, Scope, changes, holds};
use super::refusal::Refusal;
use super::requests::{Part, TransactWriteItems, Write};
use super::table::Key;

/// The most items of a transaction.
const MOST_PARTS: usize = 100;

/// A write that was looked at.
struct Judged {
    table: String,
    key: Key,
    before: Option<Item>,
    after: Option<Item>,
    holds: bool,
    shows_item: bool,
}

impl Judged {
    fn units(&self) -> u64 {
        write_units(self.before.as_ref(), self.after.as_ref())
    }

    /// The item as it stands, where the request asks for it.
    fn shown(&self) -> Option<Item> {
        self.before.clone().filter(|_| self.shows_item)
    }
}

impl DynamoDb {
    pub(super) fn write(&mut self, operation: &str, asked: Write) -> Result<Value, Refusal> {
        let returned = asked.return_values.clone();
        let judged = self.judge(operation, asked)?;
        if !judged.holds {
            // What is not written is charged all the same.
            self.write_units += write_units(judged.before.as_ref(), None);
            return Err(Refusal::Condition(judged.shown()));
        }
        self.write_units += judged.units();
        let attributes = match returned.as_deref() {
            None | Some("NONE") => None,
            Some("ALL_OLD") => judged.before.clone(),
            Some("ALL_NEW") => judged.after.clone(),
            Some(other) => return Err(Refusal::invalid(format!("ReturnValues {other}"))),
        };
        self.carry_out(judged)?;
        Ok(match attributes {
            Some(attributes) => json!({"Attributes": attributes}),
            None => json!({}),
        })
    }

    pub(super) fn transact(&mut self, asked: TransactWriteItems) -> Result<Value, Refusal> {
        let mut parts: Vec<Judged> = Vec::new();
        for part in asked.transact_items {
            let judged = match part {
                Part::Put(write) => self.judge("PutItem", write)?,
                Part::Update(write) => self.judge("UpdateItem", write)?,
                Part::Delete(write) => self.judge("DeleteItem", write)?,
                Part::ConditionCheck(write) => self.judge("ConditionCheck", write)?,
            };
            let is_same = |other: &Judged| other.table == judged.table && other.key == judged.key;
            if parts.iter().any(is_same) {
                let problem = "Transaction request cannot include multiple operations on one item";
                return Err(Refusal::invalid(problem));
            }
            parts.push(judged);
        }
        if !(1..=MOST_PARTS).contains(&parts.len()) {
            return Err(Refusal::invalid("a transaction has 1 to 100 parts"));
        }
        self.write_units += 2 * parts.iter().map(Judged::units).sum::<u64>();
        if parts.iter().any(|part| !part.holds) {
            let reason = |part: &Judged| (!part.holds).then(|| part.shown());
            return Err(Refusal::Transaction(parts.iter().map(reason).collect()));
        }
        for part in parts {
            self.carry_out(part)?;
        }
        Ok(json!({}))
    }

    /// What a write would do.
    fn judge(&mut self, operation: &str, asked: Write) -> Result<Judged, Refusal> {
        let key = match (operation, &asked.item, &asked.key) {
            ("PutItem", Some(item), None) => Key::of(item)?,
            ("UpdateItem" | "DeleteItem" | "ConditionCheck", None, Some(key)) => Key::of(key)?,
            _ => return Err(Refusal::invalid("a key or an item is missing or too much")),
        };
        let scope = Scope::new(
            &asked.expression_attribute_names,
            &asked.expression_attribute_values,
        );
        let before = self.table(&asked.table_name)?.get(&key).cloned();
        let nothing = Item::new();
        let there = before.as_ref().unwrap_or(&nothing);
        let holds = match (&asked.condition_expression, operation) {
            (Some(condition), _) => holds(condition, &scope, there)?,
            (None, "ConditionCheck") => return Err(Refusal::invalid("no condition to check")),
            (None, _) => true,
        };
        let after = match (operation, &asked.update_expression) {
            ("PutItem", None) => asked.item,
            ("DeleteItem", None) => None,
            ("ConditionCheck", None) => before.clone(),
            ("UpdateItem", Some(_)) if !holds => None,
            ("UpdateItem", Some(update)) => {
                let mut item = before.clone().unwrap_or_else(|| key.item());
                for (name, change) in changes(update, &scope, there)? {
                    match change {
                        Change::Set(value) => item.insert(name, value),
                        Change::Remove => item.remove(&name),
                    };
                }
                Some(item)
            }
            _ => return Err(Refusal::invalid("an update is missing or too much")),
        };
        if holds {
            scope.all_used()?;
        }
        let shows_item = match asked.return_values_on_condition_check_failure.as_deref() {
            None | Some("NONE") => false,
            Some("ALL_OLD") => true,
            Some(other) => return Err(Refusal::invalid(format!("{other} can't be returned"))),
        };
        Ok(Judged {
            table: asked.table_name,
            key,
            before,
            after,
            holds,
            shows_item,
        })
    }

    fn carry_out(&mut self, judged: Judged) -> Result<(), Refusal> {
        let table = self.table(&judged.table)?;
        match judged.after {
            Some(item) => table.put(judged.key, item),
            None => table.remove(&judged.key),
        }
        Ok(())
    }
}
