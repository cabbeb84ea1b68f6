//! Lambda function bot-turn: turns.fifo to the agent's bot. Wiring only.

mod ask;
mod handler;
mod outcome;
mod take_turn;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use platform::Platform;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let platform = Platform::start("bot-turn").await?;
    let deps = take_turn::Deps {
        platform,
        bots: bots::Bots::default(),
    };
    let deps = &deps;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| {
        handler::handle(deps, event)
    }))
    .await
}
