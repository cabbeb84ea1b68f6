//! Questions and editors, on a terminal of this test's own: python3 has one.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use local_stack::sparkbridge;
use serde_json::{Value, json};
use system_tests::World;

use super::{Files, InSparkcentral, SCRIPT};

/// What was on the screen of a command, what it printed, and its status.
#[derive(Debug)]
struct Sat {
    status: i64,
    screen: String,
    stdout: String,
}

/// Runs the command line on a terminal, and answers each question that appears, in order.
async fn sit(
    world: &World,
    arguments: &[&str],
    environment: &[(&str, &str)],
    answers: &[(&str, &str)],
) -> Sat {
    let command = sparkbridge(&world.stack).unwrap().into_std();
    let program = command.get_program().to_str().unwrap().to_owned();
    let line: Vec<&str> = std::iter::once(program.as_str())
        .chain(arguments.iter().copied())
        .collect();
    let told = json!({"command": line, "answers": answers});
    let mut python = std::process::Command::new("python3");
    python.arg("-c").arg(include_str!("terminal.py"));
    for (name, value) in command.get_envs() {
        python.env(name, value.unwrap());
    }
    python.envs(environment.iter().copied());
    python.stdin(Stdio::piped()).stdout(Stdio::piped());
    let output = tokio::task::spawn_blocking(move || {
        let mut python = python.spawn().unwrap();
        let mut input = python.stdin.take().unwrap();
        input.write_all(told.to_string().as_bytes()).unwrap();
        drop(input);
        python.wait_with_output().unwrap()
    });
    let output = output.await.unwrap();
    let sat: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(sat["unasked"], json!([]), "{sat:#}");
    let text = |field: &str| sat[field].as_str().unwrap().to_owned();
    Sat {
        status: sat["status"].as_i64().unwrap(),
        screen: text("screen"),
        stdout: text("stdout"),
    }
}

#[tokio::test]
async fn an_agent_is_added_by_answering_questions_and_slips_are_asked_for_again() {
    let world = World::join();
    let made = InSparkcentral::new(&world).await;
    let url = world.stack.webhook_url_of(&made.name);
    let answers = [
        ("Name of the agent", "My Shop"),
        ("can't name an agent", &made.name),
        ("Region of the account", "mars"),
        ("answer us or eu", "US"),
        ("Generate API Keys", &made.name),
        ("Client secret (not shown)", "hunter2"),
        ("Try again?", ""),
        ("Client id", &made.name),
        ("Client secret (not shown)", &made.client_secret),
        ("Shared secret (not shown)", "not hex"),
        ("not hexadecimal", &made.shared_secret),
        ("Bot [script]", "oracle"),
        ("answer one of", "http"),
        ("conversation API", "yes"),
        ("NAME:ROLE", "desk:viewer"),
        ("Address of the bot", "http://10.0.0.1/turns"),
        ("Make a key", "yes"),
        ("must start with https", "https://bot.example.com/turns"),
    ];
    let base = world.stack.simulator_url.as_str();
    let sat = sit(
        &world,
        &["agent", "add", "--api-base", base, "--json"],
        &[],
        &answers,
    )
    .await;
    assert_eq!(sat.status, 0, "{sat:#?}");
    for expected in [
        "Step 1",
        "Settings, then Integrations",
        "Step 2",
        &url,
        "Copy the Shared Secret",
        "Step 3",
    ] {
        assert!(sat.screen.contains(expected), "{expected}: {}", sat.screen);
    }
    for hidden in ["hunter2", &made.client_secret, &made.shared_secret] {
        assert!(!sat.screen.contains(hidden), "{}", sat.screen);
    }
    let added: Value = serde_json::from_str(&sat.stdout).unwrap();
    assert_eq!(
        (&added["bot"], &added["region"]),
        (&json!("http"), &json!("us"))
    );
    assert_eq!(added["api_tokens"][0]["name"], "desk");
    assert!(added["signing_key"].as_str().unwrap().starts_with("whsec_"));
    let shown = world
        .run(&["agent", "show", &made.name, "--json"])
        .await
        .json();
    assert_eq!(
        shown["settings"]["bot"]["url"],
        "https://bot.example.com/turns"
    );

    let remove = ["agent", "remove", made.name.as_str()];
    let kept = sit(&world, &remove, &[], &[("Remove agent", "")]).await;
    assert_eq!(kept.status, 1, "{kept:#?}");
    assert!(kept.screen.contains("was not removed"), "{}", kept.screen);
    let gone = sit(&world, &remove, &[], &[("Remove agent", "yes")]).await;
    assert!(gone.stdout.contains("is removed"), "{gone:#?}");
}

/// An editor that runs a shell script on the file.
fn editor(files: &Files, script: &str) -> String {
    let path = files.write("editor", &format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    path
}

#[tokio::test]
async fn an_editor_opens_the_settings_and_opens_them_again_with_what_is_wrong() {
    let world = World::join();
    let agent = world.agent(SCRIPT).await;
    let edit = ["agent", "edit", agent.name.as_str()];
    let files = Files::new();
    // First a slip, then the correction: an editor sees what is wrong in the file.
    let script = "if grep -q '^#: PROBLEM: line .*unknown variant .later.' \"$1\"
        then sed -i 's/\"later\"/\"queued\"/' \"$1\"
        else sed -i 's/^mode = .*/mode = \"later\"/' \"$1\"; fi";
    let path = editor(&files, script);
    let edited = sit(&world, &edit, &[("VISUAL", &path)], &[]).await;
    assert_eq!(edited.status, 0, "{edited:#?}");
    assert!(
        edited.stdout.contains("mode = \"queued\" (was \"inline\")"),
        "{edited:#?}"
    );

    let same = sit(&world, &edit, &[("VISUAL", ""), ("EDITOR", "true")], &[]).await;
    assert!(same.stdout.contains("nothing was changed"), "{same:#?}");
    let failed = sit(&world, &edit, &[("VISUAL", "false")], &[]).await;
    assert_eq!(failed.status, 1, "{failed:#?}");
    assert!(
        failed.screen.contains("the editor \"false\" ended with"),
        "{}",
        failed.screen
    );
    // Who leaves it wrong gives up, and keeps the text.
    let path = editor(&files, "grep -q PROBLEM \"$1\" || echo 'mood = 1' > \"$1\"");
    let given_up = sit(&world, &edit, &[("VISUAL", &path)], &[]).await;
    assert_eq!(given_up.status, 1, "{given_up:#?}");
    let told = given_up
        .screen
        .lines()
        .find(|line| line.starts_with("sparkbridge: "))
        .unwrap();
    assert!(told.contains("nothing was changed: line"), "{told}");
    let kept = told.trim_end().rsplit(' ').next().unwrap();
    assert!(std::fs::read_to_string(kept).unwrap().contains("mood = 1"));
    std::fs::remove_file(kept).unwrap();
}

#[tokio::test]
async fn of_two_who_edit_at_once_the_second_is_told() {
    let world = World::join();
    let agent = world.agent(SCRIPT).await;
    let files = Files::new();
    let program = sparkbridge(&world.stack).unwrap();
    let program = program.as_std().get_program().to_str().unwrap();
    // Somebody else is faster while the editor is open.
    let script = format!(
        "{program} agent edit {} --set retention_days=7 > /dev/null && sed -i 's/^mode = .*/mode = \"queued\"/' \"$1\"",
        agent.name
    );
    let path = editor(&files, &script);
    let late = sit(
        &world,
        &["agent", "edit", &agent.name],
        &[("VISUAL", &path)],
        &[],
    )
    .await;
    assert_eq!(late.status, 1, "{late:#?}");
    let told = late
        .screen
        .lines()
        .find(|line| line.starts_with("sparkbridge: "))
        .unwrap();
    assert!(told.contains("somebody else changed"), "{told}");
    let kept = told.trim_end().rsplit(' ').next().unwrap();
    assert!(
        std::fs::read_to_string(kept)
            .unwrap()
            .contains("mode = \"queued\"")
    );
    std::fs::remove_file(kept).unwrap();
    let shown = world
        .run(&["agent", "show", &agent.name, "--json"])
        .await
        .json();
    assert_eq!(
        (
            &shown["settings"]["mode"],
            &shown["settings"]["retention_days"]
        ),
        (&json!("inline"), &json!(7))
    );
}
