use super::super::letter::{Attribute, Concerns};
use super::super::redrive::{Sent, Stays};
use super::*;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_003_600, 0).unwrap()
}

fn listed(queue: &'static str, messages: u64, conversations: &[&str]) -> Listed {
    Listed {
        queue,
        dead_queue: format!("sparkbridge-dev-{queue}-dead"),
        messages,
        looked_at: conversations.len(),
        oldest_at: None,
        oldest_secs: (messages > 0).then_some(7_200),
        agents: BTreeSet::new(),
        conversations: conversations.iter().map(|&id| id.to_owned()).collect(),
        files: BTreeSet::new(),
    }
}

fn told() -> Told {
    Told {
        id: "m-1".into(),
        sent_at: DateTime::from_timestamp(1_795_000_000, 0),
        receive_count: Some(11),
        message_group_id: Some("group".into()),
        message_deduplication_id: None,
        attributes: [(
            "kind".to_owned(),
            Attribute {
                kind: "String".into(),
                value: "x".into(),
            },
        )]
        .into(),
        concerns: Concerns {
            agent: Some("demo".into()),
            conversation_id: Some("c-1".into()),
            files: Vec::new(),
        },
        body: "{\"a\":\"\u{1b}[2J\"}\n".into(),
    }
}

#[test]
fn no_dead_letters_are_said_in_one_line() {
    let text = list("dev", &[listed("turns", 0, &[])]);
    assert_eq!(text, "no dead letters in stage dev\n");
}

#[test]
fn a_list_names_a_few_conversations_and_what_to_do_next() {
    let text = list(
        "dev",
        &[
            listed("turns", 0, &[]),
            listed("outbound", 5, &["a", "b", "c", "d", "e"]),
        ],
    );
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[2],
        "outbound         5     2 h          a, b, c, 2 more"
    );
    assert_eq!(
        lines[4],
        "read them:    sparkbridge dead-letters show outbound"
    );
    assert_eq!(
        lines[5],
        "send them on: sparkbridge dead-letters redrive outbound --all"
    );
}

#[test]
fn a_message_is_shown_with_its_bytes_and_without_commands_to_the_terminal() {
    let shown = Shown {
        queue: "turns",
        dead_queue: "q".into(),
        counted: 3,
        messages: vec![told()],
    };
    assert_eq!(
        messages(&shown, false, now()),
        "message         m-1\n\
         queued          2026-11-18 11:06:40 UTC (60 min ago)\n\
         received        11 times, this look included\n\
         agent           demo\n\
         conversation    c-1\n\
         group           group\n\
         attribute kind  x (String)\n\
         body            {\"a\":\"\\u{1b}[2J\"}\\n\n\
         \n\
         about 2 more are behind these in the same conversations, or in somebody else's hands\n"
    );
}

#[test]
fn what_was_sent_and_what_stays_have_a_line_each() {
    let mut done = Redriven {
        queue: "turns",
        sent_to: "queue sparkbridge-dev-turns.fifo".into(),
        sent: vec![Sent {
            id: "m-1".into(),
            new_id: Some("m-2".into()),
            concerns: told().concerns,
        }],
        stay: vec![Stays {
            id: "m-3".into(),
            why: Why::Repeat,
        }],
    };
    let text = redriven(&done);
    assert_eq!(
        text,
        "sent m-1 (agent demo, conversation c-1)\n\
         left m-3: SQS takes it for a repeat of what was sent within the last five minutes\n\
         1 message sent to queue sparkbridge-dev-turns.fifo\n"
    );
    assert!(stay(&done, Queue::Turns).contains("again in five minutes"));
    done.stay[0].why = Why::CameBack;
    assert!(stay(&done, Queue::Turns).contains("not mended"));
    done.sent.clear();
    done.stay.clear();
    assert_eq!(redriven(&done), "there was nothing to send\n");
}
