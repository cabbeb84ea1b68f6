//! Secrets are replaced while the old ones stay good.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use system_tests::{World, message_event, said_by_bot, sign, started_event};
use uuid::Uuid;

use super::{Files, InSparkcentral, SCRIPT, words};

async fn rotation(world: &World, name: &str) -> Value {
    let shown = world.run(&["agent", "show", name, "--json"]).await;
    shown.json()["secret"]["rotation"].clone()
}

#[tokio::test]
async fn webhooks_signed_with_either_secret_are_taken_until_the_rotation_is_finished() {
    let world = World::join();
    let agent = world.agent(SCRIPT).await;
    let name = agent.name.as_str();
    let webhook = world.webhook(&agent);
    let id = Uuid::new_v4().to_string();
    let (status, _) = webhook.send(&started_event("first", &id)).await;
    assert_eq!(status, StatusCode::OK);

    let files = Files::new();
    let new = Uuid::new_v4().simple().to_string();
    let rotate = ["agent", "rotate", "webhook-secret", name];
    let from_file = ["--webhook-secret-file", &files.write("new", &new)];
    let rotated = world.run(&[&rotate[..], &from_file].concat()).await;
    for expected in [
        "the one before stays good",
        "save the virtual agent",
        "--finish",
    ] {
        assert!(rotated.told().contains(expected), "{rotated:?}");
    }
    assert!(!rotated.stdout.contains(&new), "{rotated:?}");
    let begun = rotation(&world, name).await;
    assert_eq!(
        begun["secrets"],
        json!([{"secret": {"kind": "webhook_secret"}, "old_last_used": null}])
    );

    let signed_with = async |secret: &str, key: &str| {
        let body = message_event(key, &id, "hello").to_string().into_bytes();
        let signature = sign(secret, &body);
        webhook.send_raw(body, Some(&signature)).await.0
    };
    assert_eq!(signed_with(&new, "second").await, StatusCode::OK);
    assert_eq!(
        signed_with(&agent.webhook_secret, "third").await,
        StatusCode::OK
    );
    // It is noted beside the answer.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(90);
    let used = loop {
        let used = rotation(&world, name).await["secrets"][0]["old_last_used"].clone();
        if !used.is_null() || std::time::Instant::now() > deadline {
            break used;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    };
    assert!(used.is_string(), "the old secret's use is not noted");
    let shown = world.run(&["agent", "show", name]).await;
    assert!(
        shown
            .told()
            .contains("webhook secret: the old one was last used"),
        "{shown:?}"
    );

    let other = files.write("other", "00ff");
    let other = ["--webhook-secret-file", other.as_str()];
    let refused = world.run(&[&rotate[..], &other].concat()).await;
    for expected in ["under way since", "was last used", "--finish", "--force"] {
        assert!(refused.refusal().contains(expected), "{refused:?}");
    }
    let token = world
        .run(&["agent", "rotate", "token", name, "viewer"])
        .await;
    assert!(
        token.refusal().contains("webhook secret (the old one"),
        "{token:?}"
    );
    let in_use = world.run(&[&rotate[..], &["--finish"]].concat()).await;
    assert!(in_use.refusal().contains("is in use"), "{in_use:?}");
    // Back to the one before, and forth again: that is no third secret.
    let before = files.write("before", &agent.webhook_secret);
    for file in [&before, &files.write("new", &new)] {
        let moved = [&rotate[..], &["--webhook-secret-file", file]].concat();
        world.run(&moved).await.told();
    }
    let finished = world
        .run(&[&rotate[..], &["--finish", "--force"]].concat())
        .await;
    assert!(
        finished.told().contains("is good no longer"),
        "{finished:?}"
    );
    assert_eq!(rotation(&world, name).await, Value::Null);
    let nothing = world.run(&[&rotate[..], &["--finish"]].concat()).await;
    assert!(
        nothing.refusal().contains("nothing to finish"),
        "{nothing:?}"
    );
    assert_eq!(signed_with(&new, "fourth").await, StatusCode::OK);
}

#[tokio::test]
async fn new_credentials_are_tried_before_they_are_saved() {
    let world = World::join();
    let mut made = InSparkcentral::new(&world).await;
    let files = Files::new();
    let add = made.add(&world, &files, &[]);
    world.run(&words(&add)).await.told();
    let name = made.name.clone();
    let rotate = ["agent", "rotate", "client-secret", &name];
    let new = Uuid::new_v4().simple().to_string();
    let from_file = ["--client-secret-file", &files.write("new", &new)];
    let refused = world.run(&[&rotate[..], &from_file].concat()).await;
    assert!(
        refused
            .refusal()
            .contains("refuses the client id and client secret"),
        "{refused:?}"
    );
    assert_eq!(
        rotation(&world, &name).await,
        Value::Null,
        "nothing was saved"
    );
    let same = [
        "--client-secret-file",
        &files.write("same", &made.client_secret),
    ];
    let same = world.run(&[&rotate[..], &same].concat()).await;
    assert!(same.refusal().contains("nothing to rotate"), "{same:?}");

    made.client_secret = new;
    made.save(&world).await;
    let rotated = world
        .run(&[&rotate[..], &from_file, &["--json"]].concat())
        .await
        .json();
    assert_eq!(rotated["rotated"], json!({"kind": "client_secret"}));
    assert!(rotated["revoke_old_after"].is_string(), "{rotated}");
    // The simulator knows the new ones only: what the bot says over REST needs them.
    let agent = made.registered(&world, "");
    let id = world.begin(&agent, None).await;
    world
        .write(&id, "I would like to talk to a human, please.")
        .await;
    let said = |seen: &Value| said_by_bot(seen).len() > 1;
    world.until(&id, "an answer over REST", said).await;
    let finish = world
        .run(&[&rotate[..], &["--finish", "--json"]].concat())
        .await
        .json();
    assert_eq!(
        finish,
        json!({"agent": name, "finished": [{"secret": {"kind": "client_secret"}, "old_last_used": null}]})
    );
}

#[tokio::test]
async fn a_token_is_replaced_and_the_old_one_stays_good_until_that_is_finished() {
    let world = World::join();
    let agent = world.agent(SCRIPT).await;
    let name = agent.name.as_str();
    let rotate = ["agent", "rotate", "token", name, "viewer"];
    let rotated = world.run(&[&rotate[..], &["--json"]].concat()).await.json();
    assert_eq!(
        rotated["rotated"],
        json!({"kind": "token", "name": "viewer"})
    );
    let new = rotated["token"].as_str().unwrap();
    assert_eq!(new.len(), 64);
    let channels = async |token: &str| {
        let (status, _) = world
            .call(Some(token), name, Method::GET, "/channels", None)
            .await;
        status
    };
    for token in [new, &agent.api_tokens.viewer, &agent.api_tokens.supervisor] {
        assert_eq!(channels(token).await, StatusCode::OK);
    }
    let forced = world.run(&[&rotate[..], &["--force"]].concat()).await;
    assert!(forced.told().contains("shown only now"), "{forced:?}");
    let finished = world
        .run(&[&rotate[..], &["--finish", "--force"]].concat())
        .await;
    assert!(
        finished
            .told()
            .contains("old token viewer is good no longer"),
        "{finished:?}"
    );
    let unknown = world
        .run(&["agent", "rotate", "token", name, "nobody"])
        .await;
    assert!(
        unknown
            .refusal()
            .contains("there are: viewer, contributor, supervisor"),
        "{unknown:?}"
    );
}

#[tokio::test]
async fn tokens_are_given_out_and_taken_back() {
    let world = World::join();
    let agent = world.agent(SCRIPT).await;
    let name = agent.name.as_str();
    let add = ["agent", "token", "add", name, "desk one:viewer"];
    let added = world.run(&[&add[..], &["--json"]].concat()).await.json();
    assert_eq!(added["made"]["name"], "desk one");
    let token = added["made"]["token"].as_str().unwrap();
    let (status, _) = world
        .call(Some(token), name, Method::GET, "/channels", None)
        .await;
    assert_eq!(status, StatusCode::OK);
    let again = world.run(&add).await;
    assert!(again.refusal().contains("already"), "{again:?}");
    let other = world
        .run(&["agent", "token", "add", name, "other:viewer"])
        .await;
    assert!(other.told().contains("shown only now"), "{other:?}");
    let removed = world
        .run(&["agent", "token", "remove", name, "desk one"])
        .await;
    assert!(removed.told().contains("good no longer"), "{removed:?}");
    let removed = world
        .run(&["agent", "token", "remove", name, "other", "--json"])
        .await
        .json();
    assert_eq!(removed, json!({"agent": name, "removed": "other"}));
    let listed = world.run(&["agent", "list"]).await;
    let row = listed
        .told()
        .lines()
        .find(|line| line.starts_with(name))
        .unwrap();
    assert!(row.ends_with("viewer, contributor, supervisor"), "{row}");
}
