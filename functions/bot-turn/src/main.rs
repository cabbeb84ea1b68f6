//! Lambda function bot-turn: turns.fifo to the agent's bot. Wiring only.

mod ask;
mod handler;
mod line;
mod outcome;
mod queue_on;
mod take_turn;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use platform::Platform;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let platform = Platform::start("bot-turn").await?;
    let deps = take_turn::Deps {
        bots: bots::Bots::new(platform.aws.clone()),
        platform,
    };
    let deps = &deps;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| {
        handler::handle(deps, event)
    }))
    .await
}
