use anyhow::{Context, anyhow};
use aws_sdk_cloudformation::operation::describe_stacks::DescribeStacksError;
use aws_sdk_dynamodb::operation::get_item::GetItemError;
use aws_sdk_dynamodb::types::error::ResourceNotFoundException;
use aws_sdk_sts::error::SdkError;

use super::*;

fn at(endpoint: Option<&str>, profile: Option<&str>) -> Surroundings {
    Surroundings {
        stage: "dev".into(),
        region: Some("eu-west-1".into()),
        endpoint: endpoint.map(str::to_owned),
        profile: profile.map(str::to_owned),
    }
}

fn told(error: SdkError<GetItemError, ()>, at: &Surroundings) -> String {
    let error = anyhow::Error::new(error)
        .context("DynamoDB did not carry the request out")
        .context("reading the settings");
    let line = line(&error, at);
    let rest = line.strip_prefix("reading the settings: ");
    rest.unwrap_or_else(|| panic!("{line}")).to_owned()
}

fn refused(code: &str, message: &str) -> SdkError<GetItemError, ()> {
    let metadata = ErrorMetadata::builder().code(code).message(message);
    SdkError::service_error(GetItemError::generic(metadata.build()), ())
}

fn not_sent(error: ConnectorError) -> SdkError<GetItemError, ()> {
    SdkError::dispatch_failure(error)
}

fn without(error: CredentialsError) -> SdkError<GetItemError, ()> {
    not_sent(ConnectorError::other(Box::new(error), None))
}

#[test]
fn what_a_service_refuses_is_told_with_what_to_do() {
    let denied = "User: arn:aws:iam::1:user/op is not authorized to perform: sqs:GetQueueUrl on resource: \
                  arn:aws:sqs:eu-west-1:1:q because no identity-based policy allows it";
    for (code, message, expected) in [
        (
            "AccessDeniedException",
            denied,
            "lack the permission sqs:GetQueueUrl on arn:aws:sqs:eu-west-1:1:q",
        ),
        ("AccessDenied", "Access Denied", "AWS denies access"),
        (
            "ExpiredToken",
            "The security token included in the request is expired",
            "`aws sso login --profile ops`",
        ),
        ("ExpiredTokenException", "", "`aws sso login --profile ops`"),
        (
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
            "does not accept these credentials",
        ),
        (
            "InvalidClientTokenId",
            "",
            "does not accept these credentials",
        ),
        (
            "SignatureDoesNotMatch",
            "",
            "does not accept these credentials",
        ),
        (
            "InvalidSignatureException",
            "Signature expired: 20260101T000000Z is now earlier",
            "clock is wrong",
        ),
        ("RequestTimeTooSkewed", "", "clock is wrong"),
        (
            "AWS.SimpleQueueService.NonExistentQueue",
            "The specified queue does not exist.",
            "`make deploy STAGE=dev`",
        ),
        ("NoSuchBucket", "", "stage dev is not deployed in eu-west-1"),
        (
            "InvalidRequestException",
            "WorkGroup sparkbridge-dev is not found.",
            "stage dev is not deployed",
        ),
        (
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret.",
            "no such secret",
        ),
        (
            "ThrottlingException",
            "Rate exceeded",
            "try again in a minute",
        ),
        (
            "SomethingElse",
            "what\nit says",
            "AWS answered SomethingElse: what it says",
        ),
        ("SomethingElse", "", "AWS answered SomethingElse"),
    ] {
        let told = told(refused(code, message), &at(None, Some("ops")));
        assert!(told.contains(expected), "{code}: {told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}

#[test]
fn an_error_that_the_service_names_is_understood_like_any_other() {
    let missing = ResourceNotFoundException::builder().message("Requested resource not found");
    let missing = GetItemError::ResourceNotFoundException(missing.build());
    let told = told(SdkError::service_error(missing, ()), &at(None, None));
    assert_eq!(
        told,
        "stage dev is not deployed in eu-west-1: `make deploy STAGE=dev`, or name another one with --stage"
    );
}

#[test]
fn an_answer_that_nobody_can_read_is_told_with_its_cause() {
    let unreadable = GetItemError::unhandled(std::io::Error::other("it is no JSON"));
    let told = told(SdkError::service_error(unreadable, ()), &at(None, None));
    assert_eq!(told, "AWS's answer can't be read: it is no JSON");
}

#[test]
fn a_stack_that_does_not_exist_is_a_stage_that_is_not_deployed() {
    let metadata = ErrorMetadata::builder()
        .code("ValidationError")
        .message("Stack with id sparkbridge-dev does not exist");
    let missing = DescribeStacksError::generic(metadata.build());
    let error = anyhow::Error::new(SdkError::service_error(missing, ())).context("reading");
    let line = line(&error, &at(None, None));
    assert!(
        line.starts_with("reading: stage dev is not deployed"),
        "{line}"
    );
}

#[test]
fn a_service_error_without_its_envelope_is_understood_too() {
    let SdkError::ServiceError(inner) = refused("NoSuchBucket", "") else {
        panic!("it is one");
    };
    let error = anyhow::Error::new(inner.into_err()).context("listing");
    let line = line(&error, &at(None, None));
    assert!(line.contains("stage dev is not deployed"), "{line}");
}

#[test]
fn an_endpoint_that_is_not_there_is_named_with_what_may_be_wrong() {
    let refused = || ConnectorError::io("Connection refused".into());
    for (error, endpoint, expected) in [
        (
            refused(),
            Some("http://127.0.0.1:9"),
            "http://127.0.0.1:9 can't be reached: is the local stack running? `sparkbridge local status`",
        ),
        (
            refused(),
            Some("http://[::1]:9"),
            "`sparkbridge local status`",
        ),
        (
            refused(),
            Some("http://localhost:9"),
            "`sparkbridge local status`",
        ),
        (
            refused(),
            Some("https://vpce.example.com"),
            "https://vpce.example.com can't be reached: check AWS_ENDPOINT_URL",
        ),
        (
            refused(),
            None,
            "AWS in eu-west-1 can't be reached: check the network, and AWS_REGION",
        ),
        (
            ConnectorError::timeout("slow".into()),
            Some("http://127.0.0.1:9"),
            "does not answer in time",
        ),
    ] {
        let told = told(not_sent(error), &at(endpoint, None));
        assert!(told.contains(expected), "{told}");
    }
    let late = SdkError::timeout_error("late");
    assert!(told(late, &at(None, None)).contains("does not answer in time"));
    let nonsense = SdkError::response_error("html", ());
    assert!(told(nonsense, &at(None, None)).contains("is not AWS's"));
}

#[test]
fn an_endpoint_that_is_no_url_is_told_without_the_request() {
    let library = "failed to apply endpoint `nonsense` to request `Request { body: \"hunter2\" }`";
    let error = not_sent(ConnectorError::other(library.into(), None));
    let told = told(error, &at(Some("nonsense"), None));
    assert_eq!(
        told,
        "\"nonsense\" is no URL: correct AWS_ENDPOINT_URL, or unset it"
    );
}

#[test]
fn credentials_that_are_missing_say_where_they_come_from() {
    let none = || CredentialsError::not_loaded("no providers\n  Environment: not set");
    let alone = told(without(none()), &at(None, None));
    assert!(
        alone.starts_with("no AWS credentials: set AWS_PROFILE"),
        "{alone}"
    );
    assert!(
        alone.contains("sparkbridge local status --shell"),
        "{alone}"
    );
    let named = told(without(none()), &at(None, Some("ops")));
    assert!(
        named.starts_with("AWS profile ops gives no credentials"),
        "{named}"
    );
    let broken = CredentialsError::invalid_configuration("profile formed an infinite loop");
    let broken = told(without(broken), &at(None, Some("ops")));
    assert!(broken.contains("infinite loop"), "{broken}");
    let ended = CredentialsError::provider_error("the SSO session has expired");
    let ended = told(without(ended), &at(None, Some("ops")));
    assert!(ended.contains("`aws sso login --profile ops`"), "{ended}");
}

#[test]
fn our_own_errors_keep_their_causes_each_once_and_in_one_line() {
    for (error, expected) in [
        (anyhow!("a\n  b"), "a b"),
        (
            anyhow!("same").context("same").context("outer"),
            "outer: same",
        ),
        (anyhow!("\u{1b}[2J"), "\\u{1b}[2J"),
    ] {
        assert_eq!(line(&error, &at(None, None)), expected);
    }
}

#[tokio::test]
async fn a_call_of_our_own_that_finds_nobody_names_whom_it_looked_for() {
    // A port that was free a moment ago, and is not listened on.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let sent = client
        .get(format!("http://127.0.0.1:{port}/secret/path"))
        .send()
        .await;
    let error = sent.context("asking the API").unwrap_err();
    assert_eq!(
        line(&error, &at(None, None)),
        format!("asking the API: http://127.0.0.1:{port} can't be reached: {LOCAL_STACK}")
    );
}
