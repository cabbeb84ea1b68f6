//! A table, queues and agents of the test's own, and the functions between them.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};
use system_tests::{TestBot, World, aws, environment, make_table, request_context};

use crate::agents;
use crate::lambda::{Pool, Queue, Worker};
use crate::run::Run;
use crate::sparkcentral::{self, Runs};

/// What is left of an invocation of webhook-intake for the agent whose bot may think for seconds.
const PATIENT_LIMIT: Duration = Duration::from_secs(10);
/// Processes of webhook-intake, and as many for that agent: so few that on a slow machine, too, an invocation
/// gets through in its time. Who finds none idle waits before it begins.
const INTAKES: usize = 6;

/// What is left of an invocation. Leases are as long, and a second longer; webhook-intake gives up half a
/// second before, and reply-sender sends nothing with less than 45 s.
pub(crate) fn limit(function: &str) -> Duration {
    Duration::from_secs(match function {
        "webhook-intake" => 4,
        "reply-sender" => 47,
        "bot-turn" => 60,
        _ => 30,
    })
}

/// Queue, its variable, the function it feeds, processes, and how long it hides what was received: longer
/// than the function's leases.
const QUEUES: [(&str, &str, &str, usize, &str); 4] = [
    ("turns.fifo", "TURNS_QUEUE_URL", "bot-turn", 5, "60"),
    (
        "outbound.fifo",
        "OUTBOUND_QUEUE_URL",
        "reply-sender",
        4,
        "50",
    ),
    ("handovers.fifo", "HANDOVERS_QUEUE_URL", "handover", 2, "60"),
    ("deadlines", "DEADLINES_QUEUE_URL", "handover", 2, "60"),
];

/// Everything there is.
pub(crate) struct Stage {
    pub(crate) runs: Runs,
    pub(crate) bot: TestBot,
    intake: Pool,
    patient: Pool,
    api: Pool,
    queues: Vec<Queue>,
}

impl Stage {
    pub(crate) async fn set(world: &World) -> Arc<Self> {
        let id = uuid::Uuid::new_v4().simple().to_string();
        let name = format!("k{}", &id[..12]);
        let aws = aws(world).await;
        let table = format!("sparkbridge-{name}-conversations");
        make_table(&aws, &table).await;
        // Each process gets a proxy of its own for this.
        let upstream = &world.stack.aws.endpoint_url;
        let mut environment = environment(world, upstream.clone());
        environment.insert("CONVERSATIONS_TABLE".into(), table);
        let prefix = format!("sparkbridge/{name}/agents/");
        environment.insert("AGENT_SECRET_PREFIX".into(), prefix);

        let sqs = aws_sdk_sqs::Client::new(&aws);
        let mut queues = Vec::new();
        for (queue, variable, _, _, hidden) in QUEUES {
            let make = sqs
                .create_queue()
                .queue_name(format!("{name}-{queue}"))
                .attributes(QueueAttributeName::VisibilityTimeout, hidden);
            let make = match queue.ends_with(".fifo") {
                true => make.attributes(QueueAttributeName::FifoQueue, "true"),
                false => make,
            };
            let url = make.send().await.unwrap().queue_url.unwrap();
            environment.insert(variable.into(), url.clone());
            let (name, sqs) = (queue, sqs.clone());
            queues.push(Queue { name, url, sqs });
        }

        let runs = Runs::default();
        let bot = TestBot::start(agents::mind).await;
        let api_base = sparkcentral::start(runs.clone()).await;
        agents::register(world, &name, &bot, &api_base).await;

        let worker = async |function: &'static str, limit: Duration| {
            Worker::new(function, upstream, &environment, limit).await
        };
        for (queue, (_, _, function, processes, _)) in queues.iter().zip(QUEUES) {
            for _ in 0..processes {
                let (queue, runs) = (queue.clone(), runs.clone());
                let worker = worker(function, limit(function)).await;
                tokio::spawn(queue.feed(worker, move |id| runs.of(id)));
            }
        }
        let pool = async |function: &'static str, limit: Duration, processes: usize| {
            let mut workers = Vec::new();
            for _ in 0..processes {
                workers.push(worker(function, limit).await);
            }
            Pool::of(workers)
        };
        Arc::new(Self {
            runs,
            bot,
            intake: pool("webhook-intake", limit("webhook-intake"), INTAKES).await,
            patient: pool("webhook-intake", PATIENT_LIMIT, INTAKES).await,
            api: pool("conversation-api", limit("conversation-api"), 2).await,
            queues,
        })
    }

    /// Where the agent's webhooks come in.
    pub(crate) fn intake(&self, agent: &str) -> &Pool {
        match agent {
            agents::PATIENT => &self.patient,
            _ => &self.intake,
        }
    }

    /// A request of a person, or of a bot that answers later, repeated until it is answered. Status and body.
    pub(crate) async fn ask(
        &self,
        run: &Arc<Run>,
        method: &str,
        act: &str,
        body: Value,
    ) -> (u64, Value) {
        for _ in 0..10 {
            let request = || request(run, method, act, &body);
            let answer = self.api.invoke(run, request).await;
            match answer {
                Some(answer) if answer["statusCode"].as_u64().unwrap() < 500 => {
                    let told = answer["body"].as_str().unwrap();
                    let status = answer["statusCode"].as_u64().unwrap();
                    return (status, serde_json::from_str(told).unwrap());
                }
                _ => tokio::time::sleep(Duration::from_millis(300)).await,
            }
        }
        panic!("{act} was not answered");
    }

    /// Messages in all queues, also hidden and delayed ones.
    pub(crate) async fn queued(&self) -> usize {
        let mut all = 0;
        for queue in &self.queues {
            let asked = queue.sqs.get_queue_attributes().queue_url(&queue.url);
            let told = asked.attribute_names(QueueAttributeName::All).send().await;
            let told = told.unwrap().attributes.unwrap();
            let counts = told.iter().filter_map(|(name, count)| {
                let counts = name
                    .as_str()
                    .starts_with("ApproximateNumberOfMessages")
                    .then_some(count)?;
                counts.parse::<usize>().ok()
            });
            all += counts.sum::<usize>();
        }
        all
    }
}

/// A request to conversation-api as API Gateway passes it on.
fn request(run: &Run, method: &str, act: &str, body: &Value) -> Value {
    let rest = match act {
        "" => String::new(),
        act => format!("/{act}"),
    };
    let path = format!("/v1/agents/{}/conversations/{}{rest}", run.agent, run.id);
    let route = format!("{method} /v1/agents/{{agent}}/conversations/{{id}}{rest}");
    json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"authorization": format!("Bearer {}", agents::TOKEN)},
        "pathParameters": {"agent": run.agent, "id": run.id},
        "requestContext": request_context(method, &path, &route),
        "body": if body.is_null() { String::new() } else { body.to_string() },
        "isBase64Encoded": false,
    })
}
