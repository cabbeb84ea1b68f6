//! What the forms of a conversation do: the control face's own acts, answered by a redirection to the
//! conversation, or by its page where something was typed that went nowhere.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use crate::{
    acts,
    history::Resolution,
    moment::Moment,
    moves::ContactMessage,
    refusal::Refusal,
    survey::{SurveySpec, SurveyStatus},
    world::World,
};

use super::{
    Desk,
    one::{self, Typed},
};

#[derive(Deserialize)]
pub(super) struct CustomerForm {
    #[serde(default)]
    message: String,
    #[serde(default)]
    file: String,
}

pub(super) async fn write(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    Form(given): Form<CustomerForm>,
) -> Response {
    let (text, file) = (given_text(&given.message), given_text(&given.file));
    let done = match (&text, &file) {
        (None, None) => Err(Refusal::invalid("write something first")),
        _ => {
            let message = ContactMessage {
                text,
                payload: None,
                attachment: file,
            };
            acts::carry_out(&desk.app, &id, |world, now| world.write(&id, message, now))
        }
    };
    let typed = Typed {
        message: given.message,
        file: given.file,
        ..Typed::default()
    };
    answer(&desk, &id, done, typed, false).await
}

#[derive(Deserialize)]
pub(super) struct TapForm {
    label: String,
}

pub(super) async fn tap(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    Form(given): Form<TapForm>,
) -> Response {
    let tap = |world: &mut World, now| world.tap(&id, &given.label, now);
    let done = acts::carry_out(&desk.app, &id, tap);
    answer(&desk, &id, done, Typed::default(), false).await
}

/// All that stands in the agent's form, whatever button was pressed.
#[derive(Deserialize)]
pub(super) struct AgentForm {
    #[serde(default)]
    agent: String,
    #[serde(default)]
    reply: String,
    #[serde(default)]
    bot: String,
}

pub(super) async fn reply(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    Form(given): Form<AgentForm>,
) -> Response {
    let done = match (name(&given), given_text(&given.reply)) {
        (Ok(human), Some(text)) => acts::carry_out(&desk.app, &id, |world, now| {
            world.human_reply(&id, Some(human), text, now)
        }),
        (Ok(_), None) => Err(Refusal::invalid("write something first")),
        (Err(refusal), _) => Err(refusal),
    };
    answer(&desk, &id, done, given.typed(), false).await
}

pub(super) async fn take(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    Form(given): Form<AgentForm>,
) -> Response {
    as_agent(desk, id, given, World::take).await
}

pub(super) async fn delegate(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    Form(given): Form<AgentForm>,
) -> Response {
    let bot = Some(given.bot.clone()).filter(|bot| !bot.is_empty());
    as_agent(desk, id, given, |world, id, _, now| {
        world.delegate(id, bot, now)
    })
    .await
}

pub(super) async fn resolve(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    Form(given): Form<AgentForm>,
) -> Response {
    as_agent(desk, id, given, |world, id, human, now| {
        let resolution = Resolution {
            agent: Some(human),
            ..Resolution::default()
        };
        world.resolve(id, resolution, now)
    })
    .await
}

/// What a human does without writing: what they have begun to write stays.
async fn as_agent(
    desk: Desk,
    id: String,
    given: AgentForm,
    act: impl FnOnce(&mut World, &str, String, Moment) -> Result<(), Refusal>,
) -> Response {
    let done = name(&given).and_then(|human| {
        acts::carry_out(&desk.app, &id, |world, now| act(world, &id, human, now))
    });
    let has_draft = given_text(&given.reply).is_some();
    answer(&desk, &id, done, given.typed(), has_draft).await
}

#[derive(Deserialize)]
pub(super) struct SurveyForm {
    /// 1 to 5, or `skipped`.
    score: String,
    #[serde(default)]
    comment: String,
}

pub(super) async fn rate(
    State(desk): State<Desk>,
    Path(id): Path<String>,
    Form(given): Form<SurveyForm>,
) -> Response {
    let status = (given.score == "skipped").then_some(SurveyStatus::Skipped);
    let survey = SurveySpec {
        score: given.score.parse().ok(),
        status,
        question: None,
        comment: given_text(&given.comment),
    };
    let done = acts::carry_out(&desk.app, &id, |world, now| world.rate(&id, survey, now));
    let typed = Typed {
        comment: given.comment,
        ..Typed::default()
    };
    answer(&desk, &id, done, typed, false).await
}

impl AgentForm {
    fn typed(self) -> Typed {
        Typed {
            agent: self.agent,
            reply: self.reply,
            bot: self.bot,
            ..Typed::default()
        }
    }
}

fn name(given: &AgentForm) -> Result<String, Refusal> {
    given_text(&given.agent).ok_or_else(|| Refusal::invalid("say which agent you are"))
}

/// Without white space at its ends and with the line ends people mean; `None` if nothing is left.
fn given_text(field: &str) -> Option<String> {
    let text = field.trim().replace("\r\n", "\n");
    (!text.is_empty()).then_some(text)
}

/// 303 to the conversation. Its page instead, if it was refused, or if `has_draft` is to be kept.
async fn answer(
    desk: &Desk,
    id: &str,
    done: Result<(), Refusal>,
    mut typed: Typed,
    has_draft: bool,
) -> Response {
    match done {
        Ok(()) if has_draft => one::answer(desk, id, StatusCode::OK, &typed).await,
        Ok(()) => Redirect::to(&one::address(id, &typed.agent)).into_response(),
        Err(refusal) => {
            typed.alert = Some(refusal.text());
            one::answer(desk, id, refusal.status(), &typed).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_of_a_form_are_plain_ones_and_white_space_is_nothing() {
        assert_eq!(given_text(" a\r\nb \r\n").as_deref(), Some("a\nb"));
        assert_eq!(given_text(" \r\n "), None);
    }
}
