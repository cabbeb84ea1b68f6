//! The vendor's sample: a Flask application behind gunicorn with two workers. Its code is not ours to keep here, so
//! what stands in for it has the same shape and does no more; whoever has a clone of it can have it measured itself.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use reqwest::{Client, StatusCode};
use tokio::process::{Child, Command};

use super::webhook::{Requests, Text};
use super::world::INLINE;
use crate::{measured, place};

const SECRET: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const WORKERS: usize = 2;
const READY_WITHIN: Duration = Duration::from_secs(30);

/// What is measured.
pub(super) enum Application {
    /// What stands in for the sample.
    StandIn,
    /// The sample itself, from the clone in this folder, with a bot that answers at once in the place of
    /// Dialogflow's client: see `sample.py`.
    Sample(PathBuf),
}

impl Application {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::StandIn => "stand-in for the vendor's sample (Flask, gunicorn)",
            Self::Sample(_) => "the vendor's sample (Flask, gunicorn)",
        }
    }

    fn folder(&self) -> PathBuf {
        match self {
            Self::StandIn => place::script("."),
            Self::Sample(clone) => clone.clone(),
        }
    }

    /// The Python module that it is in, as `app`, and the path it answers on.
    fn module_and_path(&self) -> (&'static str, String) {
        match self {
            Self::StandIn => ("stand_in", format!("/webhooks/{INLINE}")),
            Self::Sample(_) => ("sample", "/webhook".to_owned()),
        }
    }
}

/// It answers webhooks. Killed when dropped.
pub(super) struct Running {
    process: Child,
    url: String,
    http: Client,
    requests: Requests,
}

/// A webhook's body and its signature.
type Signed = (String, String);

impl Running {
    /// Starts it, and waits until it answers.
    pub(super) async fn start(application: &Application) -> Result<Self> {
        // Free now; whoever takes it before gunicorn does makes it say so and end.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = port.local_addr()?;
        drop(port);
        let (module, path) = application.module_and_path();
        let log_path = place::output()?.join(module).with_extension("log");
        let log = File::create(&log_path)?;
        let process = Command::new(place::python_of("flask")?)
            .args(["-m", "gunicorn", "--workers", &WORKERS.to_string()])
            .args(["--bind", &address.to_string(), &format!("{module}:app")])
            .args(["--pythonpath", &text(&place::script("."))?])
            .current_dir(application.folder())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("WEBHOOK_SECRET", SECRET)
            .env("SPARKCENTRAL_VA_SECRET", SECRET)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context("gunicorn does not start")?;
        let mut running = Self {
            process,
            url: format!("http://{address}{path}"),
            // Its workers close each connection.
            http: Client::builder()
                .no_proxy()
                .pool_max_idle_per_host(0)
                .build()?,
            requests: Requests::new(SECRET, ""),
        };
        let begun = Instant::now();
        while running.webhooks(1).await.is_err() {
            ensure!(
                begun.elapsed() < READY_WITHIN && running.process.try_wait()?.is_none(),
                "gunicorn does not answer: see {}",
                log_path.display()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(running)
    }

    fn workers(&self) -> Result<Vec<u32>> {
        let workers = measured::children(self.process.id().context("gunicorn ended")?)?;
        ensure!(workers.len() == WORKERS, "{} workers", workers.len());
        Ok(workers)
    }

    /// Its CPU time so far.
    pub(super) fn cpu(&self) -> Result<Duration> {
        let workers = self.workers()?.into_iter();
        workers.map(measured::cpu_of_threads).sum()
    }

    /// The memory of all its processes, of what they share once.
    pub(super) fn mib(&self) -> Result<f64> {
        let processes = self.workers()?.into_iter().chain(self.process.id());
        processes.map(measured::proportional_mib).sum()
    }

    /// Sends webhooks, one after the other, as the functions get theirs; how long each took.
    pub(super) async fn webhooks(&mut self, number: usize) -> Result<Vec<Duration>> {
        // Signed before, as the functions' are.
        let signed: Vec<_> = (0..number).map(|_| self.signed()).collect();
        let mut took = Vec::with_capacity(number);
        for signed in signed {
            took.push(self.webhook(signed).await?);
        }
        Ok(took)
    }

    fn signed(&mut self) -> Signed {
        let conversation = "01e639d0a57-000-00000001";
        let body = self.requests.message_body(conversation, Text::Question);
        let body = body.to_string();
        let signature = self.requests.signature(body.as_bytes());
        (body, signature)
    }

    async fn webhook(&self, (body, signature): Signed) -> Result<Duration> {
        let begun = Instant::now();
        let request = self
            .http
            .post(&self.url)
            .header("content-type", "application/json");
        let request = request.header("x-sparkcentral-signature", signature);
        let answer = request.body(body).send().await?;
        ensure!(answer.status() == StatusCode::OK, "{}", answer.status());
        ensure!(answer.text().await?.contains("sendMessage"), "no answer");
        Ok(begun.elapsed())
    }
}

fn text(path: &Path) -> Result<String> {
    let path = path.canonicalize()?;
    Ok(path.to_str().context("a path is not UTF-8")?.to_owned())
}
