//! `sparkbridge channel`: entered, edited, shown.

use serde_json::{Value, json};
use system_tests::World;

#[tokio::test]
async fn a_channel_is_entered_edited_and_shown_with_what_changed() {
    let world = World::join();
    let agent = world.agent("[bot]\nkind = \"script\"\n").await;
    let name = agent.name.as_str();
    let none = world.run(&["channel", "list", name]).await;
    assert!(none.told().starts_with("no channels yet"), "{none:?}");

    let edit = async |change: &[&str]| {
        let line = [&["channel", "edit", name, "channel-1"], change].concat();
        world.run(&line).await
    };
    let unknown = edit(&["--display-name", "Desk"]).await;
    assert!(
        unknown.refusal().contains("has no channel \"channel-1\""),
        "{unknown:?}"
    );
    let entered = edit(&[
        "--add",
        "--medium",
        "fb",
        "--user",
        "agent-1=viewer",
        "--json",
    ])
    .await;
    let entered = entered.json();
    assert_eq!(entered["before"], Value::Null);
    assert_eq!(entered["after"]["medium"], "fb");

    let edited = edit(&["--user", "agent-1=supervisor", "--display-name", "Desk"]).await;
    let edited = edited.told();
    let line = |name: &str| {
        let line = edited.lines().find(|line| line.starts_with(name));
        let cells = line.unwrap_or_default().split("  ").map(str::trim);
        cells.filter(|cell| !cell.is_empty()).collect::<Vec<_>>()
    };
    assert_eq!(
        line("display name"),
        ["display name", "none", "Desk"],
        "{edited}"
    );
    assert_eq!(
        line("user"),
        ["user agent-1", "viewer", "supervisor"],
        "{edited}"
    );
    assert_eq!(edited.lines().count(), 3, "{edited}");
    let again = edit(&["--display-name", "Desk"]).await;
    assert!(again.told().starts_with("nothing changed"), "{again:?}");
    let again = edit(&["--display-name", "Desk", "--json"]).await.json();
    assert_eq!(again["before"], again["after"]);
    let medium = edit(&["--add", "--medium", "twitter"]).await;
    assert!(
        medium.refusal().contains("--medium is for --add only"),
        "{medium:?}"
    );
    let short = edit(&["--auto-resolve-new", "1s"]).await;
    assert!(short.refusal().contains("autoResolve.newSecs"), "{short:?}");

    let shown = world.run(&["channel", "show", name, "channel-1"]).await;
    for word in ["channel-1", "Desk", "agent-1", "supervisor"] {
        assert!(shown.told().contains(word), "{word}: {shown:?}");
    }
    let shown = world
        .run(&["channel", "show", name, "channel-1", "--json"])
        .await;
    assert_eq!(shown.json(), again["after"]);
    let listed = world.run(&["channel", "list", name]).await;
    assert!(listed.told().contains("channel-1  fb"), "{listed:?}");
    let listed = world.run(&["channel", "list", name, "--json"]).await;
    assert_eq!(listed.json(), json!([again["after"]]));
}

#[tokio::test]
async fn an_agent_or_channel_that_is_not_there_is_said_so() {
    let world = World::join();
    let agent = world.agent("[bot]\nkind = \"script\"\n").await;
    for line in [
        &["channel", "list", "nobody"][..],
        &["channel", "show", "nobody", "channel-1"],
        &["channel", "edit", "nobody", "channel-1", "--add"],
    ] {
        let ran = world.run(line).await;
        assert!(
            ran.refusal().contains("no agent is called \"nobody\""),
            "{ran:?}"
        );
    }
    let ran = world
        .run(&["channel", "show", &agent.name, "channel-9"])
        .await;
    assert!(
        ran.refusal().contains("has no channel \"channel-9\""),
        "{ran:?}"
    );
}
