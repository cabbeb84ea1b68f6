//! Lambda function conversation-api.
fn main() {}
