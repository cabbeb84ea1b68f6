//! AWS as far as the functions use it, in memory: DynamoDB, Secrets Manager, SQS. Every call is counted, with
//! the bytes of its bodies and what DynamoDB charges for it.
//!
//! It stands in for the emulator because that takes a hundred times as long as the functions themselves. That it
//! does the same is shown in two ways: the store's own tests pass with it (`benchmarks aws cargo test -p platform`),
//! and `alike.rs` puts the same requests to both.

#[cfg(test)]
mod alike;
mod attribute;
mod dynamodb;
mod expression;
mod queues;
mod refusal;
mod requests;
mod table;
mod writes;

use std::collections::{BTreeMap, HashMap};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use dynamodb::DynamoDb;
use queues::Queues;
use refusal::Refusal;

pub(crate) use queues::Message;

/// What was called since the counts were last taken. Settings and secrets, which are asked for once in half a
/// minute and in five, are counted by these names and with nothing else.
#[derive(Clone, Debug, Default)]
pub(crate) struct Calls {
    pub(crate) by_name: BTreeMap<String, u64>,
    pub(crate) write_units: u64,
    pub(crate) read_units: f64,
    /// Bodies of requests.
    pub(crate) bytes_out: u64,
    /// Bodies of answers.
    pub(crate) bytes_in: u64,
}

/// Reading an agent's settings, in [`Calls::by_name`].
pub(crate) const SETTINGS: &str = "GetItem of settings";
/// Reading a secret, in [`Calls::by_name`].
pub(crate) const SECRET: &str = "GetSecretValue";

#[derive(Default)]
struct Inside {
    dynamodb: DynamoDb,
    secrets: HashMap<String, String>,
    queues: Queues,
    calls: Calls,
}

/// A server on 127.0.0.1. Ends when dropped.
pub(crate) struct Aws {
    pub(crate) url: String,
    inside: Arc<Mutex<Inside>>,
    server: JoinHandle<std::io::Result<()>>,
}

impl Drop for Aws {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Aws {
    pub(crate) async fn start() -> Result<Self> {
        let inside = Arc::new(Mutex::new(Inside::default()));
        let app = Router::new()
            .fallback(called)
            .with_state(Arc::clone(&inside));
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let server = tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self {
            url,
            inside,
            server,
        })
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a table with the keys pk and sk.
    pub(crate) fn make_table(&self, name: &str) {
        self.inside().dynamodb.make(name);
    }

    /// Puts an item of texts into a table.
    pub(crate) fn put(&self, table: &str, texts: &[(&str, &str)]) -> Result<()> {
        let texts = texts.iter().map(|(name, text)| (*name, json!({"S": text})));
        let item: serde_json::Map<String, Value> =
            texts.map(|(name, text)| (name.to_owned(), text)).collect();
        let put = json!({"TableName": table, "Item": item}).to_string();
        let put = self.inside().dynamodb.act("PutItem", put.as_bytes());
        put.map(drop)
            .map_err(|refusal| anyhow::anyhow!("PutItem: {}", refusal.body()))
    }

    pub(crate) fn set_secret(&self, name: &str, secret: &str) {
        let mut inside = self.inside();
        inside.secrets.insert(name.to_owned(), secret.to_owned());
    }

    /// Copies a partition, with another text in place of one that stands in it; how many items it has.
    pub(crate) fn copy_partition(&self, table: &str, pk: &str, from: &str, to: &str) -> usize {
        let mut inside = self.inside();
        inside.dynamodb.make(table).copy_partition(pk, from, to)
    }

    pub(crate) fn remove_partition(&self, table: &str, pk: &str) {
        self.inside().dynamodb.make(table).remove_partition(pk);
    }

    /// What was called since the last time this was asked.
    pub(crate) fn take_calls(&self) -> Calls {
        let mut inside = self.inside();
        let write_units = std::mem::take(&mut inside.dynamodb.write_units);
        let read_half_units = std::mem::take(&mut inside.dynamodb.read_half_units);
        Calls {
            write_units,
            read_units: read_half_units as f64 / 2.0,
            ..std::mem::take(&mut inside.calls)
        }
    }

    /// The messages of a queue, which is empty then.
    pub(crate) fn take_messages(&self, queue: &str) -> Vec<Message> {
        self.inside().queues.take(queue)
    }
}

async fn called(
    State(inside): State<Arc<Mutex<Inside>>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let target = headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok());
    let (service, operation) = target
        .and_then(|target| target.split_once('.'))
        .unwrap_or_default();
    let told = inside
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .called(service, operation, &body);
    let (status, told) = match told {
        Ok(told) => (StatusCode::OK, told),
        Err(refusal) => (
            StatusCode::BAD_REQUEST,
            refusal.body().to_string().into_bytes(),
        ),
    };
    let kind = [(header::CONTENT_TYPE, "application/x-amz-json-1.0")];
    (status, kind, told).into_response()
}

impl Inside {
    fn called(&mut self, service: &str, operation: &str, body: &[u8]) -> Result<Vec<u8>, Refusal> {
        let units = (self.dynamodb.write_units, self.dynamodb.read_half_units);
        let told = match service {
            "DynamoDB_20120810" => self.dynamodb.act(operation, body),
            "secretsmanager" => self.secret(operation, body),
            "AmazonSQS" => self.queues.act(operation, body),
            other => Err(Refusal::Plain {
                code: "UnknownOperationException",
                message: format!("{other:?} is not known here"),
            }),
        };
        let told = told.map(|told| told.to_string().into_bytes());
        let is_settings = operation == "GetItem" && is_of_settings(body);
        let name = if is_settings { SETTINGS } else { operation };
        *self.calls.by_name.entry(name.to_owned()).or_default() += 1;
        if is_settings {
            (self.dynamodb.write_units, self.dynamodb.read_half_units) = units;
        } else if name != SECRET {
            self.calls.bytes_out += body.len() as u64;
            let told = told.as_ref().map_or(0, Vec::len);
            self.calls.bytes_in += told as u64;
        }
        told
    }

    fn secret(&self, operation: &str, body: &[u8]) -> Result<Value, Refusal> {
        let asked: Value = serde_json::from_slice(body)?;
        let name = asked["SecretId"].as_str().unwrap_or_default();
        let stage = asked["VersionStage"].as_str().unwrap_or("AWSCURRENT");
        let secret = self.secrets.get(name);
        match (operation, secret.filter(|_| stage == "AWSCURRENT")) {
            (SECRET, Some(secret)) => Ok(json!({
                "ARN": format!("arn:aws:secretsmanager:eu-west-1:000000000000:secret:{name}-a1b2c3"),
                "CreatedDate": 1.7e9,
                "Name": name,
                "SecretString": secret,
                "VersionId": "4b1d2c5e-7f60-4a38-9c1e-0d2f3a4b5c6d",
                "VersionStages": [stage],
            })),
            (SECRET, None) => Err(Refusal::Plain {
                code: "ResourceNotFoundException",
                message: "Secrets Manager can't find the specified secret.".to_owned(),
            }),
            (other, _) => Err(Refusal::Plain {
                code: "UnknownOperationException",
                message: format!("{other} is not known here"),
            }),
        }
    }
}

fn is_of_settings(body: &[u8]) -> bool {
    let asked: Value = serde_json::from_slice(body).unwrap_or_default();
    asked["Key"]["pk"]["S"] == "AGENT"
}
