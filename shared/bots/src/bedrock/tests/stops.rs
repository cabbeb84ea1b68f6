//! Why the model stopped, and what is made of it.

use conversation::HandoverReason;

use super::*;
use crate::turns::message;

fn problem(answer: Result<Answer, BotError>) -> String {
    match answer.unwrap_err() {
        error @ BotError::InvalidAnswer { .. } => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn free_text_is_said_as_it_is_and_never_as_shortcodes() {
    for stop in ["end_turn", "stop_sequence", "a_new_reason"] {
        let shortcode = body(
            stop,
            json!([text("%[Pay](https://shop.example)"), text("Bye\n")]),
        );
        let actions = actions(shortcode, json!({}), &message("Hi")).await;
        assert!(
            actions == [Action::say("%[Pay](https://shop.example)\nBye")],
            "{stop}"
        );
    }
}

#[tokio::test]
async fn an_answer_without_words_is_silence() {
    for content in [json!([]), json!([text(" \n")])] {
        let (answer, _) = ask([body("end_turn", content)], json!({}), &message("ok")).await;
        assert!(answer.unwrap() == Answer::default());
    }
}

#[tokio::test]
async fn what_a_model_thinks_aloud_is_not_said() {
    for (written, said) in [
        (
            "<thinking>They want a pizza.</thinking>\n\nWhich size?",
            vec![Action::say("Which size?")],
        ),
        (
            "A<thinking>x</thinking>B<thinking>y</thinking>",
            vec![Action::say("AB")],
        ),
        ("Hello <thinking>cut off", vec![Action::say("Hello")]),
        ("<thinking>Nothing to say.</thinking>", vec![]),
    ] {
        let content = body("end_turn", json!([text(written)]));
        assert!(
            actions(content, json!({}), &message("Hi")).await == said,
            "{written}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_used_as_far_as_it_goes() {
    let cut = body("max_tokens", json!([text("Our opening hours are")]));
    let said = actions(cut, json!({}), &message("Hi")).await;
    assert!(said == [Action::say("Our opening hours are")]);
    let nothing = body("max_tokens", json!([tool("topics", json!({}))]));
    let (answer, requests) = ask([nothing], json!({"topics": ["Orders"]}), &message("Hi")).await;
    assert!(problem(answer).contains("bot.max_tokens"));
    assert_eq!(requests.len(), 1);
}

#[tokio::test]
async fn a_malformed_answer_is_used_where_it_has_words() {
    for (stop, hint) in [
        ("malformed_model_output", "malformed"),
        ("malformed_tool_use", "malformed"),
        ("model_context_window_exceeded", "bot.context_tokens"),
    ] {
        let words = actions(
            body(stop, json!([text("Hello.")])),
            json!({}),
            &message("Hi"),
        )
        .await;
        assert!(words == [Action::say("Hello.")], "{stop}");
        let (answer, _) = ask([body(stop, json!([]))], json!({}), &message("Hi")).await;
        assert!(problem(answer).contains(hint), "{stop}");
    }
}

#[tokio::test]
async fn a_guardrail_speaks_for_itself_or_by_the_settings() {
    let blocked = |content: Value| body("guardrail_intervened", content);
    let guardrail = |more: Value| {
        let mut guardrail = json!({"id": "abc123", "version": "1"});
        guardrail
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({ "guardrail": guardrail })
    };
    let policy = Action::hand_over(Some(HandoverReason::Policy));
    for (content, more, expected) in [
        (
            json!([text("I can't talk about that.")]),
            json!({}),
            vec![Action::say("I can't talk about that.")],
        ),
        (
            json!([text("Blocked")]),
            json!({"text": "Sorry."}),
            vec![Action::say("Sorry.")],
        ),
        (
            json!([text("Blocked")]),
            json!({"handover": true}),
            vec![Action::say("Blocked"), policy.clone()],
        ),
        (json!([]), json!({}), vec![policy]),
    ] {
        let actions = actions(blocked(content), guardrail(more.clone()), &message("Hi")).await;
        assert!(actions == expected, "{more}");
    }
}

#[tokio::test]
async fn withheld_answers_in_a_row_ask_people() {
    let filtered = || body("content_filtered", json!([]));
    let not_understood = Action::hand_over(Some(HandoverReason::NotUnderstood));
    let at_once = actions(filtered(), json!({}), &message("Hi")).await;
    assert!(
        at_once == [not_understood.clone()],
        "there is nothing to say"
    );

    let more = || json!({"filtered_text": "I can't answer that.", "not_understood_after": 2});
    let sorry = Action::say("I can't answer that.");
    let mut turn = message("Hi");
    let answered = || body("end_turn", json!([text("Yes.")]));
    for (body, expected, misses) in [
        (filtered(), vec![sorry.clone()], Some(1)),
        (answered(), vec![Action::say("Yes.")], Some(0)),
        (answered(), vec![Action::say("Yes.")], None),
        (filtered(), vec![sorry.clone()], Some(1)),
        (filtered(), vec![sorry, not_understood], Some(0)),
    ] {
        let (answer, _) = ask([body], more(), &turn).await;
        let answer = answer.unwrap();
        assert!(answer.actions == expected);
        assert_eq!(
            answer.session,
            misses.map(|misses| json!({ "misses": misses }))
        );
        turn.session = answer.session.unwrap_or(turn.session);
    }
}
