//! Checks for people: a line each, then what to do.

use super::check::{Check, Status};
use crate::output::{Align, Table, count};

pub(super) fn text(checks: &[Check]) -> String {
    let mut table = Table::new([
        ("", Align::Left),
        ("check", Align::Left),
        ("subject", Align::Left),
        ("found", Align::Left),
    ]);
    for check in checks {
        let status = match check.status {
            Status::Pass => "ok",
            Status::Fail => "FAIL",
            Status::Skipped => "-",
        };
        table.row([status, check.check, &check.subject, &check.found]);
    }
    let mut text = table.render();
    for (status, heading) in [
        (Status::Fail, "To be mended"),
        (Status::Skipped, "Not set up yet"),
    ] {
        let steps = checks.iter().filter(|check| check.status == status);
        let steps = steps.filter_map(|check| Some((check, check.next_step.as_ref()?)));
        let steps: Vec<String> = steps
            .map(|(check, step)| format!("  {}, {}: {step}\n", check.check, check.subject))
            .collect();
        if !steps.is_empty() {
            text.push_str(&format!("\n{heading}:\n{}", steps.concat()));
        }
    }
    let of = |status| checks.iter().filter(|check| check.status == status).count();
    text.push_str(&format!(
        "\n{}: {} ok, {} failed, {} skipped\n",
        count(checks.len(), "check"),
        of(Status::Pass),
        of(Status::Fail),
        of(Status::Skipped)
    ));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_a_line_and_every_failure_its_next_step() {
        let checks = [
            Check::pass("settings", "demo", "valid, bot script"),
            Check::fail(
                "dead letters",
                "turns",
                "2 messages",
                "sparkbridge dead-letters show turns",
            ),
            Check::skipped("exports", "settings", "none are configured")
                .next("sparkbridge exports configure"),
            Check::skipped("bot", "demo", "the secret is needed for it"),
        ];
        assert_eq!(
            text(&checks),
            "      check         subject   found\n\
             ok    settings      demo      valid, bot script\n\
             FAIL  dead letters  turns     2 messages\n\
             -     exports       settings  none are configured\n\
             -     bot           demo      the secret is needed for it\n\
             \n\
             To be mended:\n\
             \x20 dead letters, turns: sparkbridge dead-letters show turns\n\
             \n\
             Not set up yet:\n\
             \x20 exports, settings: sparkbridge exports configure\n\
             \n\
             4 checks: 1 ok, 1 failed, 2 skipped\n"
        );
    }
}
