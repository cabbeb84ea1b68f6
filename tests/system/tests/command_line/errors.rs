//! Errors of AWS, told in one line that says what to do.

use system_tests::World;

#[tokio::test]
async fn a_stage_that_is_not_deployed_is_said_so_with_the_command_that_deploys_it() {
    let world = World::join();
    let ran = world.run(&["--stage", "nowhere", "agent", "list"]).await;
    let refusal = ran.refusal();
    assert!(
        refusal.contains("stage nowhere is not deployed"),
        "{refusal}"
    );
    assert!(refusal.contains("make deploy STAGE=nowhere"), "{refusal}");
}

#[tokio::test]
async fn credentials_that_aws_does_not_know_are_said_so() {
    let world = World::join();
    let unknown = [
        ("AWS_ACCESS_KEY_ID", "AKIAUNKNOWN"),
        ("AWS_SECRET_ACCESS_KEY", "wrong"),
    ];
    let ran = world.run_with(&["agent", "list"], &unknown).await;
    let refusal = ran.refusal();
    assert!(refusal.contains("AWS_PROFILE"), "{refusal}");
}

#[tokio::test]
async fn an_endpoint_where_nobody_listens_is_named_with_the_way_to_the_local_stack() {
    let world = World::join();
    let nobody = [("AWS_ENDPOINT_URL", "http://127.0.0.1:9")];
    let ran = world.run_with(&["agent", "list"], &nobody).await;
    let refusal = ran.refusal();
    assert!(refusal.contains("http://127.0.0.1:9"), "{refusal}");
    assert!(refusal.contains("`sparkbridge local status`"), "{refusal}");
}
