//! Names of export files, with every separator the vendor leaves open.
#![allow(clippy::unwrap_used, reason = "a test's panic is its report")]

use chrono::{NaiveDate, NaiveDateTime};
use exports::{EXPORTS, Export, FileName, Stamps};
use proptest::prelude::*;
use proptest::sample::select;

const ID: &str = "550e8400-e29b-41d4-a716-446655440000";

fn at(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

fn export(table: &str) -> Option<&'static Export> {
    Some(Export::by_table(table).unwrap())
}

fn day() -> Stamps {
    Stamps::Range {
        from: at("2021-03-01T00:00:00"),
        to: at("2021-03-01T23:59:59"),
    }
}

/// (opening, closing, between) of the parts.
fn separators() -> impl Strategy<Value = (&'static str, &'static str, &'static str)> {
    select(vec![
        ("[", "]", ""),
        ("[", "]", "_"),
        ("[", "]", " "),
        ("[", "]", "-"),
        ("", "", "_"),
        ("", "", "-"),
        ("", "", "."),
        ("", "", " "),
        ("", "", " - "),
        ("", "", ""),
    ])
}

fn any_export() -> impl Strategy<Value = &'static Export> {
    (0..EXPORTS.len()).prop_map(|index| &EXPORTS[index])
}

/// The ways to write an export's name.
fn spellings(export: &Export) -> Vec<String> {
    let words = export.name.to_lowercase();
    let singular = words.trim_end_matches('s');
    let mut spellings = vec![
        export.name.to_owned(),
        export.table.to_owned(),
        export.table.to_uppercase(),
        words.replace(' ', "-"),
        words.replace(' ', "."),
        words.replace(' ', ""),
        export.name.replace(' ', ""),
        singular.to_owned(),
        singular.replace(' ', "_"),
    ];
    spellings.extend(export.directory.map(str::to_owned));
    spellings
}

fn moment() -> impl Strategy<Value = NaiveDateTime> {
    (2015..2100_i32, 1..=366_u32, 0..24_u32, 0..60_u32, 0..60_u32)
        .prop_filter_map("not a leap year", |(year, day, h, m, s)| {
            NaiveDate::from_yo_opt(year, day)?.and_hms_opt(h, m, s)
        })
}

fn organisation() -> impl Strategy<Value = String> {
    prop_oneof![
        "0-[0-9a-f]{11}-[0-9a-f]{3}-[0-9a-f]{8}",
        "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "[0-9]{1,12}",
        "[a-f]{2,8}[0-9]{1,4}",
    ]
}

fn printed(moment: NaiveDateTime) -> String {
    moment.format("%d%m%Y%H%M%S").to_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_part_is_read_whatever_separates_them(
        (open, close, between) in separators(),
        (export, spelling) in any_export().prop_flat_map(|export| (Just(export), select(spellings(export)))),
        organisation in organisation(),
        from in moment(),
        to in proptest::option::of(moment()),
        id in "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        ending in select(vec![".csv", ".CSV", ".csv.gz", ".csv.zip", " (1).csv", "(12).csv.gz", ".csv.part", ""]),
    ) {
        let mut parts = vec![organisation.clone(), spelling, printed(from)];
        parts.extend(to.map(printed));
        parts.push(id.clone());
        let parts: Vec<String> = parts.into_iter().map(|part| format!("{open}{part}{close}")).collect();
        let name = format!("{}{ending}", parts.join(between));
        let stamps = to.map_or(Stamps::At(from), |to| Stamps::Range { from, to });
        let expected = FileName {
            organisation: Some(organisation), export: Some(export), stamps, id: Some(id),
        };
        prop_assert_eq!(FileName::parse(&name), expected.clone(), "{}", name);
        let path = format!("/export/some-directory/{name}");
        prop_assert_eq!(FileName::parse(&path), expected, "{}", path);
    }

    #[test]
    fn no_name_makes_it_fail(name in ".{0,80}") {
        let _ = FileName::parse(&name);
    }

    #[test]
    fn no_mixture_of_parts_makes_it_fail(
        parts in proptest::collection::vec(select(vec![
            "[", "]", "-", "_", ".", " ", "(1)", ".csv", "message", "open", "conversation", "s",
            "01032021000000", "99999999999999", ID, "0-01c6", "é", "…", "2021",
        ]), 0..12),
    ) {
        let _ = FileName::parse(&parts.concat());
    }
}

#[test]
fn a_name_in_brackets_is_read() {
    let name =
        format!("[0-01c64213abc-000-4a29ab01][message][01032021000000][01032021235959][{ID}].csv");
    assert_eq!(
        FileName::parse(&name),
        FileName {
            organisation: Some("0-01c64213abc-000-4a29ab01".to_owned()),
            export: export("messages"),
            stamps: day(),
            id: Some(ID.to_owned()),
        }
    );
}

#[test]
fn a_snapshot_has_one_stamp() {
    let name = format!("acme-1_open-conversation_01032021120000_{ID}.csv");
    let read = FileName::parse(&name);
    assert_eq!(read.stamps, Stamps::At(at("2021-03-01T12:00:00")));
    assert_eq!(read.export, export("open_conversations"));
}

#[test]
fn a_uuid_without_hyphens_is_read() {
    let bare = ID.replace('-', "");
    for name in [
        format!("acme-1_message_0103202100000001032021235959_{bare}.csv"),
        format!("acme-1message0103202100000001032021235959{bare}.csv"),
    ] {
        let read = FileName::parse(&name);
        assert_eq!(
            (read.export, read.stamps, read.id.as_deref()),
            (export("messages"), day(), Some(bare.as_str())),
            "{name}"
        );
    }
}

#[test]
fn thirty_two_letters_are_no_uuid() {
    let letters = "uvwxyzuvwxyzuvwxyzuvwxyzuvwxyzuv";
    let read = FileName::parse(&format!(
        "message_01032021000000_01032021235959_{letters}.csv"
    ));
    assert_eq!((read.stamps, read.id), (day(), None));
}

#[test]
fn an_export_not_known_yet_leaves_the_rest_readable() {
    let read = FileName::parse(&format!(
        "[acme-1][audit-log][01032021000000][01032021235959][{ID}].csv"
    ));
    assert_eq!(
        read,
        FileName {
            organisation: Some("acme-1".to_owned()),
            export: None,
            stamps: day(),
            id: Some(ID.to_owned()),
        }
    );
    // In brackets the whole part is the name: this is not the export of messages.
    let read = FileName::parse(&format!(
        "[acme-1][blogmessage][01032021000000][01032021235959][{ID}].csv"
    ));
    assert_eq!(read.export, None);
    // Without brackets nobody can tell where the organisation ends.
    let read = FileName::parse(&format!(
        "acme-1-audit-log-01032021000000-01032021235959-{ID}.csv"
    ));
    assert_eq!((read.organisation, read.stamps), (None, day()));
}

#[test]
fn without_an_organisation_or_uuid_the_rest_is_read() {
    let read = FileName::parse("message_01032021000000_01032021235959.csv");
    assert_eq!(
        read,
        FileName {
            organisation: None,
            export: export("messages"),
            stamps: day(),
            id: None
        }
    );
    let read = FileName::parse(&format!("[acme-1][tag][{ID}].csv"));
    assert_eq!((read.export, read.stamps), (export("tags"), Stamps::None));
}

#[test]
fn what_people_append_hides_nothing() {
    for name in [
        format!("acme-1_message_01032021000000_01032021235959_{ID} - Copy.csv"),
        format!("acme-1_message_01032021000000_01032021235959_{ID}_checked.csv"),
        format!("acme-1_message_01032021000000_01032021235959_{ID} (2) (1).csv.gz"),
    ] {
        let read = FileName::parse(&name);
        assert_eq!(
            (read.export, read.stamps),
            (export("messages"), day()),
            "{name}"
        );
        assert_eq!(read.id.as_deref(), Some(ID), "{name}");
        assert_eq!(read.organisation.as_deref(), Some("acme-1"), "{name}");
    }
}

#[test]
fn downloads_by_hand_say_what_they_are_and_nothing_else() {
    for (name, table) in [
        ("Messages.csv", Some("messages")),
        ("Messages (1).csv", Some("messages")),
        ("messages.csv.gz", Some("messages")),
        ("Messages export 2021-03-01.csv", Some("messages")),
        ("messages2021.csv", Some("messages")),
        ("my-open-conversations.csv", Some("open_conversations")),
        ("Contact Attributes (3).zip", Some("contact_attributes")),
        ("virtual_agents.csv", Some("virtual_agents")),
        ("User Presence.CSV", Some("user_presence")),
        ("team.csv", Some("teams")),
        // No word of its own, two exports, none.
        ("steamship.csv", None),
        ("users and teams.csv", None),
        ("export.csv", None),
        ("", None),
        (".csv", None),
    ] {
        let read = FileName::parse(name);
        assert_eq!(read.export.map(|export| export.table), table, "{name}");
        assert_eq!(
            (read.organisation, read.stamps, read.id),
            (None, Stamps::None, None),
            "{name}"
        );
    }
}

#[test]
fn digits_that_are_no_time_are_no_stamp() {
    for digits in [
        "32012021000000",
        "01132021000000",
        "01012021240000",
        "01011999000000",
        "29022021000000",
    ] {
        let read = FileName::parse(&format!("acme-1_message_{digits}_{ID}.csv"));
        assert_eq!(read.stamps, Stamps::None, "{digits}");
        assert_eq!(read.id.as_deref(), Some(ID));
    }
}
