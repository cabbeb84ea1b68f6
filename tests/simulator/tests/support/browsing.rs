//! The workspace as a browser asks for it: pages, and forms as they are posted.

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    routing::get,
};
use reqwest::{Method, Response, redirect::Policy};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

use super::Sim;

/// An answer with its page.
pub(crate) struct Shown {
    pub(crate) status: u16,
    /// Where it leads.
    pub(crate) location: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) page: String,
}

impl Shown {
    async fn of(answer: Response) -> Self {
        let location = answer.headers().get("location");
        Self {
            status: answer.status().as_u16(),
            location: location.map(|value| value.to_str().unwrap().into()),
            headers: answer.headers().clone(),
            page: answer.text().await.unwrap(),
        }
    }

    #[track_caller]
    pub(crate) fn has(&self, part: &str) -> &Self {
        assert!(self.page.contains(part), "no {part} in {}", self.page);
        self
    }

    #[track_caller]
    pub(crate) fn has_not(&self, part: &str) -> &Self {
        assert!(!self.page.contains(part), "{part} in {}", self.page);
        self
    }

    /// Of the element with this id, up to the next one with an id of those a page has at its top.
    pub(crate) fn from(&self, id: &str, to: &str) -> &str {
        let start = self.page.find(&format!("id=\"{id}\"")).unwrap();
        let rest = &self.page[start..];
        let end = rest.find(&format!("id=\"{to}\"")).unwrap_or(rest.len());
        &rest[..end]
    }
}

impl Sim {
    pub(crate) async fn page(&self, path: &str) -> Shown {
        Shown::of(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub(crate) async fn conversation_page(&self, id: &str) -> Shown {
        self.page(&format!("/workspace/conversations/{id}")).await
    }

    /// Posts a form and doesn't follow where the answer leads.
    pub(crate) async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Shown {
        self.submit_from(path, fields, &[]).await
    }

    pub(crate) async fn submit_from(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Shown {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let http = reqwest::Client::builder()
            .redirect(Policy::none())
            .build()
            .unwrap();
        let mut request = http
            .post(format!("{}{path}", self.running.url()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Shown::of(request.send().await.unwrap()).await
    }

    /// Posts one of a conversation's forms.
    pub(crate) async fn submit_to(&self, id: &str, act: &str, fields: &[(&str, &str)]) -> Shown {
        self.submit(&format!("/workspace/conversations/{id}/{act}"), fields)
            .await
    }
}

#[derive(Default)]
struct Inside {
    answer: Mutex<Option<(u16, Value)>>,
    asked: Mutex<Vec<String>>,
}

/// Says what conversation-api would say.
pub(crate) struct Api {
    pub(crate) url: String,
    inside: Arc<Inside>,
}

impl Api {
    pub(crate) async fn start() -> Self {
        let inside = Arc::new(Inside::default());
        let router = Router::new()
            .route("/stage/v1/agents/{agent}/conversations/{id}", get(tell))
            .with_state(Arc::clone(&inside));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/stage", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { url, inside }
    }

    pub(crate) fn answers(&self, status: u16, body: Value) {
        *self.inside.answer.lock().unwrap() = Some((status, body));
    }

    /// Agent, conversation and credentials of every question so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.inside.asked.lock().unwrap().clone()
    }

    /// As an agent is registered with it.
    pub(crate) fn fields(&self) -> Value {
        json!({"sparkbridge": {"api_url": self.url, "token": "viewer-token"}})
    }
}

async fn tell(
    State(inside): State<Arc<Inside>>,
    Path((agent, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> (StatusCode, String) {
    let token = headers.get(AUTHORIZATION).unwrap().to_str().unwrap();
    let question = format!("{agent} {id} {token}");
    inside.asked.lock().unwrap().push(question);
    let answer = inside.answer.lock().unwrap().clone();
    let (status, body) = answer.unwrap_or((404, json!({"code": "unknown_conversation"})));
    (StatusCode::from_u16(status).unwrap(), body.to_string())
}
