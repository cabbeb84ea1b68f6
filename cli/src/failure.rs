//! Errors as people are told them: one line, with what was wrong and what to do.
//!
//! What AWS's libraries say of an error is for those who know them. What people can do something about is
//! told in our words instead; the context that a command gave stays in front of it.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::error::ErrorMetadata;
use aws_smithy_runtime_api::client::result::ConnectorError;
use url::{Host, Url};

/// What the AWS clients' own errors say first. Whatever stands before it is ours.
const OF_AWS: [&str; 5] = [
    "failed to construct request",
    "request has timed out",
    "dispatch failure",
    "response error",
    "service error",
];
/// Our own words for "see the cause", which say nothing where the cause is told.
const SAYS_NOTHING: &str = "did not carry the request out";
/// An answer of AWS is told up to here, in characters.
const LONGEST_ANSWER: usize = 300;

/// Where a command was sent to, as far as it got.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    pub(crate) stage: String,
    pub(crate) region: Option<String>,
    /// Set where AWS is an emulator.
    pub(crate) endpoint: Option<String>,
    pub(crate) profile: Option<String>,
}

/// The error in one line.
pub(crate) fn line(error: &anyhow::Error, at: &Surroundings) -> String {
    let links: Vec<&(dyn Error + 'static)> = error.chain().collect();
    if let Some(begin) = links.iter().position(|link| is_of_aws(*link)) {
        let (ours, aws) = links.split_at(begin);
        return in_context(ours, &of_aws(aws, at));
    }
    let mut with_url = links.iter().enumerate();
    let found = with_url.find_map(|(index, link)| Some((index, of_http(*link)?)));
    match found {
        Some((begin, told)) => in_context(links.get(..begin).unwrap_or_default(), &told),
        None => in_context(&links, ""),
    }
}

fn is_of_aws(link: &(dyn Error + 'static)) -> bool {
    link.is::<ErrorMetadata>() || OF_AWS.contains(&link.to_string().as_str())
}

/// Causes, each once, behind each other.
fn in_context(ours: &[&(dyn Error + 'static)], told: &str) -> String {
    let ours = ours.iter().map(ToString::to_string);
    let mut parts: Vec<String> = Vec::new();
    for part in ours.chain([told.to_owned()]) {
        let empty = part.is_empty() || (part.ends_with(SAYS_NOTHING) && !told.is_empty());
        if !empty && parts.last() != Some(&part) {
            parts.push(part);
        }
    }
    single_line(&parts.join(": "))
}

/// Line breaks become blanks. Other control characters, which could command a terminal, become escapes.
fn single_line(text: &str) -> String {
    let words: Vec<&str> = text.split(['\n', '\r']).map(str::trim).collect();
    crate::output::visible(words.join(" ").trim())
}

fn of_aws(links: &[&(dyn Error + 'static)], at: &Surroundings) -> String {
    if let Some(error) = first::<CredentialsError>(links) {
        return without_credentials(error, links, at);
    }
    if let Some((code, message)) = answer(links) {
        return of_service(&code, &message, at);
    }
    match links.first().map(ToString::to_string).as_deref() {
        Some("failed to construct request") if says(links, "Region") => NO_REGION.to_owned(),
        Some("request has timed out") => unreachable_at(at, "does not answer in time"),
        Some("response error") => {
            format!(
                "what {} answers is not AWS's: {}",
                place(at),
                check_endpoint(at)
            )
        }
        _ => match first::<ConnectorError>(links) {
            Some(error) if error.is_io() => unreachable_at(at, "can't be reached"),
            Some(error) if error.is_timeout() => unreachable_at(at, "does not answer in time"),
            // The library shows the whole request with it, and a request may hold secrets.
            _ if says(links, "failed to apply endpoint") => check_endpoint(at),
            _ => links
                .last()
                .map_or_else(String::new, |last| short(&last.to_string())),
        },
    }
}

pub(crate) const NO_REGION: &str =
    "no AWS region is set: set AWS_REGION, or AWS_PROFILE to a profile with one";

fn first<'a, E: Error + 'static>(links: &[&'a (dyn Error + 'static)]) -> Option<&'a E> {
    links.iter().find_map(|link| link.downcast_ref())
}

fn says(links: &[&(dyn Error + 'static)], text: &str) -> bool {
    links.iter().any(|link| link.to_string().contains(text))
}

fn without_credentials(
    error: &CredentialsError,
    links: &[&(dyn Error + 'static)],
    at: &Surroundings,
) -> String {
    let profile = at.profile.as_deref();
    let log_in = match profile {
        Some(profile) => format!("log in again: `aws sso login --profile {profile}`"),
        None => "log in again".to_owned(),
    };
    if says(links, "expired") || says(links, "SSO token") || says(links, "sso") {
        return format!("the AWS session has ended: {log_in}");
    }
    match (error, profile) {
        (CredentialsError::InvalidConfiguration(_), Some(profile)) => {
            let cause = links.last().map(|last| short(&last.to_string()));
            format!(
                "AWS profile {profile} gives no credentials: {}",
                cause.unwrap_or_default()
            )
        }
        (_, Some(profile)) => format!(
            "AWS profile {profile} gives no credentials: look at it in ~/.aws/config, or name another in AWS_PROFILE"
        ),
        (_, None) => {
            "no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; \
             for the local stack: `eval \"$(sparkbridge local status --shell)\"`"
                .to_owned()
        }
    }
}

/// Code and message of a service's refusal.
fn answer(links: &[&(dyn Error + 'static)]) -> Option<(String, String)> {
    if let Some(metadata) = first::<ErrorMetadata>(links) {
        let of = |text: Option<&str>| text.unwrap_or_default().to_owned();
        return Some((of(metadata.code()), of(metadata.message())));
    }
    if links.first()?.to_string() != "service error" {
        return None;
    }
    // An error that the service's description names shows as `Code: message`, or `Code`. One that
    // nobody could read has no code at all.
    let shown = links.get(1)?.to_string();
    if shown.starts_with("unhandled error") {
        return Some((String::new(), links.last()?.to_string()));
    }
    let (code, message) = shown.split_once(": ").unwrap_or((&shown, ""));
    Some((first_word(code), message.to_owned()))
}

fn first_word(text: &str) -> String {
    text.split(' ').next().unwrap_or_default().to_owned()
}

fn of_service(code: &str, message: &str, at: &Surroundings) -> String {
    // SQS puts its protocol's name in front.
    let name = code.rsplit(['.', '#']).next().unwrap_or(code);
    match name {
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "AuthorizationError" => {
            denied(message)
        }
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => {
            let login = at.profile.as_ref().map(|profile| format!(": `aws sso login --profile {profile}`"));
            format!("the AWS session has ended: log in again{}", login.unwrap_or_default())
        }
        "InvalidClientTokenId" | "InvalidAccessKeyId" | "UnrecognizedClientException"
        | "SignatureDoesNotMatch" | "InvalidSignatureException" | "AuthFailure"
        | "IncompleteSignature" if !message.contains("expired") && !message.contains("not yet current") => {
            "AWS does not accept these credentials: check AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY".to_owned()
        }
        "RequestTimeTooSkewed" | "RequestExpired" | "RequestInTheFuture" | "SignatureDoesNotMatch"
        | "InvalidSignatureException" => {
            "this machine's clock is wrong by minutes, and AWS refuses its requests: set it".to_owned()
        }
        "ResourceNotFoundException" if message.contains("secret") => {
            "there is no such secret in AWS Secrets Manager".to_owned()
        }
        "ResourceNotFoundException" | "NonExistentQueue" | "QueueDoesNotExist" | "NoSuchBucket" => {
            not_deployed(at)
        }
        "ValidationError" if message.starts_with("Stack ") && message.ends_with("does not exist") => {
            not_deployed(at)
        }
        "InvalidRequestException" if message.contains("WorkGroup") && message.contains("not found") => {
            not_deployed(at)
        }
        "ThrottlingException" | "Throttling" | "TooManyRequestsException" | "RequestLimitExceeded"
        | "ProvisionedThroughputExceededException" | "SlowDown" | "ServiceUnavailable" => {
            format!("AWS has too much to do ({name}): try again in a minute")
        }
        "" => format!("AWS's answer can't be read: {}", short(message)),
        _ if message.is_empty() => format!("AWS answered {name}"),
        _ => format!("AWS answered {name}: {}", short(message)),
    }
}

/// AWS names the action and mostly the resource in the sentence that it answers.
fn denied(message: &str) -> String {
    let Some((_, rest)) = message.split_once("not authorized to perform: ") else {
        return "AWS denies access: these credentials lack a permission, or AWS_PROFILE is another account's"
            .to_owned();
    };
    let mut words = rest.split(' ');
    let action = words
        .next()
        .unwrap_or_default()
        .trim_end_matches(['.', ',']);
    let resource = rest.split_once("on resource: ").map(|(_, resource)| {
        let arn = resource.split(' ').next().unwrap_or_default();
        format!(" on {}", arn.trim_end_matches(['.', ',']))
    });
    format!(
        "AWS denies access: these credentials lack the permission {action}{}",
        resource.unwrap_or_default()
    )
}

fn not_deployed(at: &Surroundings) -> String {
    let stage = &at.stage;
    let region = at.region.as_ref().map(|region| format!(" in {region}"));
    format!(
        "stage {stage} is not deployed{}: `make deploy STAGE={stage}`, or name another one with --stage",
        region.unwrap_or_default()
    )
}

fn unreachable_at(at: &Surroundings, how: &str) -> String {
    let hint = match at.endpoint.as_deref() {
        Some(endpoint) if is_loopback(endpoint) => LOCAL_STACK.to_owned(),
        Some(_) => check_endpoint(at),
        None => "check the network, and AWS_REGION".to_owned(),
    };
    format!("{} {how}: {hint}", place(at))
}

const LOCAL_STACK: &str = "is the local stack running? `sparkbridge local status`";

/// Where AWS is, for a sentence.
fn place(at: &Surroundings) -> String {
    match (&at.endpoint, &at.region) {
        (Some(endpoint), _) => endpoint.clone(),
        (None, Some(region)) => format!("AWS in {region}"),
        (None, None) => "AWS".to_owned(),
    }
}

fn check_endpoint(at: &Surroundings) -> String {
    match &at.endpoint {
        Some(endpoint) if Url::parse(endpoint).is_err() => {
            format!("{endpoint:?} is no URL: correct AWS_ENDPOINT_URL, or unset it")
        }
        _ => "check AWS_ENDPOINT_URL, or unset it for AWS itself".to_owned(),
    }
}

fn is_loopback(url: &str) -> bool {
    match Url::parse(url).as_ref().ok().and_then(Url::host) {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// A call of our own that found nobody.
fn of_http(link: &(dyn Error + 'static)) -> Option<String> {
    let error = link.downcast_ref::<reqwest::Error>()?;
    let origin = error.url()?.origin().ascii_serialization();
    let how = if error.is_timeout() {
        "does not answer in time"
    } else if error.is_connect() {
        "can't be reached"
    } else {
        return None;
    };
    Some(if is_loopback(&origin) {
        format!("{origin} {how}: {LOCAL_STACK}")
    } else {
        format!("{origin} {how}")
    })
}

fn short(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST_ANSWER).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests;
