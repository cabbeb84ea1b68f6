//! Every store of the stage, searched from outside.

use std::collections::BTreeMap;
use std::io::Read;

use aws_sdk_sqs::types::QueueAttributeName;
use flate2::read::GzDecoder;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::json;
use system_tests::World;

/// The account's services, as an auditor has them.
pub(crate) struct Stores {
    table: aws_sdk_dynamodb::Client,
    objects: aws_sdk_s3::Client,
    queues: aws_sdk_sqs::Client,
    bucket: String,
    stage: String,
}

impl Stores {
    pub(crate) async fn of(world: &World) -> Self {
        let aws = aws_config::load_from_env().await;
        let s3 = aws_sdk_s3::config::Builder::from(&aws).force_path_style(true);
        Self {
            table: aws_sdk_dynamodb::Client::new(&aws),
            objects: aws_sdk_s3::Client::from_conf(s3.build()),
            queues: aws_sdk_sqs::Client::new(&aws),
            bucket: world.stack.lake_bucket.clone(),
            stage: world.stack.stage.clone(),
        }
    }

    /// Where any of the texts is: items of both tables, objects as bytes and decoded, queue messages.
    pub(crate) async fn search(&self, texts: &[String]) -> Vec<String> {
        let mut found = Vec::new();
        let has = |content: &str| {
            let content = content.to_lowercase();
            texts
                .iter()
                .any(|text| content.contains(&text.to_lowercase()))
        };
        for table in ["conversations", "exports"] {
            let name = format!("sparkbridge-{}-{table}", self.stage);
            let scan = self.table.scan().table_name(name).consistent_read(true);
            let mut items = scan.into_paginator().items().send();
            while let Some(item) = items.next().await {
                let item = item.unwrap();
                if has(&format!("{item:?}")) {
                    found.push(format!("{table}: {:?} {:?}", item["pk"], item["sk"]));
                }
            }
        }
        for (key, content) in self.objects().await {
            if has(&key) || has(&content) {
                found.push(key);
            }
        }
        for (queue, bodies) in self.messages().await {
            let mentions = bodies.iter().filter(|body| has(body)).count();
            found.extend(std::iter::repeat_n(queue, mentions));
        }
        found
    }

    /// Every object of the lake as text: Parquet row by row, gzip unpacked.
    async fn objects(&self) -> BTreeMap<String, String> {
        let mut objects = BTreeMap::new();
        let list = self.objects.list_objects_v2().bucket(&self.bucket);
        let mut pages = list.into_paginator().send();
        while let Some(page) = pages.next().await {
            for object in page.unwrap().contents.unwrap_or_default() {
                let key = object.key.unwrap();
                let got = self.objects.get_object().bucket(&self.bucket).key(&key);
                let bytes = got.send().await.unwrap().body.collect().await.unwrap();
                let bytes = bytes.into_bytes();
                let mut text = String::from_utf8_lossy(&bytes).into_owned();
                if key.ends_with(".parquet") {
                    let rows = SerializedFileReader::new(bytes.clone()).unwrap();
                    for row in rows.get_row_iter(None).unwrap() {
                        text.push_str(&row.unwrap().to_string());
                    }
                } else if bytes.starts_with(&[0x1f, 0x8b]) {
                    GzDecoder::new(&bytes[..])
                        .read_to_string(&mut text)
                        .unwrap();
                }
                objects.insert(key, text);
            }
        }
        objects
    }

    /// The bodies in every queue of the stage, in order; all of them are visible again afterwards.
    pub(crate) async fn messages(&self) -> BTreeMap<String, Vec<String>> {
        let mut messages = BTreeMap::new();
        let prefix = format!("sparkbridge-{}-", self.stage);
        let queues = self.queues.list_queues().queue_name_prefix(&prefix);
        for url in queues.send().await.unwrap().queue_urls.unwrap() {
            let (mut bodies, mut handles) = (Vec::new(), Vec::new());
            loop {
                let receive = self.queues.receive_message().queue_url(&url);
                let receive = receive.max_number_of_messages(10).visibility_timeout(60);
                let got = receive.send().await.unwrap().messages.unwrap_or_default();
                if got.is_empty() {
                    break;
                }
                for message in got {
                    bodies.push(message.body.unwrap());
                    handles.push(message.receipt_handle.unwrap());
                }
            }
            for handle in handles.into_iter().rev() {
                let show = self.queues.change_message_visibility().queue_url(&url);
                let show = show.receipt_handle(handle).visibility_timeout(0);
                show.send().await.unwrap();
            }
            messages.insert(url.rsplit('/').next().unwrap().to_owned(), bodies);
        }
        messages
    }

    pub(crate) fn dead(&self) -> String {
        format!("sparkbridge-{}-turns-dead.fifo", self.stage)
    }

    /// Puts work into a dead-letter queue, as if it had been given up on.
    pub(crate) async fn give_up(&self, agent: &str, conversation: &str, turn: &str) {
        let url = self.queues.get_queue_url().queue_name(self.dead());
        let url = url.send().await.unwrap().queue_url.unwrap();
        let body = json!({
            "version": 1, "agent": agent, "conversation_id": conversation,
            "work": "turn", "turn_id": turn,
        });
        self.queues
            .send_message()
            .queue_url(url)
            .message_body(body.to_string())
            .message_group_id(conversation)
            .message_deduplication_id(turn)
            .send()
            .await
            .unwrap();
    }

    pub(crate) async fn in_hands(&self) -> String {
        let url = self.queues.get_queue_url().queue_name(self.dead());
        let url = url.send().await.unwrap().queue_url.unwrap();
        let name = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
        let told = self.queues.get_queue_attributes().queue_url(url);
        let told = told.attribute_names(name.clone()).send().await.unwrap();
        told.attributes.unwrap()[&name].clone()
    }
}
