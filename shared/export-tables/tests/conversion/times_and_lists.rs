//! Times of a time zone, and cells with several values.

use chrono_tz::Tz;

use crate::tables::{Value, convert, converted, file, list, map, settings, source, time};

#[test]
fn local_times_become_utc_and_doubtful_ones_keep_what_was_written() {
    let mut settings = settings();
    settings.time_zone = Tz::Europe__Brussels;
    let text_of = file(
        "messages",
        &[
            &[
                ("created_at", "2024-07-01 12:00:00.123"),
                ("last_updated", "2024-07-01T12:00:00+05:00"),
            ],
            &[
                ("created_at", "2024-10-27 02:30:00.000"),
                ("deleted_at", "2024-03-31 02:30:00"),
            ],
            &[("created_at", "2024-12-01 12:00:00.000")],
        ],
    );
    let done = convert(text_of.as_bytes(), source(&settings)).unwrap();
    assert_eq!(
        done.column("created_at"),
        [
            time("2024-07-01T10:00:00.123"),
            time("2024-10-27T00:30:00"),
            time("2024-12-01T11:00:00")
        ]
    );
    assert_eq!(done.column("last_updated")[0], time("2024-07-01T07:00:00"));
    assert_eq!(done.column("deleted_at")[1], time("2024-03-31T01:30:00"));
    assert_eq!(
        done.column("doubtful_times"),
        [
            None,
            map(&[
                ("created_at", "ambiguous 2024-10-27 02:30:00.000"),
                ("deleted_at", "impossible 2024-03-31 02:30:00"),
            ]),
            None,
        ]
    );
    assert_eq!(done.report.doubtful_times, 2);
}

#[test]
fn a_full_timestamp_in_place_of_a_time_of_day_keeps_both() {
    let mut settings = settings();
    settings.time_zone = Tz::Europe__Brussels;
    let text_of = file(
        "response_times",
        &[
            &[("from", "10:00:00:5"), ("to", "2024-10-27 02:30:00.250")],
            &[("from", "2024-07-01T08:00:00Z")],
        ],
    );
    let rows = convert(text_of.as_bytes(), source(&settings))
        .unwrap()
        .rows();
    assert_eq!(rows[0].get("from_time_ms"), Some(&Value::Int(36_000_005)));
    assert_eq!(rows[0].get("from_at"), None);
    assert_eq!(rows[0].get("to_time_ms"), Some(&Value::Int(9_000_250)));
    assert_eq!(
        rows[0].get("to_at"),
        time("2024-10-27T00:30:00.250").as_ref()
    );
    let doubtful = map(&[("to_at", "ambiguous 2024-10-27 02:30:00.250")]);
    assert_eq!(rows[0].get("doubtful_times"), doubtful.as_ref());
    assert_eq!(rows[1].get("from_time_ms"), Some(&Value::Int(36_000_000)));
    assert_eq!(rows[1].get("from_at"), time("2024-07-01T08:00:00").as_ref());
}

#[test]
fn names_follow_the_separator_of_their_identifiers_and_stay_whole_where_they_do_not_fit() {
    let done = converted(&file(
        "messages",
        &[
            &[("tag_ids", "0-1a"), ("tag_names", "bug; critical")],
            &[
                ("tag_ids", "0-1a; 0-2b"),
                ("tag_names", "bug, critical; vip"),
            ],
            &[
                ("tag_ids", "0-1a;0-2b"),
                ("tag_names", "bug; critical; vip"),
            ],
            &[("tag_ids", "0-1a"), ("tag_names", "vip")],
            &[("tag_names", "vip;bug")],
        ],
    ));
    assert_eq!(done.column("tag_ids")[1], list(&["0-1a", "0-2b"]));
    assert_eq!(
        done.column("tag_names"),
        [
            list(&["bug; critical"]),
            list(&["bug, critical", "vip"]),
            list(&["bug; critical; vip"]),
            list(&["vip"]),
            list(&["vip;bug"]),
        ]
    );
    assert_eq!(done.report.uneven_lists, 2);
}
