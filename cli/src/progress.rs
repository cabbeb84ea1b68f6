//! What moves while something takes its time: on standard error, and only on a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

/// Shows that something goes on. Gone when dropped.
pub(crate) fn spinner(message: impl Into<String>) -> ProgressBar {
    shown(
        ProgressBar::new_spinner(),
        "{spinner} {msg} ({elapsed})",
        message,
    )
}

/// Shows how many of `all` are done. Gone when dropped.
pub(crate) fn bar(all: usize, message: impl Into<String>) -> ProgressBar {
    let template = "{spinner} {msg} [{bar:30}] {pos}/{len} ({elapsed})";
    shown(ProgressBar::new(all as u64), template, message)
}

fn shown(bar: ProgressBar, template: &str, message: impl Into<String>) -> ProgressBar {
    bar.set_draw_target(ProgressDrawTarget::stderr());
    // The templates are ours; one that was wrong would only look otherwise.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(message.into());
    bar.enable_steady_tick(Duration::from_millis(120));
    bar.with_finish(ProgressFinish::AndClear)
}
