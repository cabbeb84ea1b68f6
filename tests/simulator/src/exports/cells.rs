//! How a value is written into a cell.

use std::iter;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sha2::{Digest, Sha256};

use crate::moment::Moment;

fn local(zone: Tz, at: Moment) -> DateTime<Tz> {
    DateTime::<Utc>::from_timestamp_millis(at.unix_millis())
        .unwrap_or_default()
        .with_timezone(&zone)
}

/// "Year-Month-Day HH:MM:SS.MS".
pub(crate) fn date_time(zone: Tz, at: Moment) -> String {
    local(zone, at).format("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

/// "HH:MM:SS:MS".
pub(crate) fn time_of_day(zone: Tz, at: Moment) -> String {
    local(zone, at).format("%H:%M:%S:%3f").to_string()
}

/// "ddMMyyyHHmmss", read as 14 digits.
pub(crate) fn stamp(zone: Tz, at: Moment) -> String {
    local(zone, at).format("%d%m%Y%H%M%S").to_string()
}

/// Milliseconds as seconds, with as many decimals as there are.
pub(crate) fn seconds(millis: i64) -> String {
    let text = format!("{}.{:03}", millis / 1000, millis % 1000);
    text.trim_end_matches('0').trim_end_matches('.').into()
}

/// Milliseconds between two moments, each cut to the millisecond as in a cell.
pub(crate) fn between(from: Moment, to: Moment) -> i64 {
    to.unix_millis() - from.unix_millis()
}

/// The mean in seconds; empty for no values.
pub(crate) fn mean(millis: &[i64]) -> String {
    match i64::try_from(millis.len()) {
        Ok(count) if count > 0 => seconds(millis.iter().sum::<i64>() / count),
        _ => String::new(),
    }
}

/// Several values in one cell. The vendor doesn't say what is between them.
pub(crate) fn list<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    values.into_iter().collect::<Vec<_>>().join(";")
}

/// An id shaped like the vendor's for what the simulator knows by name only: the same for the same name.
pub(crate) fn id(kind: &str, name: &str) -> String {
    let digest = hex::encode(Sha256::digest(format!("{kind}\0{name}")));
    format!("0-{}-000-{}", &digest[..11], &digest[11..19])
}

/// Lower-case letters, digits and hyphens; the fallback's last part where nothing of the name remains.
pub(crate) fn slug(name: &str, fallback: &str) -> String {
    let words: Vec<_> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    if words.is_empty() {
        return fallback.rsplit('-').next().unwrap_or_default().into();
    }
    words.join("-").to_ascii_lowercase()
}

/// "Medium Name", for the ids whose names are known. Others are their own name.
pub(crate) fn medium_name(id: &str) -> &str {
    match id {
        "fb" => "Facebook",
        "twit" => "Twitter",
        "instagram" => "Instagram",
        "linkedin" => "LinkedIn",
        "rtm" | "smooch-rtm" => "In-Web Messaging",
        "whatsapp" => "WhatsApp",
        other => other,
    }
}

/// "English, French, …", for some codes. Others are as they are.
pub(crate) fn language_name(code: &str) -> &str {
    match code {
        "de" => "German",
        "en" => "English",
        "es" => "Spanish",
        "fr" => "French",
        "it" => "Italian",
        "nl" => "Dutch",
        "pt" => "Portuguese",
        other => other,
    }
}

pub(crate) fn conversation_url(id: &str) -> String {
    format!("https://sparkcentral.example.com/conversation/{id}")
}

/// So many cells without a value.
pub(crate) fn empty(count: usize) -> impl Iterator<Item = String> {
    iter::repeat_n(String::new(), count)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_moment_is_written_as_the_zone_sees_it_on_both_sides_of_a_change_of_clocks() {
        let zone = chrono_tz::Europe::Brussels;
        // 2026-10-25 00:30 UTC and an hour later: both are half past two in Brussels.
        let before = Moment::from_unix(1_792_888_200).plus(Duration::from_millis(7));
        let after = before.plus(Duration::from_secs(3600));
        for at in [before, after] {
            assert_eq!(date_time(zone, at), "2026-10-25 02:30:00.007");
            assert_eq!(time_of_day(zone, at), "02:30:00:007");
            assert_eq!(stamp(zone, at), "25102026023000");
        }
        assert_eq!(date_time(Tz::UTC, after), "2026-10-25 01:30:00.007");
    }

    #[test]
    fn seconds_have_the_decimals_they_need() {
        for (millis, text) in [
            (0, "0"),
            (1, "0.001"),
            (100, "0.1"),
            (61_250, "61.25"),
            (600_000, "600"),
        ] {
            assert_eq!(seconds(millis), text);
        }
        assert_eq!(mean(&[1000, 2000]), "1.5");
        assert_eq!(mean(&[]), "");
    }

    #[test]
    fn an_id_is_the_same_for_the_same_name_and_another_for_another_kind() {
        assert_eq!(id("tag", "Happy"), id("tag", "Happy"));
        assert_ne!(id("tag", "Happy"), id("topic", "Happy"));
        assert_eq!(id("tag", "Happy").len(), 26);
    }

    #[test]
    fn a_name_without_a_letter_of_ascii_still_has_a_slug() {
        assert_eq!(slug("Human ab12", "0-1-000-7f"), "human-ab12");
        assert_eq!(slug("李", "0-1-000-7f"), "7f");
    }
}
