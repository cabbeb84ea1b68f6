//! `sparkbridge local`: the whole system on this machine, built from a checkout and run in the background.

mod build;
mod checkout;
mod down;
mod render;
mod stack;
mod status;
mod up;

use anyhow::Result;

use self::checkout::Checkout;

#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Start it, and print where its workspace is. Builds it first, if something of it is new.
    Up(UpArgs),
    /// Stop it.
    Down(Named),
    /// Tell whether it runs, where everything is, and how to lead this command line to it.
    Status(StatusArgs),
}

#[derive(clap::Args)]
pub(crate) struct Named {
    /// Several can run side by side, each under its own name.
    #[arg(long, default_value = "stack", value_parser = checkout::name)]
    name: String,
}

#[derive(clap::Args)]
pub(crate) struct UpArgs {
    #[command(flatten)]
    named: Named,
    /// Start what is built, even if the sources are newer.
    #[arg(long)]
    no_build: bool,
}

#[derive(clap::Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    named: Named,
    /// Print only what a shell needs: eval "$(sparkbridge local status --shell)".
    #[arg(long, conflicts_with = "json")]
    shell: bool,
}

pub(crate) async fn run(command: Command, json: bool) -> Result<()> {
    let checkout = Checkout::find()?;
    match command {
        Command::Up(args) => up::run(&checkout, args, json).await,
        Command::Down(args) => down::run(&checkout, &args.name, json).await,
        Command::Status(args) => status::run(&checkout, &args, json),
    }
}
