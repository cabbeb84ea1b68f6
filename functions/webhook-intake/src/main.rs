//! Lambda function webhook-intake.
fn main() {}
