use conversation::AttachmentFile;
use platform::{Objects, SdkConfig};
use sparkcentral::Dialect;
use sparkcentral_client::{ClientConfig, Credentials};
use wiremock::matchers::{body_bytes, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;

const CONVERSATION: &str = "0-01f00000001-000-0a0b0c0d";
const NAME: &str = "town-0123456789.png";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

fn upload() -> Upload {
    Upload {
        name: NAME.into(),
        file: AttachmentFile {
            data: Some("iVBORw0KGgo=".into()),
            ..AttachmentFile::default()
        },
        ..Upload::default()
    }
}

/// A played Sparkcentral that answers uploads like this, and how often it was asked for one.
struct Scene {
    server: MockServer,
    client: Client,
    files: Files,
    messages: MessageSettings,
}

impl Scene {
    async fn answering(answer: ResponseTemplate) -> Self {
        let server = MockServer::start().await;
        let token = r#"{"access_token": "t", "expires_in": 3599, "token_type": "bearer"}"#;
        Mock::given(path(Dialect::Sparkcentral.token_path()))
            .respond_with(ResponseTemplate::new(200).set_body_raw(token, "application/json"))
            .mount(&server)
            .await;
        Mock::given(method("PUT"))
            .and(path(
                Dialect::Sparkcentral.attachment_path(CONVERSATION, NAME),
            ))
            .and(header("content-type", "image/png"))
            .and(body_bytes(PNG))
            .respond_with(answer)
            .mount(&server)
            .await;
        let config = ClientConfig {
            api_base: Some(server.uri().parse().unwrap()),
            ..ClientConfig::default()
        };
        let credentials = Credentials {
            client_id: "id-1".into(),
            client_secret: "secret-1".into(),
        };
        Self {
            client: Client::new(config, credentials).unwrap(),
            files: Files::new(Objects::new(&SdkConfig::builder().build())),
            messages: MessageSettings {
                allow_private_addresses: true,
                ..MessageSettings::default()
            },
            server,
        }
    }

    async fn attach(&self, upload: &Upload, medium: &str, again: bool) -> Attached {
        let attaching = Attaching {
            files: &self.files,
            client: &self.client,
            conversation_id: CONVERSATION,
            medium: Some(&medium.into()),
            messages: &self.messages,
            again,
        };
        attaching.attach(upload).await
    }

    async fn uploads(&self) -> usize {
        let requests = self.server.received_requests().await.unwrap();
        let upload = |request: &&wiremock::Request| request.method.as_str() == "PUT";
        requests.iter().filter(upload).count()
    }
}

async fn attached(status: u16, again: bool) -> Attached {
    let scene = Scene::answering(ResponseTemplate::new(status)).await;
    scene.attach(&upload(), "fb", again).await
}

#[tokio::test]
async fn a_file_is_uploaded_under_its_name_with_its_type() {
    let scene = Scene::answering(ResponseTemplate::new(200)).await;
    let attached = scene.attach(&upload(), "whatsapp", false).await;
    assert!(matches!(attached, Attached::Uploaded), "{attached:?}");
    assert_eq!(scene.uploads().await, 1);
}

#[tokio::test]
async fn a_refused_upload_is_left_out_unless_an_earlier_attempt_may_have_made_it() {
    assert!(matches!(attached(400, false).await, Attached::LeftOut(_)));
    assert!(matches!(attached(400, true).await, Attached::Uploaded));
    assert!(matches!(attached(409, false).await, Attached::Uploaded));
    assert!(matches!(attached(413, true).await, Attached::LeftOut(_)));
    assert!(matches!(attached(405, true).await, Attached::LeftOut(_)));
}

#[tokio::test]
async fn an_upload_whose_end_is_unknown_is_repeated() {
    for status in [500, 502, 503, 504, 429] {
        let attached = attached(status, false).await;
        assert!(
            matches!(attached, Attached::NotUploaded { .. }),
            "{status}: {attached:?}"
        );
    }
}

#[tokio::test]
async fn a_conversation_somebody_took_and_refused_credentials_are_told_apart() {
    assert!(matches!(attached(404, false).await, Attached::NotAssigned));
    assert!(matches!(
        attached(401, false).await,
        Attached::Unauthorized(_)
    ));
}

#[tokio::test]
async fn what_the_medium_cannot_carry_is_never_uploaded() {
    let scene = Scene::answering(ResponseTemplate::new(200)).await;
    let attached = scene.attach(&upload(), "sms", false).await;
    assert!(matches!(attached, Attached::LeftOut(_)), "{attached:?}");
    assert_eq!(scene.uploads().await, 0);
}

#[tokio::test]
async fn a_file_that_cannot_be_had_is_left_out_and_one_that_may_come_is_waited_for() {
    let scene = Scene::answering(ResponseTemplate::new(200)).await;
    for (status, waited_for) in [(404, false), (503, true)] {
        let files = MockServer::start().await;
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(status))
            .mount(&files)
            .await;
        let upload = Upload {
            file: AttachmentFile {
                url: Some(format!("{}/private/town.png", files.uri())),
                ..AttachmentFile::default()
            },
            ..upload()
        };
        let attached = scene.attach(&upload, "fb", false).await;
        let (waits, problem) = match attached {
            Attached::NotFetched(problem) => (true, problem),
            Attached::LeftOut(problem) => (false, problem),
            other => panic!("{other:?}"),
        };
        assert_eq!(waits, waited_for, "{status}");
        assert!(!problem.contains("private"), "{problem}");
    }
    assert_eq!(scene.uploads().await, 0);
}
