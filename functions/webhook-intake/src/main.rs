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
    let deps: &'static _ = Box::leak(Box::new(delivery::Deps {
        bots: bots::Bots::new(platform.aws.clone()),
        platform,
    }));
    // Boxed: the runtime hands the future on from layer to layer, and all of it may be copied each time. What few
    // webhooks need has boxes of its own, further in, so that the rest need not carry it along.
    let handler = service_fn(|event| Box::pin(handler::handle(deps, event)));
    // As a task: tokio asks the kernel for news whenever the future that it blocks on is woken, which is at each of a
    // webhook's four answers.
    tokio::spawn(Runtime::new(handler).run()).await?
}
