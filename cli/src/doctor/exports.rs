//! The exports: settings, the SFTP server, and what came last.

use chrono::Utc;
use exports::Settings;
use lake::Credential;
use sftp::{Server, Session, SftpError};

use super::check::{Check, told};
use crate::exports::{Newest, newest};
use crate::output::{age, visible};
use crate::place::Place;

const FILES: &str = "export";

pub(super) async fn checks(place: &Place) -> Vec<Check> {
    let subject = "settings";
    let settings = match place.settings().await {
        Ok(Some(settings)) => settings,
        Ok(None) => {
            let none = Check::skipped("exports", subject, "none are configured");
            return vec![
                none.next("sparkbridge exports configure --file exports.toml, see docs/exports.md"),
            ];
        }
        Err(error) => {
            let found = told(error, place.stage());
            let deploy = format!("make deploy STAGE={}", place.stage());
            return vec![Check::fail("exports", subject, found, deploy)];
        }
    };
    let (host, port, user) = (&settings.host, settings.port, &settings.user);
    let configured = format!("from {user}@{host}:{port}");
    let mut checks = vec![Check::pass("exports", subject, visible(&configured))];
    let (server, files) = futures::join!(server(place, &settings), files(place, &settings));
    checks.extend(server);
    checks.extend(files);
    checks
}

/// Reachable, with the key that is trusted, and it lets us in.
async fn server(place: &Place, settings: &Settings) -> Vec<Check> {
    let subject = format!("{}:{}", settings.host, settings.port);
    let shown = match sftp::host_key(&settings.host, settings.port).await {
        Ok(shown) => shown,
        Err(error) => {
            let next = "is the address right? Does Sparkcentral let this network in?";
            let why = "the server can't be reached";
            return vec![
                Check::fail("SFTP server", &subject, told(error, place.stage()), next),
                Check::skipped("SFTP host key", &subject, why),
                Check::skipped("SFTP log-in", &subject, why),
            ];
        }
    };
    let reached = Check::pass("SFTP server", &subject, "answers");
    let key = judge_key(&subject, settings.host_key.as_deref(), &shown);
    // Nothing is sent to a server that may be another one.
    let login = match &settings.host_key {
        Some(trusted) if *trusted == shown => log_in(place, settings, shown, &subject).await,
        _ => Check::skipped("SFTP log-in", &subject, "the server's key is not trusted"),
    };
    vec![reached, key, login]
}

fn judge_key(subject: &str, trusted: Option<&str>, shown: &str) -> Check {
    let check = "SFTP host key";
    match trusted {
        Some(trusted) if trusted == shown => {
            Check::pass(check, subject, format!("trusted: {shown}"))
        }
        Some(trusted) => Check::fail(
            check,
            subject,
            format!("it shows {shown}, and {trusted} is trusted"),
            "ask Sparkcentral whether the key was changed, then: sparkbridge exports trust-host",
        ),
        None => Check::fail(
            check,
            subject,
            format!("none is trusted; it shows {shown}"),
            format!("sparkbridge exports trust-host --fingerprint {shown}"),
        ),
    }
}

async fn log_in(place: &Place, settings: &Settings, host_key: String, subject: &str) -> Check {
    let check = "SFTP log-in";
    let configure = "sparkbridge exports configure --file exports.toml --secret-file secret.json";
    let credential = match place.secrets().credential().await {
        Ok(Credential::Password { password }) => sftp::Credential::Password(password),
        Ok(Credential::Key {
            private_key,
            passphrase,
        }) => sftp::Credential::Key {
            private_key,
            passphrase,
        },
        Err(error) => return Check::fail(check, subject, told(error, place.stage()), configure),
    };
    let server = Server {
        host: settings.host.clone(),
        port: settings.port,
        user: settings.user.clone(),
        credential,
        host_key,
    };
    let root = &settings.root;
    let looked = async {
        let session = Session::connect(&server).await?;
        let found = session.stat(root).await?;
        session.close().await;
        Ok::<_, SftpError>(found.is_some())
    };
    match looked.await {
        Ok(true) => Check::pass(check, subject, format!("works, {} is there", visible(root))),
        Ok(false) => Check::fail(
            check,
            subject,
            format!("works, but there is no folder {}", visible(root)),
            format!("set root to the folder of the exports: {configure}"),
        ),
        Err(error) => Check::fail(check, subject, told(error, place.stage()), configure),
    }
}

/// The last export of each type.
async fn files(place: &Place, settings: &Settings) -> Vec<Check> {
    match newest(place, settings, Utc::now()).await {
        Ok(exports) => exports.iter().map(judge_newest).collect(),
        Err(error) => {
            let next = "sparkbridge exports status";
            vec![Check::fail(
                FILES,
                "ledger",
                told(error, place.stage()),
                next,
            )]
        }
    }
}

fn judge_newest(of: &Newest) -> Check {
    let newest = match (of.window_end, of.age_secs) {
        (Some(end), Some(secs)) => {
            format!(
                "the newest ends {} ({} ago)",
                end.format("%Y-%m-%d %H:%M UTC"),
                age(secs)
            )
        }
        _ => "none is in the tables".to_owned(),
    };
    let mut wrong = Vec::new();
    if let Some(secs) = of.late_by_secs {
        wrong.push(format!("late by {}", age(secs)));
    }
    if of.quarantined > 0 {
        wrong.push(format!("{} in quarantine", of.quarantined));
    }
    if !wrong.is_empty() {
        return Check::fail(
            FILES,
            of.table,
            format!("{newest}; {}", wrong.join(", ")),
            "look at the schedule in Sparkcentral, and at: sparkbridge exports status",
        );
    }
    if of.window_end.is_none() {
        return Check::skipped(
            FILES,
            of.table,
            format!("{newest}: not scheduled, or not fetched yet"),
        );
    }
    Check::pass(FILES, of.table, newest)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::super::check::Status;
    use super::*;

    fn of(age_secs: Option<i64>, late_by_secs: Option<i64>, quarantined: usize) -> Newest {
        Newest {
            table: "messages",
            window_end: age_secs.and_then(|_| DateTime::from_timestamp(1_795_000_000, 0)),
            age_secs,
            late_by_secs,
            quarantined,
        }
    }

    #[test]
    fn an_export_fails_when_it_is_late_or_unreadable_and_not_because_it_is_old() {
        for (newest, status, said) in [
            (of(Some(7_200), None, 0), Status::Pass, "(2 h ago)"),
            (of(Some(864_000), None, 0), Status::Pass, "(10 d ago)"),
            (
                of(Some(7_200), Some(3_600), 0),
                Status::Fail,
                "late by 60 min",
            ),
            (of(Some(7_200), None, 2), Status::Fail, "2 in quarantine"),
            (
                of(None, None, 1),
                Status::Fail,
                "none is in the tables; 1 in quarantine",
            ),
            (of(None, None, 0), Status::Skipped, "not scheduled"),
        ] {
            let check = judge_newest(&newest);
            assert_eq!(check.status, status, "{newest:?}");
            assert!(check.found.contains(said), "{}", check.found);
        }
    }

    #[test]
    fn a_host_key_passes_only_if_it_is_the_trusted_one() {
        let judge = |trusted| judge_key("h:22", trusted, "SHA256:a");
        assert_eq!(judge(Some("SHA256:a")).status, Status::Pass);
        let other = judge(Some("SHA256:b"));
        assert_eq!(other.status, Status::Fail);
        assert!(other.found.contains("SHA256:a") && other.found.contains("SHA256:b"));
        let none = judge(None).next_step.unwrap();
        assert!(none.contains("trust-host --fingerprint SHA256:a"), "{none}");
    }
}
