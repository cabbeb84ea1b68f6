//! `sparkbridge exports query`: an SQL question, through Athena.

use std::io::Read;

use anyhow::{Context, Result, ensure};

use super::athena::Athena;
use crate::output::{self, count};
use crate::place::Place;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The question, over the tables and their views; - reads it from standard input.
    #[arg(value_name = "SQL")]
    sql: String,
    /// Print CSV. A null is nothing, an empty text "".
    #[arg(long, conflicts_with = "json")]
    csv: bool,
}

pub(crate) async fn run(place: &Place, args: Args, json: bool) -> Result<()> {
    let sql = match args.sql.as_str() {
        "-" => {
            let mut text = String::new();
            let read = std::io::stdin().read_to_string(&mut text);
            read.context("reading the question from standard input")?;
            text
        }
        sql => sql.to_owned(),
    };
    ensure!(
        !sql.trim().is_empty(),
        "the question is empty: write SQL, such as \"SELECT count(*) FROM messages_latest\""
    );
    let answer = Athena::of(place).await?.ask(&sql).await?;
    if json {
        output::json(&answer)
    } else if args.csv {
        output::print(&answer.to_csv())
    } else {
        output::print(&answer.to_table())?;
        output::line(&format!("({})", count(answer.rows.len(), "row")))
    }
}
