//! What stands in for the vendor's sample: a Flask application behind gunicorn with two workers. The sample's own
//! code is not ours to keep here; this has the same shape and does no more.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use reqwest::{Client, StatusCode};
use tokio::process::{Child, Command};

use super::sample::{CPU, PEAK};
use super::webhook::{Requests, Text};
use super::world::INLINE;
use crate::figures::Contender;
use crate::{measured, place};

const SECRET: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const WORKERS: usize = 2;
const READY_WITHIN: Duration = Duration::from_secs(30);

/// Measured on the sample itself, on a machine of this kind.
pub(super) const SAMPLES_CPU_US: f64 = 850.0;

struct StandIn {
    process: Child,
    url: String,
    http: Client,
    requests: Requests,
}

/// Answers so many webhooks.
pub(super) async fn measure(number: usize, row: &mut Contender) -> Result<()> {
    let mut stand_in = StandIn::start().await?;
    // As many as make everything warm.
    stand_in.webhooks(200).await?;
    let workers = stand_in.workers()?;
    ensure!(workers.len() == WORKERS, "{} workers", workers.len());
    let cpu = || -> Result<Duration> {
        let each = workers
            .iter()
            .map(|worker| measured::cpu_of_threads(*worker));
        each.sum()
    };
    let before = cpu()?;
    let mut took = stand_in.webhooks(number).await?;
    let cpu = cpu()?.saturating_sub(before);
    took.sort();
    row.add(CPU, cpu.as_secs_f64() * 1e6 / number as f64);
    row.add("p50 µs", took[number / 2].as_secs_f64() * 1e6);
    row.add("p99 µs", took[number * 99 / 100].as_secs_f64() * 1e6);
    let mut peak = 0.0;
    for process in workers.iter().copied().chain(stand_in.process.id()) {
        peak += measured::proportional_mib(process)?;
    }
    row.add(PEAK, peak);
    stand_in.process.kill().await?;
    Ok(())
}

impl StandIn {
    async fn start() -> Result<Self> {
        // Free now; whoever takes it before gunicorn does makes it say so and end.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = port.local_addr()?;
        drop(port);
        let log = File::create(place::output()?.join("stand-in.log"))?;
        let process = Command::new(place::python_of("flask")?)
            .args(["-m", "gunicorn", "--workers", &WORKERS.to_string()])
            .args(["--bind", &address.to_string(), "stand_in:app"])
            .current_dir(place::script("."))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("WEBHOOK_SECRET", SECRET)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context("gunicorn does not start")?;
        let mut stand_in = Self {
            process,
            url: format!("http://{address}/webhooks/{INLINE}"),
            // Its workers close each connection.
            http: Client::builder()
                .no_proxy()
                .pool_max_idle_per_host(0)
                .build()?,
            requests: Requests::new(SECRET, ""),
        };
        let begun = Instant::now();
        while stand_in.webhooks(1).await.is_err() {
            ensure!(
                begun.elapsed() < READY_WITHIN && stand_in.process.try_wait()?.is_none(),
                "gunicorn does not answer: see target/bench/stand-in.log"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(stand_in)
    }

    fn workers(&self) -> Result<Vec<u32>> {
        measured::children(self.process.id().context("gunicorn ended")?)
    }

    /// Sends webhooks, one after the other, as the functions get theirs; how long each took.
    async fn webhooks(&mut self, number: usize) -> Result<Vec<Duration>> {
        let mut took = Vec::with_capacity(number);
        for _ in 0..number {
            let body = self
                .requests
                .message_body("01e639d0a57-000-00000001", Text::Question);
            let body = body.to_string();
            let signature = self.requests.signature(body.as_bytes());
            took.push(self.webhook(body, signature).await?);
        }
        Ok(took)
    }

    async fn webhook(&self, body: String, signature: String) -> Result<Duration> {
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
