//! A webhook that can't be settled in time: it says so itself, before Lambda ends it.
#![allow(clippy::unwrap_used, reason = "a test's panic is its report")]

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::Value;
use system_tests::{
    End, Function, Process, Upstream, World, aws, environment, message_event, operation, passed_on,
    serve, taken_apart,
};

/// Of an invocation.
const LIMIT: Duration = Duration::from_secs(5);
/// When AWS's client gives up what it was asked for.
const CLIENT_GIVES_UP: Duration = Duration::from_secs(9);

/// Between the function and AWS.
struct Between {
    upstream: Upstream,
    /// Whether DynamoDB leaves writes without an answer.
    is_stuck: AtomicBool,
}

async fn pass(State(between): State<Arc<Between>>, request: Request) -> Response {
    let (parts, body) = taken_apart(request).await;
    let is_write = matches!(
        operation(&parts.headers),
        Some("PutItem" | "UpdateItem" | "TransactWriteItems")
    );
    if is_write && between.is_stuck.load(Ordering::Relaxed) {
        return std::future::pending().await;
    }
    between.upstream.pass(parts, body).await.0
}

/// What the stack's own webhook-intake is told, but that it reaches AWS by `endpoint`.
async fn stage(world: &World, endpoint: String) -> HashMap<String, String> {
    let stage = &world.stack.stage;
    let mut environment = environment(world, endpoint);
    let mut tell = |name: &str, value: String| environment.insert(name.to_owned(), value);
    tell(
        "CONVERSATIONS_TABLE",
        format!("sparkbridge-{stage}-conversations"),
    );
    tell(
        "AGENT_SECRET_PREFIX",
        format!("sparkbridge/{stage}/agents/"),
    );
    let sqs = aws_sdk_sqs::Client::new(&aws(world).await);
    for (variable, queue) in [
        ("TURNS_QUEUE_URL", "turns.fifo"),
        ("OUTBOUND_QUEUE_URL", "outbound.fifo"),
        ("HANDOVERS_QUEUE_URL", "handovers.fifo"),
        ("DEADLINES_QUEUE_URL", "deadlines"),
    ] {
        let asked = sqs
            .get_queue_url()
            .queue_name(format!("sparkbridge-{stage}-{queue}"));
        tell(variable, asked.send().await.unwrap().queue_url.unwrap());
    }
    environment
}

async fn answer(intake: &mut Function, event: Value) -> (Value, String) {
    match intake.invoke(event).await {
        End::Answered(answer) => {
            let body = answer["body"].as_str().unwrap().to_owned();
            (answer["statusCode"].clone(), body)
        }
        end => panic!("{end:?}"),
    }
}

#[tokio::test]
async fn a_webhook_that_the_store_leaves_waiting_is_refused_in_time_and_its_retry_is_answered() {
    let world = World::join();
    let agent = world.agent("[bot]\nkind = \"script\"\n").await;
    let id = world.begin(&agent, None).await;
    let between = Arc::new(Between {
        upstream: Upstream::new(&world.stack.aws.endpoint_url),
        is_stuck: AtomicBool::new(false),
    });
    let app = Router::new()
        .fallback(pass)
        .with_state(Arc::clone(&between));
    let environment = stage(&world, serve(app).await).await;
    let process = Process::default();
    let mut intake = Function::start("webhook-intake", &environment, LIMIT, &process).await;
    let webhook = |event: &Value| passed_on(&agent.name, &agent.webhook_secret, event);
    let new = |text: &str| message_event(&uuid::Uuid::new_v4().to_string(), &id, text);

    let (status, first) = answer(&mut intake, webhook(&new("Hello?"))).await;
    assert_eq!(status, 200, "{first}");

    let event = new("What are your opening hours?");
    between.is_stuck.store(true, Ordering::Relaxed);
    let asked = Instant::now();
    let (status, refusal) = answer(&mut intake, webhook(&event)).await;
    assert_eq!(status, 503, "{refusal}");
    assert!(refusal.contains("Send the event again."), "{refusal}");
    let took = asked.elapsed();
    assert!(took > LIMIT / 2, "it gave up after {took:?}");
    let halfway = (LIMIT + CLIENT_GIVES_UP) / 2;
    assert!(took < halfway, "not by itself, after {took:?}");

    between.is_stuck.store(false, Ordering::Relaxed);
    let (status, reply) = answer(&mut intake, webhook(&event)).await;
    assert_eq!(status, 200, "{reply}");
    assert!(reply.contains("sendMessage"), "{reply}");
}
