//! Settings out of a JSON Schema: what a reader wants to know of each.

use serde_json::{Map, Value};

/// One setting of a table.
pub(crate) struct Setting {
    pub(crate) name: String,
    pub(crate) takes: String,
    /// `None`: it must be given, or has no value where it is left out.
    pub(crate) default: Option<String>,
    pub(crate) required: bool,
    pub(crate) about: String,
    /// Name of the type whose settings stand in a table of their own.
    pub(crate) table: Option<String>,
}

/// The settings of an object, required ones first.
pub(crate) fn settings(object: &Value, root: &Value) -> Vec<Setting> {
    let required = |name: &str| {
        let names = object["required"].as_array().into_iter().flatten();
        names.clone().any(|required| required == name)
    };
    let properties = object["properties"].as_object().into_iter().flatten();
    let mut settings: Vec<Setting> = properties
        .filter(|(name, _)| *name != "kind")
        .map(|(name, schema)| Setting {
            name: name.clone(),
            takes: takes(schema, root),
            default: default(schema),
            required: required(name),
            about: text(schema)
                .or_else(|| text(resolve(schema, root)))
                .unwrap_or_default(),
            table: table(schema, root),
        })
        .collect();
    settings.sort_by_key(|setting| !setting.required);
    settings
}

/// A type's or field's own words.
pub(crate) fn text(schema: &Value) -> Option<String> {
    let words = schema["description"].as_str()?;
    let mut words = words.replace('\n', " ");
    // Rustdoc's links: of [`name`](path) and [`path::name`] the name stays.
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
    Some(words)
}

/// What a field's type is, behind references and `null`.
pub(crate) fn resolve<'a>(schema: &'a Value, root: &'a Value) -> &'a Value {
    if let Some(name) = reference(schema) {
        return &root["$defs"][name];
    }
    let choices = schema["anyOf"].as_array().into_iter().flatten();
    let mut real = choices.filter(|choice| choice["type"] != "null");
    match (real.next(), real.next()) {
        (Some(only), None) => resolve(only, root),
        _ => schema,
    }
}

fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

/// The name of the object type behind a field, a list or a map.
fn table(schema: &Value, root: &Value) -> Option<String> {
    let inner = [
        schema,
        &schema["items"],
        &schema["additionalProperties"],
        schema["anyOf"].get(0).unwrap_or(&Value::Null),
    ];
    inner.into_iter().find_map(|candidate| {
        let name = reference(candidate)?;
        let object = &root["$defs"][name];
        let is_table =
            object["properties"].is_object() || object["oneOf"][0]["properties"].is_object();
        is_table.then(|| name.to_owned())
    })
}

fn takes(schema: &Value, root: &Value) -> String {
    let schema = resolve(schema, root);
    if schema["oneOf"][0]["properties"].is_object() {
        return "table".into();
    }
    if let Some(choices) = schema["oneOf"]
        .as_array()
        .or_else(|| schema["enum"].as_array())
    {
        let words = choices.iter().filter_map(choice);
        return words.collect::<Vec<_>>().join(", ");
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let kinds = choices.iter().map(|choice| takes(choice, root));
        return kinds.collect::<Vec<_>>().join(" or ");
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds
            .iter()
            .find(|kind| *kind != "null")
            .unwrap_or(&Value::Null),
        kind => kind,
    };
    match kind.as_str() {
        Some("string") if schema["const"].is_string() => format!("`{}`", schema["const"]),
        Some("string") if schema["format"] == "uri" => "URL".into(),
        Some("string") => "text".into(),
        Some("integer") => "whole number".into(),
        Some("number") => "number".into(),
        Some("boolean") => "`true`, `false`".into(),
        Some("array") => format!("list of {}", takes(&schema["items"], root)),
        Some("object") => match map_value(schema) {
            Some(value) => format!("table: name = {}", takes(value, root)),
            None => "table".into(),
        },
        _ => "text".into(),
    }
}

fn map_value(schema: &Value) -> Option<&Value> {
    let object: &Map<String, Value> = schema.as_object()?;
    object
        .get("additionalProperties")
        .or_else(|| {
            object
                .get("patternProperties")?
                .as_object()?
                .values()
                .next()
        })
        .filter(|value| value.is_object())
}

/// One word of an enumeration, with what it means.
fn choice(schema: &Value) -> Option<String> {
    let words: Vec<String> = match (
        schema.as_str(),
        schema["const"].as_str(),
        schema["enum"].as_array(),
    ) {
        (Some(word), _, _) | (_, Some(word), _) => vec![format!("`{word}`")],
        (_, _, Some(words)) => words
            .iter()
            .filter_map(|word| Some(format!("`{}`", word.as_str()?)))
            .collect(),
        _ => return None,
    };
    let words = words.join(", ");
    Some(match text(schema) {
        Some(about) => format!("{words} ({})", about.trim_end_matches('.')),
        None => words,
    })
}

fn default(schema: &Value) -> Option<String> {
    match &schema["default"] {
        // Not written where it is not set.
        Value::Null if schema["type"] == "boolean" => Some("`false`".to_owned()),
        Value::Null | Value::Object(_) => None,
        Value::Array(list) if list.is_empty() => None,
        value => Some(format!("`{value}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn links_of_rustdoc_become_names() {
        let about = json!({"description": "See [`A`](crate::A), [`Settings::root`] and\n`b`."});
        assert_eq!(text(&about).unwrap(), "See `A`, `root` and `b`.");
    }

    #[test]
    fn a_setting_says_what_it_takes_and_what_it_is_without() {
        let root = json!({
            "$defs": {"Mode": {"oneOf": [
                {"const": "inline", "type": "string", "description": "At once."},
                {"const": "queued", "type": "string"},
            ]}},
            "properties": {
                "mode": {"$ref": "#/$defs/Mode", "default": "inline", "description": "How."},
                "days": {"type": ["integer", "null"]},
                "names": {"type": "object", "additionalProperties": {"type": "string"}},
            },
            "required": ["names"],
        });
        let settings = settings(&root, &root);
        assert_eq!(settings[0].name, "names");
        assert_eq!(settings[0].takes, "table: name = text");
        assert_eq!(settings[1].takes, "whole number");
        assert_eq!(settings[2].takes, "`inline` (At once), `queued`");
        assert_eq!(settings[2].default.as_deref(), Some("`\"inline\"`"));
    }
}
