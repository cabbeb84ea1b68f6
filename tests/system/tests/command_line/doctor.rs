//! `sparkbridge doctor`: what works passes, what is broken fails with its next step, and neither hides the
//! other.

use std::path::Path;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use aws_sdk_sqs::types::QueueAttributeName;
use reqwest::Method;
use serde_json::{Value, json};
use system_tests::{Answer, Ran, TestBot, World};
use tokio::process::Command;
use uuid::Uuid;

/// Checks of a run that may have failed, after asserting that its status says what they say.
fn checks(ran: &Ran) -> Vec<Value> {
    let checks: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    let failed = checks
        .iter()
        .filter(|check| check["status"] == "fail")
        .count();
    assert_eq!(ran.status, Some(i32::from(failed > 0)), "{ran:#?}");
    for check in &checks {
        let fails = check["status"] == "fail";
        assert!(!fails || check["next_step"].is_string(), "{check}");
    }
    if failed > 0 {
        assert_eq!(ran.stderr.lines().count(), 1, "{ran:#?}");
    }
    checks
}

#[track_caller]
fn find<'a>(checks: &'a [Value], check: &str, subject: &str) -> &'a Value {
    let mut found = checks
        .iter()
        .filter(|it| it["check"] == check && it["subject"] == subject);
    let found = found.next();
    found.unwrap_or_else(|| panic!("no {check} of {subject} in {checks:#?}"))
}

const OF_AN_AGENT: [&str; 7] = [
    "settings",
    "secret",
    "API credentials",
    "clock",
    "webhook",
    "webhook signature",
    "bot",
];

#[tokio::test]
async fn an_agent_that_works_passes_every_check() {
    let world = World::join();
    let bot = TestBot::start(|_| Answer::status(500)).await;
    let agent = world.agent_of(&bot, "").await;
    let ran = world.run(&["doctor", &agent.name, "--json"]).await;
    let checks = checks(&ran);
    for check in OF_AN_AGENT {
        let check = find(&checks, check, &agent.name);
        assert_eq!(check["status"], "pass", "{check}");
    }
    assert!(bot.turns().is_empty(), "a check is no turn");
    // Nobody else's.
    let settings = checks.iter().filter(|check| check["check"] == "settings");
    assert_eq!(
        settings
            .filter(|check| check["found"] != "none are configured")
            .count(),
        1
    );
    let stack = format!("sparkbridge-{}", world.stack.stage);
    assert_eq!(find(&checks, "stack", &stack)["status"], "pass");
    assert!(find(&checks, "AWS identity", "000000000000")["found"].is_string());
    for queue in ["turns", "outbound", "handovers", "deadlines", "landed"] {
        find(&checks, "queue", queue);
        find(&checks, "dead letters", queue);
    }
    assert!(
        checks.iter().any(|check| check["check"] == "alarm"),
        "{checks:#?}"
    );
    let sftp = &world.stack.sftp;
    let server = format!("{}:{}", sftp.host, sftp.port);
    for check in ["SFTP server", "SFTP host key", "SFTP log-in"] {
        let check = find(&checks, check, &server);
        assert_eq!(check["status"], "pass", "{check}");
    }
    find(&checks, "export", "messages");
}

#[tokio::test]
async fn people_read_a_line_per_check_and_all_agents_where_none_is_named() {
    let world = World::join();
    let agent = world.agent("[bot]\nkind = \"script\"\n").await;
    let ran = world.run(&["doctor"]).await;
    let demo = world.stack.agent.as_str();
    for name in [demo, &agent.name] {
        let lines = ran.stdout.lines().filter(|line| {
            line.starts_with("ok ") && line.split_whitespace().any(|word| word == name)
        });
        assert_eq!(lines.count(), OF_AN_AGENT.len(), "{}", ran.stdout);
    }
    assert!(
        ran.stdout.lines().last().unwrap().contains("checks: "),
        "{}",
        ran.stdout
    );
}

#[tokio::test]
async fn credentials_that_sparkcentral_refuses_and_a_bot_that_is_gone_fail_alone() {
    let world = World::join();
    let gone = "[bot]\nkind = \"http\"\nurl = \"http://127.0.0.1:9/turns\"\nallow_private_addresses = true\n";
    let secrets = TestBot::start(|_| Answer::status(500)).await.secrets();
    let agent = world.register(gone, json!({}), secrets).await;
    // Somebody made new credentials in Sparkcentral, and told nobody.
    let registration = json!({
        "id": agent.name,
        "name": agent.name,
        "webhook_url": agent.webhook_url,
        "secret": agent.webhook_secret,
        "client_id": agent.name,
        "client_secret": "another one",
    });
    world
        .simulate(Method::POST, "/sim/agents", Some(registration))
        .await;
    let ran = world.run(&["doctor", &agent.name, "--json"]).await;
    let checks = checks(&ran);
    for check in OF_AN_AGENT {
        let expected = match check {
            "API credentials" | "bot" => "fail",
            _ => "pass",
        };
        let check = find(&checks, check, &agent.name);
        assert_eq!(check["status"], expected, "{check}");
    }
    let bot = find(&checks, "bot", &agent.name)["found"].as_str().unwrap();
    assert!(bot.contains("http://127.0.0.1:9 can't be reached"), "{bot}");
    assert!(!ran.stdout.contains(&agent.webhook_secret) && !ran.stdout.contains("/turns"));
}

#[tokio::test]
async fn an_agent_that_there_is_not_fails_with_the_way_to_register_it() {
    let world = World::join();
    let ran = world.run(&["doctor", "nobody", "--json"]).await;
    let checks = checks(&ran);
    let check = find(&checks, "settings", "nobody");
    assert_eq!(check["status"], "fail");
    assert!(
        check["next_step"]
            .as_str()
            .unwrap()
            .contains("sparkbridge agent add nobody")
    );
    let ran = world.run(&["doctor", "No Name"]).await;
    assert_eq!(ran.status, Some(1), "{ran:?}");
    assert!(ran.stdout.contains("can't name an agent"), "{ran:?}");
}

/// A stage of which only some things are there, and some of them broken.
#[tokio::test]
async fn what_is_broken_hides_nothing_else() {
    let world = World::join();
    let stage = format!("t{}", &Uuid::new_v4().simple().to_string()[..10]);
    let aws = aws_config::load_from_env().await;
    let dynamodb = aws_sdk_dynamodb::Client::new(&aws);
    let table = format!("sparkbridge-{stage}-conversations");
    let key = |name, kind| {
        let key = KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(kind);
        let text = AttributeDefinition::builder().attribute_name(name);
        let text = text.attribute_type(ScalarAttributeType::S);
        (key.build().unwrap(), text.build().unwrap())
    };
    let ((pk, pk_text), (sk, sk_text)) = (key("pk", KeyType::Hash), key("sk", KeyType::Range));
    let create = dynamodb
        .create_table()
        .table_name(&table)
        .billing_mode(BillingMode::PayPerRequest);
    let create = create.key_schema(pk).key_schema(sk);
    let create = create
        .attribute_definitions(pk_text)
        .attribute_definitions(sk_text);
    create.send().await.unwrap();

    // One agent whose settings nobody can read, one without a secret.
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let good = r#"{"region":"us","bot":{"kind":"script"}}"#;
    for (name, body) in [("broken", "{}"), ("silent", good)] {
        let put = dynamodb.put_item().table_name(&table);
        let put = put
            .item("pk", text("AGENT"))
            .item("sk", text(name))
            .item("body", text(body));
        put.send().await.unwrap();
    }
    // A message that waits, and one that was given up on.
    let sqs = aws_sdk_sqs::Client::new(&aws);
    for name in ["turns.fifo", "turns-dead.fifo"] {
        let queue = format!("sparkbridge-{stage}-{name}");
        let create = sqs.create_queue().queue_name(queue);
        let create = create.attributes(QueueAttributeName::FifoQueue, "true");
        let url = create.send().await.unwrap().queue_url.unwrap();
        let send = sqs.send_message().queue_url(url);
        let send = send.message_group_id("g").message_deduplication_id("d");
        let body = r#"{"agent":"silent","conversation_id":"c-1"}"#;
        send.message_body(body).send().await.unwrap();
    }
    // And an alarm that rings.
    let alarm = format!("sparkbridge-{stage}-turns-dead");
    aws_cli(
        &world,
        &[
            "put-metric-alarm",
            "--alarm-name",
            &alarm,
            "--alarm-description",
            "Read them, then redrive them.",
            "--namespace",
            "Test",
            "--metric-name",
            "Test",
            "--statistic",
            "Sum",
            "--period",
            "60",
            "--evaluation-periods",
            "1",
            "--threshold",
            "0",
            "--comparison-operator",
            "GreaterThanThreshold",
        ],
    )
    .await;
    aws_cli(
        &world,
        &[
            "set-alarm-state",
            "--alarm-name",
            &alarm,
            "--state-value",
            "ALARM",
            "--state-reason",
            "a test says so",
        ],
    )
    .await;

    let ran = world.run(&["--stage", &stage, "doctor", "--json"]).await;
    let checks = checks(&ran);
    let stack = format!("sparkbridge-{stage}");
    for (check, subject, status, next) in [
        ("AWS identity", "000000000000", "pass", ""),
        ("stack", stack.as_str(), "fail", "make deploy STAGE="),
        ("settings", "broken", "fail", "sparkbridge agent put broken"),
        ("settings", "silent", "pass", ""),
        ("secret", "silent", "fail", "--secret-file"),
        ("webhook", "silent", "skipped", ""),
        ("queue", "turns", "pass", ""),
        ("queue", "outbound", "fail", "make deploy STAGE="),
        (
            "dead letters",
            "turns",
            "fail",
            "sparkbridge dead-letters redrive turns --all",
        ),
        (
            "alarm",
            "turns-dead",
            "fail",
            "Read them, then redrive them.",
        ),
        ("exports", "settings", "fail", "make deploy STAGE="),
    ] {
        let check = find(&checks, check, subject);
        assert_eq!(check["status"], status, "{check}");
        let step = check["next_step"].as_str().unwrap_or_default();
        assert!(step.contains(next), "{check}");
    }
    assert_eq!(find(&checks, "queue", "turns")["found"], "1 waiting");
    let dead = find(&checks, "dead letters", "turns")["found"]
        .as_str()
        .unwrap();
    assert!(
        dead.starts_with("1 message") && dead.contains("silent"),
        "{dead}"
    );
}

/// CloudWatch as the AWS command line speaks to it.
async fn aws_cli(world: &World, arguments: &[&str]) {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.local/venv-aws/bin/aws");
    let mut command = Command::new(program);
    let output = command
        .arg("cloudwatch")
        .args(arguments)
        .envs(world.stack.aws.environment())
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}
