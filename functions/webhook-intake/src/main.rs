//! Lambda function webhook-intake: Sparkcentral's webhooks in. Wiring only.

mod accept;
mod already_there;
mod answer;
mod ask;
mod delivery;
mod finish;
mod handler;
mod intake;
mod look_first;
mod verify;

use lambda_runtime::{Error, Runtime, service_fn};
use mimalloc::MiMalloc;
use platform::Platform;

/// A webhook is some hundreds of small allocations: a fifth of its CPU time is the C library's allocator.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let platform = Platform::start("webhook-intake").await?;
    let deps = delivery::Deps {
        bots: bots::Bots::new(platform.aws.clone()),
        platform,
    };
    let deps = &deps;
    let handler = service_fn(|event| handler::handle(deps, event));
    Runtime::new(handler).run().await
}
