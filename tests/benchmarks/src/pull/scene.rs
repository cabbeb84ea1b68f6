//! What one pull needs: a folder on the SFTP server, a bucket, a ledger and a secret of its own.
//!
//! Set up by plain requests, because the emulator asks for no signature, and so that nothing of the product is
//! needed to try the product.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use exports::Settings;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use sftp_server::openssh::Sshd;

use super::emulator::REGION;
use crate::measured::Usage;
use crate::runtime::invoke_once;

pub(crate) struct Scene {
    http: Client,
    aws: String,
    /// Of bucket, ledger and folder.
    name: String,
    folder: PathBuf,
}

impl Scene {
    /// `name` must be new to emulator and server. The settings are the defaults, but for `settle_secs`.
    pub(crate) async fn set(
        http: &Client,
        aws: &str,
        sshd: &Sshd,
        name: &str,
        settle_secs: u64,
    ) -> Result<Self> {
        let folder = sshd.folder().join(name);
        fs::create_dir_all(folder.join("message"))?;
        let scene = Self {
            http: http.clone(),
            aws: aws.to_owned(),
            name: name.to_owned(),
            folder,
        };
        let place = format!(
            "<CreateBucketConfiguration><LocationConstraint>{REGION}</LocationConstraint></CreateBucketConfiguration>"
        );
        let bucket = http.put(format!("{aws}/{name}")).body(place);
        scene.s3(bucket).await?;
        let key = |name, kind| json!({"AttributeName": name, "KeyType": kind});
        let attribute = |name| json!({"AttributeName": name, "AttributeType": "S"});
        let table = json!({
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [attribute("pk"), attribute("sk")],
            "KeySchema": [key("pk", "HASH"), key("sk", "RANGE")],
        });
        scene
            .json("dynamodb", "DynamoDB_20120810.CreateTable", table)
            .await?;
        let mut settings = Settings::new("127.0.0.1", sshd.user());
        settings.port = sshd.port();
        settings.root = scene.folder.display().to_string();
        settings.host_key = Some(sshd.fingerprint().to_owned());
        settings.settle_secs = settle_secs;
        // As the ledger keeps the operator's settings.
        let item = json!({
            "pk": {"S": "SETTINGS"},
            "sk": {"S": "exports"},
            "body": {"S": serde_json::to_string(&settings)?},
        });
        let put = json!({"TableName": name, "Item": item});
        scene
            .json("dynamodb", "DynamoDB_20120810.PutItem", put)
            .await?;
        let secret = json!({"private_key": sshd.key().private}).to_string();
        let secret = json!({"Name": format!("{name}/sftp"), "SecretString": secret, "ClientRequestToken": name.repeat(8)});
        scene
            .json("secretsmanager", "secretsmanager.CreateSecret", secret)
            .await?;
        Ok(scene)
    }

    /// Puts an export on the server, as if written an hour ago. `number` makes its name another one.
    pub(crate) fn export(&self, file: &Path, number: u32) -> Result<()> {
        let hour = number % 24;
        let day = 1 + number / 24;
        let name = format!(
            "[o-1][message][{day:02}112026{hour:02}0000][{day:02}112026{hour:02}5959][0b5ab1fc-4a05-4d0e-8d6c-{number:012x}].csv"
        );
        let to = self.folder.join("message").join(name);
        fs::copy(file, &to)?;
        let hour_ago = SystemTime::now() - Duration::from_secs(3600);
        Ok(File::options()
            .write(true)
            .open(to)?
            .set_modified(hour_ago)?)
    }

    /// Pulls what is new, which must be `files` files.
    pub(crate) async fn pull(&self, endpoint: &str, files: usize) -> Result<Usage> {
        let (answer, usage) =
            invoke_once("export-sync", &self.environment(endpoint), &json!({})).await?;
        let pulled = answer["pulled"].as_array().map_or(0, Vec::len);
        ensure!(
            pulled == files,
            "{files} files should have been pulled: {answer}"
        );
        Ok(usage)
    }

    /// Loads everything that landed, in one batch.
    pub(crate) async fn load(&self, endpoint: &str, files: usize) -> Result<Usage> {
        let keys = self.keys("raw/").await?;
        ensure!(keys.len() == files, "{} files landed", keys.len());
        let messages = keys.iter().enumerate().map(|(number, key)| {
            let body = json!({"Records": [{"s3": {"object": {"key": key}}}]}).to_string();
            json!({"messageId": format!("m-{number}"), "body": body})
        });
        let event = json!({"Records": messages.collect::<Vec<Value>>()});
        let (answer, usage) =
            invoke_once("export-load", &self.environment(endpoint), &event).await?;
        let failures = &answer["batchItemFailures"];
        ensure!(*failures == json!([]), "not loaded: {failures}");
        let tables = self.keys("tables/messages/").await?;
        ensure!(tables.len() == files, "{} tables' objects", tables.len());
        Ok(usage)
    }

    fn environment(&self, endpoint: &str) -> HashMap<&'static str, String> {
        HashMap::from([
            ("AWS_ENDPOINT_URL", endpoint.to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("NO_PROXY", "127.0.0.1".to_owned()),
            ("LEDGER_TABLE", self.name.clone()),
            ("LAKE_BUCKET", self.name.clone()),
            ("EXPORTS_SECRET_PREFIX", format!("{}/", self.name)),
        ])
    }

    /// Of at most 1,000 objects.
    async fn keys(&self, prefix: &str) -> Result<Vec<String>> {
        let url = format!("{}/{}?list-type=2&prefix={prefix}", self.aws, self.name);
        let listed = self.s3(self.http.get(url)).await?.text().await?;
        let keys = listed.split("<Key>").skip(1);
        let keys = keys.filter_map(|rest| Some(rest.split_once("</Key>")?.0.to_owned()));
        Ok(keys.collect())
    }

    async fn s3(&self, request: reqwest::RequestBuilder) -> Result<Response> {
        self.send("s3", request).await
    }

    async fn json(&self, service: &str, target: &str, body: Value) -> Result<()> {
        let request = self.http.post(&self.aws).header("x-amz-target", target);
        let request = request.header("content-type", "application/x-amz-json-1.0");
        self.send(service, request.body(body.to_string())).await?;
        Ok(())
    }

    /// The emulator only reads the service's name of it.
    async fn send(&self, service: &str, request: reqwest::RequestBuilder) -> Result<Response> {
        let credential = format!("test/20261121/{REGION}/{service}/aws4_request");
        let signed =
            format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0");
        let answer = request.header("authorization", signed).send().await?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let said = answer.text().await.context("no answer")?;
        anyhow::bail!("the emulator's {service} says {status}: {said}")
    }

    /// Frees the folder on the server.
    pub(crate) fn end(self) -> Result<()> {
        Ok(fs::remove_dir_all(&self.folder)?)
    }
}
