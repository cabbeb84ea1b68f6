//! Business hours: when people answer.
//!
//! An instant is looked up on the clock of the hours' time zone. So an hour that summer time skips
//! is never reached, and one that winter time repeats is open both times.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Timelike, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::agent::problem::Problems;

const DAY: u16 = 24 * 60;

/// When people answer. A weekday left out is closed, unless all seven are left out: then every day is
/// open but for the holidays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// IANA name, such as `Europe/Brussels`.
    pub time_zone: TimeZone,
    /// Hours that begin on a Monday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monday: Option<Vec<Span>>,
    /// On a Tuesday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tuesday: Option<Vec<Span>>,
    /// On a Wednesday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wednesday: Option<Vec<Span>>,
    /// On a Thursday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thursday: Option<Vec<Span>>,
    /// On a Friday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub friday: Option<Vec<Span>>,
    /// On a Saturday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saturday: Option<Vec<Span>>,
    /// On a Sunday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sunday: Option<Vec<Span>>,
    /// Hours of single dates (`2026-12-25`) instead of their weekday's; empty is closed all day.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub holidays: BTreeMap<NaiveDate, Vec<Span>>,
}

/// Whether people answer at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Opening {
    /// They do.
    Open,
    /// Not at this hour of the week.
    OutsideHours,
    /// The date is a holiday.
    Holiday,
}

impl Hours {
    /// Whether people answer at `now`.
    pub fn at(&self, now: OffsetDateTime) -> Opening {
        let Some(utc) = DateTime::from_timestamp(now.unix_timestamp(), 0) else {
            return Opening::Open;
        };
        let local = utc.with_timezone(&self.time_zone.0).naive_local();
        self.on_the_clock(local.date(), minute_of(local.time()))
    }

    fn on_the_clock(&self, date: NaiveDate, minute: u16) -> Opening {
        let covers = |spans: &[Span]| spans.iter().any(|span| span.covers(minute));
        // Whatever went on the evening before: a holiday closes the whole day.
        if let Some(spans) = self.holidays.get(&date) {
            return match covers(spans) {
                true => Opening::Open,
                false => Opening::Holiday,
            };
        }
        let still = |spans: &[Span]| spans.iter().any(|span| span.covers_next_day(minute));
        let open = match self.is_weekly() {
            false => true,
            true => {
                covers(self.weekday(date.weekday()))
                    || date.pred_opt().is_some_and(|eve| still(self.of(eve)))
            }
        };
        match open {
            true => Opening::Open,
            false => Opening::OutsideHours,
        }
    }

    /// The hours that begin on a date.
    fn of(&self, date: NaiveDate) -> &[Span] {
        match self.holidays.get(&date) {
            Some(spans) => spans,
            None => self.weekday(date.weekday()),
        }
    }

    fn weekday(&self, day: Weekday) -> &[Span] {
        let spans = match day {
            Weekday::Mon => &self.monday,
            Weekday::Tue => &self.tuesday,
            Weekday::Wed => &self.wednesday,
            Weekday::Thu => &self.thursday,
            Weekday::Fri => &self.friday,
            Weekday::Sat => &self.saturday,
            Weekday::Sun => &self.sunday,
        };
        spans.as_deref().unwrap_or_default()
    }

    fn is_weekly(&self) -> bool {
        self.days().into_iter().any(|(_, spans)| spans.is_some())
    }

    fn days(&self) -> [(&'static str, Option<&Vec<Span>>); 7] {
        [
            ("monday", self.monday.as_ref()),
            ("tuesday", self.tuesday.as_ref()),
            ("wednesday", self.wednesday.as_ref()),
            ("thursday", self.thursday.as_ref()),
            ("friday", self.friday.as_ref()),
            ("saturday", self.saturday.as_ref()),
            ("sunday", self.sunday.as_ref()),
        ]
    }

    pub(super) fn check(&self, setting: &str, problems: &mut Problems) {
        let days = self.days().into_iter();
        let weekly = days.filter_map(|(day, spans)| Some((day.to_owned(), spans?)));
        let holidays = self.holidays.iter();
        let dated = holidays.map(|(date, spans)| (format!("holidays.{date}"), spans));
        for (day, spans) in weekly.chain(dated) {
            let overlap = spans.iter().enumerate().find_map(|(index, span)| {
                let other = spans[..index].iter().find(|other| span.overlaps(other))?;
                Some(format!("{other}, {span}"))
            });
            problems.check(
                overlap.is_none(),
                format!("{setting}.{day}"),
                &overlap.unwrap_or_default(),
                "must not overlap: write them as one",
            );
        }
        let any = self
            .days()
            .iter()
            .any(|(_, spans)| spans.is_some_and(|spans| !spans.is_empty()))
            || self.holidays.values().any(|spans| !spans.is_empty());
        problems.check(
            any || !self.is_weekly(),
            setting,
            &"no hours at all",
            "must be open at some time: leave the hours out for always",
        );
    }
}

fn minute_of(time: NaiveTime) -> u16 {
    u16::try_from(time.hour() * 60 + time.minute()).unwrap_or(0)
}

/// A time zone by its IANA name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "String")
)]
#[serde(try_from = "String", into = "String")]
pub struct TimeZone(pub Tz);

impl FromStr for TimeZone {
    type Err = String;
    fn from_str(name: &str) -> Result<Self, String> {
        name.parse().map(Self).map_err(|_| {
            format!("{name:?} is no time zone: give an IANA name such as Europe/Brussels")
        })
    }
}

impl TryFrom<String> for TimeZone {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        name.parse()
    }
}

impl From<TimeZone> for String {
    fn from(zone: TimeZone) -> Self {
        zone.0.name().to_owned()
    }
}

/// A part of a day, `09:00-12:30`: its end is not part of it, and one that ends before it begins,
/// `22:00-02:00`, goes on past midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "String")
)]
#[serde(try_from = "String", into = "String")]
pub struct Span {
    /// Minutes from midnight, 0 to 1439.
    from: u16,
    /// Minutes from midnight, 0 to 1440; never the same as `from`.
    to: u16,
}

impl Span {
    fn covers(self, minute: u16) -> bool {
        minute >= self.from && (minute < self.to || self.is_over_midnight())
    }

    /// Whether the part behind midnight covers a minute of the next day.
    fn covers_next_day(self, minute: u16) -> bool {
        self.is_over_midnight() && minute < self.to
    }

    fn is_over_midnight(self) -> bool {
        self.to < self.from
    }

    /// On the day both begin.
    fn overlaps(self, other: &Self) -> bool {
        let end = |span: Self| match span.is_over_midnight() {
            true => span.to + DAY,
            false => span.to,
        };
        self.from < end(*other) && other.from < end(self)
    }
}

impl FromStr for Span {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no part of a day: write it as \"09:00-17:30\"");
        let (from, to) = text.split_once('-').ok_or_else(wrong)?;
        let (from, to) = (
            minute(from).ok_or_else(wrong)?,
            minute(to).ok_or_else(wrong)?,
        );
        if from == to || from == DAY {
            return Err(format!(
                "{text:?} is no part of a day: write a whole one as \"00:00-24:00\""
            ));
        }
        Ok(Self { from, to })
    }
}

/// `HH:MM` in minutes, to 24:00.
fn minute(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let two = |digits: &str| {
        let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| digits.parse::<u16>().ok()).flatten()
    };
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    let sum = hours * 60 + minutes;
    (minutes < 60 && sum <= DAY).then_some(sum)
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        write!(
            f,
            "{:02}:{:02}-{:02}:{:02}",
            from / 60,
            from % 60,
            to / 60,
            to % 60
        )
    }
}

impl TryFrom<String> for Span {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.to_string()
    }
}
