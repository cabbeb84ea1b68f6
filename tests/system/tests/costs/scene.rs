//! A table, queues and a secret of one scene's own, and the functions between them.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};
use system_tests::{
    End, Function, Process, RegisteredAgent, World, aws, environment, make_table, message_event,
    passed_on, started_event,
};

use crate::counting::{Calls, Proxy};

/// The queues, and which function works each off.
const QUEUES: [(&str, &str, &str); 4] = [
    ("turns.fifo", "TURNS_QUEUE_URL", "bot-turn"),
    ("outbound.fifo", "OUTBOUND_QUEUE_URL", "reply-sender"),
    ("handovers.fifo", "HANDOVERS_QUEUE_URL", "handover"),
    ("deadlines", "DEADLINES_QUEUE_URL", "handover"),
];
const AGENT: &str = "cost";
/// Of one invocation.
const LIMIT: Duration = Duration::from_secs(60);
/// Of one of webhook-intake: short, because its leases last a second longer.
const INTAKE_LIMIT: Duration = Duration::from_secs(4);

/// What one message cost.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    pub(crate) invocations: u64,
    /// Calls that write to DynamoDB.
    pub(crate) write_requests: usize,
    pub(crate) write_units: u64,
    pub(crate) read_units: u64,
    /// Sent, received and deleted.
    pub(crate) queue_requests: u64,
    /// Calls to AWS that a function waits for.
    pub(crate) calls: u64,
    /// Calls to Sparkcentral's API.
    pub(crate) replies: u64,
    pub(crate) by_name: BTreeMap<String, usize>,
}

/// When the contact wrote the last time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    /// Within the seconds that an invocation lasts.
    Now,
    /// Longer ago, as usual.
    LongAgo,
}

pub(crate) struct Scene {
    proxy: Proxy,
    sqs: aws_sdk_sqs::Client,
    queues: Vec<(String, &'static str)>,
    functions: HashMap<&'static str, Function>,
    secret: String,
    conversation: String,
}

impl Scene {
    /// An agent with the script bot, and a conversation that has begun: everything is warm.
    pub(crate) async fn set(world: &World, mode: &str, before: Before) -> Self {
        let id = uuid::Uuid::new_v4().simple().to_string();
        let stage = format!("c{}", &id[..12]);
        let aws = aws(world).await;
        let table = format!("sparkbridge-{stage}-conversations");
        make_table(&aws, &table).await;
        let proxy = Proxy::start(&world.stack.aws.endpoint_url).await;
        let mut environment = environment(world, proxy.url.clone());
        environment.insert("CONVERSATIONS_TABLE".into(), table);
        let prefix = format!("sparkbridge/{stage}/agents/");
        environment.insert("AGENT_SECRET_PREFIX".into(), prefix);
        let sqs = aws_sdk_sqs::Client::new(&aws);
        let mut queues = Vec::new();
        for (name, variable, function) in QUEUES {
            let mut make = sqs.create_queue().queue_name(format!("{stage}-{name}"));
            if name.ends_with(".fifo") {
                make = make.attributes(QueueAttributeName::FifoQueue, "true");
            }
            let url = make.send().await.unwrap().queue_url.unwrap();
            environment.insert(variable.into(), url.clone());
            queues.push((url, function));
        }
        // The other side is the stack's simulator; agent and secret are this stage's.
        let registered = world.agent("[bot]\nkind = \"script\"\n").await;
        let secret = registered.webhook_secret.clone();
        put(world, &stage, mode, &registered).await;
        let conversation = world.begin(&registered, None).await;

        let mut functions = HashMap::new();
        for name in ["webhook-intake", "bot-turn", "reply-sender", "handover"] {
            let process = Process::default();
            let limit = if name == "webhook-intake" {
                INTAKE_LIMIT
            } else {
                LIMIT
            };
            let function = Function::start(name, &environment, limit, &process);
            functions.insert(name, function.await);
        }
        let mut scene = Self {
            proxy,
            sqs,
            queues,
            functions,
            secret,
            conversation,
        };
        let started = started_event(&uuid::Uuid::new_v4().to_string(), &scene.conversation);
        scene.webhook(&started).await;
        scene.work_off().await;
        // Once through everything, so that no cache is cold; and once more, because the first message may be
        // one that changes what the bot remembers.
        for _ in 0..2 {
            let key = uuid::Uuid::new_v4().to_string();
            let before = message_event(&key, &scene.conversation, "What are your opening hours?");
            scene.webhook(&before).await;
            scene.work_off().await;
        }
        if before == Before::LongAgo {
            tokio::time::sleep(INTAKE_LIMIT + Duration::from_secs(2)).await;
        }
        scene.proxy.take();
        scene
    }

    /// What one message of a contact costs, from the webhook to the end.
    pub(crate) async fn one_message(mut self, text: &str) -> Counted {
        let key = uuid::Uuid::new_v4().to_string();
        let event = message_event(&key, &self.conversation, text);
        self.webhook(&event).await;
        let (worked, replies) = self.work_off().await;
        let Calls {
            by_name,
            write_units,
            read_units,
        } = self.proxy.take();
        let count = |names: &[&str]| {
            let counts = names.iter().filter_map(|name| by_name.get(*name));
            counts.sum::<usize>()
        };
        Counted {
            invocations: 1 + worked,
            write_requests: count(&["PutItem", "UpdateItem", "TransactWriteItems"]),
            write_units,
            read_units,
            // Lambda receives and deletes each message itself, at worst one by one.
            queue_requests: count(&["SendMessage"]) as u64 + 2 * worked,
            calls: by_name.values().sum::<usize>() as u64,
            replies,
            by_name,
        }
    }

    async fn webhook(&mut self, event: &Value) {
        let request = passed_on(AGENT, &self.secret, event);
        let answer = self.invoke("webhook-intake", request).await;
        assert_eq!(answer["statusCode"], 200, "{answer}");
    }

    async fn invoke(&mut self, name: &str, event: Value) -> Value {
        match self.functions.get_mut(name).unwrap().invoke(event).await {
            End::Answered(answer) => answer,
            end => panic!("{name}: {end:?}"),
        }
    }

    /// Works every queue off, deadlines too once they are due; how many messages there were, and how many of
    /// them were for Sparkcentral.
    async fn work_off(&mut self) -> (u64, u64) {
        let (mut worked, mut replies) = (0, 0);
        loop {
            let mut found = false;
            for (url, function) in self.queues.clone() {
                let received = self
                    .sqs
                    .receive_message()
                    .queue_url(&url)
                    .max_number_of_messages(1)
                    .send()
                    .await
                    .unwrap();
                for message in received.messages.unwrap_or_default() {
                    found = true;
                    worked += 1;
                    replies += u64::from(function == "reply-sender");
                    let receipt = message.receipt_handle.clone().unwrap();
                    let event = json!({"Records": [{
                        "messageId": message.message_id,
                        "receiptHandle": receipt,
                        "body": message.body,
                        "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": "g"},
                        "messageAttributes": {},
                        "eventSource": "aws:sqs",
                        "eventSourceARN": format!("arn:aws:sqs:eu-west-1:0:{}", url.rsplit('/').next().unwrap()),
                        "awsRegion": "eu-west-1",
                    }]});
                    let answer = self.invoke(function, event).await;
                    assert_eq!(
                        answer["batchItemFailures"],
                        json!([]),
                        "{function}: {answer}"
                    );
                    let delete = self.sqs.delete_message().queue_url(&url);
                    delete.receipt_handle(receipt).send().await.unwrap();
                }
            }
            if !found && !self.is_something_delayed().await {
                return (worked, replies);
            }
            if !found {
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
        }
    }

    /// Whether a deadline waits for its time, or has just come.
    async fn is_something_delayed(&self) -> bool {
        let counts = [
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
            QueueAttributeName::ApproximateNumberOfMessages,
        ];
        let deadlines = self
            .queues
            .iter()
            .find(|(url, _)| url.ends_with("-deadlines"));
        let (url, _) = deadlines.unwrap();
        let asked = self.sqs.get_queue_attributes().queue_url(url);
        let asked = asked.set_attribute_names(Some(counts.to_vec()));
        let told = asked.send().await.unwrap().attributes.unwrap_or_default();
        counts
            .iter()
            .any(|count| told.get(count).is_some_and(|number| number != "0"))
    }
}

/// Registers the agent in the scene's own stage, with the command line.
async fn put(world: &World, stage: &str, mode: &str, other_side: &RegisteredAgent) {
    let folder = std::env::temp_dir().join(format!("sparkbridge-cost-{stage}"));
    std::fs::create_dir(&folder).unwrap();
    let settings = folder.join("settings.toml");
    // Deadlines are due soon, so that their messages are worked off and counted too.
    let text = format!(
        "region = \"us\"\napi_base = \"{}\"\nmode = \"{mode}\"\n[turns]\nanswer_within_secs = 10\nholding_lead_secs = 0\n\
         [bot]\nkind = \"script\"\n",
        world.stack.simulator_url
    );
    std::fs::write(&settings, text).unwrap();
    let secrets = folder.join("secret.json");
    let text = json!({
        "webhook_secret": other_side.webhook_secret,
        "client_id": other_side.simulator_credentials.client_id,
        "client_secret": other_side.simulator_credentials.client_secret,
    });
    std::fs::write(&secrets, text.to_string()).unwrap();
    let (settings, secrets) = (settings.to_str().unwrap(), secrets.to_str().unwrap());
    let arguments = ["--stage", stage, "agent", "put", AGENT];
    let files = ["--file", settings, "--secret-file", secrets];
    world.sparkbridge(&[&arguments[..], &files].concat()).await;
    std::fs::remove_dir_all(&folder).unwrap();
}
