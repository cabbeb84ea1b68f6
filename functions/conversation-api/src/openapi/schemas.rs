//! Schemas out of the types of requests and responses.

use std::collections::BTreeMap;

use schemars::generate::{Contract, SchemaGenerator, SchemaSettings};
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

/// Where schemas stand in the document.
const PLACE: &str = "/components/schemas";

/// Generators for both directions: a field with a default may be left out of a request, and is always in
/// a response.
pub(super) struct Schemas {
    requests: SchemaGenerator,
    responses: SchemaGenerator,
}

impl Default for Schemas {
    fn default() -> Self {
        let generator = |contract| {
            let settings = SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = PLACE.into();
                settings.meta_schema = None;
                settings.contract = contract;
            });
            settings.into_generator()
        };
        Self {
            requests: generator(Contract::Deserialize),
            responses: generator(Contract::Serialize),
        }
    }
}

impl Schemas {
    /// A reference to a request's schema.
    pub(super) fn request<T: JsonSchema>(&mut self) -> Value {
        self.requests.subschema_for::<T>().to_value()
    }

    /// A reference to a response's schema.
    pub(super) fn response<T: JsonSchema>(&mut self) -> Value {
        self.responses.subschema_for::<T>().to_value()
    }

    /// All schemas that were referred to, by name.
    pub(super) fn finish(mut self) -> BTreeMap<String, Value> {
        let mut all: BTreeMap<String, Value> =
            self.responses.take_definitions(true).into_iter().collect();
        // A type of both directions is the same in both, which a test makes sure of.
        all.extend(self.requests.take_definitions(true));
        for schema in all.values_mut() {
            plain(schema);
        }
        all
    }

    #[cfg(test)]
    pub(super) fn of_both_directions(mut self) -> Vec<(String, Value, Value)> {
        let requests = self.requests.take_definitions(true);
        let mut responses = self.responses.take_definitions(true);
        requests
            .into_iter()
            .filter_map(|(name, request)| Some((name.clone(), request, responses.remove(&name)?)))
            .collect()
    }
}

/// Rustdoc's links become names, and Rust's number formats go: they are no standard ones.
fn plain(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            let rusts = |format: &Value| {
                let format = format.as_str().unwrap_or_default();
                format.starts_with("uint")
            };
            if fields.get("format").is_some_and(rusts) {
                fields.remove("format");
            }
            if let Some(Value::String(words)) = fields.get_mut("description") {
                *words = without_links(words);
            }
            merge_constants(fields);
            fields.values_mut().for_each(plain);
        }
        Value::Array(entries) => entries.iter_mut().for_each(plain),
        _ => {}
    }
}

/// A choice of words, each with what it means, is one list of words: generators of clients know that.
fn merge_constants(fields: &mut Map<String, Value>) {
    let Some(Value::Array(choices)) = fields.get("oneOf") else {
        return;
    };
    let mut words = Vec::new();
    let mut meanings = Vec::new();
    for choice in choices {
        match (&choice["const"], &choice["enum"]) {
            (Value::String(word), _) => {
                words.push(word.clone());
                if let Some(meaning) = choice["description"].as_str() {
                    meanings.push(format!("- `{word}`: {}", without_links(meaning)));
                }
            }
            (_, Value::Array(plain)) => {
                words.extend(
                    plain
                        .iter()
                        .filter_map(Value::as_str)
                        .map(ToOwned::to_owned),
                );
            }
            _ => return,
        }
    }
    fields.remove("oneOf");
    fields.insert("type".into(), "string".into());
    fields.insert("enum".into(), json!(words));
    let about = fields.get("description").and_then(Value::as_str);
    let about: Vec<String> = about
        .map(ToOwned::to_owned)
        .into_iter()
        .chain(meanings)
        .collect();
    if !about.is_empty() {
        fields.insert("description".into(), about.join("\n").into());
    }
}

/// Of ``[`name`](path)`` and ``[`path::name`]`` the name stays.
fn without_links(words: &str) -> String {
    let mut words = words.to_owned();
    while let Some(begin) = words.find("[`") {
        let Some(end) = words[begin..].find("`]").map(|at| begin + at) else {
            break;
        };
        let name = words[begin + 2..end]
            .rsplit("::")
            .next()
            .unwrap_or_default();
        let link = format!("`{name}`");
        let mut after = end + 2;
        if words[after..].starts_with('(')
            && let Some(close) = words[after..].find(')')
        {
            after += close + 1;
        }
        words.replace_range(begin..after, &link);
    }
    words
}

/// A schema written by hand.
pub(super) fn schema(value: Value) -> Schema {
    Schema::try_from(value).unwrap_or_default()
}
