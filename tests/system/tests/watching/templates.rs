//! The templates in infra/, read as CloudFormation reads them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value};

/// Every template.
pub(crate) const TEMPLATES: [&str; 5] = ["template", "exports", "tables", "alarms", "dashboards"];

/// Prints each template as JSON, functions in their long form, beside its size as it is sent.
const READ: &str = "
import json, sys
from awscli.customizations.cloudformation.yamlhelper import yaml_dump, yaml_parse
read = {}
for path in sys.argv[1:]:
    text = open(path).read()
    template = yaml_parse(text)
    # infra/deploy.sh packages those with code, which lays them out anew.
    sent = yaml_dump(template) if '../target/lambda' in text else text
    read[path] = [template, len(sent.encode())]
print(json.dumps(read, default=str))
";

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All templates of a stage.
pub(crate) struct Stage {
    templates: BTreeMap<String, (Value, usize)>,
    values: BTreeMap<String, String>,
}

/// A resource whose functions were resolved as far as a text comes of them.
pub(crate) struct Resource {
    pub(crate) properties: Value,
}

impl Stage {
    /// As the parameters' defaults make it, named `stage`. The AWS command line's own parser reads the templates: no
    /// other knows CloudFormation's tags.
    pub(crate) fn read() -> Self {
        let output = Command::new(root().join(".local/venv-aws/bin/python"))
            .args(["-c", READ])
            .args(TEMPLATES.map(|name| format!("infra/{name}.yaml")))
            .current_dir(root())
            .output()
            .expect("infra/setup.sh aws installs it");
        let problem = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{problem}");
        let read: BTreeMap<String, (Value, usize)> =
            serde_json::from_slice(&output.stdout).unwrap();
        let mut values: BTreeMap<String, String> = [
            ("AWS::AccountId", "123456789012"),
            ("AWS::Partition", "aws"),
            ("AWS::Region", "eu-west-1"),
            ("AWS::NoValue", ""),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        for (template, _) in read.values() {
            for (name, parameter) in object(&template["Parameters"]) {
                let default = match &parameter["Default"] {
                    Value::Null => format!("the-{name}"),
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                values.insert(name.clone(), default);
            }
        }
        values.insert("Stage".into(), "stage".into());
        Self {
            templates: read,
            values,
        }
    }

    /// How many bytes CloudFormation gets of each template.
    pub(crate) fn sizes(&self) -> impl Iterator<Item = (&str, usize)> {
        let templates = self.templates.iter();
        templates.map(|(path, (_, size))| (path.as_str(), *size))
    }

    /// All resources of a type.
    pub(crate) fn all(&self, kind: &str) -> Vec<Resource> {
        let templates = self.templates.values();
        let resources = templates.flat_map(|(template, _)| object(&template["Resources"]));
        resources
            .filter(|(_, resource)| resource["Type"] == kind)
            .map(|(_, resource)| Resource {
                properties: self.resolve(&resource["Properties"], &BTreeMap::new()),
            })
            .collect()
    }

    /// A property of all resources of a type.
    pub(crate) fn names(&self, kind: &str, property: &str) -> Vec<String> {
        let resources = self.all(kind);
        resources
            .iter()
            .map(|resource| text(&resource.properties[property]).to_owned())
            .collect()
    }

    fn resolve(&self, value: &Value, own: &BTreeMap<String, String>) -> Value {
        let again = |value: &Value| self.resolve(value, own);
        let Value::Object(fields) = value else {
            return match value {
                Value::Array(items) => items.iter().map(again).collect(),
                other => other.clone(),
            };
        };
        let one = fields.iter().next().filter(|_| fields.len() == 1);
        match one.map(|(name, argument)| (name.as_str(), argument)) {
            Some(("Ref", Value::String(name))) => match self.values.get(name) {
                Some(value) => value.clone().into(),
                None => format!("<{name}>").into(),
            },
            Some(("Fn::GetAtt", _)) => "<attribute>".into(),
            Some(("Fn::If", Value::Array(branches))) => again(&branches[1]),
            Some(("Fn::Join", Value::Array(parts))) => {
                let parts = (text(&parts[0]).to_owned(), again(&parts[1]));
                let joined: Vec<_> = list(&parts.1).iter().map(text).collect();
                joined.join(&parts.0).into()
            }
            Some(("Fn::Sub", Value::String(pattern))) => self.substitute(pattern, own).into(),
            Some(("Fn::Sub", Value::Array(arguments))) => {
                let mut own = own.clone();
                for (name, value) in object(&arguments[1]) {
                    own.insert(name.clone(), text(&again(value)).to_owned());
                }
                self.substitute(text(&arguments[0]), &own).into()
            }
            _ => {
                let resolved = fields
                    .iter()
                    .map(|(name, value)| (name.clone(), again(value)));
                Value::Object(resolved.collect())
            }
        }
    }

    fn substitute(&self, pattern: &str, own: &BTreeMap<String, String>) -> String {
        let mut parts = pattern.split("${");
        let mut found = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').unwrap();
            let known = own.get(name).or_else(|| self.values.get(name));
            found.push_str(&known.cloned().unwrap_or_else(|| format!("<{name}>")));
            found.push_str(rest);
        }
        found
    }
}

pub(crate) fn object(value: &Value) -> &Map<String, Value> {
    static NOTHING: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
    value.as_object().unwrap_or(&NOTHING)
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A file of the repository.
pub(crate) fn file(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
