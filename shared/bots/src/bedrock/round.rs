//! One answer of the model: what it says, what it asks for, and whether it must be asked again.

use aws_sdk_bedrockruntime::error::BuildError;
use aws_sdk_bedrockruntime::operation::converse::ConverseOutput;
use aws_sdk_bedrockruntime::types::{
    ContentBlock, ConversationRole, Message, StopReason, ToolResultBlock, ToolResultContentBlock,
    ToolUseBlock,
};
use conversation::{Action, BedrockSettings, ReplyAction};

use super::tools;
use crate::BotError;
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
    output: &ConverseOutput,
    settings: &BedrockSettings,
    applied: &[String],
    draft: &mut Draft,
) -> Result<Next, BotError> {
    let message = output.output().and_then(|output| output.as_message().ok());
    let blocks = message.map(Message::content).unwrap_or_default();
    let unless_it_spoke = |draft: &Draft, problem: &str| {
        if draft.speaks() {
            Ok(Next::Done)
        } else {
            Err(unusable(problem))
        }
    };
    match output.stop_reason() {
        StopReason::GuardrailIntervened => return Ok(Next::Intervened(words(blocks))),
        StopReason::ContentFiltered => return Ok(Next::Filtered),
        StopReason::MalformedModelOutput | StopReason::MalformedToolUse => {
            draft.say(&words(blocks));
            return unless_it_spoke(draft, "the model's answer is malformed");
        }
        StopReason::ModelContextWindowExceeded => {
            draft.say(&words(blocks));
            return unless_it_spoke(
                draft,
                "the model's context is full: lower bot.context_tokens",
            );
        }
        _ => {}
    }
    let results = take(blocks, settings, applied, draft);
    match output.stop_reason() {
        // The last tool call may be cut off, so nothing can be told about it.
        StopReason::MaxTokens if !draft.ends() => {
            unless_it_spoke(draft, "the model had no words yet at bot.max_tokens")
        }
        StopReason::ToolUse if !draft.speaks() && !results.is_empty() => {
            let told = tell(blocks, results).map_err(|_| unusable("a tool call without an id"))?;
            Ok(Next::Tell(told))
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
type Outcome<'a> = (&'a ToolUseBlock, &'static str);

fn take<'a>(
    blocks: &'a [ContentBlock],
    settings: &BedrockSettings,
    applied: &[String],
    draft: &mut Draft,
) -> Vec<Outcome<'a>> {
    let mut outcomes = Vec::new();
    let mut pending = String::new();
    for block in blocks {
        match block {
            ContentBlock::Text(text) => {
                pending.push_str(text);
                pending.push('\n');
            }
            ContentBlock::ToolUse(used) => {
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
            _ => {}
        }
    }
    draft.say(&visible(&pending));
    outcomes
}

fn says(action: &Action, words: &str) -> bool {
    matches!(action, Action::Reply(ReplyAction { text: Some(text), .. }) if text.trim() == words.trim())
}

fn words(blocks: &[ContentBlock]) -> String {
    let texts: Vec<_> = blocks
        .iter()
        .filter_map(|block| block.as_text().ok())
        .collect();
    let joined = texts
        .iter()
        .map(|text| text.as_str())
        .collect::<Vec<_>>()
        .join("\n");
    visible(&joined)
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

/// The model's own message and what became of its tool calls.
fn tell(blocks: &[ContentBlock], outcomes: Vec<Outcome<'_>>) -> Result<Vec<Message>, BuildError> {
    // What the SDK does not know can't be sent back, and services refuse blank texts.
    let own = blocks.iter().filter(|block| match block {
        ContentBlock::Text(text) => !text.trim().is_empty(),
        block => !block.is_unknown(),
    });
    let results = outcomes.into_iter().map(|(used, outcome)| {
        ToolResultBlock::builder()
            .tool_use_id(used.tool_use_id())
            .content(ToolResultContentBlock::Text(outcome.to_owned()))
            .build()
            .map(ContentBlock::ToolResult)
    });
    let results = results.collect::<Result<Vec<_>, _>>()?;
    let message = |role, blocks| {
        Message::builder()
            .role(role)
            .set_content(Some(blocks))
            .build()
    };
    Ok(vec![
        message(ConversationRole::Assistant, own.cloned().collect())?,
        message(ConversationRole::User, results)?,
    ])
}
