//! The whole system on this machine: emulator, simulator, deployment.
fn main() {}
