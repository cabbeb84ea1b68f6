use serde_json::json;

use super::*;

fn answer(actions: serde_json::Value) -> Answer {
    serde_json::from_value(json!({ "actions": actions })).unwrap()
}

#[test]
fn an_answer_within_the_limits_has_no_problem() {
    let session = Some(json!("s".repeat(MAX_SESSION_BYTES - 2)));
    let actions = vec![Action::say("Hello"); MAX_ACTIONS];
    assert!(problems(&Answer { actions, session }).is_empty());
    assert!(problems(&Answer::default()).is_empty());
    for actions in [
        json!([{"type": "reply", "attachment": "map.png"}]),
        json!([{"type": "reply", "text": " ", "attachment": "map.png"}]),
        json!([{"type": "reply", "attachment": {"data": "aGk="}}]),
        json!([{"type": "reply", "attachment": {"data": "aGk"}}]),
        json!([{"type": "reply", "attachment": {"s3": "s3://bucket/a/b.png", "contentType": "image/png; q=1"}}]),
        json!([{"type": "reply", "attachment": {"url": "https://a.example/b?c=d"}}]),
        json!([{"type": "reply", "quickReplies": [{"label": "Yes"}, {"label": "No", "payload": "(no)"}]}]),
        json!([{"type": "reply", "links": [{"label": "Shop", "url": "https://a.example/(1)"}]}]),
        json!([{"type": "note", "text": "é".repeat(MAX_NOTE_CHARS)}]),
        json!([{"type": "topics", "topics": ["a"]}, {"type": "handover"}]),
    ] {
        assert_eq!(
            problems(&answer(actions.clone())),
            Vec::<String>::new(),
            "{actions}"
        );
    }
}

#[test]
fn each_broken_rule_is_named_by_its_path() {
    let reply = |reply: serde_json::Value| {
        let mut reply = reply;
        reply["type"] = json!("reply");
        json!([reply])
    };
    for (actions, start) in [
        (reply(json!({})), "actions[0]: a reply needs"),
        (reply(json!({"text": " \n"})), "actions[0]: a reply needs"),
        (
            reply(json!({"attachment": "a/b"})),
            "actions[0].attachment: ",
        ),
        (
            reply(json!({"attachment": {}})),
            "actions[0].attachment: give exactly one",
        ),
        (
            reply(json!({"attachment": {"data": "aGk=", "url": "https://a.example"}})),
            "actions[0].attachment: give exactly one",
        ),
        (
            reply(json!({"attachment": {"data": "not base64!"}})),
            "actions[0].attachment.data: ",
        ),
        (
            reply(json!({"attachment": {"data": ""}})),
            "actions[0].attachment.data: must not",
        ),
        (
            reply(json!({"attachment": {"url": "ftp://a.example"}})),
            "actions[0].attachment.url: ",
        ),
        (
            reply(json!({"attachment": {"url": "/a.png"}})),
            "actions[0].attachment.url: ",
        ),
        (
            reply(json!({"attachment": {"s3": "s3://bucket"}})),
            "actions[0].attachment.s3: ",
        ),
        (
            reply(json!({"attachment": {"s3": "bucket/key"}})),
            "actions[0].attachment.s3: ",
        ),
        (
            reply(json!({"attachment": {"data": "aGk=", "contentType": "png"}})),
            "actions[0].attachment.contentType: ",
        ),
        (
            reply(json!({"attachment": {"data": "aGk=", "contentType": "image/png\r\nx: y"}})),
            "actions[0].attachment.contentType: ",
        ),
        (
            reply(json!({"attachment": {"data": "A".repeat(MAX_DATA_CHARS + 4)}})),
            "actions: 204804 characters of base64",
        ),
        (
            reply(json!({"quickReplies": [{"label": " "}]})),
            "actions[0].quickReplies[0].label: ",
        ),
        (
            reply(json!({"quickReplies": [{"label": "a"}, {"label": "A "}]})),
            "actions[0].quickReplies[1].label: another",
        ),
        (
            reply(json!({"quickReplies": [{"label": "a", "payload": ""}]})),
            "actions[0].quickReplies[0].payload: ",
        ),
        (
            reply(json!({"quickReplies": [{"label": "a".repeat(201)}]})),
            "actions[0].quickReplies[0].label: at most",
        ),
        (
            reply(json!({"links": [{"label": "a", "url": "http://a.example"}]})),
            "actions[0].links[0].url: ",
        ),
        (
            reply(json!({"links": [{"label": "a", "url": "javascript:alert(1)"}]})),
            "actions[0].links[0].url: ",
        ),
        (
            json!([{"type": "topics", "topics": ["a", " "]}]),
            "actions[0].topics[1]: ",
        ),
        (
            json!([{"type": "tags", "tags": [""]}]),
            "actions[0].tags[0]: ",
        ),
        (
            json!([{"type": "note", "text": " "}]),
            "actions[0].text: must not",
        ),
        (
            json!([{"type": "note", "text": "n".repeat(MAX_NOTE_CHARS + 1)}]),
            "actions[0].text: a note",
        ),
        (
            json!([{"type": "attributes", "attributes": {"loyalty tier": "gold"}}]),
            "actions[0].attributes: ",
        ),
        (
            json!([{"type": "resolve"}, {"type": "typing", "on": true}]),
            "actions[1]: nothing may",
        ),
    ] {
        let found = problems(&answer(actions));
        assert_eq!(found.len(), 1, "{start}: {found:?}");
        assert!(found[0].starts_with(start), "{found:?}");
    }
}

#[test]
fn what_counts_over_the_whole_answer_is_named_too() {
    let quick: Vec<_> = (0..=MAX_OFFERED)
        .map(|n| json!({"label": format!("l{n}")}))
        .collect();
    let offered = problems(&answer(json!([{"type": "reply", "quickReplies": quick}])));
    assert!(
        offered[0].starts_with("actions: 31 quick replies"),
        "{offered:?}"
    );
    let many = Answer {
        actions: vec![Action::say("again"); MAX_ACTIONS + 1],
        session: Some(json!("s".repeat(MAX_SESSION_BYTES - 1))),
    };
    let found = problems(&many);
    assert!(found[0].starts_with("actions: 26 actions"), "{found:?}");
    assert!(found[1].starts_with("session: 16385 bytes"), "{found:?}");
}

#[test]
fn no_problem_quotes_the_answer() {
    let actions = json!([{
        "type": "reply",
        "attachment": {"url": "nowhere/Wilhelmina.png", "contentType": "Wilhelmina", "name": "Wilhelmina"},
        "quickReplies": [{"label": "Wilhelmina".repeat(30)}],
        "links": [{"label": "Wilhelmina", "url": "Wilhelmina"}],
    }]);
    let found = problems(&answer(actions)).join("; ");
    assert!(found.len() > 40 && !found.contains("Wilhelmina"), "{found}");
}

#[test]
fn of_very_many_problems_only_their_number_is_told() {
    let blank = json!({"type": "topics", "topics": vec![""; 5_000]});
    let found = problems(&answer(json!([blank])));
    assert_eq!(found.len(), MOST_TOLD + 1);
    assert_eq!(found.last().unwrap(), "and 4980 more");
}
