//! What a query answered, and how it is shown: a table, CSV, or JSON with types.

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::{Map, Value};

use crate::output::{Align, Table, one_line};

/// Rows of cells as Athena writes them; a null is `None`.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Option<String>>>,
}

/// A column of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    kind: Kind,
}

/// How a column's cells are in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Whole,
    Floating,
    Boolean,
    /// Everything else, decimals too: a JSON number would be less exact.
    Text,
}

impl Column {
    /// `kind` is Athena's name of the type.
    pub(crate) fn new(name: &str, kind: &str) -> Self {
        let kind = match kind {
            "tinyint" | "smallint" | "int" | "integer" | "bigint" => Kind::Whole,
            "float" | "real" | "double" => Kind::Floating,
            "boolean" => Kind::Boolean,
            _ => Kind::Text,
        };
        Self {
            name: name.to_owned(),
            kind,
        }
    }

    /// What is not as its type says stays text.
    fn value(&self, cell: &str) -> Value {
        let typed = match self.kind {
            Kind::Whole => cell.parse::<i64>().ok().map(Value::from),
            // Infinity and NaN are no JSON.
            Kind::Floating => {
                let number = cell.parse::<f64>().ok();
                number.filter(|number| number.is_finite()).map(Value::from)
            }
            Kind::Boolean => cell.parse::<bool>().ok().map(Value::from),
            Kind::Text => None,
        };
        typed.unwrap_or_else(|| cell.into())
    }
}

impl Answer {
    /// Whether a row is the columns' names.
    pub(crate) fn is_header(&self, row: &[Option<String>]) -> bool {
        let names = self.columns.iter().map(|column| Some(&column.name));
        row.iter().map(Option::as_ref).eq(names)
    }

    /// One object per row. A name that comes again gets a number.
    pub(crate) fn to_json(&self) -> Vec<Value> {
        let names = self.unique_names();
        let object = |row: &Vec<Option<String>>| {
            let fields = self.fields(&names, row);
            let fields = fields.map(|(name, value)| (name.to_owned(), value));
            Value::Object(Map::from_iter(fields))
        };
        self.rows.iter().map(object).collect()
    }

    fn fields<'a>(
        &'a self,
        names: &'a [String],
        row: &'a [Option<String>],
    ) -> impl Iterator<Item = (&'a str, Value)> {
        let columns = names.iter().zip(&self.columns).zip(row);
        columns.map(|((name, column), cell)| {
            let value = cell.as_ref().map(|cell| column.value(cell));
            (name.as_str(), value.unwrap_or(Value::Null))
        })
    }

    fn unique_names(&self) -> Vec<String> {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        let names = self.columns.iter().map(|column| {
            let times = seen.entry(&column.name).or_default();
            *times += 1;
            match times {
                1 => column.name.clone(),
                times => format!("{}_{times}", column.name),
            }
        });
        names.collect()
    }

    /// For people: cells on one line and cut, nulls empty, numbers to the right.
    pub(crate) fn to_table(&self) -> String {
        let mut table = Table::new(self.columns.iter().map(|column| {
            let align = match column.kind {
                Kind::Whole | Kind::Floating => Align::Right,
                Kind::Boolean | Kind::Text => Align::Left,
            };
            (column.name.as_str(), align)
        }));
        for row in &self.rows {
            table.row(
                row.iter()
                    .map(|cell| one_line(cell.as_deref().unwrap_or(""))),
            );
        }
        table.render()
    }

    /// With a header. A null is nothing, an empty text `""`.
    pub(crate) fn to_csv(&self) -> String {
        let names = self.columns.iter().map(|column| Some(column.name.as_str()));
        let mut text = csv_line(names);
        for row in &self.rows {
            text.push_str(&csv_line(row.iter().map(Option::as_deref)));
        }
        text
    }
}

/// As [`Answer::to_json`], with the fields in the columns' order.
impl Serialize for Answer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let names = self.unique_names();
        let mut rows = serializer.serialize_seq(Some(self.rows.len()))?;
        for row in &self.rows {
            rows.serialize_element(&Row(self, &names, row))?;
        }
        rows.end()
    }
}

struct Row<'a>(&'a Answer, &'a [String], &'a [Option<String>]);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(answer, names, row) = self;
        let mut object = serializer.serialize_map(Some(row.len()))?;
        for (name, value) in answer.fields(names, row) {
            object.serialize_entry(name, &value)?;
        }
        object.end()
    }
}

fn csv_line<'a>(cells: impl Iterator<Item = Option<&'a str>>) -> String {
    let cells = cells.map(|cell| match cell {
        None => String::new(),
        Some(text) if text.is_empty() || text.contains([',', '"', '\n', '\r']) => {
            format!("\"{}\"", text.replace('"', "\"\""))
        }
        Some(text) => text.to_owned(),
    });
    format!("{}\n", cells.collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(columns: &[(&str, &str)], rows: &[&[Option<&str>]]) -> Answer {
        let columns = columns.iter().map(|(name, kind)| Column::new(name, kind));
        let row = |row: &&[Option<&str>]| row.iter().map(|cell| cell.map(str::to_owned)).collect();
        Answer {
            columns: columns.collect(),
            rows: rows.iter().map(row).collect(),
        }
    }

    #[test]
    fn numbers_and_booleans_are_typed_and_nothing_loses_its_value() {
        let answer = answer(
            &[
                ("count", "bigint"),
                ("mean", "double"),
                ("open", "boolean"),
                ("share", "decimal"),
                ("at", "timestamp"),
            ],
            &[
                &[
                    Some("9007199254740993"),
                    Some("0.5"),
                    Some("true"),
                    Some("12.50"),
                    Some("2026-01-01 00:00:00.000"),
                ],
                &[None, Some("NaN"), Some(""), None, Some("")],
            ],
        );
        assert_eq!(
            json!(answer.to_json()),
            json!([
                {"count": 9_007_199_254_740_993_i64, "mean": 0.5, "open": true, "share": "12.50",
                 "at": "2026-01-01 00:00:00.000"},
                {"count": null, "mean": "NaN", "open": "", "share": null, "at": ""},
            ])
        );
    }

    #[test]
    fn a_name_that_comes_again_takes_no_column_away() {
        let answer = answer(
            &[("n", "integer"), ("n", "integer")],
            &[&[Some("1"), Some("2")]],
        );
        assert_eq!(json!(answer.to_json()), json!([{"n": 1, "n_2": 2}]));
    }

    #[test]
    fn fields_are_in_the_columns_order() {
        let answer = answer(&[("z", "integer"), ("a", "varchar")], &[&[Some("1"), None]]);
        let text = serde_json::to_string(&answer).unwrap();
        assert_eq!(text, r#"[{"z":1,"a":null}]"#);
    }

    #[test]
    fn csv_tells_a_null_from_an_empty_text() {
        let answer = answer(
            &[("a", "varchar"), ("b", "varchar")],
            &[&[None, Some("")], &[Some("x, \"y\"\nz"), Some("plain")]],
        );
        assert_eq!(answer.to_csv(), "a,b\n,\"\"\n\"x, \"\"y\"\"\nz\",plain\n");
    }

    #[test]
    fn a_table_has_numbers_to_the_right_and_a_row_on_one_line() {
        let answer = answer(
            &[("text", "varchar"), ("n", "bigint")],
            &[&[Some("two\nlines"), Some("7")], &[None, Some("12")]],
        );
        assert_eq!(
            answer.to_table(),
            "text         n\ntwo\\nlines   7\n            12\n"
        );
    }

    #[test]
    fn the_row_of_names_is_known() {
        let answer = answer(&[("a", "varchar"), ("b", "bigint")], &[]);
        assert!(answer.is_header(&[Some("a".into()), Some("b".into())]));
        assert!(!answer.is_header(&[Some("a".into()), None]));
        assert!(!answer.is_header(&[Some("a".into())]));
    }
}
