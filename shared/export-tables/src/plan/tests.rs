use exports::recognise;

use super::*;

fn planned(header: &[&str], treatments: &[(&str, Treatment)]) -> Vec<Use> {
    let recognised = recognise(header, None).unwrap();
    let header: Vec<String> = header.iter().map(|&name| name.to_owned()).collect();
    plan(&recognised, &header, &map(treatments))
}

fn map(treatments: &[(&str, Treatment)]) -> BTreeMap<String, Treatment> {
    treatments
        .iter()
        .map(|&(name, treatment)| (name.to_owned(), treatment))
        .collect()
}

const TOPICS: [&str; 7] = [
    "Topic ID",
    "Topic Name",
    "Total Conversations",
    "Total Current Conversations",
    "Medium",
    "Channel",
    "Channel Display Name",
];

fn topics_and<'a>(more: &[&'a str]) -> Vec<&'a str> {
    TOPICS.into_iter().chain(more.iter().copied()).collect()
}

fn unknown(uses: &[Use]) -> Vec<&Use> {
    uses[TOPICS.len()..].iter().collect()
}

#[test]
fn columns_that_are_not_known_go_into_the_map_each_under_a_key_of_its_own() {
    let uses = planned(&topics_and(&["Region", "Region", "", " Shop "]), &[]);
    let key = |key: &str| Use::Unknown {
        key: key.to_owned(),
    };
    assert_eq!(
        unknown(&uses),
        [
            &key("Region"),
            &key("Region (column 9)"),
            &key("(column 10)"),
            &key("Shop")
        ]
    );
}

#[test]
fn columns_that_are_not_known_are_dropped_together() {
    let uses = planned(
        &topics_and(&["Region"]),
        &[("unknown_columns", Treatment::Drop)],
    );
    assert_eq!(unknown(&uses), [&Use::Nothing]);
}

#[test]
fn a_column_that_comes_twice_is_no_way_around_a_treatment() {
    let header = topics_and(&["Topic Name", "Region"]);
    let uses = planned(&header, &[("topic_name", Treatment::Drop)]);
    assert_eq!(uses[1], Use::Nothing);
    assert_eq!(
        unknown(&uses),
        [
            &Use::Nothing,
            &Use::Unknown {
                key: "Region".to_owned()
            }
        ]
    );
    let uses = planned(&header, &[]);
    assert_eq!(
        unknown(&uses)[0],
        &Use::Unknown {
            key: "Topic Name".to_owned()
        }
    );
}

#[test]
fn a_time_of_day_takes_two_places_in_the_table() {
    let export = Export::by_table("response_times").unwrap();
    let columns = export.table_columns();
    for (column, place) in export.columns.iter().zip(places(export)) {
        assert!(
            columns[place].name.starts_with(column.name),
            "{}",
            column.name
        );
        assert_eq!(
            columns[place].comment.split(':').next(),
            Some(column.header)
        );
    }
}

#[test]
fn names_are_read_beside_their_identifiers_wherever_those_are() {
    let export = Export::by_table("messages").unwrap();
    let mut header: Vec<&str> = export.columns.iter().map(|column| column.header).collect();
    header.reverse();
    let of = |header: &[&str], uses: &[Use], name: &str| {
        let place = header.iter().position(|&header| header == name).unwrap();
        match &uses[place] {
            Use::Known { identifiers, .. } => *identifiers,
            other => panic!("{other:?}"),
        }
    };
    let uses = planned(&header, &[("tag_ids", Treatment::Drop)]);
    let identifiers = header
        .iter()
        .position(|&header| header == "Tag IDs")
        .unwrap();
    assert_eq!(
        of(&header, &uses, "Tag Names"),
        Identifiers::At(identifiers)
    );
    assert_eq!(of(&header, &uses, "Tag IDs"), Identifiers::Own);
    header.retain(|&header| header != "Tag IDs");
    assert_eq!(
        of(&header, &planned(&header, &[]), "Tag Names"),
        Identifiers::Missing
    );
}

#[test]
fn settings_that_would_publish_what_they_mean_to_hide_are_refused() {
    let export = Export::by_table("topics").unwrap();
    let refused = |name: &str, treatment, key: Option<&[u8]>| {
        hasher(export, &map(&[(name, treatment)]), key)
            .map(|_| ())
            .unwrap_err()
    };
    let named = |column: &str| column.to_owned();
    assert_eq!(
        refused("topic_nam", Treatment::Drop, None),
        SettingsFault::NoSuchColumn {
            table: "topics",
            column: named("topic_nam")
        }
    );
    assert_eq!(
        refused("total_conversations", Treatment::Hash, Some(b"key")),
        SettingsFault::NotHashable {
            column: named("total_conversations")
        }
    );
    assert_eq!(
        refused("unknown_columns", Treatment::Hash, Some(b"key")),
        SettingsFault::NotHashable {
            column: named("unknown_columns")
        }
    );
    for key in [None, Some(&b""[..])] {
        assert_eq!(
            refused("topic_name", Treatment::Hash, key),
            SettingsFault::NoHashKey {
                column: named("topic_name")
            }
        );
    }
}

#[test]
fn a_key_is_only_needed_to_hash() {
    let export = Export::by_table("topics").unwrap();
    let dropped = map(&[
        ("topic_name", Treatment::Drop),
        ("unknown_columns", Treatment::Keep),
    ]);
    assert!(hasher(export, &dropped, None).unwrap().is_none());
    let hashed = map(&[("topic_name", Treatment::Hash)]);
    assert!(hasher(export, &hashed, Some(b"key")).unwrap().is_some());
}
