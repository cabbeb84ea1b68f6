//! What a shell and `man` want to know of the command line.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap_complete::Shell;
use clap_mangen::Man as Page;

use crate::output;

#[derive(clap::Args)]
pub(crate) struct Completions {
    /// Which shell.
    shell: Shell,
}

#[derive(clap::Args)]
pub(crate) struct Man {
    /// Write a page for each command into this folder, which is made. Left out: the main page is printed.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Prints the completion script of a shell.
pub(crate) fn completions(args: Completions, mut command: clap::Command) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "sparkbridge", &mut script);
    output::print(&String::from_utf8(script)?)
}

/// Prints the main manual page, or writes all of them; roff.
pub(crate) fn man(args: Man, mut command: clap::Command, json: bool) -> Result<()> {
    // Subcommands learn from it what is global, and what they are called in full.
    command.build();
    let Some(folder) = args.out else {
        if json {
            bail!("a manual page is no JSON: leave --json out, or write the pages with --out DIR");
        }
        return output::print(&page(command)?.1);
    };
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let mut written = Vec::new();
    write(&folder, command, &mut written)?;
    if json {
        return output::json(&written);
    }
    let pages = output::count(written.len(), "page");
    output::line(&format!("{pages} in {}", folder.display()))
}

/// Writes the page of a command, and those of its subcommands.
fn write(folder: &Path, command: clap::Command, written: &mut Vec<PathBuf>) -> Result<()> {
    let subcommands: Vec<clap::Command> = command.get_subcommands().cloned().collect();
    let (name, text) = page(command)?;
    let file = folder.join(format!("{name}.1"));
    fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
    written.push(file);
    for subcommand in subcommands {
        if subcommand.get_name() != "help" {
            write(folder, subcommand, written)?;
        }
    }
    Ok(())
}

/// A page's name, such as `sparkbridge-agent-put`, and its text.
fn page(command: clap::Command) -> Result<(String, String)> {
    let name = command
        .get_display_name()
        .unwrap_or("sparkbridge")
        .to_owned();
    let mut text = Vec::new();
    Page::new(command).render(&mut text)?;
    Ok((name, String::from_utf8(text)?))
}
