//! A lake, a ledger and an SFTP server of one journey's own.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use aws_sdk_s3::types::CreateBucketConfiguration;
use exports::Settings;
use lake::{Config, FileVersion, Landed, Origin, Services};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use system_tests::{End, Function, World, aws, environment, make_table};

use crate::cut::{Cut, Proxy};

/// Of one invocation. Who dies leaves a claim that ends with it.
const LIMIT: Duration = Duration::from_secs(10);
const DIRECTORY: &str = "tag";

pub(crate) struct Scene {
    pub(crate) services: Services,
    pub(crate) proxy: Proxy,
    server: sftp_server::Running,
    files: PathBuf,
    environment: HashMap<String, String>,
    s3: aws_sdk_s3::Client,
}

impl Scene {
    pub(crate) async fn set(world: &World, cut: Option<Cut>) -> Self {
        let id = uuid::Uuid::new_v4().simple().to_string();
        let files = std::env::temp_dir().join(format!("sparkbridge-killed-{id}"));
        std::fs::create_dir_all(files.join("export").join(DIRECTORY)).unwrap();
        let server = sftp_server::start(sftp_server::Config::new(&files, "sparkbridge", "secret"))
            .await
            .unwrap();
        let proxy = Proxy::start(&world.stack.aws.endpoint_url, cut).await;
        let config = Config {
            ledger_table: format!("killed-{id}"),
            lake_bucket: format!("killed-{id}"),
            secret_prefix: format!("killed-{id}/"),
        };
        let aws = aws(world).await;
        let services = Services::new(&aws, config.clone());
        make_table(&aws, &config.ledger_table).await;
        let s3 = aws_sdk_s3::Client::from_conf(
            aws_sdk_s3::config::Builder::from(&aws)
                .force_path_style(true)
                .build(),
        );
        let here = CreateBucketConfiguration::builder()
            .location_constraint(world.stack.aws.region.as_str().into())
            .build();
        s3.create_bucket()
            .bucket(&config.lake_bucket)
            .create_bucket_configuration(here)
            .send()
            .await
            .unwrap();
        let mut settings = Settings::new("127.0.0.1", "sparkbridge");
        settings.port = server.port();
        settings.host_key = Some(server.fingerprint().to_owned());
        settings.settle_secs = 0;
        services.ledger.put_settings(&settings).await.unwrap();
        let password = json!({"password": "secret"});
        services.secrets.put("sftp", &password).await.unwrap();

        let mut environment = environment(world, proxy.url.clone());
        environment.insert("LEDGER_TABLE".into(), config.ledger_table);
        environment.insert("LAKE_BUCKET".into(), config.lake_bucket);
        environment.insert("EXPORTS_SECRET_PREFIX".into(), config.secret_prefix);
        Self {
            services,
            proxy,
            server,
            files,
            environment,
            s3,
        }
    }

    /// Puts a file on the server, in place of the one of the same name. Its time is the same on every
    /// scene, because it is part of names in the lake.
    pub(crate) fn export(&self, name: &str, content: &[u8], modified: u32) -> FileVersion {
        let path = format!("/export/{DIRECTORY}/{name}");
        let file = self.files.join(path.trim_start_matches('/'));
        std::fs::write(&file, content).unwrap();
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(modified.into());
        let opened = std::fs::File::options().write(true).open(&file).unwrap();
        opened.set_modified(at).unwrap();
        FileVersion {
            path,
            origin: Origin::Sftp {
                modified: modified.into(),
                size: content.len() as u64,
            },
        }
    }

    /// Pulls, unless it is killed.
    pub(crate) async fn pull_once(&self) {
        let victim = &self.proxy.victim;
        let started = Function::start("export-sync", &self.environment, LIMIT, victim);
        started.await.invoke(json!({})).await;
    }

    /// Pulls until nothing is left to pull, however often it is killed.
    pub(crate) async fn pull(&self) {
        self.repeat("export-sync", &json!({}), |answer| {
            assert_eq!(answer["failed"], json!([]), "{answer}");
            answer["unfinished"] == json!(false) && answer["busy"] == json!([])
        })
        .await;
    }

    /// Loads a landed file, however often it is killed.
    pub(crate) async fn load(&self, file: &FileVersion) {
        let key = file.raw_key().unwrap();
        assert!(matches!(Landed::parse(&key), Some(Landed::Raw(_))));
        let body = json!({"Records": [{"s3": {"object": {"key": key}}}]}).to_string();
        let event = json!({"Records": [{"messageId": "m-1", "body": body}]});
        self.repeat("export-load", &event, |answer| {
            answer["batchItemFailures"] == json!([])
        })
        .await;
    }

    async fn repeat(&self, function: &str, event: &Value, done: impl Fn(&Value) -> bool) {
        for _ in 0..40 {
            let victim = &self.proxy.victim;
            let started = Function::start(function, &self.environment, LIMIT, victim);
            match started.await.invoke(event.clone()).await {
                End::Answered(answer) if done(&answer) => return,
                End::Answered(_) | End::Died => {
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
                End::Failed(error) => panic!("{function}: {error}"),
            }
        }
        panic!("{function} came to no end");
    }

    /// Every object below a prefix, by key, as its hash.
    pub(crate) async fn objects(&self, prefix: &str) -> BTreeMap<String, String> {
        let bucket = self.services.lake.bucket();
        let listed = self.s3.list_objects_v2().bucket(bucket).prefix(prefix);
        let listed = listed.send().await.unwrap();
        let mut found = BTreeMap::new();
        for object in listed.contents() {
            let key = object.key().unwrap();
            let object = self.services.lake.read(key).await.unwrap();
            let bytes = object.body.collect().await.unwrap().into_bytes();
            found.insert(key.to_owned(), hex::encode(Sha256::digest(&bytes)));
        }
        found
    }

    /// The bytes of one object.
    pub(crate) async fn object(&self, key: &str) -> Vec<u8> {
        let object = self.services.lake.read(key).await.unwrap();
        object.body.collect().await.unwrap().to_vec()
    }

    /// The word for a version's state in the ledger.
    pub(crate) async fn state(&self, file: &FileVersion) -> String {
        let saved = self.services.ledger.file(file).await.unwrap().unwrap();
        saved.record.state.name().to_owned()
    }

    pub(crate) async fn end(self) {
        self.server.stop().await;
        std::fs::remove_dir_all(&self.files).unwrap();
    }
}
