//! Lambda function handover.
fn main() {}
