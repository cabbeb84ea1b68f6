//! Lambda function reply-sender: outbound.fifo to Sparkcentral. Wiring only.

mod attach;
mod consequence;
mod fetch;
mod handler;
mod post;
mod send_reply;
mod settle;
mod upload_first;

use agent_client::AgentClients;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use platform::{Objects, Platform};
use tokio::sync::Semaphore;

/// Files in memory at once: of at most 10 MB each, in a function that may have 128 MB.
const FILES_AT_ONCE: usize = 3;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let platform = Platform::start("reply-sender").await?;
    let deps = send_reply::Deps {
        files: fetch::Files::new(Objects::new(&platform.aws)),
        file_slots: Semaphore::new(FILES_AT_ONCE),
        clients: AgentClients::default(),
        platform,
    };
    let deps = &deps;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| {
        handler::handle(deps, event)
    }))
    .await
}
