//! Lambda function conversation-api. Wiring only.

use lambda_http::{Error, service_fn};
use platform::Platform;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let platform = Platform::start("conversation-api").await?;
    let platform = &platform;
    lambda_http::run(service_fn(|request| {
        conversation_api::handle(platform, request)
    }))
    .await
}
