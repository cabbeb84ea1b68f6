//! Lambda: processes of the functions, each with a proxy of its own between it and AWS, fed by us and from
//! the queues.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};
use system_tests::{End, Function, Process, Upstream, serve, taken_apart};
use tokio::sync::Semaphore;

use crate::point::{ANSWER, Side, queue, write_to_aws};
use crate::run::Run;

/// Whom the process works for.
type Serving = Arc<Mutex<Option<Arc<Run>>>>;

struct Between {
    function: &'static str,
    upstream: Upstream,
    serving: Serving,
    process: Process,
}

/// A process of a function, or the place of one that died.
pub(crate) struct Worker {
    name: &'static str,
    number: usize,
    environment: HashMap<String, String>,
    limit: Duration,
    serving: Serving,
    process: Process,
    running: Option<Function>,
}

impl Worker {
    /// A place for a process, and the proxy it reaches AWS by. `limit` is what an invocation is given.
    pub(crate) async fn new(
        name: &'static str,
        upstream: &str,
        environment: &HashMap<String, String>,
        limit: Duration,
    ) -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let serving = Serving::default();
        let process = Process::default();
        let between = Arc::new(Between {
            function: name,
            upstream: Upstream::new(upstream),
            serving: serving.clone(),
            process: process.clone(),
        });
        let app = Router::new().fallback(pass).with_state(between);
        let url = serve(app).await;
        let mut environment = environment.clone();
        environment.insert("AWS_ENDPOINT_URL".into(), url);
        Self {
            name,
            number: MADE.fetch_add(1, Ordering::Relaxed),
            environment,
            limit,
            serving,
            process,
            running: None,
        }
    }

    /// The function's answer to an event, unless it dies or the answer gets lost.
    pub(crate) async fn invoke(&mut self, run: &Arc<Run>, event: Value) -> Option<Value> {
        let function = match &mut self.running {
            Some(function) => function,
            None => {
                let started =
                    Function::start(self.name, &self.environment, self.limit, &self.process);
                self.running.insert(started.await)
            }
        };
        *self.serving.lock().unwrap() = Some(Arc::clone(run));
        run.begins(self.name, self.number, &self.process);
        let answer = match function.invoke(event).await {
            End::Answered(answer) => match run.meet(self.name, ANSWER.to_owned()) {
                None => Some(answer),
                Some(Side::After) => {
                    run.seen().lost = Some(answer);
                    None
                }
                Some(Side::Before) => {
                    run.kill(self.name, &self.process);
                    self.running = None;
                    None
                }
            },
            End::Died => {
                self.running = None;
                if !run.seen().is_cut {
                    run.problem(format!("{} died by itself", self.name));
                }
                None
            }
            End::Failed(error) => {
                run.problem(format!("{}: {error}", self.name));
                None
            }
        };
        *self.serving.lock().unwrap() = None;
        run.ends(self.name, self.number);
        answer
    }
}

async fn pass(State(between): State<Arc<Between>>, request: Request) -> Response {
    let (parts, body) = taken_apart(request).await;
    let run = between.serving.lock().unwrap().clone();
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    let write = write_to_aws(&parts.headers, &asked);
    let (Some(run), Some(what)) = (run, write) else {
        return between.upstream.pass(parts, body).await.0;
    };
    let function = between.function;
    let side = run.meet(function, what.clone());
    if side == Some(Side::Before) {
        run.kill(function, &between.process);
        return std::future::pending().await;
    }
    if what.starts_with("SendMessage") {
        run.sends(queue(&asked), asked["MessageBody"].as_str().unwrap());
    }
    let (response, _) = between.upstream.pass(parts, body).await;
    if function == "reply-sender" && what == "PutItem REPLY" && response.status().is_success() {
        run.saved(&asked["Item"]);
    }
    if side == Some(Side::After) {
        run.kill(function, &between.process);
        return std::future::pending().await;
    }
    if what.starts_with("TransactWriteItems") && !response.status().is_success() {
        run.takes_back(function, what);
    }
    response
}

/// Processes of a function that is called over HTTP.
pub(crate) struct Pool {
    idle: Mutex<Vec<Worker>>,
    slots: Semaphore,
}

impl Pool {
    pub(crate) fn of(workers: Vec<Worker>) -> Self {
        Self {
            slots: Semaphore::new(workers.len()),
            idle: Mutex::new(workers),
        }
    }

    /// The answer to the event that `make` makes once there is a process for it.
    pub(crate) async fn invoke(
        &self,
        run: &Arc<Run>,
        make: impl FnOnce() -> Value,
    ) -> Option<Value> {
        let _slot = self.slots.acquire().await.unwrap();
        let mut worker = self.idle.lock().unwrap().pop().unwrap();
        let answer = worker.invoke(run, make()).await;
        self.idle.lock().unwrap().push(worker);
        answer
    }
}

/// A queue that feeds a function.
#[derive(Clone)]
pub(crate) struct Queue {
    pub(crate) name: &'static str,
    pub(crate) url: String,
    pub(crate) sqs: aws_sdk_sqs::Client,
}

impl Queue {
    /// Works messages off, one at a time, for as long as it is polled. `runs` finds a conversation's.
    pub(crate) async fn feed(self, mut worker: Worker, runs: impl Fn(&str) -> Arc<Run>) {
        loop {
            let received = self
                .sqs
                .receive_message()
                .queue_url(&self.url)
                .wait_time_seconds(5)
                .message_system_attribute_names(MessageSystemAttributeName::All)
                .send()
                .await;
            for message in received.unwrap().messages.unwrap_or_default() {
                let body: Value = serde_json::from_str(message.body().unwrap()).unwrap();
                let run = runs(body["conversation_id"].as_str().unwrap());
                self.work_off(&mut worker, &run, &message).await;
            }
        }
    }

    async fn work_off(&self, worker: &mut Worker, run: &Arc<Run>, message: &Message) {
        let receipt = message.receipt_handle().unwrap();
        let answer = worker.invoke(run, self.event(message)).await;
        match answer {
            Some(answer) if answer["batchItemFailures"] == json!([]) => {
                let delete = self.sqs.delete_message().queue_url(&self.url);
                delete.receipt_handle(receipt).send().await.unwrap();
                run.done(self.name, message.body().unwrap());
            }
            // The function has said when it wants it again.
            Some(_) => {}
            // The queue's own time is longer than the lease.
            None if run.is_held() => {}
            // Without a lease that must end first, that time makes no difference.
            None => {
                let hide = self.sqs.change_message_visibility().queue_url(&self.url);
                let hide = hide.receipt_handle(receipt).visibility_timeout(1);
                hide.send().await.unwrap();
            }
        }
    }

    fn event(&self, message: &Message) -> Value {
        let told = message.attributes().into_iter().flatten();
        let attributes: HashMap<&str, &String> =
            told.map(|(name, value)| (name.as_str(), value)).collect();
        json!({"Records": [{
            "messageId": message.message_id(),
            "receiptHandle": message.receipt_handle(),
            "body": message.body(),
            "attributes": attributes,
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": format!("arn:aws:sqs:eu-west-1:000000000000:{}", self.name),
            "awsRegion": "eu-west-1",
        }]})
    }
}
