//! The tables as a CloudFormation template.
//!
//! Partitions are projected from the date, so that neither a crawler nor a call per partition is needed.

use std::fmt::Write;

use crate::{EXPORTS, PARTITION, TableColumn, reject_columns};

const HEAD: &str = r#"AWSTemplateFormatVersion: "2010-09-09"
Description: Sparkbridge's tables in Athena, over the Parquet files in the lake.

# Made from the definition in shared/exports:
#   cargo run -p exports --example tables > infra/tables.yaml

Parameters:
  Stage:
    Description: Part of every name, as in the main stack.
    Type: String
    Default: dev
    AllowedPattern: ^[a-z][a-z0-9-]{0,15}$
  LakeBucket:
    Description: The name of the bucket that holds tables/.
    Type: String

Resources:
  Database:
    Type: AWS::Glue::Database
    Properties:
      CatalogId: !Ref AWS::AccountId
      DatabaseInput:
        # Athena wants names without hyphens.
        Name: !Join ["_", [sparkbridge, !Join ["_", !Split ["-", !Ref Stage]]]]
        Description: Sparkcentral's exports. Times are UTC.
"#;

const TAIL: &str = "
Outputs:
  DatabaseName:
    Description: The database to query.
    Value: !Ref Database
";

/// The first day of a partition; Sparkcentral's exports are younger.
const FIRST_DAY: &str = "2015-01-01";

/// The whole template: the database, a table per export, and `rejects`.
#[must_use]
pub fn template() -> String {
    let mut text = HEAD.to_owned();
    for export in EXPORTS {
        let description = format!("{}: {}", export.name, export.grain);
        push_table(
            &mut text,
            export.table,
            &description,
            &export.table_columns(),
        );
    }
    let description = "Rows of export files that could not be read: where they are and why";
    push_table(&mut text, "rejects", description, &reject_columns());
    text.push_str(TAIL);
    text
}

fn push_table(text: &mut String, table: &str, description: &str, columns: &[TableColumn]) {
    let _ = write!(
        text,
        r#"
  {logical}Table:
    Type: AWS::Glue::Table
    Properties:
      CatalogId: !Ref AWS::AccountId
      DatabaseName: !Ref Database
      TableInput:
        Name: {table}
        Description: "{description}"
        TableType: EXTERNAL_TABLE
        Parameters:
          EXTERNAL: "TRUE"
          classification: parquet
          projection.enabled: "true"
          projection.{PARTITION}.type: date
          projection.{PARTITION}.format: yyyy-MM-dd
          projection.{PARTITION}.range: {FIRST_DAY},NOW+1DAY
          storage.location.template: !Sub "s3://${{LakeBucket}}/tables/{table}/{PARTITION}=${{!{PARTITION}}}"
        PartitionKeys:
          - {{Name: {PARTITION}, Type: date, Comment: "The UTC day on which the file was written"}}
        StorageDescriptor:
          Location: !Sub "s3://${{LakeBucket}}/tables/{table}/"
          InputFormat: org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat
          OutputFormat: org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat
          SerdeInfo:
            SerializationLibrary: org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe
          Columns:
"#,
        logical = logical_name(table),
    );
    for TableColumn {
        name,
        kind,
        comment,
    } in columns
    {
        let kind = kind.in_glue();
        let _ = writeln!(
            text,
            r#"            - {{Name: {name}, Type: "{kind}", Comment: "{comment}"}}"#
        );
    }
}

/// `virtual_agents` → `VirtualAgents`.
fn logical_name(table: &str) -> String {
    let words = table.split('_').filter_map(|word| word.split_at_checked(1));
    words
        .map(|(first, rest)| first.to_ascii_uppercase() + rest)
        .collect()
}
