//! A stage of a test's own that has nothing but queues.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    Message, MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName,
};
use system_tests::{Ran, World};
use uuid::Uuid;

/// A stage of a test's own that has nothing but queues: nobody serves them.
pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) name: String,
    pub(crate) sqs: Client,
}

impl Stage {
    pub(crate) async fn new(queues: &[&str]) -> Self {
        let aws = aws_config::load_from_env().await;
        let id = Uuid::new_v4().simple().to_string();
        let stage = Self {
            world: World::join(),
            name: format!("t{}", &id[..10]),
            sqs: Client::new(&aws),
        };
        for queue in queues {
            let mut create = stage.sqs.create_queue().queue_name(stage.queue(queue));
            if queue.ends_with(".fifo") {
                create = create
                    .attributes(QueueAttributeName::FifoQueue, "true")
                    .attributes(QueueAttributeName::DeduplicationScope, "messageGroup")
                    .attributes(QueueAttributeName::FifoThroughputLimit, "perMessageGroupId");
            }
            create.send().await.unwrap();
        }
        stage
    }

    pub(crate) fn queue(&self, name: &str) -> String {
        format!("sparkbridge-{}-{name}", self.name)
    }

    pub(crate) async fn url(&self, queue: &str) -> String {
        let found = self
            .sqs
            .get_queue_url()
            .queue_name(self.queue(queue))
            .send()
            .await;
        found.unwrap().queue_url.unwrap()
    }

    /// Puts a message into a FIFO queue; its id.
    pub(crate) async fn put(&self, queue: &str, group: &str, once: &str, body: &str) -> String {
        let kind = MessageAttributeValue::builder()
            .data_type("String")
            .string_value("kept");
        let sent = self
            .sqs
            .send_message()
            .queue_url(self.url(queue).await)
            .message_body(body)
            .message_group_id(group)
            .message_deduplication_id(once)
            .message_attributes("kind", kind.build().unwrap())
            .send()
            .await;
        sent.unwrap().message_id.unwrap()
    }

    /// Everything in a queue, taken out.
    pub(crate) async fn take(&self, queue: &str) -> Vec<Message> {
        let mut taken = Vec::new();
        loop {
            let received = self
                .sqs
                .receive_message()
                .queue_url(self.url(queue).await)
                .max_number_of_messages(10)
                .message_system_attribute_names(MessageSystemAttributeName::All)
                .message_attribute_names("All")
                .send()
                .await;
            let messages = received.unwrap().messages.unwrap_or_default();
            if messages.is_empty() {
                return taken;
            }
            for message in messages {
                let delete = self.sqs.delete_message().queue_url(self.url(queue).await);
                let handle = message.receipt_handle().unwrap();
                delete.receipt_handle(handle).send().await.unwrap();
                taken.push(message);
            }
        }
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        let arguments = [&["--stage", self.name.as_str(), "dead-letters"], arguments].concat();
        self.world.run(&arguments).await
    }
}

pub(crate) fn body(conversation: &str, n: u32) -> String {
    // Blanks as nobody writes them: bytes stay as they are.
    format!("{{ \"agent\":\"demo\",  \"conversation_id\":\"{conversation}\",\"n\":{n} }}")
}

pub(crate) fn bodies(messages: &[Message]) -> Vec<String> {
    messages
        .iter()
        .map(|message| message.body().unwrap().to_owned())
        .collect()
}

pub(crate) const TURNS: [&str; 2] = ["turns.fifo", "turns-dead.fifo"];
