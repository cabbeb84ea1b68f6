//! What is missing around the command line, told in one line that says what to do.

use super::Machine;

/// A command that needs AWS and nothing else.
const ASKS: [&str; 2] = ["dead-letters", "list"];

#[test]
fn no_region_is_said_with_the_variable_that_sets_it() {
    let said = Machine::bare().refused(&ASKS);
    assert!(
        said.starts_with("no AWS region is set: set AWS_REGION"),
        "{said}"
    );
}

#[test]
fn no_credentials_are_said_with_the_ways_to_give_them() {
    let said = Machine::bare()
        .with("AWS_REGION", "eu-west-1")
        .refused(&ASKS);
    assert!(
        said.contains("no AWS credentials: set AWS_PROFILE"),
        "{said}"
    );
    assert!(said.contains("sparkbridge local status --shell"), "{said}");
}

#[test]
fn a_profile_that_is_not_there_is_named_whatever_else_is_set() {
    for machine in [
        Machine::bare(),
        Machine::bare().with("AWS_REGION", "eu-west-1"),
    ] {
        let said = machine.with("AWS_PROFILE", "nope").refused(&ASKS);
        assert!(said.starts_with("AWS_PROFILE is nope"), "{said}");
        assert!(said.contains("`aws configure list-profiles`"), "{said}");
    }
}

#[test]
fn a_profile_is_not_asked_for_where_credentials_are_given() {
    let said = Machine::nowhere()
        .with("AWS_PROFILE", "nope")
        .refused(&ASKS);
    assert!(
        said.contains("http://127.0.0.1:9 can't be reached"),
        "{said}"
    );
}

#[test]
fn an_endpoint_where_nobody_listens_leads_to_the_local_stack() {
    let said = Machine::nowhere().refused(&ASKS);
    assert!(
        said.contains("http://127.0.0.1:9 can't be reached"),
        "{said}"
    );
    assert!(
        said.ends_with("is the local stack running? `sparkbridge local status`"),
        "{said}"
    );
}

#[test]
fn an_endpoint_that_is_no_url_is_quoted() {
    for (endpoint, said) in [
        (
            "nonsense",
            "\"nonsense\" is no URL: correct AWS_ENDPOINT_URL",
        ),
        ("", "AWS_ENDPOINT_URL is set and empty"),
    ] {
        let told = Machine::nowhere()
            .with("AWS_ENDPOINT_URL", endpoint)
            .refused(&ASKS);
        assert!(told.contains(said), "{told}");
    }
}
