//! Lambda function export-load: one landed file to its table. Wiring only.

mod convert;
mod fetch;
mod handler;
mod inbox;
mod load;
mod notification;
mod outcome;
mod supersede;

use lake::{Services, Telemetry};
use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let telemetry = Telemetry::init("export-load");
    let services = Services::from_env().await?;
    let (services, telemetry) = (&services, &telemetry);
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| {
        handler::handle(services, telemetry, event)
    }))
    .await
}
