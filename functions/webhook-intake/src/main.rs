//! Lambda function webhook-intake: Sparkcentral's webhooks in. Wiring only.

mod accept;
mod answer;
mod ask;
mod delivery;
mod finish;
mod handler;
mod intake;
mod verify;

use lambda_http::{Error, service_fn};
use platform::Platform;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let platform = Platform::start("webhook-intake").await?;
    let deps = delivery::Deps {
        bots: bots::Bots::new(platform.aws.clone()),
        platform,
    };
    let deps = &deps;
    lambda_http::run(service_fn(|request| handler::handle(deps, request))).await
}
