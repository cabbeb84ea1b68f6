//! What the model can do beside talking.

use std::collections::BTreeMap;

use conversation::{HandoverReason, QuickReply, ReplyAction};

use super::*;
use crate::turns::message;

fn all_tools() -> Value {
    json!({"topics": ["Orders", "Returns"], "attributes": {"plan": "gold or silver", "age": "in years"},
        "quick_replies": true})
}

fn names(request: &Value) -> Vec<&str> {
    let tools = request["toolConfig"]["tools"].as_array().unwrap();
    tools
        .iter()
        .map(|tool| tool["toolSpec"]["name"].as_str().unwrap())
        .collect()
}

fn topics(topics: &[&str]) -> Action {
    Action::Topics {
        topics: topics.iter().map(|topic| (*topic).to_owned()).collect(),
    }
}

#[tokio::test]
async fn the_model_is_offered_what_the_settings_allow() {
    let silence = || body("end_turn", json!([]));
    let (_, requests) = ask([silence()], json!({"may_resolve": false}), &message("Hi")).await;
    assert_eq!(names(&requests[0]), ["handover"]);
    let (_, requests) = ask([silence()], all_tools(), &message("Hi")).await;
    assert_eq!(
        names(&requests[0]),
        ["handover", "resolve", "topics", "attributes", "reply"]
    );
    let schema = |index: usize| {
        &requests[0]["toolConfig"]["tools"][index]["toolSpec"]["inputSchema"]["json"]
    };
    assert_eq!(
        schema(2)["properties"]["topics"]["items"]["enum"],
        json!(["Orders", "Returns"])
    );
    assert_eq!(
        schema(3)["properties"]["plan"]["description"],
        "gold or silver"
    );
    for index in 0..5 {
        assert_eq!(schema(index)["type"], "object");
    }
}

#[tokio::test]
async fn words_and_tools_of_one_answer_become_actions_in_order() {
    let content = json!([
        tool(
            "handover",
            json!({"reason": "contact_asked", "summary": " Wants a refund. "})
        ),
        tool("topics", json!({"topics": ["orders", "Weather"]})),
        tool(
            "attributes",
            json!({"plan": "gold", "age": 42, "vip": "yes"})
        ),
        text("One moment."),
    ]);
    let (answer, requests) = ask([body("tool_use", content)], all_tools(), &message("Hi")).await;
    let attributes = [("plan", "gold"), ("age", "42")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    let expected = [
        Action::say("One moment."),
        topics(&["Orders"]),
        Action::Attributes {
            attributes: BTreeMap::from(attributes),
        },
        Action::Handover {
            reason: Some(HandoverReason::ContactAsked),
            profile: None,
            summary: Some("Wants a refund.".to_owned()),
        },
    ];
    assert!(answer.unwrap().actions == expected);
    assert_eq!(
        requests.len(),
        1,
        "it has spoken, so it need not be told anything"
    );
}

#[tokio::test]
async fn a_model_that_only_calls_tools_is_told_what_became_of_them_and_asked_for_words() {
    let first = body(
        "tool_use",
        json!([
            {"reasoningContent": {"reasoningText": {"text": "They ask about an order.", "signature": "s"}}},
            text(" "),
            tool("topics", json!({"topics": ["Orders"]})),
            tool("weather", json!({})),
        ]),
    );
    let second = body("end_turn", json!([text("Where is it going?")]));
    let (answer, requests) = ask([first, second], all_tools(), &message("Hi")).await;
    assert!(answer.unwrap().actions == [Action::say("Where is it going?"), topics(&["Orders"])]);
    assert_eq!(requests.len(), 2);
    let told = requests[1]["messages"].as_array().unwrap();
    assert_eq!(told.len(), 3);
    assert_eq!(told[1]["role"], "assistant");
    let own: Vec<_> = told[1]["content"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|block| block.as_object().unwrap().keys())
        .collect();
    assert_eq!(
        own,
        ["reasoningContent", "toolUse", "toolUse"],
        "no blank text"
    );
    let result = |name: &str, words: &str| json!({"toolResult": {"toolUseId": format!("tooluse_{name}"), "content": [text(words)]}});
    assert_eq!(told[2]["role"], "user");
    assert_eq!(
        told[2]["content"],
        json!([
            result("topics", "Done."),
            result("weather", "Error: there is no such tool.")
        ])
    );
}

#[tokio::test]
async fn a_model_that_never_says_anything_is_given_up_after_two_tellings() {
    let tools_only = || {
        body(
            "tool_use",
            json!([tool("topics", json!({"topics": ["Orders"]}))]),
        )
    };
    let (answer, requests) = ask([tools_only()], all_tools(), &message("Hi")).await;
    assert!(matches!(
        answer.unwrap_err(),
        BotError::InvalidAnswer { .. }
    ));
    assert_eq!(requests.len(), 3);
    // Asking for people without a word is an answer all the same.
    let handover = || {
        body(
            "tool_use",
            json!([tool(
                "handover",
                json!({"reason": "not_understood", "summary": ""})
            )]),
        )
    };
    let (answer, requests) = ask([handover()], all_tools(), &message("Hi")).await;
    assert!(answer.unwrap().actions == [Action::hand_over(Some(HandoverReason::NotUnderstood))]);
    assert_eq!(requests.len(), 3);
}

#[tokio::test]
async fn an_odd_handover_is_a_handover() {
    for input in [
        json!({}),
        json!({"reason": "fed up"}),
        json!({"reason": 7, "summary": []}),
        json!("now"),
    ] {
        let content = json!([text("One moment."), tool("handover", input)]);
        let actions = actions(body("tool_use", content), json!({}), &message("Hi")).await;
        assert!(
            actions
                == [
                    Action::say("One moment."),
                    Action::hand_over(Some(HandoverReason::BotAsked))
                ]
        );
    }
}

#[tokio::test]
async fn what_the_settings_do_not_allow_is_not_done() {
    let content = || {
        json!([
            text("Bye."),
            tool("resolve", json!({})),
            tool("topics", json!({"topics": ["Orders"]})),
            tool("attributes", json!({"plan": "gold"})),
            tool("reply", json!({"text": "Tap", "quick_replies": ["a"]})),
        ])
    };
    let none = json!({"may_resolve": false});
    assert!(
        actions(body("end_turn", content()), none, &message("Hi")).await == [Action::say("Bye.")]
    );
    let resolve = actions(body("end_turn", content()), json!({}), &message("Hi")).await;
    assert!(resolve == [Action::say("Bye."), Action::Resolve]);
}

#[tokio::test]
async fn answers_to_tap_come_with_their_text_and_the_text_once() {
    let reply = |text: &str| {
        let quick_reply = |label: &str| QuickReply {
            label: label.to_owned(),
            payload: None,
        };
        Action::Reply(ReplyAction {
            text: Some(text.to_owned()),
            quick_replies: vec![quick_reply("Large"), quick_reply("Small")],
            ..ReplyAction::default()
        })
    };
    let input = json!({"text": "Which size?", "quick_replies": ["Large", " ", null, "large", "Small", "x".repeat(81)]});
    for (before, expected) in [
        ("Which size?", vec![reply("Which size?")]),
        ("Nice.", vec![Action::say("Nice."), reply("Which size?")]),
    ] {
        let content = json!([text(before), tool("reply", input.clone())]);
        assert!(
            actions(body("tool_use", content), all_tools(), &message("Hi")).await == expected,
            "{before}"
        );
    }
    let many = json!({"text": "Which?", "quick_replies": (0..50).map(|n| format!("size {n}")).collect::<Vec<_>>()});
    let actions = actions(
        body("tool_use", json!([tool("reply", many)])),
        all_tools(),
        &message("Hi"),
    )
    .await;
    assert!(matches!(&actions[..], [Action::Reply(reply)] if reply.quick_replies.len() == 10));
}

#[tokio::test]
async fn topics_the_conversation_has_are_not_applied_again() {
    let mut turn = message("Hi");
    turn.topics = vec!["Orders".to_owned()];
    let content = json!([text("Yes."), tool("topics", json!({"topics": "Orders"}))]);
    assert!(actions(body("tool_use", content), all_tools(), &turn).await == [Action::say("Yes.")]);
}
