//! Lambda function bot-turn.
fn main() {}
