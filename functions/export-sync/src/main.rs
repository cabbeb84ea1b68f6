//! Lambda function export-sync: from the SFTP server to raw/ in S3. Wiring only.

mod handler;
mod invocation;
mod listing;
mod pull;
mod summary;
mod sync;
mod transfer;
mod watch;

use lake::{Services, Telemetry};
use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let telemetry = Telemetry::init("export-sync");
    let services = Services::from_env().await?;
    let (services, telemetry) = (&services, &telemetry);
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| {
        handler::handle(services, telemetry, event)
    }))
    .await
}
