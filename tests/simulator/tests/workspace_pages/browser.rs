//! What a browser does, one step at a time, and ways to look at what it shows.

use reqwest::{Method, header, redirect::Policy};

use crate::support::{Sim, quick};

/// Goes where it is sent itself, so that a test sees each step.
pub(crate) struct Browser {
    pub(crate) http: reqwest::Client,
    pub(crate) base: String,
}

pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) onwards: String,
    pub(crate) text: String,
}

impl Browser {
    pub(crate) fn at(sim: &Sim) -> Self {
        let http = reqwest::Client::builder().redirect(Policy::none());
        Self {
            http: http.no_proxy().build().unwrap(),
            base: sim.running.url().into(),
        }
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, form: &str) -> Page {
        let request = self.http.request(method, format!("{}{path}", self.base));
        let request = request
            .header(header::ACCEPT, "text/html,application/xhtml+xml")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.to_owned());
        let answer = request.send().await.unwrap();
        let onwards = answer.headers().get(header::LOCATION);
        Page {
            status: answer.status().as_u16(),
            onwards: onwards.map_or("", |to| to.to_str().unwrap()).into(),
            text: answer.text().await.unwrap(),
        }
    }

    /// A page that is there.
    pub(crate) async fn open(&self, path: &str) -> String {
        let page = self.ask(Method::GET, path, "").await;
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        page.text
    }

    /// A page that says that what was asked for isn't there.
    pub(crate) async fn missing(&self, path: &str) -> String {
        let page = self.ask(Method::GET, path, "").await;
        assert_eq!(page.status, 404, "{path}: {}", page.text);
        assert_all(&page.text, &["role=\"alert\""]);
        page.text
    }

    /// Sends a form that is taken; returns where it leads.
    pub(crate) async fn done(&self, path: &str, form: &str) -> String {
        let page = self.ask(Method::POST, path, form).await;
        assert_eq!(page.status, 303, "{path} {form}: {}", page.text);
        page.onwards
    }

    /// Sends a form that is refused, and returns the page it comes back on and what the alert says.
    pub(crate) async fn refused(&self, path: &str, form: &str, status: u16) -> (String, String) {
        let page = self.ask(Method::POST, path, form).await;
        assert_eq!(page.status, status, "{path} {form}: {}", page.text);
        let alert = page.text.split("role=\"alert\">").nth(1);
        let alert = alert.unwrap_or_else(|| panic!("no alert: {}", page.text));
        let said = alert.split('<').next().unwrap().to_owned();
        (page.text, said)
    }
}

pub(crate) async fn start() -> (Sim, Browser) {
    let sim = Sim::start(quick()).await;
    let browser = Browser::at(&sim);
    (sim, browser)
}

pub(crate) fn assert_all(page: &str, parts: &[&str]) {
    for part in parts {
        assert!(page.contains(part), "no {part} in {page}");
    }
}

/// A value on the page: what is between `before` and the next `"`.
pub(crate) fn after<'a>(page: &'a str, before: &str) -> &'a str {
    let rest = page.split(before).nth(1);
    let rest = rest.unwrap_or_else(|| panic!("no {before} in {page}"));
    rest.split('"').next().unwrap()
}
