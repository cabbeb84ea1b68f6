//! The functions, each with several processes, as many at once as it may have.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::sync::Semaphore;

use super::process::{End, Process, Start, Trigger};
use crate::{logs::Logs, tally::Tally};

/// A function as it was deployed.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    /// The name of its crate.
    pub(crate) name: String,
    pub(crate) executable: PathBuf,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) limit: Duration,
    /// Processes at once.
    pub(crate) at_once: usize,
}

struct Pool {
    made: Made,
    slots: Semaphore,
    idle: Mutex<Vec<Process>>,
}

/// Counted for as long as it lives: a caller that hangs up ends an invocation, too.
struct Working<'a>(&'a AtomicU64);

impl<'a> Working<'a> {
    fn on(count: &'a AtomicU64) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Working<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// All functions of a stage.
pub(crate) struct Functions {
    pools: BTreeMap<String, Pool>,
    /// Of every process that was started and is not known to be dead, by its name in requests.
    triggers: Mutex<BTreeMap<String, (String, Trigger)>>,
    started: AtomicU64,
    working: AtomicU64,
    logs: Arc<Logs>,
    tally: Arc<Tally>,
}

impl Functions {
    pub(crate) fn new(made: Vec<Made>, logs: Arc<Logs>, tally: Arc<Tally>) -> Self {
        let pool = |made: Made| {
            let slots = Semaphore::new(made.at_once);
            let idle = Mutex::default();
            (made.name.clone(), Pool { made, slots, idle })
        };
        Self {
            pools: made.into_iter().map(pool).collect(),
            triggers: Mutex::default(),
            started: AtomicU64::new(0),
            working: AtomicU64::new(0),
            logs,
            tally,
        }
    }

    /// Invocations under way.
    pub(crate) fn working(&self) -> u64 {
        self.working.load(Ordering::Relaxed)
    }

    /// Gives a function one event.
    pub(crate) async fn invoke(&self, name: &str, event: Value) -> End {
        let _working = Working::on(&self.working);
        let end = self.invoked(name, event).await;
        end.unwrap_or_else(|error| {
            eprintln!("chaos: {name}: {error:#}");
            End::Failed
        })
    }

    async fn invoked(&self, name: &str, event: Value) -> Result<End> {
        let pool = self
            .pools
            .get(name)
            .with_context(|| format!("there is no function {name}"))?;
        let _slot = pool.slots.acquire().await?;
        let idle = loop {
            match lock(&pool.idle).pop() {
                Some(process) if process.is_dead() => self.forget(&process),
                other => break other,
            }
        };
        let mut process = match idle {
            Some(process) => process,
            None => self.start(&pool.made).await?,
        };
        let end = process.invoke(event).await;
        match end {
            End::Answered(_) | End::Failed => lock(&pool.idle).push(process),
            End::Died => self.forget(&process),
            End::TimedOut => {
                self.tally.hit("functions.timed_out");
                self.forget(&process);
            }
        }
        Ok(end)
    }

    async fn start(&self, made: &Made) -> Result<Process> {
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let app = format!("{}-{number}", made.name);
        let process = Process::start(Start {
            name: &made.name,
            app: &app,
            executable: &made.executable,
            environment: &made.environment,
            limit: made.limit,
            logs: &self.logs,
        })
        .await?;
        let trigger = (made.name.clone(), process.trigger.clone());
        lock(&self.triggers).insert(app, trigger);
        self.tally.hit("functions.started");
        Ok(process)
    }

    fn forget(&self, process: &Process) {
        lock(&self.triggers).remove(&process.app);
    }

    /// Kills the process that calls itself so; false if there is none.
    pub(crate) fn kill(&self, app: &str) -> bool {
        let Some((name, trigger)) = lock(&self.triggers).get(app).cloned() else {
            return false;
        };
        self.tally.hit(&format!("kill.{name}"));
        trigger.pull();
        true
    }

    /// Ends the processes of a function that wait for work, as Lambda does when it likes.
    pub(crate) fn recycle(&self, name: &str) {
        if let Some(pool) = self.pools.get(name) {
            for process in lock(&pool.idle).drain(..) {
                self.forget(&process);
            }
        }
    }

    /// Processes that are working on something.
    pub(crate) fn busy(&self) -> Vec<String> {
        let triggers = lock(&self.triggers);
        let busy = triggers
            .iter()
            .filter(|(_, (_, trigger))| trigger.is_busy());
        busy.map(|(app, _)| app.clone()).collect()
    }

    /// Ends them all.
    pub(crate) fn stop(&self) {
        for pool in self.pools.values() {
            lock(&pool.idle).clear();
        }
        for (_, trigger) in lock(&self.triggers).values() {
            trigger.pull();
        }
    }
}

/// A panic elsewhere leaves nothing half done here.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
