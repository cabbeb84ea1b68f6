//! Settings from TOML, and everything that can be wrong with them.
#![allow(clippy::unwrap_used, reason = "a test's panic is its report")]

use chrono_tz::Tz;
use exports::{Export, Frequency, Settings, Treatment};

/// Every field there is.
const SAMPLE: &str = r#"
host = "exports-eu.sparkcentral.com"
port = 22
user = "warehouse"
root = "/export"
host_key = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
time_zone = "Europe/Brussels"
settle_secs = 2
delete_after_load = false

[exports.messages]
frequency = "hourly"
columns = { content = "drop", contact_primary_identifier = "hash", tag_names = "keep" }

[exports.open_conversations]
frequency = "daily"
time_zone = "America/New_York"

[exports.response_times]
columns = { from = "drop" }

[exports.virtual_agents]
directory = "custom/virtual-agent"
frequency = "weekly"
"#;

fn export(table: &str) -> &'static Export {
    Export::by_table(table).unwrap()
}

fn read(toml: &str) -> Settings {
    toml::from_str(toml).unwrap()
}

/// The problems of the least there can be, with these lines added.
fn problems(lines: &str) -> Vec<String> {
    read(&format!(
        "host = \"sftp.example.com\"\nuser = \"warehouse\"\n{lines}"
    ))
    .problems()
}

fn the_problem(lines: &str) -> String {
    let problems = problems(lines);
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.into_iter().next().unwrap()
}

#[test]
fn the_whole_sample_is_read_and_has_no_problems() {
    let settings = read(SAMPLE);
    assert_eq!(settings.problems(), Vec::<String>::new());
    assert_eq!(settings.time_zone(export("messages")), Tz::Europe__Brussels);
    assert_eq!(
        settings.time_zone(export("open_conversations")),
        Tz::America__New_York
    );
    assert_eq!(
        settings.frequency(export("messages")),
        Some(Frequency::Hourly)
    );
    assert_eq!(
        settings.frequency(export("open_conversations")),
        Some(Frequency::Daily)
    );
    assert_eq!(
        settings.frequency(export("virtual_agents")),
        Some(Frequency::Weekly)
    );
    assert_eq!(settings.frequency(export("users")), None);
    let treatments = settings.treatments(export("messages"));
    assert_eq!(treatments["content"], Treatment::Drop);
    assert_eq!(treatments["contact_primary_identifier"], Treatment::Hash);
    assert_eq!(treatments["tag_names"], Treatment::Keep);
    assert!(settings.treatments(export("users")).is_empty());
}

#[test]
fn what_is_written_is_read_back_the_same() {
    let settings = read(SAMPLE);
    assert_eq!(read(&toml::to_string(&settings).unwrap()), settings);
    let json = serde_json::to_string(&settings).unwrap();
    assert_eq!(serde_json::from_str::<Settings>(&json).unwrap(), settings);
    let least = Settings::new("sftp.example.com", "warehouse");
    assert_eq!(read(&toml::to_string(&least).unwrap()), least);
}

#[test]
fn a_server_and_a_user_are_enough() {
    let settings = read("host = \"sftp.example.com\"\nuser = \"warehouse\"");
    assert_eq!(settings, Settings::new("sftp.example.com", "warehouse"));
    assert_eq!(settings.problems(), Vec::<String>::new());
    assert_eq!(
        (settings.port, settings.root.as_str(), settings.settle_secs),
        (22, "/export", 2)
    );
    assert_eq!(settings.time_zone(export("users")), Tz::UTC);
    assert!(!settings.delete_after_load);
}

#[test]
fn a_field_that_does_not_exist_is_refused_by_name() {
    for lines in ["settle = 2", "[exports.messages]\nzone = \"UTC\""] {
        let toml = format!("host = \"sftp.example.com\"\nuser = \"warehouse\"\n{lines}");
        let error = toml::from_str::<Settings>(&toml).unwrap_err().to_string();
        assert!(error.contains("unknown field"), "{error}");
    }
}

#[test]
fn a_time_zone_that_does_not_exist_is_refused_with_an_example() {
    for lines in [
        "time_zone = \"Europe/Brusels\"",
        "[exports.messages]\ntime_zone = \"CEST\"",
    ] {
        let toml = format!("host = \"sftp.example.com\"\nuser = \"warehouse\"\n{lines}");
        let error = toml::from_str::<Settings>(&toml).unwrap_err().to_string();
        assert!(
            error.contains("is no time zone: write its IANA name"),
            "{error}"
        );
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let settings = read(
        r#"
        host = "sftp://sftp.example.com:22"
        port = 0
        user = " "
        root = "export/../x"
        host_key = "MD5:00:11"
        settle_secs = 61
        [exports.conversations]
        [exports.messages]
        directory = "/export/message"
        columns = { contents = "drop", message_id = "drop", created_at = "hash" }
        [exports.users]
        directory = "team"
        "#,
    );
    let problems = settings.problems();
    let fields = [
        "host:",
        "port:",
        "user:",
        "root: not absolute",
        "root: has a `.` or `..`",
        "host_key:",
        "settle_secs:",
        "exports.conversations:",
        "exports.messages.directory:",
        "exports.messages.columns.contents:",
        "exports.messages.columns.message_id:",
        "exports.messages.columns.created_at:",
        "exports: the directory team",
    ];
    for field in fields {
        assert_eq!(
            problems
                .iter()
                .filter(|text| text.starts_with(field))
                .count(),
            1,
            "{field} in {problems:?}"
        );
    }
    assert_eq!(problems.len(), fields.len(), "{problems:?}");
}

#[test]
fn a_server_is_a_name_or_an_address() {
    for host in ["exports.sparkcentral.com", "localhost", "127.0.0.1", "::1"] {
        assert_eq!(
            Settings::new(host, "warehouse").problems(),
            Vec::<String>::new(),
            "{host}"
        );
    }
    for host in [
        "",
        "a b",
        "user@host",
        "host:22",
        "host/export",
        "ssh://host",
    ] {
        assert_eq!(
            Settings::new(host, "warehouse").problems().len(),
            1,
            "{host}"
        );
    }
}

#[test]
fn a_host_key_is_a_fingerprint_as_openssh_prints_it() {
    let whole = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
    assert_eq!(
        problems(&format!("host_key = \"SHA256:{whole}\"")),
        Vec::<String>::new()
    );
    for wrong in [
        whole.to_owned(),
        format!("SHA256:{whole}="),
        format!("SHA256:{}", &whole[..42]),
        format!("sha256:{whole}"),
        format!("SHA256:{}V", &whole[..42]),
        format!("SHA256:{}", whole.replace('+', "-")),
        String::new(),
    ] {
        let text = the_problem(&format!("host_key = \"{wrong}\""));
        assert!(text.contains("ssh-keygen -l"), "{text}");
    }
}

#[test]
fn a_minute_is_the_longest_to_wait() {
    assert_eq!(problems("settle_secs = 60"), Vec::<String>::new());
    assert_eq!(
        the_problem("settle_secs = 61"),
        "settle_secs: 61 is too long: write at most 60"
    );
}

#[test]
fn a_key_column_may_be_hashed_and_not_dropped() {
    let columns =
        |treatment| format!("[exports.messages]\ncolumns = {{ message_id = \"{treatment}\" }}");
    assert_eq!(problems(&columns("keep")), Vec::<String>::new());
    assert_eq!(problems(&columns("hash")), Vec::<String>::new());
    assert!(the_problem(&columns("drop")).contains("_latest"));
}

#[test]
fn only_text_and_lists_can_be_hashed() {
    for (table, column) in [
        ("messages", "created_at"),
        ("response_times", "from"),
        ("users", "replies"),
        ("users", "away_time_s"),
        ("resolved_conversations", "csat_score"),
    ] {
        let text = the_problem(&format!(
            "[exports.{table}]\ncolumns = {{ {column} = \"hash\" }}"
        ));
        assert!(text.contains("write keep or drop"), "{text}");
    }
    let lists = "[exports.messages]\ncolumns = { tag_names = \"hash\", content = \"hash\" }";
    assert_eq!(problems(lists), Vec::<String>::new());
}

#[test]
fn half_of_a_time_of_day_is_no_column_to_treat() {
    let text = the_problem("[exports.response_times]\ncolumns = { from_at = \"drop\" }");
    assert!(text.contains("write from, which stands for both"), "{text}");
    let text = the_problem("[exports.user_presence]\ncolumns = { to_time_ms = \"drop\" }");
    assert!(text.contains("no such column"), "{text}");
}

#[test]
fn a_directory_is_below_root() {
    for (directory, wrong) in [
        ("", "empty"),
        ("/", "empty"),
        ("../x", "below root"),
        ("a/./b", "below root"),
    ] {
        let text = the_problem(&format!("[exports.users]\ndirectory = \"{directory}\""));
        assert!(text.contains(wrong), "{text}");
    }
}

#[test]
fn two_empty_directories_are_two_problems() {
    let empty = "[exports.users]\ndirectory = \"\"\n[exports.teams]\ndirectory = \"/\"";
    assert_eq!(problems(empty).len(), 2);
}

#[test]
fn two_exports_that_swap_directories_share_none() {
    let swapped = "[exports.users]\ndirectory = \"team\"\n[exports.teams]\ndirectory = \"user\"";
    assert_eq!(problems(swapped), Vec::<String>::new());
    let shared = "[exports.virtual_agents]\ndirectory = \"new\"\n[exports.contact_attributes]\ndirectory = \"new/\"";
    assert!(the_problem(shared).contains("virtual_agents and contact_attributes"));
}

#[test]
fn the_settings_come_before_the_vendors_page_where_a_directory_is_looked_up() {
    let settings = read(SAMPLE);
    let found = |directory| {
        settings
            .export_of_directory(directory)
            .map(|export| export.table)
    };
    assert_eq!(found("/export/message"), Some("messages"));
    assert_eq!(found("/export/message/"), Some("messages"));
    assert_eq!(found("message"), Some("messages"));
    assert_eq!(
        found("/export/custom/virtual-agent"),
        Some("virtual_agents")
    );
    assert_eq!(found("custom/virtual-agent"), Some("virtual_agents"));
    assert_eq!(found("/export/audit-log"), None);
    assert_eq!(found("/export"), None);
    assert_eq!(found("/exported/message"), Some("messages"));

    let swapped = read(
        "host = \"h\"\nuser = \"u\"\nroot = \"/\"\n[exports.users]\ndirectory = \"team\"\n\
         [exports.teams]\ndirectory = \"user\"",
    );
    assert_eq!(swapped.export_of_directory("/team"), Some(export("users")));
    assert_eq!(swapped.export_of_directory("user"), Some(export("teams")));
    assert_eq!(swapped.directory(export("teams")).unwrap(), "/user");
}

#[test]
fn the_directory_of_an_export_is_absolute_where_one_is_known() {
    let settings = read(SAMPLE);
    assert_eq!(
        settings.directory(export("messages")).unwrap(),
        "/export/message"
    );
    assert_eq!(
        settings.directory(export("virtual_agents")).unwrap(),
        "/export/custom/virtual-agent"
    );
    assert_eq!(settings.directory(export("contact_attributes")), None);
}

#[test]
fn unknown_columns_can_be_dropped_and_not_hashed() {
    let with = |treatment: &str| {
        read(&format!(
            "host = \"h\"\nuser = \"u\"\n[exports.messages.columns]\nunknown_columns = \"{treatment}\"\n"
        ))
        .problems()
    };
    assert_eq!(with("drop"), Vec::<String>::new());
    assert_eq!(with("keep"), Vec::<String>::new());
    let refused = with("hash");
    assert!(refused[0].contains("unknown_columns"), "{refused:?}");
}
