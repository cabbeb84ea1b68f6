//! `sparkbridge conversation reply|handover|resolve`: what an operator does in a conversation.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser};
use conversation::HandoverReason;
use serde_json::{Value, json};
use uuid::Uuid;

use super::One;
use super::api::{Api, Ask};
use super::show::read;
use super::wait::{self, End, look};
use crate::output;

/// Longest text that is read, in bytes: the API takes no larger body.
const MAX_TEXT_BYTES: u64 = 256 * 1024;

#[derive(clap::Args)]
pub(crate) struct Reply {
    #[command(flatten)]
    one: One,
    /// What the contact reads.
    #[arg(long, value_name = "TEXT", required_unless_present = "text_file")]
    text: Option<String>,
    /// The same from a file, or from standard input: `-`.
    #[arg(long, value_name = "FILE", conflicts_with = "text")]
    text_file: Option<PathBuf>,
    /// Makes the command safe to repeat: the same id is the same reply. By default a new one.
    #[arg(long = "id", value_name = "IDEMPOTENCY-ID", value_parser = NonEmptyStringValueParser::new())]
    reply_id: Option<String>,
    /// Wait until it is delivered, and say how that ended; 5 minutes at most.
    #[arg(long)]
    wait: bool,
}

#[derive(clap::Args)]
pub(crate) struct Handover {
    #[command(flatten)]
    one: One,
    /// Why; by default api_asked.
    #[arg(long, value_name = "REASON", value_parser = PossibleValuesParser::new(HandoverReason::ALL.map(HandoverReason::as_str)))]
    reason: Option<String>,
    /// A topic to apply. May be repeated.
    #[arg(long, value_name = "TOPIC")]
    topic: Vec<String>,
    /// What people should know: at most 2,000 characters.
    #[arg(long, value_name = "TEXT")]
    summary: Option<String>,
    /// Wait until people have the conversation, and say how it ended; 5 minutes at most.
    #[arg(long)]
    wait: bool,
}

#[derive(clap::Args)]
pub(crate) struct Resolve {
    #[command(flatten)]
    one: One,
    /// A topic to apply. May be repeated.
    #[arg(long, value_name = "TOPIC")]
    topic: Vec<String>,
    /// Wait until Sparkcentral took it, and say how that ended; 5 minutes at most.
    #[arg(long)]
    wait: bool,
}

impl Reply {
    /// What the contact reads, wherever it is.
    pub(crate) fn text(&self) -> Result<String> {
        let text = match (&self.text, &self.text_file) {
            (Some(text), _) => text.clone(),
            (None, Some(file)) => of_file(file)?,
            (None, None) => String::new(),
        };
        if text.trim().is_empty() {
            bail!("the text is empty: there is nothing to say");
        }
        Ok(text)
    }
}

/// A file's text without the line break that editors put at its end.
fn of_file(file: &Path) -> Result<String> {
    let mut text = String::new();
    if file == Path::new("-") {
        let mut input = std::io::stdin().lock().take(MAX_TEXT_BYTES + 1);
        input
            .read_to_string(&mut text)
            .context("reading the text from standard input")?;
    } else {
        let reading = || format!("reading the text from {}", file.display());
        let opened = std::fs::File::open(file).with_context(reading)?;
        let mut opened = opened.take(MAX_TEXT_BYTES + 1);
        opened.read_to_string(&mut text).with_context(reading)?;
    }
    if text.len() as u64 > MAX_TEXT_BYTES {
        bail!("the text is larger than 256 KiB");
    }
    let shorter = text.trim_end_matches(['\n', '\r']).len();
    text.truncate(shorter);
    Ok(text)
}

pub(crate) async fn reply(api: &Api, args: &Reply, text: &str, json: bool) -> Result<()> {
    let id = args
        .reply_id
        .clone()
        .unwrap_or_else(|| format!("cli-{}", Uuid::new_v4()));
    let body = json!({ "id": id, "text": text });
    let told = api
        .ask(&args.one, Ask::Send(&body))
        .await
        .context("not replied")?;
    ended(
        api,
        &args.one,
        &format!("reply {id}"),
        &id,
        told,
        args.wait,
        json,
    )
    .await
}

pub(crate) async fn resolve(api: &Api, args: &Resolve, json: bool) -> Result<()> {
    let body = json!({ "topics": args.topic });
    let told = api
        .ask(&args.one, Ask::Resolve(&body))
        .await
        .context("not resolved")?;
    let id = told["id"].as_str().unwrap_or_default().to_owned();
    ended(api, &args.one, "resolving", &id, told, args.wait, json).await
}

pub(crate) async fn hand_over(api: &Api, args: &Handover, json: bool) -> Result<()> {
    let mut body = json!({ "topics": args.topic });
    for (name, given) in [("reason", &args.reason), ("summary", &args.summary)] {
        if let Some(given) = given {
            body[name] = given.clone().into();
        }
    }
    // Which episode ends: the conversation may be back before the first look.
    let before = match args.wait {
        true => Some(read(api.ask(&args.one, Ask::Conversation).await?)?.episode),
        false => None,
    };
    let mut told = api
        .ask(&args.one, Ask::HandOver(&body))
        .await
        .context("not handed over")?;
    let Some(episode) = before else {
        return accepted(&args.one, "handover", "asked for", &told, json);
    };
    let id = told["id"].as_str().unwrap_or_default().to_owned();
    let end = wait::handover(api, &args.one, episode, &id).await?;
    if let Some(fields) = told.as_object_mut() {
        // What it was when it was asked for; how it ended is `handedOver`.
        fields.remove("state");
        fields.insert("handedOver".into(), matches!(end, End::Done(_)).into());
    }
    finish("handover", &told, end, json)
}

/// A reply that was taken: said so, or waited for.
async fn ended(
    api: &Api,
    one: &One,
    what: &str,
    id: &str,
    told: Value,
    wait: bool,
    json: bool,
) -> Result<()> {
    if !wait {
        let status = told["status"].as_str().unwrap_or_default().to_owned();
        return accepted(one, what, &status, &told, json);
    }
    let (mut last, end) = wait::reply(api, one, id).await?;
    if let Some(left_out) = told.get("leftOut") {
        last["leftOut"] = left_out.clone();
    }
    finish(what, &last, end, json)
}

fn accepted(one: &One, what: &str, status: &str, told: &Value, json: bool) -> Result<()> {
    if json {
        return output::json(told);
    }
    output::line(&output::visible(&format!("{what}: {status}")))?;
    output::line(&format!("{} shows what becomes of it", look(one)))
}

fn finish(what: &str, told: &Value, end: End, json: bool) -> Result<()> {
    if json {
        output::json(told)?;
    }
    match end {
        End::Done(_) if json => Ok(()),
        End::Done(how) => output::line(&output::visible(&format!("{what}: {how}"))),
        End::Otherwise(how) => bail!("{what}: {how}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_files_text_is_taken_without_the_line_break_at_its_end() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all("one\n\ntwo \r\n\n".as_bytes()).unwrap();
        assert_eq!(of_file(file.path()).unwrap(), "one\n\ntwo ");
        file.write_all(&vec![b'x'; 256 * 1024]).unwrap();
        assert!(
            of_file(file.path())
                .unwrap_err()
                .to_string()
                .contains("256 KiB")
        );
    }

    #[test]
    fn a_file_that_is_no_text_or_not_there_is_said_by_its_name() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&[0xff, 0xfe]).unwrap();
        for path in [file.path(), Path::new("no-such-file")] {
            let told = of_file(path).unwrap_err().to_string();
            assert!(told.contains(&path.display().to_string()), "{told}");
        }
    }
}
