use conversation::Trigger;
use sparkcentral::ChannelDetails;
use wiremock::matchers::{body_json, path};

use super::super::stored::Stored;
use super::*;
use crate::turns::{message, turn};

#[tokio::test]
async fn a_message_is_sent_signed_to_the_bots_alias_and_locale() {
    let server = MockServer::start().await;
    let mut turn = message("I want a pizza");
    turn.language = Some("de".to_owned());
    turn.internal.channel_details = Some(ChannelDetails {
        channel_id: "channel-1".to_owned(),
        ..ChannelDetails::default()
    });
    let expected = json!({
        "text": "I want a pizza",
        "sessionState": {
            "dialogAction": {"type": "ElicitIntent"},
            "activeContexts": [],
            "sessionAttributes": {
                "agent": "shop",
                "channelDetails": r#"{"channelId":"channel-1"}"#,
                "conversationId": "conversation-1",
                "episode": "1",
                "language": "de",
                "turnId": "turn-1",
            },
        },
    });
    Mock::given(method("POST"))
        .and(path("/bots/ABCDEFGHIJ/botAliases/TSTALIASID/botLocales/de_DE/sessions/shop%3Aconversation-1%3A1/text"))
        .and(body_json(expected))
        .respond_with(ResponseTemplate::new(200).set_body_json(body("Order", "InProgress", "Close")))
        .expect(1)
        .mount(&server)
        .await;
    let settings = settings(&server, json!({"locales": {"de": "de_DE"}}));
    LexBot::new(&settings, &aws())
        .answer(&turn, LONG)
        .await
        .unwrap();
    let request = &server.received_requests().await.unwrap()[0];
    let signature = request.headers["authorization"].to_str().unwrap();
    assert!(
        signature.contains("AKIAEXAMPLE/") && signature.contains("/eu-west-1/lex/"),
        "{signature}"
    );
}

#[tokio::test]
async fn what_lex_answered_is_what_it_is_told_next_time() {
    let server = playing(ResponseTemplate::new(200).set_body_json(json!({
        "messages": [{"contentType": "PlainText", "content": "How large?"}],
        "sessionState": {
            "dialogAction": {"type": "ElicitSlot", "slotToElicit": "Size"},
            "intent": {"name": "Order", "state": "InProgress", "confirmationState": "None", "slots": {
                "Size": null,
                "Kind": {"shape": "Scalar", "value": {"originalValue": "a ham one",
                    "interpretedValue": "ham", "resolvedValues": ["ham"]}},
            }},
            "activeContexts": [{"name": "ordering", "contextAttributes": {},
                "timeToLive": {"timeToLiveInSeconds": 60, "turnsToLive": 3}}],
            "sessionAttributes": {"basket": "7", "agent": "shop", "turnId": "turn-1"},
        },
    })))
    .await;
    let bot = LexBot::new(
        &settings(&server, json!({"locales": {"de": "de_DE"}})),
        &aws(),
    );
    let BotAnswer::Now(first) = bot.answer(&message("a ham one"), LONG).await.unwrap() else {
        panic!("expected an answer now")
    };
    let mut next = message("large");
    // The language was seen late; the open intent stays with the locale that knows it.
    next.language = Some("de".to_owned());
    next.turn_id = "turn-2".to_owned();
    next.session = first.session.unwrap();
    next.received_at += Duration::from_secs(20);
    bot.answer(&next, LONG).await.unwrap();

    let requests = server.received_requests().await.unwrap();
    let sent: Value = requests[1].body_json().unwrap();
    let expected = json!({
        "dialogAction": {"type": "ElicitSlot", "slotToElicit": "Size"},
        "intent": {"name": "Order", "state": "InProgress", "confirmationState": "None", "slots": {
            "Kind": {"shape": "Scalar", "value": {"originalValue": "a ham one",
                "interpretedValue": "ham", "resolvedValues": ["ham"]}},
        }},
        "activeContexts": [{"name": "ordering", "contextAttributes": {},
            "timeToLive": {"timeToLiveInSeconds": 40, "turnsToLive": 3}}],
        "sessionAttributes": {"basket": "7", "agent": "shop", "conversationId": "conversation-1",
            "episode": "1", "language": "de", "turnId": "turn-2"},
    });
    assert_eq!(sent["sessionState"], expected);
    assert!(requests[1].url.path().contains("/botLocales/en_US/"));
}

#[tokio::test]
async fn a_turn_asked_again_sends_the_same() {
    let server = playing(ResponseTemplate::new(200).set_body_json(body(
        "Order",
        "InProgress",
        "ElicitSlot",
    )))
    .await;
    let bot = LexBot::new(&settings(&server, json!({})), &aws());
    for _ in 0..2 {
        bot.answer(&message("Hi"), LONG).await.unwrap();
    }
    let requests = server.received_requests().await.unwrap();
    let sent = |index: usize| requests[index].body_json::<Value>().unwrap();
    assert_eq!(sent(0), sent(1));
    assert_eq!(requests[0].url, requests[1].url);
}

#[tokio::test]
async fn lex_is_not_asked_for_first_words_of_our_own_nor_about_pictures() {
    let server = playing(ResponseTemplate::new(500)).await;
    let texts = json!({"greeting": "Welcome!", "delegated": {"en": "Back again."}, "no_text": "Text only."});
    let bot = LexBot::new(&settings(&server, texts), &aws());
    for (turn, text) in [
        (turn(Trigger::Started), "Welcome!"),
        (turn(Trigger::Delegated), "Back again."),
        (message(" "), "Text only."),
    ] {
        let expected = BotAnswer::Now(Answer {
            actions: vec![Action::say(text)],
            session: None,
        });
        assert!(bot.answer(&turn, LONG).await.unwrap() == expected, "{text}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn lex_finds_the_first_words_where_it_is_told_to_and_nothing_is_made_of_the_intent() {
    let more = json!({"greeting": "Welcome!", "welcome_text": "hello"});
    let greeting = body("Greeting", "ReadyForFulfillment", "Close");
    let actions = actions(greeting, more, &turn(Trigger::Started)).await;
    assert!(actions == [Action::say("Hello.")]);
}

#[tokio::test]
async fn the_session_of_a_finished_intent_is_free_for_the_next() {
    let answer = ask(
        body("Order", "Fulfilled", "Close"),
        json!({}),
        &message("Hi"),
    )
    .await
    .unwrap();
    let stored = Stored::from_session(&answer.session.unwrap());
    assert!(stored == Stored::default());
}
