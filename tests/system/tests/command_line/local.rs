//! `sparkbridge local`: a stack of its own, from up to down.

use std::process::Command;

use serde_json::Value;
use system_tests::World;
use tokio::process::Command as AsyncCommand;

/// Stops the stack when the test ends, however it ends.
struct Stop {
    program: std::path::PathBuf,
    name: String,
}

impl Drop for Stop {
    fn drop(&mut self) {
        let mut down = Command::new(&self.program);
        // What it says is looked at by the test, where it got so far.
        let _ = down.args(["local", "down", "--name", &self.name]).output();
    }
}

#[tokio::test]
async fn a_stack_is_started_used_and_stopped() {
    let world = World::join();
    // One at a time, as the stack that this test joins.
    let name = "test-local".to_owned();
    let _stop = Stop {
        program: world.program(),
        name: name.clone(),
    };
    let local = async |arguments: &[&str]| {
        let arguments = [&["local"], arguments, &["--name", &name]].concat();
        world.run(&arguments).await
    };
    // Left by one that was killed.
    local(&["down"]).await.told();
    let before = local(&["status", "--json"]).await.json();
    assert_eq!(before["state"], "down");

    let up = local(&["up", "--no-build"]).await;
    let workspace = up.told().lines().next().unwrap();
    let page = reqwest::get(workspace).await.unwrap();
    assert!(page.status().is_success(), "{workspace}: {}", page.status());
    let status = local(&["status", "--json"]).await.json();
    assert_eq!(status["state"], "serving");
    assert_eq!(status["workspace_url"], workspace);
    let text = local(&["status"]).await;
    assert!(
        text.told().contains(&format!("workspace  {workspace}\n")),
        "{text:?}"
    );

    // What a shell makes of it leads there, and nowhere else.
    let shell = local(&["status", "--shell"]).await;
    let program = world.program();
    let script = format!(
        "eval \"$1\" && exec \"$2\" agent show {} --json",
        status["agent"].as_str().unwrap()
    );
    let shown = AsyncCommand::new("sh")
        .args(["-c", &script, "sh", shell.told(), program.to_str().unwrap()])
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        .env("AWS_PROFILE", "nope")
        .output()
        .await
        .unwrap();
    assert!(shown.status.success(), "{shown:?}");
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert!(shown.to_string().contains("script"), "{shown}");

    let again = local(&["up", "--no-build"]).await;
    assert_eq!(again.told().lines().next(), Some(workspace));
    let same = local(&["status", "--json"]).await.json();
    assert_eq!(same["process"], status["process"]);

    assert_eq!(
        local(&["down"]).await.told(),
        "the local stack is stopped\n"
    );
    assert_eq!(local(&["status", "--json"]).await.json()["state"], "down");
    assert!(reqwest::get(workspace).await.is_err());
    assert_eq!(
        local(&["down"]).await.told(),
        "the local stack does not run\n"
    );
}
