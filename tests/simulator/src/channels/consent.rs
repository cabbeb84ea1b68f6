//! Twitter's own page: it asks who is logged in whether Sparkcentral may have the account.
//!
//! A browser is answered with pages, everything else as the control face answers.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Uri, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use maud::{DOCTYPE, Markup, html};

use crate::{
    app::App,
    channels::twitter::{self, Asker},
    control::Shared,
    moment::Moment,
    refusal::Refusal,
    workspace::warning,
};

pub(crate) fn router(app: &Arc<App>) -> Router {
    Router::new()
        .route("/twitter/authorize", get(ask).post(decide))
        .with_state(Arc::clone(app))
}

type Fields = BTreeMap<String, String>;

fn fields(encoded: &[u8]) -> Fields {
    url::form_urlencoded::parse(encoded).into_owned().collect()
}

fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).map_or("", String::as_str)
}

/// Twitter's page, for who is logged in as `handle`, or for who isn't logged in.
async fn ask(State(app): Shared, headers: HeaderMap, uri: Uri) -> Response {
    let query = fields(uri.query().unwrap_or_default().as_bytes());
    let token = field(&query, "oauth_token");
    let asked = || {
        app.world().channels.authorizations.open(token, app.now())?;
        let handle = query.get("handle").map(|given| twitter::handle(given));
        handle.transpose()
    };
    match asked() {
        Ok(logged_in) => {
            let account = logged_in.map_or(Account::Unknown(""), Account::LoggedIn);
            page(&question(token, account, None)).into_response()
        }
        Err(refusal) => refused(&app, &headers, &query, refusal),
    }
}

/// The page's form; what it leaves out is taken from the query, and no decision is "authorize". 303 to the
/// channel; after a cancellation to all of them, or to what the workspace says about it.
async fn decide(State(app): Shared, headers: HeaderMap, uri: Uri, bytes: Bytes) -> Response {
    let mut form = fields(uri.query().unwrap_or_default().as_bytes());
    form.extend(fields(&bytes));
    match decided(&app, &form, app.now()) {
        Ok(onwards) => {
            app.changed();
            Redirect::to(&onwards).into_response()
        }
        Err(refusal) => refused(&app, &headers, &form, refusal),
    }
}

/// Returns where the owner of the account goes on.
fn decided(app: &App, form: &Fields, now: Moment) -> Result<String, Refusal> {
    let token = field(form, "oauth_token");
    let channels = &mut app.world().channels;
    let asker = channels.authorizations.asker(token);
    let asker = asker.unwrap_or(Asker::ControlFace);
    match field(form, "decision") {
        "authorize" | "" => {
            let id = channels.authorize(token, field(form, "handle"), now)?;
            Ok(asker.after_consent(&id))
        }
        "cancel" => {
            let id = channels.authorizations.open(token, now)?.to_owned();
            channels.authorizations.close(token, false);
            Ok(asker.after_cancellation(&id))
        }
        _ => Err(Refusal::invalid("decision is authorize or cancel")),
    }
}

/// A browser gets the page again, with what was typed and why it won't do, as long as the authorisation
/// can still be used.
fn refused(app: &App, headers: &HeaderMap, form: &Fields, refusal: Refusal) -> Response {
    let accepted = headers.get(header::ACCEPT).map(|value| value.to_str());
    if !matches!(accepted, Some(Ok(types)) if types.contains("text/html")) {
        return refusal.into_response();
    }
    let token = field(form, "oauth_token");
    let usable = {
        let authorizations = &app.world().channels.authorizations;
        authorizations.open(token, app.now()).is_ok()
    };
    let body = if usable {
        let account = Account::Unknown(field(form, "handle"));
        question(token, account, Some(&refusal))
    } else {
        html! {
            h1 { "Authorize Sparkcentral" }
            (warning(&refusal.text()))
            p { a href="/workspace/channels" { "Back to Sparkcentral's channels" } }
        }
    };
    (refusal.status(), page(&body)).into_response()
}

/// Whose account it is about.
#[derive(Clone, Copy)]
enum Account<'a> {
    LoggedIn(&'a str),
    /// What was typed.
    Unknown(&'a str),
}

fn question(token: &str, account: Account<'_>, refusal: Option<&Refusal>) -> Markup {
    html! {
        h1 { "Authorize Sparkcentral" }
        p { "Sparkcentral asks to use a Twitter account: to read what is written to it, and to answer in its name." }
        @if let Some(refusal) = refusal { (warning(&refusal.text())) }
        form method="post" action="/twitter/authorize" aria-label="Authorize Sparkcentral" {
            input type="hidden" name="oauth_token" value=(token);
            @match account {
                Account::LoggedIn(handle) => {
                    p { "You are logged in as " strong { "@" (handle) } "." }
                    input type="hidden" name="handle" value=(handle);
                }
                Account::Unknown(typed) => {
                    div.field {
                        label for="handle" { "Handle" }
                        input #handle name="handle" value=(typed) autocomplete="off" autocapitalize="none"
                            spellcheck="false" aria-describedby="handle-hint"
                            aria-invalid=[refusal.map(|_| "true")];
                        p #handle-hint.hint { "Of the account to add, such as @example_shop. No password: this Twitter is simulated." }
                    }
                }
            }
            div.actions {
                button.primary name="decision" value="authorize" { "Authorize app" }
                button name="decision" value="cancel" formnovalidate { "Cancel" }
            }
        }
    }
}

fn page(body: &Markup) -> Html<String> {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { "Authorize Sparkcentral" }
                link rel="stylesheet" href="/workspace/style.css";
                link rel="icon" href="/workspace/icon.svg" type="image/svg+xml";
            }
            body {
                header.top { p.brand { "Twitter " span.muted { "simulated" } } }
                main.narrow { div.card { (body) } }
            }
        }
    };
    Html(page.into_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_who_is_logged_in_and_offers_to_cancel() {
        let page = page(&question("t1", Account::LoggedIn("Shop"), None)).0;
        for part in ["@Shop", "Authorize app", "Cancel", "value=\"t1\""] {
            assert!(page.contains(part), "{part}");
        }
        assert!(!page.contains("<label"));
    }

    #[test]
    fn what_was_typed_is_shown_again_as_text() {
        let page = question("t1", Account::Unknown("\"><script>"), None).into_string();
        assert!(
            page.contains("value=\"&quot;&gt;&lt;script&gt;\""),
            "{page}"
        );
    }
}
