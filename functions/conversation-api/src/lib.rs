//! conversation-api: for bots that answer later, and for people. `main.rs` runs it as a Lambda function;
//! docs/openapi.json is written from its types.

mod accept;
mod authorize;
mod call;
mod channels;
mod entry;
mod hand_over;
mod handler;
#[cfg(feature = "schema")]
pub mod openapi;
mod operator;
mod outgoing;
mod problem;
mod read;
mod replies;
mod request;
mod view;

pub use handler::handle;
