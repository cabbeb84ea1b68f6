//! A contact's erasure, seen from outside: every store is searched for every identifier of the contact.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test's panic is its report"
)]

mod stores;

use std::collections::BTreeMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use local_stack::sparkbridge;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use system_tests::{Exports, RegisteredAgent, World};
use uuid::Uuid;

use stores::Stores;

fn id() -> String {
    Uuid::new_v4().simple().to_string()
}

/// A contact of the simulator's.
struct Person {
    primary: String,
    secondary: String,
    medium: String,
    conversations: Vec<String>,
}

impl Person {
    fn new(secondary: &str) -> Self {
        Self {
            primary: format!("Contact-{}@example.com", id()),
            secondary: secondary.to_owned(),
            medium: format!("medium-{}", id()),
            conversations: Vec::new(),
        }
    }

    async fn writes(&mut self, world: &World, agent: &RegisteredAgent) {
        let begun = json!({
            "agent": agent.name,
            "medium": "smooch-rtm",
            "channel": {"id": "channel-web", "name": "Web chat"},
            "contact": {
                "primaryIdentifier": self.primary, "secondaryIdentifier": self.secondary,
                "mediumContactProfileId": self.medium,
                "attributes": [{"attribute": "tier", "value": "gold"}],
            },
            "language": "en",
            "text": "Hello,\n\"you\", I write over two lines",
        });
        let begun = world
            .simulate(Method::POST, "/sim/conversations", Some(begun))
            .await;
        let id = begun["id"].as_str().unwrap().to_owned();
        world.write_and_wait(&id, "one more thing").await;
        world
            .until_api(agent, &id, "both messages are stored", |told| {
                told.to_string().contains("one more thing")
            })
            .await;
        self.conversations.push(id);
    }

    /// What any trace of the contact would hold.
    fn identifiers(&self, profile: &str) -> Vec<String> {
        let own = [profile, &self.primary, &self.medium].map(str::to_owned);
        own.into_iter()
            .chain(self.conversations.iter().cloned())
            .collect()
    }
}

async fn contact(world: &World, arguments: &[&str]) -> (bool, Value, String) {
    let mut command = sparkbridge(&world.stack).unwrap();
    command.arg("contact").args(arguments).arg("--json");
    let output = command.output().await.unwrap();
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    let told = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.success(), told, error)
}

/// A Messages file by hand: a row of each contact, and a row of the first that can't be read.
fn by_hand(gone: &str, stays: &str) -> String {
    let export = exports::Export::by_table("messages").unwrap();
    let headers: Vec<_> = export.columns.iter().map(|column| column.header).collect();
    let row = |contact: &str, message: &str| {
        let cells = export.columns.iter().map(|column| match column.name {
            "message_id" => message.to_owned(),
            "created_at" => "2026-11-02 10:00:00.000".to_owned(),
            "contact_profile_id" => contact.to_owned(),
            "content" => "\"two\nlines\"".to_owned(),
            _ => String::new(),
        });
        cells.collect::<Vec<_>>().join(",")
    };
    let (one, other) = (row(gone, &id()), row(stays, &id()));
    format!(
        "{}\n{one}\n{other}\n{gone},too few\nnobody,too few\n",
        headers.join(",")
    )
}

/// By table: how many rows there are of a contact, and how many of everybody.
async fn counted(lake: &Exports<'_>, profile: &str) -> BTreeMap<String, (u64, u64)> {
    let tables = [
        "messages",
        "contacts",
        "contact_attributes",
        "response_times",
    ];
    let more = ["open_conversations", "resolved_conversations"];
    let mut counted = BTreeMap::new();
    for table in tables.into_iter().chain(more) {
        let of =
            format!("SELECT count(*) AS n FROM {table} WHERE contact_profile_id = '{profile}'");
        let all = format!("SELECT count(*) AS n FROM {table}");
        counted.insert(
            table.to_owned(),
            (lake.number(&of).await, lake.number(&all).await),
        );
    }
    counted
}

/// The contact's id at Sparkcentral, as an analyst finds it.
async fn profile(lake: &Exports<'_>, person: &Person) -> String {
    let sql = format!(
        "SELECT DISTINCT contact_profile_id AS id FROM contacts WHERE primary_identifier = '{}'",
        person.primary
    );
    lake.query(&sql).await[0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn after_an_erasure_no_store_holds_an_identifier_of_the_contact() {
    let world = World::join();
    let stores = Stores::of(&world).await;
    let shared = format!("+32{}", id());
    let (mut gone, mut stays) = (Person::new(&shared), Person::new(&shared));
    let script = "[bot]\nkind = \"script\"\n";
    let agents = [world.agent(script).await, world.agent(script).await];
    for agent in &agents {
        gone.writes(&world, agent).await;
        stays.writes(&world, agent).await;
    }
    let resolved = &gone.conversations[0];
    world
        .act(resolved, "take", json!({"agent": "agent-1"}))
        .await;
    world
        .act(resolved, "reply", json!({"text": "Here I am."}))
        .await;
    world
        .act(resolved, "resolve", json!({"agent": "agent-1"}))
        .await;

    // Into the lake by every way there is, with a hashed column, a rejected row and a file that can't be read.
    let lake = Exports::take(&world).await;
    let columns = "contact_secondary_identifier = \"hash\", contact_primary_identifier = \"drop\"";
    let settings = format!("[exports.messages]\ncolumns = {{ {columns} }}\n");
    lake.configure(&settings).await;
    // Every export that says something about contacts. Not the topics: other tests of the same stack look
    // at which of their hours are missing.
    let types = [
        "messages",
        "resolved_conversations",
        "open_conversations",
        "contacts",
        "contact_attributes",
        "response_times",
    ];
    let ordered = lake.order(json!({"types": types})).await;
    let loaded = lake.pull().await;
    assert!(
        loaded.iter().all(|file| file["state"] == "loaded"),
        "{loaded:#?}"
    );
    let (gone_id, stays_id) = (profile(&lake, &gone).await, profile(&lake, &stays).await);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(by_hand(&gone_id, &stays_id).as_bytes())
        .unwrap();
    let gzip = lake.file("Messages.csv.gz", &gzip.finish().unwrap());
    lake.must(&["upload", gzip.to_str().unwrap()]).await;
    let on_server = "[o-1][message][02112026100000][02112026110000][u].csv";
    let on_server = lake.on_server(
        "message",
        on_server,
        by_hand(&gone_id, &stays_id).as_bytes(),
    );
    let poison = format!("no,export\n{},2\n", gone.primary.to_uppercase());
    lake.on_server("tag", "poison.csv", poison.as_bytes());
    lake.on_server("tag", "other poison.csv", b"no,export\n1,2\n");
    assert!(
        !lake.sparkbridge(&["pull"]).await.ok,
        "two files are quarantined"
    );

    // Dead letters of both.
    for (n, agent) in agents.iter().enumerate() {
        stores
            .give_up(&agent.name, &stays.conversations[n], &id())
            .await;
        stores
            .give_up(&agent.name, &gone.conversations[n], &id())
            .await;
        stores
            .give_up(&agent.name, &stays.conversations[n], &id())
            .await;
    }
    let dead = stores.messages().await[&stores.dead()].clone();
    let of_stays = |bodies: &[String]| -> Vec<String> {
        let own = |body: &&String| stays.conversations.iter().any(|id| body.contains(id));
        bodies.iter().filter(own).cloned().collect()
    };
    assert_eq!((dead.len(), of_stays(&dead).len()), (6, 4));

    let identifiers = gone.identifiers(&gone_id);
    let before = (
        counted(&lake, &gone_id).await,
        counted(&lake, &stays_id).await,
    );
    assert!(
        before.0.values().filter(|(own, _)| *own > 0).count() >= 5,
        "{before:#?}"
    );
    assert!(
        stores.search(&identifiers).await.len() > 10,
        "the search finds what is there"
    );

    // Two contacts have the number: which one is meant?
    let (ok, _, error) = contact(&world, &["erase", &shared, "--dry-run"]).await;
    assert!(
        !ok && error.contains("2 contacts") && !error.contains(&shared),
        "{error}"
    );
    let (ok, plan, error) = contact(&world, &["erase", &gone.primary, "--dry-run"]).await;
    assert!(ok && plan["conversations"] == 2, "{plan:#} {error}");
    assert!(
        stores.search(&identifiers).await.len() > 10,
        "a dry run removes nothing"
    );

    let by = ["erase", &gone.primary, "--yes", "--operator", "agent-1"];
    let (ok, told, error) = contact(&world, &by).await;
    assert!(ok, "{error} {told:#}");
    let receipt = &told["receipt"];
    assert_eq!(receipt["state"], "done", "{receipt:#}");
    assert_eq!(receipt["operator"], "agent-1");
    assert_eq!(receipt["conversations"], 2);
    assert_eq!(receipt["other_contacts_with_an_identifier"], 1);
    assert_eq!(
        receipt["removed"]["queue_messages"],
        json!({"turns-dead.fifo": 2})
    );
    assert_eq!(receipt["removed"]["inbox_files"], 1);
    assert!(
        receipt["removed"]["rows"]["rejects"].as_u64().unwrap() >= 2,
        "{receipt:#}"
    );

    // Nothing of the one, everything of the other.
    assert_eq!(stores.search(&identifiers).await, Vec::<String>::new());
    let after = (
        counted(&lake, &gone_id).await,
        counted(&lake, &stays_id).await,
    );
    for (table, (own, all)) in &before.0 {
        assert_eq!(after.0[table], (0, all - own), "{table}");
        assert_eq!(after.1[table].0, before.1[table].0, "{table}");
    }
    assert!(
        !stores
            .search(&stays.identifiers(&stays_id))
            .await
            .is_empty()
    );
    let dead_now = stores.messages().await[&stores.dead()].clone();
    assert_eq!(dead_now, of_stays(&dead));
    assert_eq!(stores.in_hands().await, "0");
    for (agent, conversation) in agents.iter().zip(&stays.conversations) {
        let (status, told) = world.api(agent, Method::GET, conversation, "", None).await;
        assert_eq!(status, StatusCode::OK);
        assert!(told.to_string().contains("one more thing"), "{told:#}");
    }
    for (agent, conversation) in agents.iter().zip(&gone.conversations) {
        let (status, _) = world.api(agent, Method::GET, conversation, "", None).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
    // What could not be read of others is still shown where it stands.
    let rejects = lake.must(&["rejects", "--show"]).await;
    let own = rejects.as_array().unwrap().iter();
    let own: Vec<_> = own
        .filter(|row| row["export_file"] == on_server.as_str())
        .collect();
    assert_eq!(own.len(), 1, "{rejects:#}");
    assert_eq!(own[0]["row"], "nobody,too few");
    let status = lake.must(&["status", "--days", "90"]).await;
    assert!(
        status.to_string().contains("other poison.csv"),
        "{status:#}"
    );

    // Neither a reload nor the server's file, unchanged or touched, brings anything back.
    let days = ["--from", "2026-01-01", "--to", "2027-12-31"];
    let again = lake
        .sparkbridge(&["backfill", days[0], days[1], days[2], days[3]])
        .await;
    let files = again.json["files"].as_array().unwrap();
    let path = ordered["files"][0]["path"].as_str().unwrap();
    assert!(
        files.iter().any(|file| file["path"] == on_server.as_str()),
        "{again:#?}"
    );
    assert!(
        files
            .iter()
            .any(|file| file["path"] == path && file["state"] == "loaded")
    );
    let pulled = lake.must(&["pull"]).await;
    assert_eq!(pulled["sync"]["pulled"], json!([]), "{pulled:#}");
    let folder = &world.stack.sftp.folder;
    let touched = folder.join(on_server.trim_start_matches('/'));
    let touched = std::fs::File::options().write(true).open(touched).unwrap();
    touched.set_modified(std::time::SystemTime::now()).unwrap();
    let pulled = lake.must(&["pull"]).await;
    assert_eq!(
        pulled["sync"]["unchanged"],
        json!([on_server]),
        "{pulled:#}"
    );
    assert_eq!(stores.search(&identifiers).await, Vec::<String>::new());
    let reloaded = (
        counted(&lake, &gone_id).await,
        counted(&lake, &stays_id).await,
    );
    assert_eq!(reloaded, after);

    // It can be repeated, and each time is on record.
    let (ok, again, error) = contact(&world, &["erase", &gone_id, "--yes"]).await;
    assert!(ok, "{error} {again:#}");
    assert_eq!(again["receipt"]["removed"]["table_items"], 0);
    assert_eq!(again["receipt"]["removed"]["rows"], json!({}));
    let (_, receipts, _) = contact(&world, &["receipts"]).await;
    let ids = receipts
        .as_array()
        .unwrap()
        .iter()
        .map(|receipt| &receipt["id"]);
    let ids: Vec<_> = ids.collect();
    assert!(
        ids.contains(&&told["id"]) && ids.contains(&&again["id"]),
        "{ids:?}"
    );
    assert_eq!(stores.search(&identifiers).await, Vec::<String>::new());
}
