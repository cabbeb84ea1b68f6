//! The views' text, and putting them in front of queries.
#![allow(clippy::unwrap_used, reason = "a test's panic is its report")]

use std::collections::BTreeSet;

use exports::views::{create_statement, view, view_names, with_views};
use exports::{EXPORTS, PARTITION};
use proptest::prelude::*;
use proptest::sample::select;

const TAGS_LATEST: &str = "\
SELECT
  tag_id,
  tag_name,
  total_contacts,
  total_messages,
  total_current_messages,
  medium,
  channel,
  channel_display_name,
  export_file,
  export_line,
  window_from,
  window_to,
  exported_at,
  doubtful_times,
  unknown_columns,
  export_date
FROM (
  SELECT *, row_number() OVER (
    PARTITION BY tag_id, channel, CASE WHEN tag_id IS NULL OR channel IS NULL THEN export_file || ':' || CAST(export_line AS varchar) END
    ORDER BY window_to DESC NULLS LAST, exported_at DESC NULLS LAST, export_file DESC NULLS LAST, export_line DESC NULLS LAST
  ) AS statement_number
  FROM tags
) statements
WHERE statement_number = 1";

fn definition(name: &str) -> String {
    format!("{name} AS (\n{}\n)", view(name).unwrap())
}

#[test]
fn every_table_has_a_view_of_its_newest_statements_and_open_conversations_one_more() {
    let names: BTreeSet<&str> = view_names().collect();
    let mut expected: BTreeSet<String> = EXPORTS
        .iter()
        .map(|export| format!("{}_latest", export.table))
        .collect();
    expected.insert("open_conversations_current".to_owned());
    assert_eq!(names, expected.iter().map(String::as_str).collect());
    assert_eq!(view("messages"), None);
    assert_eq!(create_statement("messages"), None);
}

#[test]
fn a_view_shows_exactly_the_tables_columns() {
    for export in EXPORTS {
        let mut columns: Vec<String> = export
            .table_columns()
            .into_iter()
            .map(|column| column.name)
            .collect();
        columns.push(PARTITION.to_owned());
        let head = format!("SELECT\n  {}\nFROM (", columns.join(",\n  "));
        assert!(
            view(&format!("{}_latest", export.table))
                .unwrap()
                .starts_with(&head)
        );
    }
}

#[test]
fn sums_of_windows_go_by_window_and_statements_by_their_last_update() {
    assert_eq!(view("tags_latest").unwrap(), TAGS_LATEST);
    let order = |name| {
        let (_, order) = view(name).unwrap().split_once("ORDER BY ").unwrap();
        order.split(" DESC").next().unwrap()
    };
    for (name, first) in [
        ("messages_latest", "last_updated"),
        ("resolved_conversations_latest", "last_updated"),
        ("open_conversations_latest", "last_updated"),
        ("contacts_latest", "last_updated"),
        ("users_latest", "window_to"),
        ("teams_latest", "window_to"),
        ("topics_latest", "window_to"),
        ("virtual_agents_latest", "window_to"),
        ("user_presence_latest", "exported_at"),
        ("response_times_latest", "exported_at"),
        ("contact_attributes_latest", "exported_at"),
    ] {
        assert_eq!(order(name), first, "{name}");
    }
}

#[test]
fn a_view_is_made_or_made_anew() {
    assert_eq!(
        create_statement("tags_latest").unwrap(),
        format!("CREATE OR REPLACE VIEW tags_latest AS\n{TAGS_LATEST}")
    );
}

#[test]
fn each_view_a_query_mentions_is_put_in_front_once() {
    assert_eq!(
        with_views("SELECT * FROM tags_latest a JOIN tags_latest b ON a.tag_id = b.tag_id"),
        format!(
            "WITH {}\nSELECT * FROM tags_latest a JOIN tags_latest b ON a.tag_id = b.tag_id",
            definition("tags_latest")
        )
    );
    assert_eq!(
        with_views("SELECT 1 FROM users_latest, messages_latest"),
        format!(
            "WITH {},\n{}\nSELECT 1 FROM users_latest, messages_latest",
            definition("messages_latest"),
            definition("users_latest")
        )
    );
}

#[test]
fn a_querys_own_definitions_follow_the_views() {
    for with in ["WITH", "with recursive"] {
        assert_eq!(
            with_views(&format!(
                "{with} a AS (SELECT 1 FROM tags_latest) SELECT * FROM a"
            )),
            format!(
                "{with} {},\na AS (SELECT 1 FROM tags_latest) SELECT * FROM a",
                definition("tags_latest")
            )
        );
    }
}

#[test]
fn a_view_that_the_query_defines_itself_stays_its_own() {
    for own in [
        "WITH tags_latest AS (SELECT 1) SELECT * FROM tags_latest",
        "WITH a (x, y) AS MATERIALIZED (SELECT (1), ')'), \"TAGS_LATEST\" AS (SELECT 1) SELECT * FROM tags_latest",
    ] {
        assert_eq!(with_views(own), own);
    }
    let other = "WITH tags_latest AS (SELECT 1) SELECT * FROM tags_latest, users_latest";
    let found = with_views(other);
    assert!(found.starts_with(&format!(
        "WITH {},\ntags_latest AS (SELECT 1)",
        definition("users_latest")
    )));
}

#[test]
fn names_in_text_comments_and_longer_words_are_no_mentions() {
    for query in [
        "SELECT 'tags_latest'",
        "SELECT 'it''s tags_latest' AS x",
        "SELECT 1 -- tags_latest",
        "SELECT /* tags_latest */ 1",
        "SELECT 1 FROM my_tags_latest, tags_latest2, tags_latest_old",
        "SELECT 1 FROM other.tags_latest",
        "SELECT 1 FROM \"a tags_latest\"",
        "SELECT 1 FROM \"tags_latest\"\"x\"",
        "SELECT x.tags_latest FROM x",
        "SHOW COLUMNS IN tags_latest",
        "SELECT 'open tags_latest",
        "SELECT \"open tags_latest",
        "SELECT /* open tags_latest",
        "",
    ] {
        assert_eq!(with_views(query), query);
    }
}

#[test]
fn names_count_in_any_case_and_in_double_quotes() {
    for name in ["TAGS_Latest", "\"tags_latest\"", "\"Tags_Latest\""] {
        for query in [
            format!("SELECT 1 FROM {name}"),
            format!("SELECT 1 FROM({name})"),
            format!("SELECT '--' FROM {name};"),
            format!("SELECT '/*' FROM {name}"),
            format!("SELECT \"'\" FROM {name}"),
        ] {
            assert_eq!(
                with_views(&query),
                format!("WITH {}\n{query}", definition("tags_latest"))
            );
        }
    }
}

#[test]
fn what_stands_before_the_query_stays_before_it() {
    let with = format!("WITH {}\n", definition("tags_latest"));
    for before in [
        "-- who with: select\n",
        "/* WITH x AS (SELECT 1) */ ",
        "EXPLAIN ",
        "EXPLAIN (TYPE DISTRIBUTED) ",
        "CREATE TABLE t WITH (format = 'PARQUET') AS ",
        "INSERT INTO t ",
    ] {
        let query = "SELECT 1 FROM tags_latest";
        assert_eq!(
            with_views(&format!("{before}{query}")),
            format!("{before}{with}{query}")
        );
    }
    let query = "(SELECT 1 FROM tags_latest) UNION ALL SELECT 2";
    assert_eq!(with_views(query), format!("{with}{query}"));
}

fn piece() -> impl Strategy<Value = String> {
    let known = vec![
        "WITH",
        "with",
        "RECURSIVE",
        "SELECT",
        "select",
        "AS",
        "(",
        ")",
        ",",
        ".",
        "'",
        "\"",
        "--",
        "/*",
        "*/",
        "\n",
        " ",
        ";",
        "a",
        "tags_latest",
        "MESSAGES_LATEST",
        "\"users_latest\"",
        "x tags_latest",
        "é",
        "𝔘",
        "1e5",
    ];
    prop_oneof![4 => select(known).prop_map(str::to_owned), 1 => "\\PC{0,6}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_query_itself_is_never_changed(pieces in proptest::collection::vec(piece(), 0..24), spaced in any::<bool>()) {
        let query = pieces.join(if spaced { " " } else { "" });
        let found = with_views(&query);
        // The same text, with something put in at one place.
        let before = found.bytes().zip(query.bytes()).take_while(|(a, b)| a == b).count();
        let behind = found.bytes().rev().zip(query.bytes().rev()).take_while(|(a, b)| a == b).count();
        prop_assert!(before + behind >= query.len(), "{}", found);
        let mentioned = view_names().any(|name| query.to_lowercase().contains(name));
        prop_assert!(mentioned || found == query);
    }
}
