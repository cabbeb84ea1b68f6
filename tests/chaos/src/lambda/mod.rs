//! Lambda as the functions know it: the real executables behind a Runtime API of ours, fed over HTTP, from
//! queues and by invocation. The emulator could do it too, at a tenth of the speed.

mod door;
mod mapping;
mod pool;
mod process;

pub(crate) use door::{listen, open};
pub(crate) use mapping::{Mapping, serve};
pub(crate) use pool::{Functions, Made};
