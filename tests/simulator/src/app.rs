//! Starting, stopping, and what the faces share.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anyhow::{Context, anyhow};
use axum::{Router, middleware};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{
    api, channels,
    clock::Clock,
    config::Config,
    connection::{CuttableListener, Scissors},
    control,
    exports::{self, Shelf},
    moment::Moment,
    presence,
    refusal::Refusal,
    webhook, workspace,
    world::World,
};

/// How long requests in flight may take to end once a stop is asked for.
const STOP_LIMIT: Duration = Duration::from_secs(2);

/// What every face and every sending task shares.
pub(crate) struct App {
    world: Mutex<World>,
    pub(crate) http: reqwest::Client,
    /// `http://127.0.0.1:{port}`.
    pub(crate) url: String,
    pub(crate) clock: Clock,
    /// Told of every change, for those who wait for one.
    changes: watch::Sender<()>,
    stopping: watch::Receiver<bool>,
    pub(crate) started: Moment,
    /// Where exports are put.
    pub(crate) shelf: Option<Shelf>,
}

impl App {
    /// The world, locked. Never held across an await: the guard isn't `Send`, and the tasks are.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        // Every change is whole before anything can panic: a poisoned world is still a sound one.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The simulator's time: the machine's, unless somebody put it forward.
    pub(crate) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Lets everything happen that is due.
    pub(crate) fn meet_deadlines(&self) {
        if self.world().expire(self.now()) {
            self.changed();
        }
    }

    pub(crate) fn changed(&self) {
        self.changes.send_replace(());
    }

    /// Told of every change from now on.
    pub(crate) fn subscribe(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// Ends with the simulator: for an answer that would go on for ever.
    pub(crate) fn stopped(&self) -> impl Future<Output = ()> + Send + use<> {
        stopped(self.stopping.clone())
    }

    /// Returns when every event of the conversation is delivered or given up, or the conversation is gone.
    pub(crate) async fn delivered(&self, conversation: &str) {
        let mut changes = self.changes.subscribe();
        loop {
            let done = self
                .world()
                .conversation(conversation)
                .map_or(true, |conversation| conversation.undelivered.is_empty());
            if done || changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Runs a task until it ends or the simulator stops.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stopped = self.stopped();
        tokio::spawn(async move {
            tokio::select! {
                () = stopped => {}
                () = task => {}
            }
        });
    }
}

/// Ends with the simulator: when a stop is asked for, or nobody is left to ask.
async fn stopped(mut stopping: watch::Receiver<bool>) {
    let _closed = stopping.wait_for(|&stop| stop).await;
}

/// A simulator that is running. Dropping it stops it; [`Running::stop`] also waits for the end.
#[derive(Debug)]
pub struct Running {
    url: String,
    stop: watch::Sender<bool>,
    server: JoinHandle<std::io::Result<()>>,
}

impl Running {
    /// `http://127.0.0.1:{port}`, without a slash at the end: the base of all faces.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops: no new connections, requests in flight have two seconds, webhooks are cut off.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        if tokio::time::timeout(STOP_LIMIT, &mut self.server)
            .await
            .is_err()
        {
            self.server.abort();
        }
    }
}

/// Starts a simulator on 127.0.0.1 and returns once it listens.
///
/// # Errors
/// The port is taken, an agent of the configuration can't be used, or the exports' directory can't be made.
pub async fn start(config: Config) -> anyhow::Result<Running> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, config.port))
        .await
        .with_context(|| format!("port {} of 127.0.0.1 can't be had", config.port))?;
    let url = format!("http://{}", listener.local_addr()?);
    // The vendor doesn't follow a redirect into the unknown, and loopback needs no proxy.
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .context("no HTTP client")?;
    let (stop, stopping) = watch::channel(false);
    let shelf = config
        .exports_root
        .as_deref()
        .map(Shelf::open)
        .transpose()?;
    let world = World::new(config).map_err(|refusal| anyhow!(refusal.text()))?;
    let app = Arc::new(App {
        world: Mutex::new(world),
        http,
        url: url.clone(),
        clock: Clock::default(),
        changes: watch::Sender::new(()),
        stopping: stopping.clone(),
        started: Moment::now(),
        shelf,
    });
    app.spawn(watch_the_clock(Arc::clone(&app)));
    let router = Router::new()
        .merge(api::router(&app))
        .merge(presence::rest_face::router(&app))
        .merge(control::router(&app))
        .merge(channels::face::router(&app))
        .merge(channels::consent::router(&app))
        .merge(presence::control_face::router(&app))
        .merge(exports::router(&app))
        .merge(workspace::router(&app))
        .fallback(|| async { Refusal::NotFound("there is nothing here".into()) })
        .method_not_allowed_fallback(control::method_not_allowed)
        .layer(middleware::from_fn(workspace::guard));
    let service = router.into_make_service_with_connect_info::<Scissors>();
    let server =
        axum::serve(CuttableListener(listener), service).with_graceful_shutdown(stopped(stopping));
    tracing::info!(url, "simulator listens");
    Ok(Running {
        url,
        stop,
        server: tokio::spawn(server.into_future()),
    })
}

/// Does what is due. Often enough that a test's short limit is met closely.
async fn watch_the_clock(app: Arc<App>) {
    let mut ticks = tokio::time::interval(Duration::from_millis(50));
    loop {
        ticks.tick().await;
        app.meet_deadlines();
    }
}

/// Sends what waits for a conversation, and tells those who wait for a change.
pub(crate) fn after_change(app: &Arc<App>, conversation: &str) {
    webhook::send_waiting(app, conversation);
    app.changed();
}
