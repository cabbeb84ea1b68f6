//! Fault runs. The real functions work a seeded plan of conversations and export files off while Sparkcentral,
//! AWS, the bots and the processes themselves go wrong; then a [`checker`] that knows only public faces says
//! whether anything was lost, doubled or said out of turn. docs/reliability.md tells what is proved.

mod agents;
mod aws;
mod bot;
mod bugs;
pub mod checker;
mod deployed;
mod directory;
mod drive;
mod files;
mod lambda;
mod logs;
mod options;
mod passing;
mod plan;
mod planted;
mod rotating;
mod rotation;
mod run;
mod seed;
mod sparkcentral;
mod stage;
mod strikes;
mod summary;
mod tally;
mod unconditional;
mod verdict;

pub use bugs::{Bug, ExportBug};
pub use logs::{Logs, Signed};
pub use options::Options;
pub use rotating::rotation_run;
pub use run::{Ran, fault_run, planted_run};
pub use seed::Seed;
pub use strikes::Rates;
pub use summary::{Fading, fading};
pub use tally::Tally;
