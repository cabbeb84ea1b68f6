//! What can be made to go wrong, and what else a test of one's own needs: the clock and who is online.

mod clock;
mod in_force;
mod kinds;
mod presence;
mod switches;

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use maud::html;

use super::{
    fields::{self, Attempt, Fields, alert, at},
    page::Section,
};
use crate::{
    app::App,
    clock::put_forward,
    control::{Shared, clear, order, read},
    moment::Moment,
    presence::control_face::{set_online, set_wait},
    refusal::Refusal,
};

const PAGE: &str = "/workspace/faults";

/// A fault nobody knows.
const UNKNOWN: &str = "unknown";

pub(super) fn router(app: &Arc<App>) -> Router {
    let back = || async { Redirect::to(PAGE) };
    Router::new()
        .route(PAGE, get(all).post(switch_on))
        .route("/workspace/faults/off", post(all_off).get(back))
        .route("/workspace/clock", post(advance).get(back))
        .route("/workspace/presence", post(online).get(back))
        .route("/workspace/waiting", post(wait).get(back))
        .with_state(Arc::clone(app))
}

async fn all(State(app): Shared) -> Response {
    show(&app, None)
}

fn show(app: &App, attempt: Option<&Attempt>) -> Response {
    let world = app.world();
    // Faults last by the machine's clock.
    let now = Moment::now();
    let body = html! {
        p.lead { "Every way in which Sparkcentral and the network between can fail, to see what Sparkbridge makes of it." }
        (alert(at(attempt, UNKNOWN)))
        (in_force::table(&world, now))
        (switches::all(&world, now, attempt))
        h2 { "Time and people" }
        div.cards {
            (clock::card(app.now(), app.clock.ahead(), at(attempt, clock::FORM)))
            (presence::online(&world.presence, at(attempt, presence::ONLINE)))
            (presence::waiting(&world.presence, at(attempt, presence::WAITING)))
        }
    };
    let refusal = attempt.map(|attempt| &attempt.refusal);
    fields::answer(Section::Faults, "Faults", &body, refusal)
}

/// 303 back to where the form is.
fn answer(app: &App, done: Result<(), Refusal>, form: &'static str, fields: Fields) -> Response {
    match done {
        Ok(()) => Redirect::to(&format!("{PAGE}#{form}")).into_response(),
        Err(refusal) => {
            let attempt = Attempt {
                form,
                fields,
                refusal,
            };
            show(app, Some(&attempt))
        }
    }
}

async fn switch_on(State(app): Shared, bytes: Bytes) -> Response {
    let fields = Fields::read(&bytes);
    let form = kinds::named(fields.text("fault")).unwrap_or(UNKNOWN);
    let ordered = switches::spec(&fields)
        .and_then(read)
        .and_then(|spec| order(&app, spec));
    answer(&app, ordered.map(|_| ()), form, fields)
}

async fn all_off(State(app): Shared) -> Redirect {
    clear(&app);
    Redirect::to(PAGE)
}

async fn advance(State(app): Shared, bytes: Bytes) -> Response {
    let fields = Fields::read(&bytes);
    let done = clock::step(&fields)
        .and_then(read)
        .and_then(|step| put_forward(&app, step));
    answer(&app, done, clock::FORM, fields)
}

async fn online(State(app): Shared, bytes: Bytes) -> Response {
    let fields = Fields::read(&bytes);
    let given = presence::agents(&fields, app.world().presence.agents(None));
    let done = read(given).and_then(|given| set_online(&app, given));
    answer(&app, done.map(|_| ()), presence::ONLINE, fields)
}

async fn wait(State(app): Shared, bytes: Bytes) -> Response {
    let fields = Fields::read(&bytes);
    let done = presence::figures(&fields)
        .and_then(read)
        .and_then(|given| set_wait(&app, given));
    answer(&app, done.map(|_| ()), presence::WAITING, fields)
}
