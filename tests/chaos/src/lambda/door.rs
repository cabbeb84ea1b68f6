//! What callers reach: the HTTP API in front of two functions, and AWS as operators see it, where an
//! invocation of a function comes here and everything else goes to the emulator.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use anyhow::Result;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use super::{Functions, process::End};
use crate::{
    passing::{Upstream, taken_apart},
    planted::Planted,
};

/// When a webhook that comes again does: long after it was answered.
const AGAIN_AFTER: Duration = Duration::from_secs(8);

/// The two doors' addresses.
pub(crate) struct Doors {
    /// Base of the HTTP API.
    pub(crate) api_url: String,
    /// AWS for operators.
    pub(crate) aws_url: String,
    pub(crate) servers: [JoinHandle<()>; 2],
}

struct Shared {
    functions: Arc<Functions>,
    emulator: Upstream,
    planted: Arc<Planted>,
}

/// Opens both.
pub(crate) async fn open(
    functions: Arc<Functions>,
    emulator_url: &str,
    planted: Arc<Planted>,
) -> Result<Doors> {
    let shared = Arc::new(Shared {
        functions,
        emulator: Upstream::new(emulator_url)?,
        planted,
    });
    let api = Router::new().fallback(http).with_state(Arc::clone(&shared));
    let aws = Router::new().fallback(operators).with_state(shared);
    let ((api_url, api), (aws_url, aws)) = (listen(api).await?, listen(aws).await?);
    Ok(Doors {
        api_url,
        aws_url,
        servers: [api, aws],
    })
}

/// Serves on a port of its own; its URL.
pub(crate) async fn listen(router: Router) -> Result<(String, JoinHandle<()>)> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let server = tokio::spawn(async move {
        // Ends with the run.
        let _ = axum::serve(listener, router).await;
    });
    Ok((url, server))
}

async fn http(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = taken_apart(request).await;
    let Some(route) = route(&parts.method, &parts.uri) else {
        return (StatusCode::NOT_FOUND, r#"{"message":"Not Found"}"#).into_response();
    };
    if let Some(instead) = shared.planted.webhook(&route.agent, &body) {
        return instead;
    }
    let event = event(&route, &parts.method, &parts.uri, &parts.headers, &body);
    if route.function == "webhook-intake" && shared.planted.comes_again(&route.agent) {
        let (functions, event) = (Arc::clone(&shared.functions), event.clone());
        tokio::spawn(async move {
            tokio::time::sleep(AGAIN_AFTER).await;
            functions.invoke("webhook-intake", event).await;
        });
    }
    match shared.functions.invoke(route.function, event).await {
        End::Answered(mut answer) => {
            if route.function == "webhook-intake" {
                shared.planted.webhook_answer(&route.agent, &mut answer);
            }
            answered(&answer)
        }
        // What API Gateway makes of a function that fails, dies or takes too long.
        End::Failed | End::Died => {
            let body = r#"{"message":"Internal Server Error"}"#;
            (StatusCode::INTERNAL_SERVER_ERROR, body).into_response()
        }
        End::TimedOut => {
            let body = r#"{"message":"Service Unavailable"}"#;
            (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
        }
    }
}

/// A route of infra/template.yaml, and what stands in its places.
struct Route {
    function: &'static str,
    key: &'static str,
    agent: String,
    parameters: Map<String, Value>,
}

const ROUTES: [(&str, &str); 9] = [
    ("webhook-intake", "POST /webhooks/{agent}"),
    ("conversation-api", "GET /v1/agents/{agent}/channels"),
    (
        "conversation-api",
        "GET /v1/agents/{agent}/channels/{channel}",
    ),
    (
        "conversation-api",
        "PATCH /v1/agents/{agent}/channels/{channel}",
    ),
    (
        "conversation-api",
        "GET /v1/agents/{agent}/conversations/{id}",
    ),
    (
        "conversation-api",
        "POST /v1/agents/{agent}/conversations/{id}/replies",
    ),
    (
        "conversation-api",
        "GET /v1/agents/{agent}/conversations/{id}/replies/{replyId}",
    ),
    (
        "conversation-api",
        "POST /v1/agents/{agent}/conversations/{id}/handover",
    ),
    (
        "conversation-api",
        "POST /v1/agents/{agent}/conversations/{id}/resolve",
    ),
];

fn route(method: &Method, uri: &Uri) -> Option<Route> {
    let given: Vec<&str> = uri.path().split('/').collect();
    ROUTES.iter().find_map(|(function, key)| {
        let (of, path) = key.split_once(' ')?;
        let places: Vec<&str> = path.split('/').collect();
        if of != method.as_str() || places.len() != given.len() {
            return None;
        }
        let mut parameters = Map::new();
        for (place, given) in places.iter().zip(&given) {
            match place
                .strip_prefix('{')
                .and_then(|name| name.strip_suffix('}'))
            {
                Some(name) => {
                    parameters.insert(name.to_owned(), Value::from(*given));
                }
                None if place == given => {}
                None => return None,
            }
        }
        let agent = parameters.get("agent")?.as_str()?.to_owned();
        Some(Route {
            function,
            key,
            agent,
            parameters,
        })
    })
}

/// The request as API Gateway's HTTP API tells it, version 2.0.
fn event(route: &Route, method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Value {
    let headers: Map<String, Value> = headers
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.into())))
        .collect();
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    json!({
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": uri.path(),
        "rawQueryString": uri.query().unwrap_or_default(),
        "headers": headers,
        "pathParameters": route.parameters,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "chaos",
            "domainName": "chaos.example.com",
            "domainPrefix": "chaos",
            "http": {
                "method": method.as_str(),
                "path": uri.path(),
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "chaos",
            },
            "requestId": uuid::Uuid::new_v4().to_string(),
            "routeKey": route.key,
            "stage": "$default",
            "timeEpoch": u64::try_from(now.as_millis()).unwrap_or_default(),
        },
        "body": String::from_utf8_lossy(body),
        "isBase64Encoded": false,
    })
}

fn answered(answer: &Value) -> Response {
    let status = answer["statusCode"].as_u64().unwrap_or(200);
    let status = u16::try_from(status).unwrap_or(500);
    let mut response = Response::builder().status(status);
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        if let Some(value) = value.as_str() {
            response = response.header(name, value);
        }
    }
    let body = answer["body"].as_str().unwrap_or_default().to_owned();
    response
        .body(Body::from(body))
        .unwrap_or_else(|_| StatusCode::BAD_GATEWAY.into_response())
}

async fn operators(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = taken_apart(request).await;
    let Some(name) = invoked(parts.uri.path()) else {
        return shared.emulator.pass(parts, body).await;
    };
    let event = serde_json::from_slice(&body).unwrap_or(Value::Null);
    match shared.functions.invoke(name, event).await {
        End::Answered(answer) => axum::Json(answer).into_response(),
        _ => {
            let error = json!({"errorType": "Runtime.ExitError", "errorMessage": "killed"});
            ([("X-Amz-Function-Error", "Unhandled")], axum::Json(error)).into_response()
        }
    }
}

/// The function of `…/functions/sparkbridge-STAGE-NAME/invocations`.
fn invoked(path: &str) -> Option<&'static str> {
    let name = path
        .strip_prefix("/2015-03-31/functions/")?
        .strip_suffix("/invocations")?;
    crate::deployed::FUNCTIONS
        .into_iter()
        .find(|function| name.ends_with(function))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_finds_its_route_and_what_stands_in_it() {
        let uri = "/v1/agents/demo/conversations/c-1/replies".parse().unwrap();
        let found = route(&Method::POST, &uri).unwrap();
        assert_eq!(found.function, "conversation-api");
        assert_eq!(found.parameters["id"], "c-1");
        assert!(route(&Method::GET, &uri).is_none());
        assert!(route(&Method::POST, &"/webhooks".parse().unwrap()).is_none());
    }

    #[test]
    fn an_invocation_of_a_function_of_any_stage_is_known() {
        let path = "/2015-03-31/functions/sparkbridge-chaos-1-export-sync/invocations";
        assert_eq!(invoked(path), Some("export-sync"));
        assert_eq!(invoked("/2015-03-31/functions/other/invocations"), None);
    }
}
