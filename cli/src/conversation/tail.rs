//! `sparkbridge conversation tail`: entries as they come.

mod news;

use std::io::{self, Write};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::builder::NonEmptyStringValueParser;
use platform::{Store, StoreError, Wanted};
use serde_json::Value;
use time::OffsetDateTime;
use tokio::time::sleep;

use super::api::{Api, Ask, Refused};
use super::{One, known_agent};
use crate::place::Place;
use crate::span;
use news::{Line, News};

/// Failures one after the other that are taken for a passing trouble.
const PASSING: u32 = 5;
/// How far the clocks here and in AWS may be apart, and how long a change takes to be seen by a scan.
const SKEW: Duration = Duration::from_secs(600);
/// Conversations of an agent that changed between two looks, at most.
const MOST_CHANGED: usize = 1_000;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Name of the agent.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    agent: String,
    /// Sparkcentral's id of the conversation; without, all of the agent's.
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    id: Option<String>,
    /// Begin with this many of the entries there are. Needs ID.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "id")]
    last: usize,
    /// Time between two looks; by default 2s with ID and 10s without.
    #[arg(long, value_name = "TIME", value_parser = pause)]
    every: Option<u32>,
    /// End after this time: 30s, 10m. Counts from when everything there is was read.
    #[arg(long = "for", value_name = "TIME", value_parser = span::seconds)]
    ends_after: Option<u32>,
    /// Leave out what people wrote.
    #[arg(long)]
    no_text: bool,
}

/// Looking without a pause is of no use to anybody.
fn pause(text: &str) -> Result<u32, String> {
    match span::seconds(text)? {
        0 => Err("give at least a second: 1s".to_owned()),
        secs => Ok(secs),
    }
}

pub(crate) async fn run(place: &Place, args: &Args, json: bool) -> Result<()> {
    tokio::select! {
        followed = follow(place, args, json) => followed,
        interrupted = tokio::signal::ctrl_c() => interrupted.context("waiting for Ctrl-C"),
    }
}

fn seconds(secs: u32) -> Duration {
    Duration::from_secs(u64::from(secs))
}

async fn follow(place: &Place, args: &Args, json: bool) -> Result<()> {
    let api = Api::of(place).await?;
    let mut look = Look::new(place, args, json);
    look.first(&api).await?;
    // From now on, so that what there is already is told however short the time.
    let over = async {
        match args.ends_after {
            Some(secs) => sleep(seconds(secs)).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        ended = look.go_on(&api) => ended,
        () = over => Ok(()),
    }
}

/// Whether anybody reads what is printed.
enum Reader {
    There,
    Gone,
}

struct Look<'a> {
    args: &'a Args,
    store: Store,
    news: News,
    json: bool,
    /// Conversations that changed before are known.
    since: OffsetDateTime,
}

impl<'a> Look<'a> {
    fn new(place: &Place, args: &'a Args, json: bool) -> Self {
        let since = OffsetDateTime::now_utc() - SKEW;
        Self {
            args,
            store: place.store(),
            // Of one conversation the first look tells everything there is.
            news: News::since(match args.id {
                Some(_) => OffsetDateTime::UNIX_EPOCH,
                None => since,
            }),
            json,
            since,
        }
    }

    /// Learns what is there, so that only what comes later is news.
    async fn first(&mut self, api: &Api) -> Result<()> {
        match &self.args.id {
            Some(_) => {
                let lines = self.one(api).await?;
                let skip = lines.len().saturating_sub(self.args.last);
                self.print(lines.get(skip..).unwrap_or_default())?;
            }
            None => {
                known_agent(&self.store, &self.args.agent).await?;
                self.all(api).await?;
            }
        }
        Ok(())
    }

    async fn go_on(&mut self, api: &Api) -> Result<()> {
        let pause = self
            .args
            .every
            .unwrap_or(if self.args.id.is_some() { 2 } else { 10 });
        let mut failures = 0;
        loop {
            sleep(seconds(pause)).await;
            match self.again(api).await {
                Ok(Reader::Gone) => return Ok(()),
                Ok(Reader::There) => failures = 0,
                // It says what was wrong; asking again says the same.
                Err(error) if error.is::<Refused>() || failures == PASSING => return Err(error),
                Err(_passing) => failures += 1,
            }
        }
    }

    async fn again(&mut self, api: &Api) -> Result<Reader> {
        let begun = OffsetDateTime::now_utc();
        let lines = match &self.args.id {
            Some(_) => self.one(api).await?,
            None => self.all(api).await?,
        };
        self.since = begun - SKEW;
        self.print(&lines)
    }

    async fn one(&mut self, api: &Api) -> Result<Vec<Line>> {
        let id = self.args.id.clone().unwrap_or_default();
        let told = self.ask(api, &id).await?;
        self.news.of(&id, &told, None)
    }

    /// What is new in the conversations that changed, and in those where a reply is on its way.
    async fn all(&mut self, api: &Api) -> Result<Vec<Line>> {
        let wanted = Wanted {
            agent: Some(self.args.agent.clone()),
            changed_since: Some(self.since),
            ..Wanted::default()
        };
        let now = OffsetDateTime::now_utc();
        let listing = self
            .store
            .newest_conversations(&wanted, MOST_CHANGED, now)
            .await;
        let listing = listing.map_err(|error: StoreError| anyhow::Error::new(error));
        let listing = listing.context("reading the conversations")?;
        let seen = listing
            .newest
            .iter()
            .map(|listed| (listed.conversation.id.clone(), listed.conversation.version));
        let mut lines = Vec::new();
        for (id, version) in self.news.to_look_at(seen.collect()) {
            match self.ask(api, &id).await {
                Ok(told) => lines.extend(self.news.of(&id, &told, version)?),
                // Expired, or erased.
                Err(error) if is_unknown(&error) => self.news.forget(&id),
                Err(error) => return Err(error),
            }
        }
        lines.sort_by_key(|line| line.at);
        Ok(lines)
    }

    async fn ask(&self, api: &Api, id: &str) -> Result<Value> {
        let one = One {
            agent: self.args.agent.clone(),
            id: id.to_owned(),
        };
        api.ask(&one, Ask::Conversation).await
    }

    fn print(&self, lines: &[Line]) -> Result<Reader> {
        let mut text = String::new();
        for line in lines {
            let named = self.args.id.is_none();
            text.push_str(&match self.json {
                true => line.json(!self.args.no_text),
                false => line.shown(named, !self.args.no_text),
            });
        }
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Ok(()) => Ok(Reader::There),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Reader::Gone),
            Err(error) => Err(error).context("writing to standard output"),
        }
    }
}

fn is_unknown(error: &anyhow::Error) -> bool {
    let refused = error.downcast_ref::<Refused>();
    refused.is_some_and(|refused| refused.code == "unknown_conversation")
}
