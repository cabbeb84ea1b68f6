//! Lambda function handover: handovers.fifo to a completed handover. Wiring only.

mod hand_over;
mod handler;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use platform::Platform;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let platform = Platform::start("handover").await?;
    let platform = &platform;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| {
        handler::handle(platform, event)
    }))
    .await
}
