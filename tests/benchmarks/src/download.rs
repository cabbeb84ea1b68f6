//! SFTP, ours and OpenSSH's client's, from the same OpenSSH server.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sftp_server::Scratch;
use sftp_server::openssh::{self, Sshd};
use tokio::runtime::Handle;

use crate::delay;
use crate::figures::{Bound, Contender, Limit, PEAK, Section};
use crate::measured::{self, Usage};
use crate::place;
use crate::report::{Progress, megabytes};

const SPEED: &str = "MB/s";
const PEAK_MIB: f64 = 32.0;
/// What our client and OpenSSH's server agree on. OpenSSH's client prefers ChaCha20, which is slower on most
/// processors.
const CIPHER: &str = "aes128-gcm@openssh.com";
const ONE_WAY: Duration = Duration::from_millis(20);

/// Downloads a file in turns: at once, and over 40 ms there and back.
pub(crate) fn measure(
    file: &Path,
    runs: u32,
    progress: &Progress,
    handle: &Handle,
) -> Result<Vec<Section>> {
    let sshd = server()?;
    let keys = Scratch::new("keys")?;
    let key = keys.path().join("key");
    fs::write(&key, &sshd.key().private)?;
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600))?;
    let place = Place {
        sshd: &sshd,
        key: &key,
        file,
        bytes: fs::metadata(file)?.len(),
    };
    progress.say("sftp: both clients once, to see that they work");
    place.check()?;
    let near = place.compare("on loopback", sshd.port(), 0.7, runs, progress)?;
    let delay = handle.block_on(delay::start(sshd.port(), ONE_WAY))?;
    let far = place.compare("40 ms there and back", delay.port, 0.9, runs, progress)?;
    Ok(vec![near, far])
}

/// A real OpenSSH server.
pub(crate) fn server() -> Result<Sshd> {
    openssh::start()?
        .context("OpenSSH's server is not installed: run `make bench`, or infra/setup.sh sshd")
}

struct Place<'a> {
    sshd: &'a Sshd,
    key: &'a Path,
    file: &'a Path,
    bytes: u64,
}

impl Place<'_> {
    fn compare(
        &self,
        how: &str,
        port: u16,
        least: f64,
        runs: u32,
        progress: &Progress,
    ) -> Result<Section> {
        let mut ours = Contender::new("ours, one thread");
        let mut openssh = Contender::new("OpenSSH's sftp");
        let mut same_cipher = Contender::new("OpenSSH's sftp, with our cipher");
        for run in 1..=runs {
            progress.say(&format!("sftp {how}: run {run} of {runs}"));
            self.note(&mut ours, self.ours(port)?);
            self.note(&mut openssh, self.openssh(port, None)?);
            self.note(&mut same_cipher, self.openssh(port, Some(CIPHER))?);
        }
        let ratio = |what: &str, to: &Contender| Limit {
            what: format!("MB/s ÷ OpenSSH's{what}"),
            figure: ours.median(SPEED) / to.median(SPEED),
            bound: Bound::AtLeast(least),
        };
        let limits = vec![
            ratio("", &openssh),
            ratio(" with our cipher", &same_cipher),
            Limit {
                what: "peak MiB, at most".into(),
                figure: ours.max(PEAK),
                bound: Bound::AtMost(PEAK_MIB),
            },
        ];
        Ok(Section {
            title: format!(
                "SFTP, {} MB, {how}, from log-in to the last byte",
                self.bytes / 1_000_000
            ),
            contenders: vec![ours, openssh, same_cipher],
            limits,
        })
    }

    fn note(&self, contender: &mut Contender, usage: Usage) {
        contender.add_usage(usage);
        contender.add(SPEED, megabytes(self.bytes) / usage.wall_s);
    }

    fn ours(&self, port: u16) -> Result<Usage> {
        let mut fetch = Command::new(std::env::current_exe()?);
        fetch
            .arg("fetch")
            .arg(port.to_string())
            .arg(self.sshd.user());
        fetch
            .arg(self.key)
            .arg(self.sshd.fingerprint())
            .arg(self.file);
        let (usage, bytes) = measured::run(&fetch)?;
        ensure!(
            bytes == self.bytes.to_string(),
            "{bytes} of {} bytes came",
            self.bytes
        );
        Ok(usage)
    }

    /// As it comes, without anyone's own settings. The server's key is new with each start.
    fn openssh(&self, port: u16, cipher: Option<&str>) -> Result<Usage> {
        self.openssh_to(port, cipher, Path::new("/dev/null"))
    }

    fn openssh_to(&self, port: u16, cipher: Option<&str>, to: &Path) -> Result<Usage> {
        let mut sftp = Command::new("sftp");
        sftp.args(["-q", "-F", "none", "-P", &port.to_string(), "-i"])
            .arg(self.key);
        for option in [
            "BatchMode=yes",
            "IdentitiesOnly=yes",
            "LogLevel=ERROR",
            "StrictHostKeyChecking=no",
            "UserKnownHostsFile=/dev/null",
            "GlobalKnownHostsFile=/dev/null",
        ] {
            sftp.args(["-o", option]);
        }
        if let Some(cipher) = cipher {
            sftp.args(["-c", cipher]);
        }
        sftp.arg(format!(
            "{}@127.0.0.1:{}",
            self.sshd.user(),
            self.file.display()
        ));
        sftp.arg(to);
        Ok(measured::run(&sftp)?.0)
    }

    /// What OpenSSH's client throws away can't be counted: once it is kept, and compared.
    fn check(&self) -> Result<()> {
        let copy = place::output()?.join("downloaded");
        self.openssh_to(self.sshd.port(), None, &copy)?;
        let came = fs::metadata(&copy)?.len();
        fs::remove_file(&copy)?;
        ensure!(came == self.bytes, "{came} of {} bytes came", self.bytes);
        self.ours(self.sshd.port())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openssh_s_client_brings_the_whole_file_and_can_throw_it_away() {
        let Some(sshd) = openssh::start().unwrap() else {
            return; // it says so itself
        };
        let key = sshd.folder().join("key");
        fs::write(&key, &sshd.key().private).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
        let file = sshd.folder().join("file.csv");
        fs::write(&file, vec![7; 1_000_000]).unwrap();
        let place = Place {
            sshd: &sshd,
            key: &key,
            file: &file,
            bytes: 1_000_000,
        };
        let to = sshd.folder().join("copy.csv");
        place.openssh_to(sshd.port(), Some(CIPHER), &to).unwrap();
        assert!(fs::read(&to).unwrap() == fs::read(&file).unwrap());
        place.openssh(sshd.port(), None).unwrap();
    }
}
