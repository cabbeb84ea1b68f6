//! Questions to Athena, in the stage's workgroup and database.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_sdk_athena::Client;
use aws_sdk_athena::types::{
    QueryExecution, QueryExecutionContext, QueryExecutionState, ResultConfiguration, StatementType,
};
use exports::views::with_views;

use super::answer::{Answer, Column};
use crate::place::Place;
use crate::progress;

/// Between two looks at a query that runs.
const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(2);

pub(crate) struct Athena {
    client: Client,
    stage: String,
    workgroup: String,
    database: String,
    results: String,
}

impl Athena {
    pub(crate) async fn of(place: &Place) -> Result<Self> {
        let lake = place.lake().await?;
        Ok(Self {
            client: Client::new(place.aws()),
            stage: place.stage().to_owned(),
            workgroup: place.workgroup(),
            database: place.database(),
            results: format!("s3://{}/athena-results/", lake.bucket()),
        })
    }

    /// Answers a question about tables and views. Ctrl-C stops the query as well, which is billed by what
    /// it reads.
    pub(crate) async fn ask(&self, sql: &str) -> Result<Answer> {
        self.run(&with_views(sql)).await
    }

    /// Runs a statement as it is.
    pub(crate) async fn run(&self, sql: &str) -> Result<Answer> {
        let id = self.start(sql).await?;
        let bar = progress::spinner("Athena is running the query");
        let done = tokio::select! {
            done = self.done(&id) => done?,
            _ = tokio::signal::ctrl_c() => {
                let stop = self.client.stop_query_execution().query_execution_id(&id);
                stop.send().await.context("stopping the query in Athena")?;
                bail!("the query is stopped");
            }
        };
        bar.set_message("fetching the answer");
        self.answer(&id, &done).await
    }

    async fn start(&self, sql: &str) -> Result<String> {
        let context = QueryExecutionContext::builder().database(&self.database);
        let results = ResultConfiguration::builder().output_location(&self.results);
        let started = self
            .client
            .start_query_execution()
            .query_string(sql)
            .work_group(&self.workgroup)
            .query_execution_context(context.build())
            .result_configuration(results.build())
            .send()
            .await
            .with_context(|| {
                format!(
                    "asking Athena in workgroup {}; is stage {} deployed?",
                    self.workgroup, self.stage
                )
            })?;
        Ok(started.query_execution_id.unwrap_or_default())
    }

    /// Waits for a query's end.
    async fn done(&self, id: &str) -> Result<QueryExecution> {
        let mut pause = SHORTEST;
        loop {
            let look = self.client.get_query_execution().query_execution_id(id);
            let looked = look
                .send()
                .await
                .context("asking Athena for the query's state")?;
            let query = looked
                .query_execution
                .context("Athena has forgotten the query")?;
            let status = query.status();
            match status.and_then(|status| status.state()) {
                Some(QueryExecutionState::Succeeded) => return Ok(query),
                Some(QueryExecutionState::Failed) => {
                    let reason = status.and_then(|status| status.state_change_reason());
                    bail!(
                        "Athena: {}",
                        one_sentence(reason.unwrap_or("the query failed"))
                    );
                }
                Some(QueryExecutionState::Cancelled) => bail!("somebody stopped the query"),
                _ => {}
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 3 / 2).min(LONGEST);
        }
    }

    async fn answer(&self, id: &str, done: &QueryExecution) -> Result<Answer> {
        let mut answer = Answer::default();
        let mut pages = self
            .client
            .get_query_results()
            .query_execution_id(id)
            .into_paginator()
            .send();
        let mut is_first = true;
        while let Some(page) = pages.next().await {
            let page = page.context("fetching the answer from Athena")?;
            let Some(set) = page.result_set else {
                continue;
            };
            if is_first {
                let about = set.result_set_metadata().map(|about| about.column_info());
                let columns = about.unwrap_or_default().iter();
                answer.columns = columns
                    .map(|column| Column::new(column.name(), column.r#type()))
                    .collect();
            }
            let rows = set.rows.unwrap_or_default().into_iter().map(|row| {
                let cells = row.data.unwrap_or_default().into_iter();
                cells.map(|cell| cell.var_char_value).collect()
            });
            let before = answer.rows.len();
            answer.rows.extend(rows);
            // Only a query's answer begins with the columns' names, not a statement's.
            if is_first
                && done.statement_type() == Some(&StatementType::Dml)
                && answer.rows.first().is_some_and(|row| answer.is_header(row))
            {
                answer.rows.remove(before);
            }
            is_first = false;
        }
        Ok(answer)
    }
}

/// An engine's message, on one line.
fn one_sentence(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
