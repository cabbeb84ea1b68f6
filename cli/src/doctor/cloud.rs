//! AWS itself: who we are there, and whether the stage is deployed.

use super::check::{Check, told};
use crate::place::Place;

pub(super) async fn identity(place: &Place) -> Check {
    let sts = aws_sdk_sts::Client::new(place.aws());
    match sts.get_caller_identity().send().await {
        Ok(identity) => {
            let account = identity.account().unwrap_or_default();
            let arn = identity.arn().unwrap_or_default();
            let found = format!("{arn} in {}", place.region());
            Check::pass("AWS identity", account, found)
        }
        Err(error) => Check::fail(
            "AWS identity",
            place.region(),
            told(error, place.stage()),
            "set AWS_PROFILE and AWS_REGION, or log in again; `aws sts get-caller-identity` must work",
        ),
    }
}

pub(super) async fn stacks(place: &Place) -> Vec<Check> {
    let name = place.stack();
    let deploy = format!("make deploy STAGE={}", place.stage());
    let stack = match place.outputs().await {
        Ok(outputs) if outputs.is_empty() => {
            Check::fail("stack", &name, "it has no outputs", deploy.clone())
        }
        Ok(outputs) => Check::pass(
            "stack",
            &name,
            format!("deployed, {} outputs", outputs.len()),
        ),
        Err(error) => Check::fail("stack", &name, told(error, place.stage()), deploy.clone()),
    };
    let url = match place.api_url().await {
        Ok(url) => Check::pass("API address", &name, url),
        Err(error) => Check::fail("API address", &name, told(error, place.stage()), deploy),
    };
    vec![stack, url]
}
