//! The AWS emulator, alone: no stack is deployed to it.

use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use reqwest::Client;

use crate::place;

pub(crate) const REGION: &str = "eu-west-1";
const READY_WITHIN: Duration = Duration::from_secs(60);

/// A process on 127.0.0.1. Ends when dropped, and with this process however that ends.
pub(crate) struct Emulator {
    pub(crate) url: String,
    process: Child,
    lifeline: Option<ChildStdin>,
}

impl Emulator {
    pub(crate) async fn start(http: &Client) -> Result<Self> {
        let folder = place::output()?.join("aws");
        fs::create_dir_all(&folder)?;
        let log = File::create(place::output()?.join("emulator.log"))?;
        // Free now; whoever takes it before the emulator does makes it say so and end.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
            .local_addr()?
            .port();
        let kept = ["PATH", "HOME", "LANG"];
        let mut process = Command::new(place::python_of("emulator")?)
            .arg(place::root().join("tests/local-stack/emulator.py"))
            .env_clear()
            .envs(
                kept.iter()
                    .filter_map(|name| Some((name, std::env::var_os(name)?))),
            )
            .envs([
                ("BIND_HOST", "127.0.0.1"),
                ("GATEWAY_PORT", &port.to_string()),
                ("MINISTACK_HOST", "127.0.0.1"),
                ("MINISTACK_REGION", REGION),
                // Parts that listen on every interface.
                ("IOT_MTLS_ENABLED", "0"),
                ("SFTP_ENABLED", "0"),
                ("AUTH", "false"),
                // A line per call is work that AWS doesn't do.
                ("LOG_LEVEL", "WARNING"),
            ])
            .env("TMPDIR", folder)
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            // It ends its whole group when its end takes too long.
            .process_group(0)
            .spawn()
            .context("the emulator does not start")?;
        let mut emulator = Self {
            url: format!("http://127.0.0.1:{port}"),
            lifeline: process.stdin.take(),
            process,
        };
        emulator
            .ready(http)
            .await
            .context("see target/bench/emulator.log")?;
        Ok(emulator)
    }

    async fn ready(&mut self, http: &Client) -> Result<()> {
        let url = format!("{}/_ministack/health", self.url);
        let begun = Instant::now();
        while begun.elapsed() < READY_WITHIN {
            if let Some(status) = self.process.try_wait()? {
                bail!("the emulator ended at once: {status}");
            }
            let answer = http.get(&url).timeout(Duration::from_secs(1)).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!(
            "the emulator did not answer within {} s",
            READY_WITHIN.as_secs()
        )
    }

    pub(crate) fn process(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It ends by itself once this closes, and is killed by its own clock if it doesn't.
        self.lifeline = None;
        let _ended = self.process.wait();
    }
}
