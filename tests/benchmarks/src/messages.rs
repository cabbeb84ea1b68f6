//! A Messages export, made up: the same rows every time, and as many as are asked for.
//!
//! What makes the real ones what they are is in it: values that repeat within a conversation, identifiers that
//! never do, bodies of several lines with quotes, commas and emoji, and columns that are mostly empty.

mod random;
mod text;
mod world;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result};
use chrono::DateTime;
use exports::Export;
use random::Random;
use world::{MEDIA, Named, World, one};

/// 2026-11-01 in milliseconds since 1970.
const BEGIN_MS: i64 = 1_793_491_200_000;

/// Writes an export of this many messages.
pub(crate) fn write_file(rows: u64, path: &Path) -> Result<()> {
    let file = File::create(path).with_context(|| format!("{} can't be made", path.display()))?;
    Ok(write(rows, BufWriter::with_capacity(1 << 20, file))?.flush()?)
}

fn write<W: Write>(rows: u64, to: W) -> Result<W> {
    let export = Export::by_table("messages").context("there is no such export any more")?;
    let mut world = World::new();
    let mut conversation = world.conversation();
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record(export.columns.iter().map(|column| column.header))?;
    let (mut body, mut post) = (String::new(), String::new());
    let (mut tag_ids, mut tag_names) = (String::new(), String::new());
    let mut now_ms = BEGIN_MS;
    for number in 0..rows {
        now_ms += world.random.below(2_000) as i64;
        if world.random.percent(18) {
            conversation = world.conversation();
        }
        let random = &mut world.random;
        let (id, created) = (random.id(), time(now_ms));
        let updated = time(now_ms + random.below(600_000) as i64);
        let deleted = random.below(100) == 0;
        let deleted = if deleted {
            time(now_ms + 900_000)
        } else {
            String::new()
        };
        let outbound = random.percent(45);
        let kind = if random.percent(90) {
            "text"
        } else {
            "attachment"
        };
        let reply = if random.percent(93) {
            "Reply"
        } else {
            "Proactive"
        };
        let nobody = Named::nobody();
        let (agent, team) = match outbound {
            true => (one(random, &world.agents), one(random, &world.teams)),
            false => (&nobody, &nobody),
        };
        let tags = if random.percent(25) {
            random.below(3)
        } else {
            0
        };
        list(random, &world.tags, tags, &mut tag_ids, &mut tag_names);
        world.text.body(random, &mut body);
        let (medium, medium_name) = MEDIA[conversation.medium];
        post_url(random, medium, number, &mut post);
        let channel = &world.channels[conversation.channel];
        let contact = &world.contacts[conversation.contact];
        // In the order of the export's columns.
        let cells: [&str; 25] = [
            &id,
            &created,
            &conversation.id,
            medium_name,
            &channel.id,
            &channel.name,
            &contact.id,
            &contact.name,
            &contact.further,
            kind,
            if outbound { "Sparkcentral" } else { "Medium" },
            if outbound { reply } else { "" },
            if outbound { "Outbound" } else { "Inbound" },
            &agent.id,
            &agent.name,
            &agent.further,
            &team.id,
            &team.name,
            &tag_ids,
            &tag_names,
            &body,
            &conversation.url,
            &post,
            &updated,
            &deleted,
        ];
        csv.write_record(cells)?;
    }
    csv.into_inner().map_err(|error| error.into_error().into())
}

/// As the vendor writes times.
fn time(ms: i64) -> String {
    let time = DateTime::from_timestamp_millis(ms).unwrap_or_default();
    time.format("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

fn list(random: &mut Random, all: &[Named], count: usize, ids: &mut String, names: &mut String) {
    ids.clear();
    names.clear();
    for place in 0..count {
        let one = one(random, all);
        for (list, value) in [(&mut *ids, &one.id), (&mut *names, &one.name)] {
            if place > 0 {
                list.push(';');
            }
            list.push_str(value);
        }
    }
}

fn post_url(random: &mut Random, medium: &str, number: u64, url: &mut String) {
    url.clear();
    if random.percent(30) {
        url.push_str("https://");
        url.push_str(medium);
        url.push_str(".example.com/p/");
        url.push_str(&number.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(rows: u64) -> Vec<u8> {
        write(rows, Vec::new()).unwrap()
    }

    #[test]
    fn the_same_rows_come_every_time() {
        assert!(made(200) == made(200));
        let longer = made(201);
        assert!(longer.starts_with(&made(200)));
    }

    #[test]
    fn every_cell_stands_under_its_header() {
        let made = made(2_000);
        let mut csv = csv::Reader::from_reader(made.as_slice());
        let headers = csv.headers().unwrap().clone();
        let place = |name: &str| headers.iter().position(|header| header == name).unwrap();
        let (direction, agent, content) =
            (place("Direction"), place("Agent Name"), place("Content"));
        let (conversation, url) = (place("Conversation ID"), place("Conversation URL"));
        let (deleted, tags) = (place("Deleted at"), place("Tag Names"));
        let (mut lines, mut quotes, mut deletions, mut tagged) = (0, 0, 0, 0);
        let mut rows = 0;
        for record in csv.records() {
            let record = record.unwrap();
            rows += 1;
            assert_eq!(&record[direction] == "Outbound", !record[agent].is_empty());
            assert!(record[url].ends_with(&record[conversation]));
            lines += usize::from(record[content].contains('\n'));
            quotes += usize::from(record[content].contains('"'));
            deletions += usize::from(!record[deleted].is_empty());
            tagged += usize::from(!record[tags].is_empty());
        }
        assert_eq!(rows, 2_000);
        assert!(
            [lines, quotes, deletions, tagged]
                .iter()
                .all(|&count| count > 5)
        );
    }
}
