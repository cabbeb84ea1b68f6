//! `sparkbridge dead-letters redrive`: sends messages back to where they failed.
//!
//! ```text
//! received (hidden) ── kept in a file ── sent on ── deleted
//!                                  └─ not taken ── shown again, and what is behind it in its group
//! ```
//! Ended in between, a message is in both places: sending it again is harmless, because it only points to
//! work that is done once.

use std::collections::HashSet;

use anyhow::{Context, Result, bail};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use serde::Serialize;

use super::RedriveArgs;
use super::letter::Letter;
use super::queue::{Queue, Source};
use super::reader::{self, Reader};
use super::save::Save;
use super::show::{missing, not_found};
use super::{letter, render};
use crate::output;
use crate::place::Place;
use crate::progress;

/// What was done.
#[derive(Debug, Serialize)]
pub(super) struct Redriven {
    pub(super) queue: &'static str,
    /// Queue or function.
    pub(super) sent_to: String,
    pub(super) sent: Vec<Sent>,
    pub(super) stay: Vec<Stays>,
}

#[derive(Debug, Serialize)]
pub(super) struct Sent {
    pub(super) id: String,
    /// SQS's id of the new message; none for a function.
    pub(super) new_id: Option<String>,
    #[serde(flatten)]
    pub(super) concerns: letter::Concerns,
}

#[derive(Debug, Serialize)]
pub(super) struct Stays {
    pub(super) id: String,
    pub(super) why: Why,
}

/// Why a message was left where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Why {
    /// SQS takes it for a repeat: the same was sent within the last five minutes.
    Repeat,
    /// It is behind another one of its conversation that stays.
    Behind,
    /// It was sent on by this call, and failed again already.
    CameBack,
}

pub(super) async fn run(place: &Place, args: RedriveArgs, json: bool) -> Result<()> {
    let RedriveArgs { queue, which, save } = args;
    let dead = queue.dead(place.stage());
    let Some(reader) = Reader::of(place, queue).await? else {
        bail!(missing(place, &dead).await);
    };
    let save = save.as_deref().map(Save::create).transpose()?;
    let mut work = Redrive {
        way: Way::to(place, queue.source(place.stage())).await?,
        reader,
        save,
        queue,
        done: Redriven {
            queue: queue.name(),
            sent_to: queue.source(place.stage()).to_string(),
            sent: Vec::new(),
            stay: Vec::new(),
        },
    };
    let spinner = progress::spinner(format!("sending messages to {}", work.done.sent_to));
    let redriven = match &which.id {
        Some(id) => work.one(id).await,
        None => work.all().await,
    };
    // Whatever happened: what was hidden and stays shows again.
    let put_back = work.reader.put_back().await;
    drop(spinner);
    let done = work.done;
    if let (Some(id), Ok(false)) = (&which.id, &redriven) {
        bail!(not_found(id, &dead));
    }
    if json {
        output::json(&done)?;
    } else {
        output::print(&render::redriven(&done))?;
    }
    redriven.with_context(|| format!("{} sent on", output::count(done.sent.len(), "message")))?;
    put_back?;
    if !done.stay.is_empty() {
        bail!(render::stay(&done, queue));
    }
    Ok(())
}

struct Redrive {
    reader: Reader,
    way: Way,
    save: Option<Save>,
    queue: Queue,
    done: Redriven,
}

impl Redrive {
    /// Sends every message that was there. Messages that come back meanwhile are left.
    async fn all(&mut self) -> Result<bool> {
        let mut blocked = Blocked::default();
        loop {
            let letters = self.reader.next().await?;
            if letters.is_empty() {
                return Ok(true);
            }
            // Held first: a failure leaves none hidden.
            for letter in &letters {
                self.reader.hold(letter);
            }
            if let Some(save) = &mut self.save {
                save.keep(self.queue.name(), &letters)?;
            }
            for letter in &letters {
                if self
                    .done
                    .stay
                    .iter()
                    .any(|stays| stays.id == letter.told.id)
                {
                    continue;
                }
                let came_back = self
                    .done
                    .sent
                    .iter()
                    .any(|sent| sent.new_id.as_ref() == Some(&letter.told.id));
                let why = if came_back {
                    Some(Why::CameBack)
                } else if blocked.is(letter) {
                    Some(Why::Behind)
                } else {
                    self.send(letter).await?
                };
                if let Some(why) = why {
                    blocked.add(letter);
                    self.done.stay.push(Stays {
                        id: letter.told.id.clone(),
                        why,
                    });
                }
            }
        }
    }

    /// Sends one message. `false`: it isn't there.
    async fn one(&mut self, id: &str) -> Result<bool> {
        let mut before = Blocked::default();
        loop {
            let letters = self.reader.next().await?;
            if letters.is_empty() {
                return Ok(false);
            }
            for letter in &letters {
                self.reader.hold(letter);
            }
            for letter in letters {
                if letter.told.id != id {
                    before.add(&letter);
                    continue;
                }
                if before.is(&letter) {
                    bail!(
                        "message {id} is behind others of its conversation, and would pass them: send those first, or --all"
                    );
                }
                if let Some(save) = &mut self.save {
                    save.keep(self.queue.name(), std::slice::from_ref(&letter))?;
                }
                if let Some(why) = self.send(&letter).await? {
                    self.done.stay.push(Stays {
                        id: letter.told.id,
                        why,
                    });
                }
                return Ok(true);
            }
        }
    }

    /// Sends a message on, then deletes it.
    async fn send(&mut self, letter: &Letter) -> Result<Option<Why>> {
        let new_id = self.way.take(letter).await?;
        if new_id.as_ref() == Some(&letter.told.id) {
            return Ok(Some(Why::Repeat));
        }
        self.reader.delete(letter).await?;
        self.done.sent.push(Sent {
            id: letter.told.id.clone(),
            new_id,
            concerns: letter.told.concerns.clone(),
        });
        Ok(None)
    }
}

/// Groups of which a message stays: what is behind it stays, too.
#[derive(Default)]
struct Blocked(HashSet<String>);

impl Blocked {
    fn add(&mut self, letter: &Letter) {
        self.0.extend(letter.group().map(str::to_owned));
    }

    fn is(&self, letter: &Letter) -> bool {
        letter.group().is_some_and(|group| self.0.contains(group))
    }
}

/// The way back to work.
enum Way {
    Queue {
        client: aws_sdk_sqs::Client,
        url: String,
    },
    Function {
        client: aws_sdk_lambda::Client,
        name: String,
    },
}

impl Way {
    async fn to(place: &Place, source: Source) -> Result<Self> {
        match source {
            Source::Queue(name) => {
                let client = aws_sdk_sqs::Client::new(place.aws());
                let Some(url) = reader::url(&client, &name).await? else {
                    bail!(missing(place, &name).await);
                };
                Ok(Self::Queue { client, url })
            }
            Source::Function(name) => Ok(Self::Function {
                client: aws_sdk_lambda::Client::new(place.aws()),
                name,
            }),
        }
    }

    /// Sends a message's bytes. A queue tells its new id, or the id of the message it takes this one for
    /// a repeat of.
    async fn take(&self, letter: &Letter) -> Result<Option<String>> {
        let told = &letter.told;
        match self {
            Self::Queue { client, url } => {
                let attributes = (!letter.attributes.is_empty()).then(|| letter.attributes.clone());
                let sent = client
                    .send_message()
                    .queue_url(url)
                    .message_body(&told.body)
                    .set_message_attributes(attributes)
                    .set_message_group_id(told.message_group_id.clone())
                    .set_message_deduplication_id(told.message_deduplication_id.clone())
                    .send()
                    .await
                    .with_context(|| format!("sending message {}", told.id))?;
                Ok(sent.message_id)
            }
            Self::Function { client, name } => {
                client
                    .invoke()
                    .function_name(name)
                    .invocation_type(InvocationType::Event)
                    .payload(Blob::new(told.body.as_bytes()))
                    .send()
                    .await
                    .with_context(|| format!("starting {name}"))?;
                Ok(None)
            }
        }
    }
}
