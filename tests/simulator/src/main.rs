//! Runs the simulator until it is interrupted.

use std::{fs, path::PathBuf, time::Duration};

use anyhow::Context;
use clap::Parser;
use simulator::Config;

/// Plays Sparkcentral on 127.0.0.1.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// Port to listen on; 0 lets the system choose.
    #[arg(long, default_value_t = 8800)]
    port: u16,
    /// OAuth client that agents without one of their own share.
    #[arg(long, env = "SIMULATOR_CLIENT_ID")]
    client_id: Option<String>,
    /// Secret of that client.
    #[arg(long, env = "SIMULATOR_CLIENT_SECRET", hide_env_values = true)]
    client_secret: Option<String>,
    /// JSON file with a list of agents, each as for POST /sim/agents.
    #[arg(long)]
    agents: Option<PathBuf>,
    /// A topic that exists; can be given several times, and replaces the built-in ones.
    #[arg(long = "topic")]
    topics: Vec<String>,
    /// Seconds an agent has to speak before the conversation is taken from it.
    #[arg(long)]
    reply_limit: Option<u64>,
    /// Honour the reply fields only Inbox documents in the sparkcentral dialect too.
    #[arg(long)]
    inbox_fields: bool,
    /// Directory for exports: an SFTP server is given it as its root.
    #[arg(long)]
    exports_root: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .init();
    let running = simulator::start(config(Options::parse())?).await?;
    tokio::signal::ctrl_c().await?;
    running.stop().await;
    Ok(())
}

fn config(options: Options) -> anyhow::Result<Config> {
    let mut config = Config {
        port: options.port,
        inbox_fields: options.inbox_fields,
        exports_root: options.exports_root,
        ..Config::default()
    };
    if let Some(id) = options.client_id {
        config.client_id = id;
    }
    if let Some(secret) = options.client_secret {
        config.client_secret = secret;
    }
    if let Some(path) = options.agents {
        let name = path.display();
        let file = fs::read(&path).with_context(|| format!("{name} can't be read"))?;
        config.agents =
            serde_json::from_slice(&file).with_context(|| format!("{name} holds no agents"))?;
    }
    if !options.topics.is_empty() {
        config.topics = options.topics;
    }
    if let Some(seconds) = options.reply_limit {
        config.reply_limit = Duration::from_secs(seconds);
    }
    Ok(config)
}
