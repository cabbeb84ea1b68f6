//! A simulator that exports, and its files as they are found on the disk.

use std::path::PathBuf;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use simulator::Config;

use super::{Bot, Sim, quick};

/// A simulator with a directory of its own, which goes when it goes.
pub(crate) struct Exporting {
    pub(crate) sim: Sim,
    pub(crate) bot: Bot,
    pub(crate) root: PathBuf,
}

impl Drop for Exporting {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.root);
    }
}

impl Exporting {
    pub(crate) async fn start() -> Self {
        let name = uuid::Uuid::new_v4().to_string();
        let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let sim = Sim::start(Config {
            exports_root: Some(root.clone()),
            ..quick()
        })
        .await;
        let bot = Bot::start().await;
        sim.agent(&bot.url, json!({})).await;
        Self { sim, bot, root }
    }

    /// The answer of an order that must be taken.
    pub(crate) async fn export(&self, order: Value) -> Value {
        let (status, answer) = self.sim.post("/sim/exports", order).await;
        assert_eq!(status, 201, "{answer}");
        answer
    }

    /// Of an order for one type: the file as the answer tells it.
    pub(crate) async fn one(&self, kind: &str, mut order: Value) -> Value {
        order["types"] = json!([kind]);
        let answer = self.export(order).await;
        assert_eq!(answer["files"].as_array().unwrap().len(), 1);
        answer["files"][0].clone()
    }

    pub(crate) fn bytes(&self, file: &Value) -> Vec<u8> {
        let path = file["path"].as_str().unwrap();
        std::fs::read(self.root.join(path.trim_start_matches('/'))).unwrap()
    }

    pub(crate) fn sheet(&self, file: &Value) -> Sheet {
        Sheet::read(&self.bytes(file))
    }

    /// A conversation the bot tags and hands over, and a human answers.
    pub(crate) async fn handed_over(&self, text: &str) -> String {
        self.bot.script(200, "{}").script(
            200,
            json!({"sendMessage": {"text": "One moment"}, "applyTopics": ["Refund", "Delivery"],
                "applyTags": ["Happy"], "complete": "HANDOVER"}),
        );
        let id = self.sim.begin(text).await;
        self.sim.act(&id, "take", json!({"agent": "agent-1"})).await;
        self.sim.act(&id, "reply", json!({"text": "Hi"})).await;
        id
    }
}

pub(crate) struct Sheet {
    pub(crate) headers: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Sheet {
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let mut reader = csv::Reader::from_reader(bytes);
        let headers = reader.headers().unwrap().iter().map(String::from).collect();
        let rows = reader.deserialize().map(Result::unwrap).collect();
        Self { headers, rows }
    }

    pub(crate) fn column(&self, header: &str) -> Vec<&str> {
        let place = self.headers.iter().position(|h| h == header).unwrap();
        self.rows.iter().map(|row| row[place].as_str()).collect()
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
