//! The AWS emulator: one process on 127.0.0.1, with the functions it starts in its process group.

use std::{
    fs::{self, File},
    net::TcpListener,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{info::Aws, workspace};

/// Emulated; nothing is sent there.
const REGION: &str = "eu-west-1";
const READY_WITHIN: Duration = Duration::from_secs(30);
/// A little longer than `emulator.py` takes at most.
const STOPPED_WITHIN: Duration = Duration::from_secs(5);

pub(crate) struct Emulator {
    pub(crate) aws: Aws,
    process: Child,
    /// The emulator ends when this closes, however we end.
    lifeline: Option<ChildStdin>,
}

impl Emulator {
    /// Starts it and waits until it answers. Unpacked functions and its own files go to `files`.
    ///
    /// `enforce_iam` makes it check every call of a function against its role's policies, as AWS does.
    /// It then also refuses unknown access keys from everyone else.
    pub(crate) async fn start(files: &Path, log: &Path, enforce_iam: bool) -> Result<Self> {
        let python = workspace::root().join(".local/venv-emulator/bin/python");
        if !python.exists() {
            bail!("the emulator is not installed: run `make setup`");
        }
        fs::create_dir_all(files)?;
        let log_file = File::create(log)?;
        let port = free_port()?;
        let aws = Aws {
            endpoint_url: format!("http://127.0.0.1:{port}"),
            region: REGION.into(),
        };
        let mut command = Command::new(python);
        command
            .arg(workspace::root().join("tests/local-stack/emulator.py"))
            // What it inherits, the functions inherit: they must see no one's own AWS settings.
            .env_clear()
            .envs(
                ["PATH", "HOME", "LANG"]
                    .iter()
                    .filter_map(|name| Some((name, std::env::var_os(name)?))),
            )
            .envs(aws.environment())
            .envs([
                ("BIND_HOST", "127.0.0.1"),
                ("GATEWAY_PORT", &port.to_string()),
                ("MINISTACK_HOST", "127.0.0.1"),
                ("MINISTACK_REGION", REGION),
                // Parts that listen on every interface.
                ("IOT_MTLS_ENABLED", "0"),
                ("SFTP_ENABLED", "0"),
                ("AUTH", if enforce_iam { "true" } else { "false" }),
                ("PYTHONUNBUFFERED", "1"),
            ])
            .env("TMPDIR", files)
            .stdin(Stdio::piped())
            .stdout(log_file.try_clone()?)
            .stderr(log_file)
            // Ctrl-C in the terminal is for us: we stop it in order.
            .process_group(0);
        let mut process = command.spawn().context("the emulator does not start")?;
        let lifeline = process.stdin.take();
        let mut emulator = Self {
            aws,
            process,
            lifeline,
        };
        emulator
            .ready()
            .await
            .with_context(|| format!("see {}", log.display()))?;
        Ok(emulator)
    }

    async fn ready(&mut self) -> Result<()> {
        let url = format!("{}/_ministack/health", self.aws.endpoint_url);
        let client = workspace::http()?;
        let deadline = Instant::now() + READY_WITHIN;
        while Instant::now() < deadline {
            if let Some(status) = self.process.try_wait()? {
                bail!("the emulator ended at once: {status}");
            }
            let answer = client
                .get(&url)
                .timeout(Duration::from_secs(1))
                .send()
                .await;
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

    /// Whether it still runs.
    pub(crate) fn alive(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.lifeline = None;
        let deadline = Instant::now() + STOPPED_WITHIN;
        while self.alive() {
            if Instant::now() > deadline {
                // Best effort: without its emulator a function ends at its next poll.
                let _ = self.process.kill();
                let _ = self.process.wait();
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// A port that is free now. Another program may take it before the emulator does: it then says so and ends.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
