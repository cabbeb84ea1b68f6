//! `sparkbridge local status`.

use anyhow::{Result, bail};

use super::checkout::Checkout;
use super::stack::State;
use super::{StatusArgs, render};
use crate::output;

pub(super) fn run(checkout: &Checkout, args: &StatusArgs, json: bool) -> Result<()> {
    let name = &args.named.name;
    let state = State::of(checkout, name)?;
    if args.shell {
        return match &state {
            State::Serving { description, .. } => output::print(&render::shell(description)),
            State::Starting { .. } => bail!("the local stack is starting: try again in a moment"),
            State::Down => bail!("the local stack does not run: `sparkbridge local up`"),
        };
    }
    if json {
        return output::json(&render::as_json(checkout, name, &state));
    }
    output::print(&render::status(checkout, name, &state))
}
