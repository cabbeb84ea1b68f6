use super::*;

fn one(id: &str) -> One {
    One {
        agent: "demo".into(),
        id: id.into(),
    }
}

#[test]
fn an_event_names_who_asks_and_no_api() {
    let told = event(
        "arn:aws:iam::1:user/operator",
        &one("a/b c"),
        Ask::Reply("r.1"),
    );
    assert_eq!(
        told["routeKey"],
        "GET /v1/agents/{agent}/conversations/{id}/replies/{replyId}"
    );
    assert_eq!(
        told["rawPath"],
        "/v1/agents/demo/conversations/a%2Fb%20c/replies/r%2E1"
    );
    assert_eq!(
        told["pathParameters"],
        json!({"agent": "demo", "id": "a/b c", "replyId": "r.1"})
    );
    let context = &told["requestContext"];
    assert_eq!(
        context["authorizer"]["iam"]["userArn"],
        "arn:aws:iam::1:user/operator"
    );
    assert_eq!((context.get("apiId"), &told["body"]), (None, &Value::Null));
    let body = json!({"id": "r", "text": "hello"});
    let told = event(
        "arn:aws:iam::1:user/operator",
        &one("c-1"),
        Ask::Send(&body),
    );
    let sent: Value = serde_json::from_str(told["body"].as_str().unwrap()).unwrap();
    assert_eq!(sent, body);
    assert_eq!(told["requestContext"]["http"]["method"], "POST");
    assert!(told["rawPath"].as_str().unwrap().ends_with("/replies"));
}

#[test]
fn an_id_that_looks_like_a_parameter_stays_itself() {
    let told = event(
        "arn:aws:iam::1:user/operator",
        &one("{replyId}"),
        Ask::Reply("r"),
    );
    assert_eq!(
        told["rawPath"],
        "/v1/agents/demo/conversations/%7BreplyId%7D/replies/r"
    );
}

#[test]
fn each_refusal_is_one_line_that_says_what_to_do() {
    let read = |status_code, body: Value| {
        let body = Some(body.to_string());
        let answer = Answer { status_code, body };
        answer.read(&one("c-1"), "the-function")
    };
    assert_eq!(read(202, json!({"id": "r"})).unwrap(), json!({"id": "r"}));
    for (status, body, told) in [
        (
            404,
            json!({"code": "unknown_agent", "detail": "x."}),
            "no agent is called \"demo\"",
        ),
        (
            404,
            json!({"code": "unknown_conversation"}),
            "agent demo has no conversation \"c-1\"",
        ),
        (
            401,
            json!({"code": "unauthorized", "detail": "x"}),
            "deploy this one",
        ),
        (
            409,
            json!({"code": "resolved", "detail": "It is resolved."}),
            "It is resolved",
        ),
        (
            422,
            json!({"detail": "x", "errors": ["text: long", "id: blank"]}),
            "text: long; id: blank",
        ),
        (500, json!("oops"), "the-function answers with status 500"),
    ] {
        let refused = read(status, body).unwrap_err().to_string();
        assert!(refused.contains(told), "{refused}");
        assert_eq!(refused.lines().count(), 1);
    }
    let none = Answer {
        status_code: 200,
        body: None,
    };
    let refused = none.read(&one("c-1"), "the-function").unwrap_err();
    assert!(refused.to_string().contains("deploy it"), "{refused}");
}
