//! Lambda function reply-sender.
fn main() {}
