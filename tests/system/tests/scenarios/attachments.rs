//! Attachments out: from an address, from base64 and from S3; and one the medium can't carry.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use system_tests::{ATTACHMENTS_BUCKET, Answer, TestBot, World, said_by_bot, serve, spoken};

use crate::{is_message, silence};

/// Bytes that are no text, as a PDF's are.
fn pdf() -> Vec<u8> {
    let body = (0..70_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8);
    b"%PDF-1.7\n".iter().copied().chain(body).collect()
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// A web server with the one file.
struct FileServer {
    url: String,
    /// How often the file was asked for.
    asked: Arc<AtomicU32>,
}

impl FileServer {
    async fn start() -> Self {
        let asked = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&asked);
        let file = move || {
            counter.fetch_add(1, Ordering::Relaxed);
            async { ([(CONTENT_TYPE, "application/pdf")], pdf()) }
        };
        let router = Router::new().route("/files/invoice.pdf", get(file));
        Self {
            url: format!("{}/files/invoice.pdf", serve(router).await),
            asked,
        }
    }
}

/// The file in the bucket that bots may send from; its address.
async fn in_s3(world: &World) -> String {
    let aws = aws_config::load_from_env().await;
    let config = aws_sdk_s3::config::Builder::from(&aws).force_path_style(true);
    let s3 = aws_sdk_s3::Client::from_conf(config.build());
    let place = CreateBucketConfiguration::builder()
        .location_constraint(BucketLocationConstraint::from(
            world.stack.aws.region.as_str(),
        ))
        .build();
    let create = s3.create_bucket().bucket(ATTACHMENTS_BUCKET);
    // Refused where another test has made it.
    let _ = create.create_bucket_configuration(place).send().await;
    let key = format!("{}/invoice.pdf", uuid::Uuid::new_v4());
    let put = s3.put_object().bucket(ATTACHMENTS_BUCKET).key(&key);
    put.content_type("application/pdf")
        .body(pdf().into())
        .send()
        .await
        .unwrap();
    format!("s3://{ATTACHMENTS_BUCKET}/{key}")
}

/// A bot that sends one attachment with a word.
async fn sender_of(attachment: Value) -> TestBot {
    TestBot::start(move |turn| match is_message(turn) {
        true => Answer::actions(json!([
            {"type": "reply", "text": "Here is your invoice.", "attachment": attachment},
        ])),
        false => silence(),
    })
    .await
}

const PRIVATE: &str = "[messages]\nallow_private_addresses = true\n\
                       attachment_text = \"You get the file by e-mail.\"";

#[tokio::test]
async fn a_file_from_an_address_from_base64_and_from_s3_arrives_byte_for_byte() {
    let world = World::join();
    let files = [
        json!({"url": FileServer::start().await.url}),
        json!({"name": "invoice.pdf", "contentType": "application/pdf", "data": STANDARD.encode(pdf())}),
        json!({"s3": in_s3(&world).await}),
    ];
    for mode in ["inline", "queued"] {
        for file in &files {
            let bot = sender_of(file.clone()).await;
            let settings = format!("mode = \"{mode}\"\n{PRIVATE}");
            let agent = world.agent_of(&bot, &settings).await;
            let id = world.begin(&agent, None).await;
            world.write(&id, "my invoice, please").await;
            let seen = world
                .until(&id, "the file", |seen| {
                    spoken(seen).any(|message| message["attachment"].is_string())
                })
                .await;
            let uploads = seen["attachments"].as_array().unwrap();
            assert_eq!(uploads.len(), 1, "{mode}: {seen:#}");
            assert_eq!(uploads[0]["sha256"], sha256(&pdf()), "{mode}");
            assert_eq!(uploads[0]["content_type"], "application/pdf", "{mode}");
            let said = said_by_bot(&seen);
            assert!(
                said.contains(&"Here is your invoice.".to_owned()),
                "{said:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_file_the_medium_cannot_carry_becomes_its_address_or_a_text() {
    let world = World::join();
    let public = "https://files.example.com/2026/invoice.pdf";
    let data = json!({"name": "invoice.pdf", "contentType": "application/pdf", "data": STANDARD.encode(pdf())});
    let cases = [
        (json!({"url": public}), public),
        // Nobody outside can open that one.
        (
            json!({"url": FileServer::start().await.url}),
            "You get the file by e-mail.",
        ),
        (data, "You get the file by e-mail."),
        (
            json!({"s3": in_s3(&world).await}),
            "You get the file by e-mail.",
        ),
    ];
    for (file, expected) in cases {
        let bot = sender_of(file).await;
        let agent = world.agent_of(&bot, PRIVATE).await;
        // Twitter takes pictures and films.
        let id = world.begin_on("twit", &agent, None).await;
        world.write(&id, "my invoice, please").await;
        let seen = world
            .until(&id, "what is said instead", |seen| {
                said_by_bot(seen).join("\n").contains(expected)
            })
            .await;
        let said = said_by_bot(&seen).join("\n");
        assert!(said.starts_with("Here is your invoice."), "{said:?}");
        assert!(spoken(&seen).all(|message| message["attachment"].is_null()));
        assert_eq!(seen["queue"], "Pending", "nobody is bothered with it");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_had_is_excused_and_the_words_arrive() {
    let world = World::join();
    let gone = FileServer::start().await.url.replace("invoice", "gone");
    for file in [
        json!({"url": gone}),
        json!({"s3": format!("s3://{ATTACHMENTS_BUCKET}/gone.pdf"), "contentType": "application/pdf"}),
    ] {
        let bot = sender_of(file).await;
        let agent = world.agent_of(&bot, PRIVATE).await;
        let id = world.begin(&agent, None).await;
        world.write(&id, "my invoice, please").await;
        let seen = world
            .until(&id, "the words", |seen| !said_by_bot(seen).is_empty())
            .await;
        assert!(said_by_bot(&seen)[0].starts_with("Here is your invoice."));
        assert!(spoken(&seen).all(|message| message["attachment"].is_null()));
    }
}

#[tokio::test]
async fn an_address_inside_the_network_is_not_fetched_for_an_agent_that_does_not_allow_it() {
    let world = World::join();
    let server = FileServer::start().await;
    let bot = sender_of(json!({"url": server.url})).await;
    let agent = world.agent_of(&bot, "").await;
    let id = world.begin(&agent, None).await;
    world.write(&id, "my invoice, please").await;
    let seen = world
        .until(&id, "the end of it", |seen| {
            !said_by_bot(seen).is_empty() || seen["queue"] == "New"
        })
        .await;
    assert_eq!(seen["attachments"].as_array().unwrap().len(), 0, "{seen:#}");
    assert_eq!(server.asked.load(Ordering::Relaxed), 0);
}
