//! An agent is changed: single settings, all of them, paused, put from files.

use serde_json::json;
use system_tests::{World, handed_over, said_by_bot};

use super::{Files, SCRIPT};

#[tokio::test]
async fn settings_are_changed_one_by_one_or_by_a_file_and_what_changed_is_told() {
    let world = World::join();
    let agent = world.agent(SCRIPT).await;
    let name = agent.name.as_str();
    let edit = async |more: &[&str]| world.run(&[&["agent", "edit", name], more].concat()).await;
    let edited = edit(&["--set", "mode=queued", "--set", "turns.debounce_ms=250"]).await;
    let told = edited.told();
    assert!(told.contains("2 settings changed"), "{told}");
    assert!(
        told.contains("  mode = \"queued\" (was \"inline\")\n"),
        "{told}"
    );
    assert!(
        told.contains("  turns.debounce_ms = 250 (was 0)\n"),
        "{told}"
    );
    let json = edit(&["--unset", "mode", "--json"]).await.json();
    let expected = json!([{"setting": "mode", "from": "queued", "to": "inline"}]);
    assert_eq!(json, json!({"agent": name, "changed": expected}));
    let same = edit(&["--set", "mode=inline"]).await;
    assert!(same.told().contains("nothing was changed"), "{same:?}");

    for (change, expected) in [
        (&["--set", "mood=1"][..], "unknown field `mood`"),
        (&["--set", "turns.debounce_ms=99999"], "must be 0 to 10000"),
        (&["--set", "bot.rules=[[rules"], "rules"),
        (
            &[
                "--set",
                "bot.kind=http",
                "--set",
                "bot.url=https://bot.example.com/",
            ],
            "signing key",
        ),
    ] {
        let refused = edit(change).await;
        assert!(refused.refusal().contains(expected), "{refused:?}");
    }
    let http = [
        "--set",
        "bot.kind=http",
        "--set",
        "bot.url=https://bot.example.com/",
        "--signing-key",
    ];
    let http = edit(&[&http[..], &["--json"]].concat()).await.json();
    assert!(http["signing_key"].as_str().unwrap().starts_with("whsec_"));

    let files = Files::new();
    let base = &world.stack.simulator_url;
    let settings = format!("region = \"us\"\napi_base = \"{base}\"\nretention_days = 7\n{SCRIPT}");
    let from_file = edit(&["--file", &files.write("settings.toml", &settings)]).await;
    assert!(
        from_file.told().contains("retention_days = 7 (was 30)"),
        "{from_file:?}"
    );
    assert!(
        from_file.told().contains("turns.debounce_ms = 0 (was 250)"),
        "{from_file:?}"
    );
    let unknown = world
        .run(&["agent", "edit", "nobody", "--set", "mode=queued"])
        .await;
    assert!(
        unknown.refusal().contains("no agent is called nobody"),
        "{unknown:?}"
    );
}

#[tokio::test]
async fn while_an_agent_is_paused_people_get_its_conversations() {
    let world = World::join();
    let agent = world.agent(SCRIPT).await;
    let name = agent.name.as_str();
    let paused = world.run(&["agent", "pause", name]).await;
    assert!(
        paused.told().contains("is paused: within 30 seconds"),
        "{paused:?}"
    );
    let again = world.run(&["agent", "pause", name, "--json"]).await.json();
    assert_eq!(
        again,
        json!({"agent": name, "paused": true, "changed": false})
    );
    // Nobody has asked for this agent's settings before.
    let id = world.begin(&agent, Some("hello")).await;
    let seen = world.until(&id, "people have it", handed_over).await;
    assert_eq!(said_by_bot(&seen), [""; 0]);

    let resumed = world.run(&["agent", "resume", name, "--json"]).await.json();
    assert_eq!(
        resumed,
        json!({"agent": name, "paused": false, "changed": true})
    );
    let again = world.run(&["agent", "resume", name]).await;
    assert!(again.told().contains("was not paused"), "{again:?}");
    let unknown = world.run(&["agent", "pause", "nobody"]).await;
    assert!(
        unknown.refusal().contains("no agent is called nobody"),
        "{unknown:?}"
    );
}

#[tokio::test]
async fn putting_the_same_secret_again_leaves_a_rotation_alone() {
    let world = World::join();
    let agent = world.agent(SCRIPT).await;
    let files = Files::new();
    let base = &world.stack.simulator_url;
    let settings = format!("region = \"us\"\napi_base = \"{base}\"\n{SCRIPT}");
    let settings = files.write("settings.toml", &settings);
    let put = async |webhook_secret: &str, client_secret: &str, more: &[&str]| {
        let secret = json!({
            "webhook_secret": webhook_secret, "client_id": "c", "client_secret": client_secret,
        });
        let secret = files.write("secret.json", &secret.to_string());
        let line = [
            "agent",
            "put",
            &agent.name,
            "--file",
            &settings,
            "--secret-file",
            &secret,
        ];
        world.run(&[&line[..], more].concat()).await
    };
    let replaced = put("00ff", "s", &["--json"]).await.json();
    assert_eq!(replaced["secret"], "replaced");
    let unchanged = put("00ff", "s", &["--json"]).await.json();
    assert_eq!(unchanged["secret"], "unchanged");
    let shown = world.run(&["agent", "show", &agent.name]).await;
    assert!(
        shown
            .told()
            .contains("webhook secret: the old one was not used since"),
        "{shown:?}"
    );
    let dropped = put("00ff", "t", &[]).await;
    assert!(
        dropped
            .told()
            .contains("webhook secret of before the last rotation is not good any more"),
        "{dropped:?}"
    );
}
