//! Fetches one file, and prints how many bytes came and how quickly: for measuring, and for trying out a server.
//!
//! ```text
//! fetch HOST PORT USER PATH [FILE]       the password is read from SFTP_PASSWORD,
//!                                        or the private key from the file that SFTP_KEY names
//! ```
//! Without FILE, the bytes are thrown away. The server's key is taken as it comes, so that nobody should use this
//! for more than a try.

use std::{env, io::Write, time::Instant};

use anyhow::Context;
use sftp::{Credential, Server, Session};
use tokio::{fs::File, io::AsyncWriteExt};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (host, port, user, path, file) = match arguments.as_slice() {
        [host, port, user, path] => (host, port, user, path, None),
        [host, port, user, path, file] => (host, port, user, path, Some(file)),
        _ => anyhow::bail!("usage: fetch HOST PORT USER PATH [FILE]"),
    };
    let port = port.parse().context("PORT must be a number")?;
    let credential = match (env::var("SFTP_PASSWORD"), env::var("SFTP_KEY")) {
        (Ok(password), _) => Credential::Password(password.into()),
        (_, Ok(file)) => Credential::Key {
            private_key: std::fs::read_to_string(file)?.into(),
            passphrase: None,
        },
        _ => anyhow::bail!("set SFTP_PASSWORD or SFTP_KEY"),
    };
    let server = Server {
        host: host.clone(),
        port,
        user: user.clone(),
        credential,
        host_key: sftp::host_key(host, port).await?,
    };
    let mut to = match file {
        Some(file) => Some(File::create(file).await?),
        None => None,
    };

    let begun = Instant::now();
    let session = Session::connect(&server).await?;
    let mut download = session.open(path, 0).await?;
    let mut bytes = 0;
    while let Some(chunk) = download.next().await? {
        bytes += chunk.len() as u64;
        if let Some(to) = &mut to {
            to.write_all(&chunk).await?;
        }
    }
    if let Some(to) = &mut to {
        to.flush().await?;
    }
    drop(download);
    session.close().await;
    let seconds = begun.elapsed().as_secs_f64();
    let speed = bytes as f64 / 1e6 / seconds;
    writeln!(
        std::io::stdout(),
        "{bytes} bytes in {seconds:.2} s, {speed:.0} MB/s"
    )?;
    Ok(())
}
