//! The exports, as an operator has them: Sparkcentral writes, `sparkbridge exports` does the rest.

use std::path::{Path, PathBuf};

use local_stack::{StackInfo, sparkbridge};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};
use uuid::Uuid;

use crate::World;

/// There is one server and one set of settings in a stack: one test at a time has them.
static TURN: Mutex<()> = Mutex::const_new(());

/// The exports of the stack, ours alone until dropped.
pub struct Exports<'a> {
    /// The stack.
    pub world: &'a World,
    /// For files of this test.
    pub scratch: PathBuf,
    _turn: MutexGuard<'static, ()>,
}

/// What the command line said.
#[derive(Debug)]
pub struct Told {
    /// Whether it ended well.
    pub ok: bool,
    /// Its answer; null if it is no JSON.
    pub json: Value,
    /// Its words on standard error.
    pub error: String,
}

impl Drop for Exports<'_> {
    fn drop(&mut self) {
        // Best effort, like every temporary file's removal.
        let _ = std::fs::remove_dir_all(&self.scratch);
    }
}

impl<'a> Exports<'a> {
    /// Waits for our turn, with the stack's own server and times in UTC.
    pub async fn take(world: &'a World) -> Self {
        let turn = TURN.lock().await;
        let scratch = std::env::temp_dir().join(format!("sparkbridge-{}", Uuid::new_v4()));
        std::fs::create_dir(&scratch).unwrap();
        let exports = Self {
            world,
            scratch,
            _turn: turn,
        };
        exports.configure("").await;
        exports
    }

    fn stack(&self) -> &StackInfo {
        &self.world.stack
    }

    /// `sparkbridge exports …`, with `--json`.
    pub async fn sparkbridge(&self, arguments: &[&str]) -> Told {
        let mut command = sparkbridge(self.stack()).unwrap();
        command.arg("exports").args(arguments).arg("--json");
        let output = command.output().await.unwrap();
        Told {
            ok: output.status.success(),
            json: serde_json::from_slice(&output.stdout).unwrap_or(Value::Null),
            error: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The same, where it must end well; its answer.
    pub async fn must(&self, arguments: &[&str]) -> Value {
        let told = self.sparkbridge(arguments).await;
        assert!(told.ok, "sparkbridge exports {arguments:?}: {told:#?}");
        told.json
    }

    /// Replaces the settings: the stack's server, and what `more` adds.
    pub async fn configure(&self, more: &str) {
        let sftp = &self.stack().sftp;
        self.configure_server(sftp.port, &sftp.user, &sftp.password, more)
            .await;
        self.must(&["trust-host", "--yes"]).await;
    }

    /// Replaces the settings, server included, without trusting it. A zone in `more` is the default one.
    pub async fn configure_server(&self, port: u16, user: &str, password: &str, more: &str) {
        let zone = if more.contains("time_zone") && !more.trim_start().starts_with('[') {
            ""
        } else {
            "time_zone = \"UTC\"\n"
        };
        let settings = self.file(
            "exports.toml",
            format!("host = \"127.0.0.1\"\nport = {port}\nuser = \"{user}\"\nroot = \"/export\"\nsettle_secs = 0\n{zone}{more}").as_bytes(),
        );
        let secret = self.file(
            "secret.json",
            json!({"password": password}).to_string().as_bytes(),
        );
        let (settings, secret) = (settings.to_str().unwrap(), secret.to_str().unwrap());
        self.must(&["configure", "--file", settings, "--secret-file", secret])
            .await;
    }

    /// A file of this test on our side.
    pub fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.scratch.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// A file on Sparkcentral's server; its path there.
    pub fn on_server(&self, directory: &str, name: &str, content: &[u8]) -> String {
        let folder = self.stack().sftp.folder.join("export").join(directory);
        std::fs::create_dir_all(&folder).unwrap();
        // As Sparkcentral's own: whole when it is there.
        let unfinished = self.scratch.join(name);
        std::fs::write(&unfinished, content).unwrap();
        move_file(&unfinished, &folder.join(name));
        format!("/export/{directory}/{name}")
    }

    /// Sparkcentral writes its exports.
    pub async fn order(&self, order: Value) -> Value {
        self.world
            .simulate(Method::POST, "/sim/exports", Some(order))
            .await
    }

    /// Sparkcentral writes all exports but topics: when those came is one test's own to decide.
    pub async fn order_all(&self) -> Value {
        let all = exports::EXPORTS.iter().map(|export| export.table);
        let types: Vec<&str> = all.filter(|table| *table != "topics").collect();
        self.order(json!({ "types": types })).await
    }

    /// Everything on the server into the tables; what became of the files.
    pub async fn pull(&self) -> Vec<Value> {
        self.must(&["pull"]).await["files"]
            .as_array()
            .unwrap()
            .clone()
    }

    /// A question in SQL; its rows.
    pub async fn query(&self, sql: &str) -> Vec<Value> {
        self.must(&["query", sql]).await.as_array().unwrap().clone()
    }

    /// A question with one number for an answer.
    pub async fn number(&self, sql: &str) -> u64 {
        let rows = self.query(sql).await;
        let row = rows[0].as_object().unwrap();
        row.values().next().unwrap().as_u64().unwrap()
    }
}

/// Within a file system, or across: the copy is complete before it has its name.
fn move_file(from: &Path, to: &Path) {
    if std::fs::rename(from, to).is_err() {
        let beside = to.with_extension("unfinished");
        std::fs::copy(from, &beside).unwrap();
        std::fs::rename(&beside, to).unwrap();
    }
}

/// A Tags export with a row per id.
pub fn csv_of_tags(ids: &[&str]) -> String {
    let rows: String = ids
        .iter()
        .map(|id| format!("{id},Name of {id},1,2,3,sms,c-1,SMS\n"))
        .collect();
    format!(
        "Tag ID,Tag Name,Total Contacts,Total Messages,Total Current Messages,Medium,Channel,Channel Display Name\n{rows}"
    )
}
