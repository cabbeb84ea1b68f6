//! Lambda function handover: handovers.fifo to a handover that is decided on and on its way, and
//! deadlines to what is done about a turn nobody answered. Wiring only.

mod deadline;
mod hand_over;
mod handler;
mod lookout;
mod outcome;
mod unanswered;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use platform::Platform;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let deps = hand_over::Deps {
        platform: Platform::start("handover").await?,
        lookout: lookout::Lookout::default(),
    };
    let deps = &deps;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| {
        handler::handle(deps, event)
    }))
    .await
}
