use conversation::HandoverReason;

use super::*;
use crate::turns::message;

fn topics(topic: &str) -> Action {
    Action::Topics {
        topics: vec![topic.to_owned()],
    }
}

fn hello() -> Action {
    Action::say("Hello.")
}

fn hand_over(reason: HandoverReason) -> Action {
    Action::hand_over(Some(reason))
}

#[tokio::test]
async fn an_intent_is_a_topic_by_its_name_or_by_the_map() {
    let order = || body("Order", "InProgress", "ElicitSlot");
    assert!(actions(order(), json!({}), &message("Hi")).await == [hello(), topics("Order")]);
    let renamed = json!({"topics": {"Order": "Orders"}});
    assert!(actions(order(), renamed, &message("Hi")).await == [hello(), topics("Orders")]);
    let none = json!({"topics": {"Order": ""}});
    assert!(actions(order(), none, &message("Hi")).await == [hello()]);
    let mut applied = message("Hi");
    applied.topics = vec!["Order".to_owned()];
    assert!(actions(order(), json!({}), &applied).await == [hello()]);
}

#[tokio::test]
async fn an_intent_that_only_the_interpretations_name_counts_too() {
    let mut body = body("Order", "InProgress", "ElicitIntent");
    body["sessionState"]
        .as_object_mut()
        .unwrap()
        .remove("intent");
    assert!(actions(body, json!({}), &message("Hi")).await == [hello(), topics("Order")]);
}

#[tokio::test]
async fn the_third_message_in_a_row_that_is_not_understood_asks_people() {
    let fallback = || body("FallbackIntent", "Failed", "Close");
    let mut turn = message("Hi");
    for count in 1..=4 {
        let answer = ask(fallback(), json!({}), &turn).await.unwrap();
        let expected = match count {
            3 => vec![hello(), hand_over(HandoverReason::NotUnderstood)],
            _ => vec![hello()],
        };
        assert!(answer.actions == expected, "{count}");
        turn.session = answer.session.unwrap();
    }
}

#[tokio::test]
async fn a_message_that_is_understood_starts_the_count_anew() {
    let mut turn = message("Hi");
    let more = || json!({"not_understood_after": 2, "fallback_intents": ["Unknown"]});
    for (intent, asks_people) in [
        ("Unknown", false),
        ("Order", false),
        ("Unknown", false),
        ("Unknown", true),
    ] {
        let answer = ask(body(intent, "InProgress", "ElicitIntent"), more(), &turn)
            .await
            .unwrap();
        let asked = answer.actions.last() == Some(&hand_over(HandoverReason::NotUnderstood));
        assert_eq!(asked, asks_people, "{intent}");
        turn.session = answer.session.unwrap();
    }
}

#[tokio::test]
async fn an_intent_that_could_not_be_fulfilled_asks_people_unless_it_shall_not() {
    let failed = || body("Order", "Failed", "Close");
    let expected = [
        hello(),
        topics("Order"),
        hand_over(HandoverReason::BotFailed),
    ];
    assert!(actions(failed(), json!({}), &message("Hi")).await == expected);
    let off = json!({"handover_on_failed": false});
    assert!(actions(failed(), off, &message("Hi")).await == expected[..2]);
}

#[tokio::test]
async fn a_contact_who_says_no_to_a_confirmation_did_not_make_the_bot_fail() {
    let mut denied = body("Person", "Failed", "Close");
    denied["sessionState"]["intent"]["confirmationState"] = json!("Denied");
    let more = json!({"handover_intents": ["Person"]});
    assert!(actions(denied, more, &message("no")).await == [hello(), topics("Person")]);
}

#[tokio::test]
async fn intents_that_end_the_conversation_do_so_when_they_are_done() {
    let more = || json!({"handover_intents": ["Person"], "resolve_intents": ["Bye"], "topics": {"Person": "", "Bye": ""}});
    let person = hand_over(HandoverReason::ContactAsked);
    for (intent, state, next, end) in [
        ("Person", "Fulfilled", "Close", Some(&person)),
        ("Person", "ReadyForFulfillment", "Close", Some(&person)),
        ("Person", "InProgress", "Close", Some(&person)),
        ("Person", "InProgress", "ElicitSlot", None),
        ("Person", "InProgress", "ConfirmIntent", None),
        ("Bye", "Fulfilled", "Close", Some(&Action::Resolve)),
        ("Bye", "InProgress", "ElicitSlot", None),
        (
            "Person",
            "Failed",
            "Close",
            Some(&hand_over(HandoverReason::BotFailed)),
        ),
    ] {
        let actions = actions(body(intent, state, next), more(), &message("Hi")).await;
        let expected: Vec<_> = [hello()].into_iter().chain(end.cloned()).collect();
        assert!(actions == expected, "{intent} {state} {next}");
    }
}

#[tokio::test]
async fn slots_of_a_fulfilled_intent_become_contact_attributes() {
    let slots = json!({
        "Number": {"shape": "Scalar", "value": {"interpretedValue": "12345", "originalValue": "12345"}},
        "Toppings": {"shape": "List", "values": [
            {"shape": "Scalar", "value": {"interpretedValue": "ham"}},
            {"shape": "Scalar", "value": {"interpretedValue": "cheese"}},
        ]},
        "Address": {"shape": "Composite", "value": {"interpretedValue": "1 town"}, "subSlots": {
            "Town": {"shape": "Scalar", "value": {"interpretedValue": "town"}}}},
        "Empty": null,
    });
    let more = || {
        json!({"topics": {"Order": ""}, "slot_attributes": {"Number": "order_number",
        "Toppings": "toppings", "Address.Town": "town", "Address.Street": "street", "Empty": "empty"}})
    };
    for (state, next, set) in [
        ("Fulfilled", "Close", true),
        ("InProgress", "ElicitSlot", false),
    ] {
        let mut body = body("Order", state, next);
        body["sessionState"]["intent"]["slots"] = slots.clone();
        let actions = actions(body, more(), &message("Hi")).await;
        let attributes = [
            ("order_number", "12345"),
            ("toppings", "ham, cheese"),
            ("town", "town"),
        ];
        let attributes = attributes.map(|(alias, value)| (alias.to_owned(), value.to_owned()));
        let attributes = Action::Attributes {
            attributes: attributes.into(),
        };
        assert_eq!(actions.contains(&attributes), set, "{state}");
    }
}

#[tokio::test]
async fn a_lambda_function_asks_for_people_by_a_session_attribute_that_counts_once() {
    for (value, reason) in [
        ("contact_asked", Some(HandoverReason::ContactAsked)),
        ("true", Some(HandoverReason::BotAsked)),
        ("false", None),
        (" ", None),
    ] {
        let mut body = body("Order", "InProgress", "ElicitSlot");
        body["sessionState"]["sessionAttributes"] = json!({"handover": value, "handoverSummary": "Wants a refund",
            "handoverProfile": "billing", "basket": "7"});
        let answer = ask(body, json!({"topics": {"Order": ""}}), &message("Hi"))
            .await
            .unwrap();
        let handover = reason.map(|reason| Action::Handover {
            reason: Some(reason),
            profile: Some("billing".to_owned()),
            summary: Some("Wants a refund".to_owned()),
        });
        let expected: Vec<_> = [hello()].into_iter().chain(handover).collect();
        assert!(answer.actions == expected, "{value}");
        let kept = &answer.session.unwrap()["attributes"];
        assert_eq!(*kept, json!({"basket": "7"}));
    }
}

#[tokio::test]
async fn a_lambda_function_closes_the_conversation_by_a_session_attribute() {
    let mut body = body("Order", "Fulfilled", "Close");
    body["sessionState"]["sessionAttributes"] = json!({"resolve": "true"});
    let actions = actions(body, json!({"topics": {"Order": ""}}), &message("Hi")).await;
    assert!(actions == [hello(), Action::Resolve]);
}

#[tokio::test]
async fn messages_are_said_in_their_order() {
    let mut body = body("Order", "Fulfilled", "Close");
    body["messages"] = json!([
        {"contentType": "PlainText", "content": "One"},
        {"contentType": "SSML", "content": "<speak>Two</speak>"},
        {"contentType": "CustomPayload", "content": "Three"},
        {"contentType": "ImageResponseCard", "imageResponseCard": {"title": "Four", "buttons": [{"text": "Yes", "value": "yes"}]}},
    ]);
    let actions = actions(body, json!({"topics": {"Order": ""}}), &message("Hi")).await;
    let said: Vec<_> = actions
        .iter()
        .map(|action| match action {
            Action::Reply(reply) => (reply.text.as_deref().unwrap(), reply.quick_replies.len()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(said, [("One", 0), ("Two", 0), ("Three", 0), ("Four", 1)]);
}

#[tokio::test]
async fn an_answer_without_messages_and_without_a_state_is_silence() {
    let answer = ask(
        json!({"sessionId": "shop:conversation-1:1"}),
        json!({}),
        &message("Hi"),
    )
    .await
    .unwrap();
    assert!(answer.actions.is_empty());
}
