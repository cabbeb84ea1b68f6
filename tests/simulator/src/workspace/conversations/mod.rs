//! The conversations: their queues, and each with what people see of it and what our system did.

mod account;
mod acts;
mod asking;
mod calls;
mod compose;
mod known;
mod list;
mod one;
mod ours;
mod start;
mod thread;

use std::sync::Arc;

use axum::{
    Router,
    routing::{MethodRouter, get, post},
};

use crate::app::App;

use asking::Answers;

/// What the pages work with.
#[derive(Clone)]
struct Desk {
    app: Arc<App>,
    answers: Arc<Answers>,
}

pub(super) fn router(app: &Arc<App>) -> Router {
    let desk = Desk {
        app: Arc::clone(app),
        answers: Arc::default(),
    };
    let acts = [
        ("messages", post(acts::write)),
        ("tap", post(acts::tap)),
        ("reply", post(acts::reply)),
        ("take", post(acts::take)),
        ("delegate", post(acts::delegate)),
        ("resolve", post(acts::resolve)),
        ("csat", post(acts::rate)),
    ];
    let pages = Router::new()
        .route("/workspace", get(list::show))
        .route(
            "/workspace/conversations",
            get(list::all).post(start::start),
        )
        .route("/workspace/conversations/{id}", get(one::show));
    // What came of a form may stand under the form's address: asked for again, it is the conversation.
    let add = |router: Router<Desk>, (act, handler): (&str, MethodRouter<Desk>)| {
        router.route(
            &format!("/workspace/conversations/{{id}}/{act}"),
            handler.get(one::back),
        )
    };
    acts.into_iter().fold(pages, add).with_state(desk)
}
