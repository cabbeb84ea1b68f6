//! Conversations told second by second.

use std::time::Duration;

use chrono_tz::Tz;
use serde_json::json;

use super::{answer, at, beginning, column, said, sheet, world};
use crate::{
    exports::{
        kind::ExportType,
        scope::{Scope, Window},
        sheet::Sheet,
    },
    history::Resolution,
    moves::ContactMessage,
    world::World,
};

/// Ten seconds with the bot, a handover, agent-1 looks and leaves, agent-2 answers and resolves.
fn handed_over() -> (World, String) {
    let mut world = world();
    let begin = beginning("Shop", "rtm", "contact-1", Some("Hello"));
    let id = world.begin(begin, at(100)).unwrap();
    let body = json!({"sendMessage": {"text": "Hi"}, "applyTopics": ["Refund", "Delivery"],
        "applyTags": ["Happy"], "complete": "HANDOVER"});
    answer(&mut world, &id, body, at(110));
    world.take(&id, "agent-1".into(), at(120)).unwrap();
    world.take(&id, "agent-2".into(), at(125)).unwrap();
    let reply_at = at(150).plus(Duration::from_millis(500));
    world
        .human_reply(&id, None, "Well".into(), reply_at)
        .unwrap();
    let resolution = Resolution {
        reason: Some("Solved".into()),
        comment: Some("in, time".into()),
        ..Resolution::default()
    };
    world.resolve(&id, resolution, at(160)).unwrap();
    (world, id)
}

#[test]
fn a_resolved_conversation_has_its_times_people_and_reason() {
    let (mut world, id) = handed_over();
    let survey = serde_json::from_value(json!({"score": 4, "comment": "Quick"})).unwrap();
    world.rate(&id, survey, at(200)).unwrap();
    let sheet = sheet(&world, ExportType::ResolvedConversations, 0, 1000);
    let cell = |header| column(&sheet, header)[0];
    for (header, value) in [
        ("Medium", "In-Web Messaging"),
        ("Created at (Date / Time)", "1970-01-01 00:01:40.000"),
        ("Last Status Change Agent Name", "agent-2"),
        ("Last Status Change Team Name", "Team 1"),
        ("Current Status", "Resolved"),
        ("Resolved By", "Agent"),
        ("Resolve Reason", "Solved"),
        ("Resolve Comment", "in, time"),
        ("Resolve Trigger", "Human Agent"),
        ("Resolved At (Date / Time)", "1970-01-01 00:02:40.000"),
        ("Resolved Agent Name", "agent-2"),
        ("Resolved Agent Reference", "agent-2"),
        ("Number of Inbound Messages", "1"),
        ("Number of Outbound Messages", "2"),
        ("First Response Time (s)", "40.5"),
        ("Handle Time (s)", "35"),
        ("No-Reply Time (s)", "0"),
        ("Cherry-Picking Time (s)", "5"),
        ("Resolution Time (s)", "60"),
        ("Topic Names", "Refund;Delivery"),
        ("Last Updated", "1970-01-01 00:03:20.000"),
        ("Language", "Dutch"),
        ("CSAT Score", "4"),
        ("CSAT Completed Status", "Successful"),
        ("CSAT Follow-up Answer", "Quick"),
    ] {
        assert_eq!(cell(header), value, "{header}");
    }
}

#[test]
fn a_conversation_counts_as_resolved_in_the_window_of_its_first_end_only() {
    let (mut world, id) = handed_over();
    world.write(&id, said("Again"), at(300)).unwrap();
    world.resolve(&id, Resolution::default(), at(400)).unwrap();
    let rows = |from, to| {
        sheet(&world, ExportType::ResolvedConversations, from, to)
            .rows
            .len()
    };
    assert_eq!((rows(0, 160), rows(160, 161), rows(161, 1000)), (0, 1, 0));
}

#[test]
fn a_response_is_measured_from_what_made_it_due() {
    let (mut world, id) = handed_over();
    world.write(&id, said("Again"), at(300)).unwrap();
    // Picked up by the bot again: a human steps in, writes twice, is answered, and writes once more.
    world.take(&id, "agent-1".into(), at(310)).unwrap();
    world.human_reply(&id, None, "One".into(), at(320)).unwrap();
    world.human_reply(&id, None, "Two".into(), at(321)).unwrap();
    world.write(&id, said("Thanks"), at(330)).unwrap();
    world.write(&id, said("Bye"), at(331)).unwrap();
    world.human_reply(&id, None, "Bye".into(), at(340)).unwrap();
    // And there and back again: the helper gives it to the human it had it from.
    world.delegate(&id, Some("helper".into()), at(350)).unwrap();
    answer(&mut world, &id, json!({"complete": "HANDOVER"}), at(360));
    world
        .human_reply(&id, None, "Me again".into(), at(370))
        .unwrap();

    let begin = beginning("Desk", "whatsapp", "contact-2", Some("Anyone?"));
    let other = world.begin(begin, at(400)).unwrap();
    world.take(&other, "agent-1".into(), at(401)).unwrap();
    world
        .human_reply(&other, None, "Yes".into(), at(403))
        .unwrap();

    let sheet = sheet(&world, ExportType::ResponseTimes, 0, 1000);
    let handed_over = "VA_HANDED_OVER_CONVERSATION";
    assert_eq!(
        column(&sheet, "Started By"),
        [
            handed_over,
            handed_over,
            "INBOUND_MESSAGE",
            "VA_REASSIGNED_CONVERSATION_TO_HUMAN_AGENT",
            "NEW_CONVERSATION"
        ]
    );
    let by_hand = "MANUALLY_BY_USER";
    assert_eq!(
        column(&sheet, "Handover Reason"),
        [by_hand, by_hand, "", "", ""]
    );
    assert_eq!(
        column(&sheet, "Agent Response Time (s)"),
        ["40.5", "10", "10", "10", "3"]
    );
    assert_eq!(column(&sheet, "From")[0], "00:01:50:000");
    assert_eq!(column(&sheet, "To")[0], "00:02:30:500");
}

#[test]
fn a_silent_virtual_agent_is_an_error_and_so_is_one_that_cannot_be_reached() {
    let mut world = world();
    let begin = beginning("Shop", "fb", "contact-1", Some("Hello"));
    let silent = world.begin(begin, at(0)).unwrap();
    assert!(world.expire(at(300)));
    let begin = beginning("Shop", "fb", "contact-2", Some("Hello"));
    let unreached = world.begin(begin, at(400)).unwrap();
    let event = world.conversation(&unreached).unwrap().outbox[0].clone();
    world.give_up(&unreached, &event, at(410));
    let agents = sheet(&world, ExportType::VirtualAgents, 0, 1000);
    assert_eq!(column(&agents, "Handover to Agent"), ["2"]);
    assert_eq!(column(&agents, "Handover due to error"), ["2"]);
    assert_eq!(column(&agents, "Total Conversations"), ["0"]);
    world.take(&silent, "agent-1".into(), at(500)).unwrap();
    world
        .human_reply(&silent, None, "Sorry".into(), at(501))
        .unwrap();
    let responses = sheet(&world, ExportType::ResponseTimes, 0, 1000);
    assert_eq!(
        column(&responses, "Handover Reason"),
        ["VA_ENCOUNTERED_ERROR"]
    );
}

#[test]
fn a_message_says_who_wrote_it_and_what_it_is() {
    let (mut world, _) = handed_over();
    let proactive = beginning("Feed", "twit", "contact-3", None);
    let id = world.begin(proactive, at(500)).unwrap();
    world.take(&id, "agent-1".into(), at(501)).unwrap();
    world
        .human_reply(&id, None, "Secret".into(), at(502))
        .unwrap();
    world
        .write(&id, ContactMessage::default(), at(503))
        .unwrap();
    let sheet = sheet(&world, ExportType::Messages, 0, 1000);
    for (header, cells) in [
        (
            "Message Type",
            ["text", "text", "text", "text", "attachment"],
        ),
        (
            "Origin",
            [
                "Medium",
                "Sparkcentral",
                "Sparkcentral",
                "Sparkcentral",
                "Medium",
            ],
        ),
        (
            "Outbound Message Type",
            ["", "Reply", "Reply", "Proactive", ""],
        ),
        (
            "Direction",
            ["Inbound", "Outbound", "Outbound", "Outbound", "Inbound"],
        ),
        ("Agent Name", ["", "Bot", "agent-2", "agent-1", ""]),
        ("Team Name", ["", "", "Team 1", "Team 1", ""]),
        ("Content", ["Hello", "Hi", "Well", "", ""]),
        ("Tag Names", ["Happy", "", "", "", ""]),
    ] {
        assert_eq!(column(&sheet, header), cells, "{header}");
    }
    assert_eq!(column(&sheet, "Last Updated")[0], "1970-01-01 00:01:50.000");
}

#[test]
fn what_people_did_is_cut_at_the_windows_ends() {
    let (world, _) = handed_over();
    let users = sheet(&world, ExportType::Users, 130, 155);
    assert_eq!(column(&users, "User Name"), ["agent-2"]);
    for (header, value) in [
        ("User Email Address", "agent-2@example.com"),
        ("Created At", "1970-01-01 00:02:30.500"),
        ("Available Time (s)", "25"),
        ("Handle Time (s)", "25"),
        ("Replies", "1"),
        ("Resolves With Reply", "0"),
    ] {
        assert_eq!(column(&users, header), [value], "{header}");
    }
    // An interval is told whole, though.
    let presence = sheet(&world, ExportType::UserPresence, 130, 155);
    assert_eq!(column(&presence, "From"), ["1970-01-01 00:02:05.000"]);
    assert_eq!(column(&presence, "To"), ["1970-01-01 00:02:40.000"]);
    assert_eq!(column(&presence, "Duration (s)"), ["35"]);

    let teams = sheet(&world, ExportType::Teams, 0, 1000);
    for (header, value) in [
        ("Resolves With Reply", "1"),
        ("Avg. First Response Time (s)", "40.5"),
        ("Total Handle Time (s)", "35"),
        ("Total Cherry-Picking Time (s)", "5"),
        ("Contacts Helped", "1"),
    ] {
        assert_eq!(column(&teams, header), [value], "{header}");
    }
    assert!(sheet(&world, ExportType::Teams, 0, 150).rows.is_empty());
}

#[test]
fn restated_rows_are_those_of_before_with_a_later_update() {
    let (mut world, id) = handed_over();
    world.write(&id, said("Again"), at(300)).unwrap();
    let scope = Scope {
        world: &world,
        window: Window {
            from: at(200),
            to: at(400),
        },
        now: at(400),
        zone: Tz::UTC,
    };
    let earlier = Window {
        from: at(0),
        to: at(200),
    };
    let restated = |kind| {
        let mut sheet = Sheet::new(kind, &scope);
        let before = sheet.rows.len();
        sheet.restate(kind, earlier, &scope);
        (before, sheet)
    };
    let (before, messages) = restated(ExportType::Messages);
    assert_eq!((before, messages.rows.len()), (1, 4));
    assert_eq!(
        column(&messages, "Last Updated")[..3],
        ["1970-01-01 00:06:40.001"; 3]
    );
    assert_eq!(
        column(&messages, "Content"),
        ["Hello", "Hi", "Well", "Again"]
    );
    let (before, resolved) = restated(ExportType::ResolvedConversations);
    assert_eq!((before, resolved.rows.len()), (0, 1));
    // The contact is in this window too, topics tell no time of update, and a snapshot has no before.
    for kind in [
        ExportType::Contacts,
        ExportType::Topics,
        ExportType::OpenConversations,
    ] {
        let (before, sheet) = restated(kind);
        assert_eq!(sheet.rows.len(), before);
    }
}
