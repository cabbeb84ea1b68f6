//! Rotations as a token endpoint sees them.

use std::cell::Cell;

use sparkcentral::Dialect;
use wiremock::matchers::{basic_auth, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use sparkcentral_client::ClientConfig;

use super::*;

/// A played token endpoint, and a secret that can be read anew.
struct Scene {
    server: MockServer,
    clients: AgentClients,
    settings: AgentSettings,
    reads: Cell<u32>,
}

fn pair(name: &str) -> Credentials {
    Credentials {
        client_id: name.to_owned(),
        client_secret: "secret".into(),
    }
}

impl Scene {
    async fn new() -> Self {
        let server = MockServer::start().await;
        let settings = serde_json::json!({
            "region": "us", "api_base": server.uri(), "bot": {"kind": "script"},
        });
        Self {
            settings: serde_json::from_value(settings).unwrap(),
            server,
            clients: AgentClients::default(),
            reads: Cell::new(0),
        }
    }

    /// From now on these are granted a token, and all others get `otherwise`.
    async fn take(&self, taken: &[&str], otherwise: u16) {
        self.server.reset().await;
        let granted = serde_json::json!({"access_token": "t", "expires_in": 3600});
        for id in taken {
            Mock::given(path(Dialect::Sparkcentral.token_path()))
                .and(basic_auth(*id, "secret"))
                .respond_with(ResponseTemplate::new(200).set_body_json(&granted))
                .mount(&self.server)
                .await;
        }
        let refused = serde_json::json!({"error": "invalid_client"});
        Mock::given(path(Dialect::Sparkcentral.token_path()))
            .respond_with(ResponseTemplate::new(otherwise).set_body_json(refused))
            .mount(&self.server)
            .await;
    }

    /// Chooses where `current` is what is remembered of the secret, and `anew` what is in it.
    async fn choose(
        &self,
        current: &str,
        anew: Option<(&str, Option<&str>)>,
    ) -> Result<Taken, AccessError> {
        let read = async || {
            self.reads.set(self.reads.get() + 1);
            anew.map(|(current, previous)| Known {
                current: pair(current),
                previous: previous.map(pair),
            })
        };
        let chosen = self
            .clients
            .choose("shop", &self.settings, pair(current), read);
        chosen.await.map(|(_, taken)| taken)
    }

    /// How often a token was asked for since the endpoint last changed.
    async fn asked(&self) -> usize {
        self.server.received_requests().await.unwrap().len()
    }
}

#[tokio::test]
async fn good_credentials_are_asked_about_once_and_the_secret_is_left_alone() {
    let scene = Scene::new().await;
    scene.take(&["new"], 401).await;
    for _ in 0..3 {
        let taken = scene.choose("new", Some(("new", Some("old")))).await;
        assert_eq!(taken.unwrap(), Taken::Current);
    }
    assert_eq!((scene.asked().await, scene.reads.get()), (1, 0));
}

#[tokio::test]
async fn a_rotation_refuses_nothing_whichever_pair_sparkcentral_takes() {
    for (remembered, in_secret, takes, taken, asked) in [
        // Rotated here and there, and this process has not heard of it.
        ("old", ("new", Some("old")), "new", Taken::Current, 2),
        // Rotated here, and the new ones are not active there yet.
        ("new", ("new", Some("old")), "old", Taken::Previous, 2),
        // Rotated twice since this process has looked, and not active yet.
        ("older", ("new", Some("old")), "old", Taken::Previous, 3),
        ("older", ("new", None), "new", Taken::Current, 2),
    ] {
        for refusal in [401, 400, 403] {
            let scene = Scene::new().await;
            scene.take(&[takes], refusal).await;
            let chosen = scene.choose(remembered, Some(in_secret)).await.unwrap();
            let told = format!("{remembered} {in_secret:?} {takes} {refusal}");
            assert_eq!(chosen, taken, "{told}");
            assert_eq!(scene.asked().await, asked, "{told}");
        }
    }
}

#[tokio::test]
async fn no_pair_is_tried_twice_where_all_are_refused() {
    for (remembered, in_secret, asked) in [
        ("new", Some(("new", Some("old"))), 2),
        ("old", Some(("new", Some("old"))), 2),
        ("same", Some(("same", Some("same"))), 1),
        ("new", Some(("new", None)), 1),
        // Secrets Manager gave nothing.
        ("new", None, 1),
    ] {
        let scene = Scene::new().await;
        scene.take(&[], 401).await;
        let error = scene.choose(remembered, in_secret).await.unwrap_err();
        assert!(is_refusal(&error), "{error:?}");
        assert_eq!(scene.asked().await, asked, "{remembered} {in_secret:?}");
        assert_eq!(scene.reads.get(), 1);
    }
}

#[tokio::test]
async fn the_previous_pair_keeps_its_token_while_it_is_what_works() {
    let scene = Scene::new().await;
    let in_secret = Some(("new", Some("old")));
    scene.take(&["old"], 401).await;
    for _ in 0..5 {
        let taken = scene.choose("new", in_secret).await.unwrap();
        assert_eq!(taken, Taken::Previous);
    }
    assert_eq!((scene.asked().await, scene.reads.get()), (2, 1));
}

#[tokio::test]
async fn when_the_previous_pair_is_withdrawn_the_current_one_is_tried_at_once() {
    let scene = Scene::new().await;
    let in_secret = Some(("new", Some("old")));
    scene.take(&["old"], 401).await;
    scene.choose("new", in_secret).await.unwrap();
    // Its token is over, and it gets no other.
    scene.clients.forget_tokens();
    scene.take(&["new"], 401).await;
    let taken = scene.choose("new", in_secret).await.unwrap();
    assert_eq!(taken, Taken::Current);
    assert_eq!((scene.asked().await, scene.reads.get()), (2, 1));
    let taken = scene.choose("new", in_secret).await.unwrap();
    assert_eq!(taken, Taken::Current, "and it is forgotten");
    assert_eq!(scene.asked().await, 2);
}

#[tokio::test]
async fn what_worked_instead_of_a_pair_says_nothing_about_the_next_one() {
    let scene = Scene::new().await;
    scene.take(&["old", "newest"], 401).await;
    scene
        .choose("new", Some(("new", Some("old"))))
        .await
        .unwrap();
    let taken = scene.choose("newest", Some(("newest", Some("new")))).await;
    assert_eq!(taken.unwrap(), Taken::Current);
}

#[tokio::test]
async fn an_endpoint_that_is_down_or_asks_to_wait_refuses_nobody() {
    for status in [429, 500, 503] {
        let scene = Scene::new().await;
        scene.take(&[], status).await;
        let error = scene.choose("new", Some(("newer", Some("old")))).await;
        assert!(!is_refusal(&error.unwrap_err()), "{status}");
        assert_eq!((scene.asked().await, scene.reads.get()), (1, 0), "{status}");
    }
}

#[tokio::test]
async fn settings_that_make_no_client_are_told_before_anything_is_asked() {
    let scene = Scene::new().await;
    scene.take(&[], 401).await;
    let error = scene.choose("with:colon", None).await.unwrap_err();
    assert!(matches!(error, AccessError::Config(_)), "{error:?}");
    assert_eq!((scene.asked().await, scene.reads.get()), (0, 0));
}

impl AgentClients {
    /// As a process that was started anew, but for what it has learned.
    fn forget_tokens(&self) {
        for credentials in ["new", "old"] {
            let other = ClientConfig::default();
            for clients in [&self.current, &self.previous] {
                clients
                    .get("shop", other.clone(), pair(credentials))
                    .unwrap();
            }
        }
    }
}
