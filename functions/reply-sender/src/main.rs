//! Lambda function reply-sender: outbound.fifo to Sparkcentral. Wiring only.

mod clients;
mod consequence;
mod handler;
mod send_reply;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use platform::Platform;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let platform = Platform::start("reply-sender").await?;
    let deps = send_reply::Deps {
        platform,
        clients: clients::Clients::default(),
    };
    let deps = &deps;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| {
        handler::handle(deps, event)
    }))
    .await
}
