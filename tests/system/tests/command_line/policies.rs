//! The managed policies for people: enough for their commands, and no more. The emulator's IAM judges.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use system_tests::{Ran, World};
use uuid::Uuid;

/// How the command line tells that AWS refuses.
const DENIED: &str = "AWS denies access";

/// Somebody who has these policies and nothing else.
struct Person {
    id: String,
    secret: String,
}

impl Person {
    /// Policies by stack (behind the stage's own) and output.
    fn with(world: &World, policies: &[(&str, &str)]) -> Self {
        let name = format!("person-{}", Uuid::new_v4().simple());
        aws(world, &["iam", "create-user", "--user-name", &name]);
        for (stack, output) in policies {
            let stack = format!("sparkbridge-{}{stack}", world.stack.stage);
            let told = aws(
                world,
                &["cloudformation", "describe-stacks", "--stack-name", &stack],
            );
            let outputs = told["Stacks"][0]["Outputs"].as_array().unwrap();
            let arn = outputs.iter().find(|told| told["OutputKey"] == *output);
            let arn = arn.unwrap()["OutputValue"].as_str().unwrap();
            let attach = [
                "iam",
                "attach-user-policy",
                "--user-name",
                &name,
                "--policy-arn",
                arn,
            ];
            aws(world, &attach);
        }
        let key = aws(world, &["iam", "create-access-key", "--user-name", &name]);
        let part = |name: &str| key["AccessKey"][name].as_str().unwrap().to_owned();
        Self {
            id: part("AccessKeyId"),
            secret: part("SecretAccessKey"),
        }
    }

    async fn run(&self, world: &World, arguments: &[&str]) -> Ran {
        let credentials = [
            ("AWS_ACCESS_KEY_ID", self.id.as_str()),
            ("AWS_SECRET_ACCESS_KEY", self.secret.as_str()),
        ];
        world.run_with(arguments, &credentials).await
    }

    /// Runs a command that they may run, which ends well.
    async fn does(&self, world: &World, arguments: &[&str]) {
        let ran = self.run(world, arguments).await;
        assert_eq!(ran.status, Some(0), "{arguments:?}: {ran:?}");
    }

    /// Runs a command that AWS refuses nothing of, however it ends.
    async fn may(&self, world: &World, arguments: &[&str]) {
        let ran = self.run(world, arguments).await;
        let told = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!told.contains(DENIED), "{arguments:?}: {told}");
    }

    /// Runs a command that AWS refuses.
    async fn may_not(&self, world: &World, arguments: &[&str]) {
        let ran = self.run(world, arguments).await;
        let refusal = ran.refusal();
        assert!(refusal.contains(DENIED), "{arguments:?}: {refusal}");
    }
}

/// The AWS command line, as who deployed the stack.
fn aws(world: &World, arguments: &[&str]) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.local/venv-aws/bin/aws");
    let output = Command::new(path)
        .args(arguments)
        .args(["--output", "json"])
        .envs(world.stack.aws.environment())
        .output()
        .unwrap();
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "aws {arguments:?}: {problem}");
    serde_json::from_slice(&output.stdout).unwrap_or_default()
}

#[tokio::test]
async fn the_operators_policy_is_enough_for_conversations_and_for_nothing_else() {
    let world = World::join();
    let agent = world.agent("[bot]\nkind = \"script\"\n").await;
    let id = world.begin(&agent, Some("hello")).await;
    let (name, id) = (agent.name.as_str(), id.as_str());
    let operator = Person::with(&world, &[("", "OperatorPolicyArn")]);
    for may in [
        &["agent", "list"][..],
        &["agent", "show", name],
        &["agent", "pause", name],
        &["agent", "resume", name],
        &["agent", "rotate", "token", name, "viewer"],
        &["channel", "list", name],
        &["conversation", "list", "--agent", name],
        &["conversation", "show", name, id],
        &["conversation", "handover", name, id],
        &["dead-letters", "list"],
        &["dead-letters", "show", "turns"],
        &["agent", "remove", name, "--yes"],
    ] {
        operator.does(&world, may).await;
    }
    for may_not in [
        &["exports", "status"][..],
        &["exports", "pull"],
        &["contact", "erase", "nobody", "--dry-run"],
    ] {
        operator.may_not(&world, may_not).await;
    }
    let nobody = Person::with(&world, &[]);
    nobody.may_not(&world, &["agent", "list"]).await;
}

#[tokio::test]
async fn the_doctor_is_refused_nothing_with_both_operators_policies() {
    let world = World::join();
    let agent = world.agent("[bot]\nkind = \"script\"\n").await;
    let policies = [
        ("", "OperatorPolicyArn"),
        ("-exports", "ExportsOperatorPolicyArn"),
    ];
    let operator = Person::with(&world, &policies);
    operator.may(&world, &["doctor", &agent.name]).await;
}

/// Athena's part is not here: the emulator asks for a query's permission on everything, AWS on its workgroup.
#[tokio::test]
async fn the_exports_operators_policy_is_enough_for_exports_and_for_nothing_else() {
    let world = World::join();
    let policies = ["ExportsOperatorPolicyArn", "AnalystPolicyArn"];
    let operator = Person::with(&world, &policies.map(|policy| ("-exports", policy)));
    for may in [
        &["exports", "show"][..],
        &["exports", "status"],
        &["exports", "pull", "--no-wait"],
        &[
            "exports",
            "backfill",
            "--from",
            "2001-01-01",
            "--to",
            "2001-01-02",
        ],
        &["dead-letters", "show", "landed"],
        &["dead-letters", "show", "export-sync"],
    ] {
        operator.may(&world, may).await;
    }
    for may_not in [&["agent", "list"][..], &["conversation", "list"]] {
        operator.may_not(&world, may_not).await;
    }
}

#[tokio::test]
async fn the_erasers_policy_is_enough_to_look_for_a_contact_and_reads_no_secret_of_an_agent() {
    let world = World::join();
    let agent = world.agent("[bot]\nkind = \"script\"\n").await;
    let eraser = Person::with(&world, &[("-exports", "ErasurePolicyArn")]);
    let name = format!("nobody-{}", Uuid::new_v4().simple());
    eraser
        .may(&world, &["contact", "erase", &name, "--dry-run"])
        .await;
    eraser.may(&world, &["contact", "receipts"]).await;
    eraser
        .may_not(&world, &["agent", "show", &agent.name])
        .await;
}
