//! `sparkbridge dead-letters`: messages that were given up on, and the way back to work.
//!
//! SQS has a redrive of its own (StartMessageMoveTask). It moves a whole queue in the background, says
//! nothing of single messages, keeps no copy, and knows only dead-letter queues of queues, not the
//! scheduler's. Whoever operates this wants to read what is there, to keep it, to send one or all, and to
//! see what became of each: so messages are moved here, one after the other.

mod letter;
mod list;
mod queue;
mod reader;
mod redrive;
mod render;
mod save;
mod show;

use std::path::PathBuf;

use anyhow::Result;

pub(crate) use self::list::{Listed, all};
pub(crate) use self::queue::Queue;
pub(crate) use self::reader::{Counts, counts_of};
use crate::place::Place;

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Count them in every queue, and tell how old they are and whom they concern.
    List,
    /// Print the messages of a queue. They stay where they are.
    Show {
        queue: Queue,
        /// Only the message with this id.
        id: Option<String>,
    },
    /// Send messages back to where they failed: their original bytes, in their order. Look at the cause
    /// first: what is not mended fails again.
    Redrive(RedriveArgs),
}

#[derive(clap::Args)]
pub(crate) struct RedriveArgs {
    queue: Queue,
    #[command(flatten)]
    which: Which,
    /// Keep each message in this new file, one JSON object a line, before it is moved.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
}

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct Which {
    /// Only the message with this id.
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Every message of the queue.
    #[arg(long)]
    all: bool,
}

pub(crate) async fn run(stage: &str, command: Command, json: bool) -> Result<()> {
    let place = &Place::of(stage).await?;
    match command {
        Command::List => list::run(place, json).await,
        Command::Show { queue, id } => show::run(place, queue, id.as_deref(), json).await,
        Command::Redrive(args) => redrive::run(place, args, json).await,
    }
}
