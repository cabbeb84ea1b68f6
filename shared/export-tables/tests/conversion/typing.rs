//! What stands in the tables.

use arrow_schema::{DataType, TimeUnit};
use chrono_tz::Tz;
use export_tables::{Source, rejects_schema, table_schema};
use exports::{ColumnType, EXPORTS, Export, Stamps};

use crate::tables::{
    Value, batches, convert, converted, file, list, map, settings, source, text, time,
};

#[test]
fn every_column_of_every_export_comes_back_typed() {
    for export in EXPORTS {
        let cells: Vec<(&str, &str)> = export
            .columns
            .iter()
            .map(|column| {
                let cell = match column.kind {
                    ColumnType::Text => "some, \"text\"\r\nof two lines",
                    ColumnType::Timestamp => "2024-02-29 12:34:56.789",
                    ColumnType::TimeOfDay => "12:34:56:789",
                    ColumnType::Seconds => "12.5",
                    ColumnType::Count => "12",
                    ColumnType::Score => "5",
                    ColumnType::List => "0-1a;0-2b",
                };
                (column.name, cell)
            })
            .collect();
        let done = converted(&file(export.table, &[&cells, &[], &cells]));
        assert!(done.report.drift.is_empty(), "{}", export.table);
        assert_eq!(
            (done.report.rows, done.report.rejected),
            (3, 0),
            "{}",
            export.table
        );
        let rows = done.rows();
        for (at, row) in rows.iter().enumerate() {
            for column in export.columns {
                let (name, expected) = match column.kind {
                    ColumnType::Text => (
                        column.name.to_owned(),
                        text("some, \"text\"\r\nof two lines"),
                    ),
                    ColumnType::Timestamp => {
                        (column.name.to_owned(), time("2024-02-29T12:34:56.789"))
                    }
                    ColumnType::TimeOfDay => {
                        assert_eq!(row.get(&format!("{}_at", column.name)), None);
                        (
                            format!("{}_time_ms", column.name),
                            Some(Value::Int(45_296_789)),
                        )
                    }
                    ColumnType::Seconds => (column.name.to_owned(), Some(Value::Double(12.5))),
                    ColumnType::Count => (column.name.to_owned(), Some(Value::Int(12))),
                    ColumnType::Score => (column.name.to_owned(), Some(Value::Int(5))),
                    ColumnType::List => (column.name.to_owned(), list(&["0-1a", "0-2b"])),
                };
                let expected = expected.filter(|_| at != 1);
                assert_eq!(row.get(&name), expected.as_ref(), "{}.{name}", export.table);
            }
        }
    }
}

#[test]
fn a_table_has_its_exports_columns_then_where_each_row_comes_from() {
    for export in EXPORTS {
        let schema = table_schema(export);
        let names: Vec<String> = export
            .table_columns()
            .into_iter()
            .map(|column| column.name)
            .collect();
        let found: Vec<String> = schema
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect();
        assert_eq!(found, names);
        assert_eq!(
            found[found.len() - 7..],
            [
                "export_file",
                "export_line",
                "window_from",
                "window_to",
                "exported_at",
                "doubtful_times",
                "unknown_columns"
            ]
        );
        assert!(schema.fields().iter().all(|field| field.is_nullable()));
        let written = batches(&converted(&file(export.table, &[&[]])).table)[0].schema();
        let types = |schema: &arrow_schema::Schema| -> Vec<(String, DataType)> {
            let fields = schema.fields().iter();
            fields
                .map(|field| (field.name().clone(), field.data_type().clone()))
                .collect()
        };
        assert_eq!(types(&written), types(&schema), "{}", export.table);
    }
    let rejects = rejects_schema();
    let time = DataType::Timestamp(TimeUnit::Microsecond, None);
    assert_eq!(
        rejects.field_with_name("exported_at").unwrap().data_type(),
        &time
    );
    assert_eq!(rejects.fields().len(), 8);
}

#[test]
fn every_row_says_where_it_comes_from() {
    let settings = settings();
    let local = |text: &str| text.parse().unwrap();
    let from_to = Stamps::Range {
        from: local("2024-04-30T00:00:00"),
        to: local("2024-05-01T00:00:00"),
    };
    let of = |stamps| Source {
        file: "/export/topic/a.csv",
        stamps,
        time_zone: Some(Tz::Europe__Brussels),
        ..source(&settings)
    };
    let text_of = file(
        "topics",
        &[&[("topic_name", "a\nb")], &[("topic_id", "0-1a")]],
    );
    let rows = convert(text_of.as_bytes(), of(from_to)).unwrap().rows();
    assert_eq!(
        rows[0].get("export_file"),
        text("/export/topic/a.csv").as_ref()
    );
    assert_eq!(rows[0].get("export_line"), Some(&Value::Int(2)));
    assert_eq!(rows[1].get("export_line"), Some(&Value::Int(4)));
    assert_eq!(
        rows[1].get("window_from"),
        time("2024-04-29T22:00:00").as_ref()
    );
    assert_eq!(
        rows[1].get("window_to"),
        time("2024-04-30T22:00:00").as_ref()
    );
    assert_eq!(
        rows[1].get("exported_at"),
        time("2024-05-01T06:00:00.500").as_ref()
    );
    let at = Stamps::At(local("2024-05-01T08:00:00"));
    let rows = convert(text_of.as_bytes(), of(at)).unwrap().rows();
    assert_eq!(rows[0].get("window_from"), None);
    assert_eq!(
        rows[0].get("window_to"),
        time("2024-05-01T06:00:00").as_ref()
    );
    let rows = convert(text_of.as_bytes(), of(Stamps::None))
        .unwrap()
        .rows();
    assert_eq!(rows[0].get("window_to"), None);
}

#[test]
fn missing_columns_are_null_and_unknown_ones_are_kept_with_their_headers() {
    let done = converted(
        "Topic ID,Region,Topic Name,medium,TOTAL CONVERSATIONS,Channel,Shop\n\
         0-1a,north,billing,sms,3,c-1,\n\
         0-2b,,vip,sms,4,c-1,\n",
    );
    assert_eq!(
        done.column("total_conversations"),
        [Some(Value::Int(3)), Some(Value::Int(4))]
    );
    assert_eq!(done.column("total_current_conversations"), [None, None]);
    assert_eq!(
        done.column("unknown_columns"),
        [map(&[("Region", "north")]), None]
    );
    assert_eq!(done.report.drift.unknown, ["Region", "Shop"]);
    assert_eq!(
        done.report.drift.missing,
        ["Total Current Conversations", "Channel Display Name"]
    );
}

#[test]
fn a_file_with_nothing_but_a_header_is_a_table_without_rows() {
    for end in ["", "\n", "\r\n\r\n"] {
        let header = file("teams", &[]);
        let done = converted(&format!("{}{end}", header.trim_end()));
        assert_eq!((done.report.rows, done.report.rejected), (0, 0));
        assert_eq!(done.rows(), []);
        assert_eq!(done.rejects, None);
    }
}

#[test]
fn the_same_file_gives_the_same_bytes() {
    let settings = settings();
    let ids: Vec<String> = (0..20_000).map(|n| format!("0-{n:x}")).collect();
    let rows: Vec<[(&str, &str); 3]> = ids
        .iter()
        .map(|id| {
            [
                ("message_id", id.as_str()),
                ("content", "héllo"),
                ("tag_ids", if id.len() > 5 { "0-1;0-2" } else { "x?" }),
            ]
        })
        .collect();
    let rows: Vec<&[(&str, &str)]> = rows.iter().map(|row| &row[..]).collect();
    let text = file("messages", &rows).replace("0-1f,", "0-1f,no time");
    let first = convert(text.as_bytes(), source(&settings)).unwrap();
    assert_eq!((first.report.rows, first.report.rejected), (19_999, 1));
    assert!(first == convert(text.as_bytes(), source(&settings)).unwrap());
}

#[test]
fn a_hint_decides_where_a_header_alone_would_not() {
    let settings = settings();
    let contacts = Export::by_table("contacts").unwrap();
    let hinted = Source {
        hint: Some(contacts),
        ..source(&settings)
    };
    let done = convert(file("topics", &[&[]]).as_bytes(), hinted).unwrap();
    assert_eq!(done.report.drift.named_otherwise, Some("contacts"));
}
