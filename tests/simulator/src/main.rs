//! Sparkcentral, played faithfully, for tests and for people trying Sparkbridge.
fn main() {}
