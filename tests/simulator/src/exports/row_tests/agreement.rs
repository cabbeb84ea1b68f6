//! Whatever happens, the rows agree with the simulator's own counts.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{answer, at, beginning, column, said, sheet, world};
use crate::{
    exports::{counts::counts, kind::ExportType, scope::Window, sheet::Sheet},
    history::{How, Resolution},
    world::World,
};

fn sum(sheet: &Sheet, header: &str) -> u64 {
    let numbers = column(sheet, header).into_iter();
    numbers.map(|cell| cell.parse::<u64>().unwrap()).sum()
}

/// One act, on one of several conversations.
#[derive(Clone, Debug)]
enum Act {
    Begin(usize, Option<String>),
    Write(String),
    Take(usize),
    Delegate,
    Reply(String),
    ReplyAs(usize, String),
    Resolve(usize),
    Answer(usize),
    GiveUp,
    Rate(u8),
    Wait,
}

fn acts() -> impl Strategy<Value = Vec<(usize, u16, Act)>> {
    let text = "[a-z ,\"\r\né😀]{0,6}";
    let act = prop_oneof![
        (0..3usize, proptest::option::of(text)).prop_map(|(place, text)| Act::Begin(place, text)),
        text.prop_map(Act::Write),
        text.prop_map(Act::Write),
        (0..3usize).prop_map(Act::Take),
        Just(Act::Delegate),
        text.prop_map(Act::Reply),
        text.prop_map(Act::Reply),
        (0..3usize, text).prop_map(|(human, text)| Act::ReplyAs(human, text)),
        (0..4usize).prop_map(Act::Resolve),
        (0..4usize).prop_map(Act::Answer),
        (0..4usize).prop_map(Act::Answer),
        Just(Act::GiveUp),
        (1..6u8).prop_map(Act::Rate),
        Just(Act::Wait),
    ];
    proptest::collection::vec((0..4usize, 0..5u16, act), 0..40)
}

fn play(acts: Vec<(usize, u16, Act)>) -> (World, i64) {
    let (mut world, mut clock, mut ids) = (world(), 1000, Vec::<String>::new());
    for (which, wait, act) in acts {
        // In steps, so that windows begin and end with acts.
        clock += 50 * i64::from(wait);
        let now = at(clock);
        if let Act::Begin(place, text) = &act {
            let (channel, medium) =
                [("Shop", "rtm"), ("Desk", "whatsapp"), ("Feed", "twit")][*place];
            let contact = format!("contact-{which}");
            let beginning = beginning(channel, medium, &contact, text.as_deref());
            ids.push(world.begin(beginning, now).unwrap());
            let settings = [
                json!({}),
                json!({"auto_resolve": {"new_seconds": 600, "pending_seconds": 400}}),
                json!({"auto_ownership": false, "display_name": "News"}),
            ];
            let edit = serde_json::from_value(settings[*place].clone()).unwrap();
            let channel = format!("id-{channel}");
            world.channels.edit(&channel, edit).unwrap();
        }
        let Some(id) = ids.get(which % ids.len().max(1)).cloned() else {
            continue;
        };
        // An act that can't be done now is not done: that is what people see too.
        let _refused = match act {
            Act::Begin(..) => Ok(()),
            Act::Write(text) => world.write(&id, said(&text), now),
            Act::Take(human) => world.take(&id, format!("agent-{human}"), now),
            Act::Delegate => world.delegate(&id, Some("helper".into()), now),
            Act::Reply(text) => world.human_reply(&id, None, text, now),
            Act::ReplyAs(human, text) => {
                world.human_reply(&id, Some(format!("agent-{human}")), text, now)
            }
            Act::Resolve(how) => {
                let how = [How::Agent, How::Bulk, How::Auto, How::System][how];
                let resolution = Resolution {
                    how,
                    ..Resolution::default()
                };
                world.resolve(&id, resolution, now)
            }
            Act::Answer(what) => {
                let body = [
                    json!({"sendMessage": {"text": "Hi"}, "applyTopics": ["Refund"]}),
                    json!({"applyTags": ["Happy", "Question"], "applyTopics": ["Delivery", "Complaint"]}),
                    json!({"sendMessage": {"text": "One moment"}, "complete": "HANDOVER"}),
                    json!({"complete": "RESOLVED"}),
                ][what]
                    .clone();
                answer(&mut world, &id, body, now);
                Ok(())
            }
            Act::GiveUp => {
                if let Some(event) = world.conversation(&id).unwrap().outbox.back().cloned() {
                    world.give_up(&id, &event, now);
                }
                Ok(())
            }
            Act::Rate(score) => {
                let survey = serde_json::from_value(json!({"score": score})).unwrap();
                world.rate(&id, survey, now)
            }
            Act::Wait => {
                clock += 350;
                world.expire(at(clock));
                Ok(())
            }
        };
    }
    (world, clock + 1)
}

/// The columns no two rows of a file agree in.
fn key(kind: ExportType) -> &'static [&'static str] {
    match kind {
        ExportType::VirtualAgents => &["Agent ID", "Channel"],
        ExportType::ResolvedConversations | ExportType::OpenConversations => &["Conversation ID"],
        ExportType::Messages => &["Message ID"],
        ExportType::Teams => &["Team ID"],
        ExportType::Contacts => &["Contact Profile ID"],
        ExportType::Topics => &["Topic ID", "Channel"],
        ExportType::Tags => &["Tag ID", "Channel"],
        ExportType::UserPresence => &["User ID", "From"],
        ExportType::ResponseTimes => &["Outbound Message ID"],
        ExportType::Users => &["User ID"],
        ExportType::ContactAttributes => &["Contact Profile ID", "Attribute ID"],
    }
}

fn tally(cells: &[&str]) -> Value {
    let mut tally = BTreeMap::<&str, u64>::new();
    for cell in cells.iter().filter(|cell| !cell.is_empty()) {
        *tally.entry(cell).or_default() += 1;
    }
    json!(tally)
}

proptest! {
    #[test]
    fn whatever_happens_the_rows_agree_with_the_counts(
        acts in acts(),
        from in 0..60i64,
        length in 1..100i64,
        whole in any::<bool>(),
    ) {
        let (world, end) = play(acts);
        let (from, to) = if whole { (0, end) } else { (1000 + 50 * from, 1000 + 50 * (from + length)) };
        let window = Window { from: at(from), to: at(to) };
        let counts = counts(&world, window);
        let sheet = |kind| sheet(&world, kind, from, to);
        for kind in ExportType::ALL {
            let sheet = sheet(kind);
            let name = json!(kind);
            let rows = &counts["rows"][name.as_str().unwrap()];
            prop_assert_eq!(rows, &json!(sheet.rows.len()), "{}", name);
            let keys: Vec<_> = key(kind).iter().map(|header| column(&sheet, header)).collect();
            let distinct: BTreeSet<Vec<&str>> = (0..sheet.rows.len())
                .map(|row| keys.iter().map(|column| column[row]).collect())
                .collect();
            prop_assert_eq!(distinct.len(), sheet.rows.len(), "key of {}", name);
            for crlf in [false, true] {
                let written = sheet.csv(false, crlf).unwrap();
                let mut reader = csv::Reader::from_reader(&written[..]);
                prop_assert_eq!(reader.headers().unwrap(), &csv::StringRecord::from(sheet.headers.clone()));
                let read: Vec<Vec<String>> = reader.deserialize().map(Result::unwrap).collect();
                prop_assert_eq!(&read, &sheet.rows);
            }
        }
        let messages = sheet(ExportType::Messages);
        let directions = column(&messages, "Direction");
        let inbound = directions.iter().filter(|&&d| d == "Inbound").count();
        prop_assert_eq!(&counts["messages"]["inbound"], inbound);
        prop_assert_eq!(&counts["messages"]["by_channel"], &tally(&column(&messages, "Channel")));
        prop_assert_eq!(&counts["messages"]["by_medium"], &tally(&column(&messages, "Medium")));
        let tagged = column(&messages, "Tag IDs").iter().filter(|ids| !ids.is_empty()).count();
        prop_assert_eq!(&counts["messages"]["tagged"], tagged);

        let resolved = sheet(ExportType::ResolvedConversations);
        prop_assert_eq!(
            &counts["conversations"]["resolved_by"],
            &tally(&column(&resolved, "Resolved By"))
        );
        let scores = column(&resolved, "CSAT Score");
        let total: u64 = scores.iter().filter_map(|score| score.parse::<u64>().ok()).sum();
        let csat = counts["csat"].as_object().unwrap();
        let counted: u64 = csat.values().map(|scores| scores["total"].as_u64().unwrap()).sum();
        prop_assert_eq!(counted, total);
        let open = sheet(ExportType::OpenConversations);
        prop_assert_eq!(&counts["conversations"]["open"], &tally(&column(&open, "Current Status")));

        let responses = sheet(ExportType::ResponseTimes);
        prop_assert_eq!(
            &counts["responses"]["by_started_by"],
            &tally(&column(&responses, "Started By"))
        );
        prop_assert_eq!(
            &counts["responses"]["by_handover_reason"],
            &tally(&column(&responses, "Handover Reason"))
        );

        let agents = sheet(ExportType::VirtualAgents);
        for (counted, header) in [
            ("conversations", "Total Conversations"),
            ("handovers", "Handover to Agent"),
            ("handovers_due_to_error", "Handover due to error"),
            ("resolved", "Resolved"),
            ("topics", "Total Conversations with Topic"),
            ("messages_tagged", "Total Messages Tagged"),
            ("tags", "Total Tags Applied"),
        ] {
            let of_agents = counts["virtual_agents"].as_object().unwrap().values();
            let total: u64 = of_agents.map(|agent| agent[counted].as_u64().unwrap()).sum();
            prop_assert_eq!(total, sum(&agents, header), "{}", counted);
        }
        let users = sheet(ExportType::Users);
        let of_users = counts["users"].as_object().unwrap().values();
        let replies: u64 = of_users.clone().map(|user| user["replies"].as_u64().unwrap()).sum();
        let resolves: u64 = of_users.map(|user| user["resolves"].as_u64().unwrap()).sum();
        prop_assert_eq!(replies, sum(&users, "Replies"));
        let in_rows = sum(&users, "Resolves With Reply") + sum(&users, "Resolves No-Reply");
        prop_assert_eq!(resolves, in_rows);

        let topics = sheet(ExportType::Topics);
        let total: u64 = counts["topics"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
        prop_assert_eq!(total, sum(&topics, "Total Conversations"));
        let tags = sheet(ExportType::Tags);
        let total: u64 = counts["tags"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
        prop_assert_eq!(total, sum(&tags, "Total Messages"));
    }
}
