//! One answer of the model: what it says, what it asks for, and whether it must be asked again.

use conversation::{Action, BedrockSettings, ReplyAction};
use serde_json::{Value, json};

use super::tools;
use super::wire::{Block, Converse, Message, Role, ToolUse, text};
use crate::BotError;
use crate::aws::unreadable;
use crate::draft::Draft;

/// What comes after an answer.
pub(super) enum Next {
    /// Nothing: the turn is answered.
    Done,
    /// The model called tools and said nothing: it is told what became of them, and asked for words.
    Tell(Vec<Message>),
    /// A guardrail blocked what was said or read; these are its words.
    Intervened(String),
    /// The model's provider withheld the answer.
    Filtered,
}

/// Reads one answer into the draft.
pub(super) fn read(
    output: &Converse,
    settings: &BedrockSettings,
    applied: &[String],
    draft: &mut Draft,
) -> Result<Next, BotError> {
    let content = output.content();
    let blocks: Option<Vec<_>> = content.iter().map(Block::of).collect();
    let blocks = blocks.ok_or_else(unreadable)?;
    let blocks = blocks.as_slice();
    let unless_it_spoke = |draft: &Draft, problem: &str| {
        if draft.speaks() {
            Ok(Next::Done)
        } else {
            Err(unusable(problem))
        }
    };
    match output.stop_reason.as_str() {
        "guardrail_intervened" => return Ok(Next::Intervened(words(blocks))),
        "content_filtered" => return Ok(Next::Filtered),
        "malformed_model_output" | "malformed_tool_use" => {
            draft.say(&words(blocks));
            return unless_it_spoke(draft, "the model's answer is malformed");
        }
        "model_context_window_exceeded" => {
            draft.say(&words(blocks));
            return unless_it_spoke(
                draft,
                "the model's context is full: lower bot.context_tokens",
            );
        }
        _ => {}
    }
    let results = take(blocks, settings, applied, draft);
    match output.stop_reason.as_str() {
        // The last tool call may be cut off, so nothing can be told about it.
        "max_tokens" if !draft.ends() => {
            unless_it_spoke(draft, "the model had no words yet at bot.max_tokens")
        }
        "tool_use" if !draft.speaks() && !results.is_empty() => {
            let told = tell(content, blocks, results);
            told.map(Next::Tell)
                .ok_or_else(|| unusable("a tool call without an id"))
        }
        _ => Ok(Next::Done),
    }
}

pub(super) fn unusable(problem: &str) -> BotError {
    BotError::InvalidAnswer {
        problem: problem.to_owned(),
    }
}

/// A tool call's id, and what is told about it.
type Outcome<'a> = (&'a ToolUse<'a>, &'static str);

fn take<'a>(
    blocks: &'a [Block<'a>],
    settings: &BedrockSettings,
    applied: &[String],
    draft: &mut Draft,
) -> Vec<Outcome<'a>> {
    let mut outcomes = Vec::new();
    let mut pending = String::new();
    for block in blocks {
        match block {
            Block::Text(text) => {
                pending.push_str(text);
                pending.push('\n');
            }
            Block::ToolUse(used) => {
                let outcome = match tools::action(used, settings) {
                    Ok(Action::Topics { topics }) => {
                        topics
                            .iter()
                            .for_each(|topic| draft.add_topic(topic, applied));
                        "Done."
                    }
                    Ok(action @ Action::Reply(_)) => {
                        // Some models write the text and then call the tool with it.
                        let before = visible(&std::mem::take(&mut pending));
                        if !says(&action, &before) {
                            draft.say(&before);
                        }
                        draft.add(action);
                        "Done."
                    }
                    Ok(action) => {
                        draft.add(action);
                        "Done."
                    }
                    Err(problem) => problem,
                };
                outcomes.push((used, outcome));
            }
            Block::Other => {}
        }
    }
    draft.say(&visible(&pending));
    outcomes
}

fn says(action: &Action, words: &str) -> bool {
    matches!(action, Action::Reply(ReplyAction { text: Some(text), .. }) if text.trim() == words.trim())
}

fn words(blocks: &[Block<'_>]) -> String {
    let text = |block: &Block<'_>| match block {
        Block::Text(text) => Some((*text).to_owned()),
        Block::ToolUse(_) | Block::Other => None,
    };
    let texts: Vec<_> = blocks.iter().filter_map(text).collect();
    visible(&texts.join("\n"))
}

/// The text without what some models think aloud in `<thinking>`.
fn visible(text: &str) -> String {
    const START: &str = "<thinking>";
    const END: &str = "</thinking>";
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, thought)) = rest.split_once(START) {
        shown.push_str(before);
        rest = thought.split_once(END).map_or("", |(_, after)| after);
    }
    shown.push_str(rest);
    shown.trim().to_owned()
}

/// The model's own message and what became of its tool calls; `None` where one can't be told of.
fn tell(
    content: &[Value],
    blocks: &[Block<'_>],
    outcomes: Vec<Outcome<'_>>,
) -> Option<Vec<Message>> {
    // Services refuse blank texts.
    let own = content.iter().zip(blocks);
    let own =
        own.filter(|(_, block)| !matches!(block, Block::Text(text) if text.trim().is_empty()));
    let results = outcomes.into_iter().map(|(used, outcome)| {
        let result = json!({"toolUseId": used.id?, "content": [text(outcome)]});
        Some(json!({ "toolResult": result }))
    });
    Some(vec![
        Message {
            role: Role::Assistant,
            content: own.map(|(block, _)| block.clone()).collect(),
        },
        Message {
            role: Role::User,
            content: results.collect::<Option<_>>()?,
        },
    ])
}
