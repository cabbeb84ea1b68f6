//! The tables' template is the definition's.
#![allow(clippy::unwrap_used, reason = "a test's panic is its report")]

use std::path::Path;

use exports::glue::template;
use exports::{EXPORTS, reject_columns};

/// What CloudFormation takes without a bucket in between.
const LARGEST_TEMPLATE: usize = 51_200;
/// What Glue takes as a comment.
const LONGEST_COMMENT: usize = 255;

#[test]
fn the_template_in_infra_is_the_definitions() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/tables.yaml");
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == template(),
        "infra/tables.yaml is not what the definition says. This renews it:\n  \
         cargo run -p exports --example tables > infra/tables.yaml"
    );
}

#[test]
fn every_table_is_there_with_its_columns_in_order() {
    let text = template();
    let tables: Vec<&str> = text
        .split("\n    Type: AWS::Glue::Table\n")
        .skip(1)
        .collect();
    assert_eq!(tables.len(), EXPORTS.len() + 1);
    let expected = EXPORTS
        .iter()
        .map(|export| (export.table, export.table_columns()))
        .chain([("rejects", reject_columns())]);
    for (written, (table, columns)) in tables.into_iter().zip(expected) {
        assert!(
            written.contains(&format!("\n        Name: {table}\n")),
            "{table}"
        );
        let found: Vec<&str> = written
            .lines()
            .filter_map(|line| line.strip_prefix("            - {Name: "))
            .collect();
        let expected: Vec<String> = columns
            .iter()
            .map(|c| {
                format!(
                    "{}, Type: \"{}\", Comment: \"{}\"}}",
                    c.name,
                    c.kind.in_glue(),
                    c.comment
                )
            })
            .collect();
        assert_eq!(found, expected, "{table}");
    }
}

#[test]
fn no_text_needs_escaping_or_is_too_long() {
    for column in EXPORTS
        .iter()
        .flat_map(|export| export.table_columns())
        .chain(reject_columns())
    {
        assert!(
            !column.comment.contains(['"', '\\', '\n']),
            "{}",
            column.name
        );
        assert!(column.comment.len() <= LONGEST_COMMENT, "{}", column.name);
    }
    assert!(template().len() <= LARGEST_TEMPLATE);
}
