//! Lambda function conversation-api: for bots that answer later, and for people. Wiring only.

mod accept;
mod authorize;
mod call;
mod channels;
mod entry;
mod hand_over;
mod handler;
mod operator;
mod outgoing;
mod problem;
mod read;
mod replies;
mod request;

use lambda_http::{Error, service_fn};
use platform::Platform;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let platform = Platform::start("conversation-api").await?;
    let platform = &platform;
    lambda_http::run(service_fn(|request| handler::handle(platform, request))).await
}
