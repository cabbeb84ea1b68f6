//! Operators: whoever IAM lets invoke the function itself.

use std::sync::Arc;

use conversation::{ApiToken, Role};
use lambda_http::http::StatusCode;
use lambda_http::request::RequestContext;
use platform::Platform;

use crate::authorize::Caller;
use crate::problem::Problem;

/// The name replies of operators are kept under.
const OPERATOR: &str = "operator";

/// Whether somebody invoked the function directly, naming an IAM identity.
///
/// `requestContext` is written by API Gateway, always with the API's id, and with `authorizer.iam` only
/// on routes with AWS_IAM authorization, of which there are none. What a client sends arrives in
/// headers, query, path parameters and body. So an event with an IAM identity and without an API was made
/// by somebody whom IAM lets invoke the function. The identity itself proves nothing and decides nothing.
pub(crate) fn is_operator(context: Option<&RequestContext>) -> bool {
    let Some(RequestContext::ApiGatewayV2(context)) = context else {
        return false;
    };
    let through_a_gateway = context.apiid.is_some() || context.domain_name.is_some();
    let authorizer = context.authorizer.as_ref();
    let identity = authorizer
        .and_then(|authorizer| authorizer.iam.as_ref())
        .and_then(|iam| iam.user_arn.as_deref());
    !through_a_gateway && identity.is_some_and(|arn| arn.starts_with("arn:"))
}

/// An operator as a caller: a Supervisor of every channel. Settings are read from the table, and secrets
/// not at all, so that conversations can be looked at while an agent's secret is broken.
pub(crate) async fn operator(platform: &Platform, agent: &str) -> Result<Caller, Problem> {
    let settings = match agent {
        "" => None,
        agent => {
            let read = platform.store.settings(agent).await;
            read.map_err(|error| Problem::unavailable(&error))?
        }
    };
    Ok(Caller {
        agent: agent.to_owned(),
        settings: Arc::new(settings.ok_or_else(unknown_agent)?),
        token: token(),
        is_old: false,
    })
}

fn token() -> ApiToken {
    ApiToken {
        name: OPERATOR.to_owned(),
        // No token has this hash.
        sha256: String::new(),
        role: Some(Role::Supervisor),
        channels: None,
        user: None,
        team: None,
    }
}

/// Told to operators only: they may list the agents anyway.
fn unknown_agent() -> Problem {
    let detail = "There is no agent of this name.";
    Problem::new(StatusCode::NOT_FOUND, "unknown_agent", detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use conversation::{ChannelAccess, Permission};
    use lambda_http::RequestExt;
    use serde_json::{Value, json};

    use crate::authorize::permit;

    const IAM: &str = r#"{"iam": {"userArn": "arn:aws:iam::123456789012:user/operator"}}"#;

    /// What API Gateway passes on of a request to one of our routes.
    fn through_the_gateway() -> Value {
        json!({
            "version": "2.0",
            "routeKey": "POST /v1/agents/{agent}/conversations/{id}/replies",
            "rawPath": "/v1/agents/demo/conversations/c-1/replies",
            "rawQueryString": "",
            "headers": {"authorization": "Bearer t", "host": "api.example.com"},
            "pathParameters": {"agent": "demo", "id": "c-1"},
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "api-1",
                "domainName": "api.example.com",
                "http": {"method": "POST", "path": "/v1/agents/demo/conversations/c-1/replies"},
                "routeKey": "POST /v1/agents/{agent}/conversations/{id}/replies",
                "stage": "$default",
            },
            "body": "{}",
            "isBase64Encoded": false,
        })
    }

    /// What an operator's command line passes.
    fn invoked() -> Value {
        let mut event = through_the_gateway();
        let context = event["requestContext"].as_object_mut().unwrap();
        for field in ["accountId", "apiId", "domainName", "stage"] {
            context.remove(field);
        }
        event["headers"] = json!({});
        event["requestContext"]["authorizer"] = serde_json::from_str(IAM).unwrap();
        event
    }

    fn taken_for_an_operator(event: &Value) -> bool {
        let request = lambda_http::request::from_str(&event.to_string()).unwrap();
        is_operator(request.request_context_ref())
    }

    #[test]
    fn whoever_invokes_the_function_with_an_identity_is_an_operator() {
        assert!(taken_for_an_operator(&invoked()));
        let mut nameless = invoked();
        nameless["requestContext"]["authorizer"] = json!({"iam": {"accountId": "123456789012"}});
        assert!(!taken_for_an_operator(&nameless));
        nameless["requestContext"]["authorizer"] = json!({"iam": {"userArn": "operator"}});
        assert!(!taken_for_an_operator(&nameless));
        assert!(!is_operator(None));
    }

    #[test]
    fn nothing_that_comes_through_the_gateway_is_an_operators() {
        let context = format!(r#"{{"authorizer": {IAM}}}"#);
        let body = format!(r#"{{"requestContext": {context}, "authorizer": {IAM}}}"#);
        let mut injected = vec![("nothing", through_the_gateway())];
        for name in [
            "requestContext",
            "x-amzn-request-context",
            "x-amzn-lambda-context",
            "x-amz-iam-user-arn",
            "authorizer",
        ] {
            let mut event = through_the_gateway();
            event["headers"][name] = context.clone().into();
            injected.push((name, event));
        }
        let mut event = through_the_gateway();
        event["body"] = body.clone().into();
        injected.push(("the body", event));
        let mut event = through_the_gateway();
        event["rawQueryString"] =
            "requestContext.authorizer.iam.userArn=arn:aws:iam::1:user/x".into();
        event["queryStringParameters"] = json!({"requestContext": context, "authorizer": IAM});
        injected.push(("the query", event));
        let mut event = through_the_gateway();
        event["pathParameters"]["id"] = body.into();
        injected.push(("the path", event));
        for (place, event) in injected {
            assert!(!taken_for_an_operator(&event), "{place}");
        }
    }

    #[test]
    fn callers_of_a_route_that_somebody_gave_an_authorizer_are_no_operators() {
        for authorizer in [
            IAM,
            r#"{"jwt": {"claims": {"sub": "arn:aws:iam::1:user/x"}, "scopes": []}}"#,
            r#"{"lambda": {"iam": {"userArn": "arn:aws:iam::1:user/x"}}}"#,
        ] {
            let authorizer: Value = serde_json::from_str(authorizer).unwrap();
            for left in ["apiId", "domainName"] {
                let mut event = through_the_gateway();
                event["requestContext"]["authorizer"] = authorizer.clone();
                event["requestContext"]
                    .as_object_mut()
                    .unwrap()
                    .remove(left);
                assert!(!taken_for_an_operator(&event), "{event}");
            }
        }
    }

    #[test]
    fn an_operator_may_do_everything_in_every_channel() {
        let nobody = ChannelAccess::default();
        for permission in [
            Permission::Read,
            Permission::Reply,
            Permission::HandOver,
            Permission::Resolve,
            Permission::SetTopics,
            Permission::ManageChannel,
        ] {
            for channel in [None, Some("channel-1")] {
                let allowed = permit(&token(), permission, channel, Some(&nobody));
                assert!(allowed.is_ok(), "{permission:?} {channel:?}");
            }
        }
    }
}
