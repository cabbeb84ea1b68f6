//! Sparkcentral's SFTP server, and how we are told of it.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::json;

use crate::{
    StackInfo,
    agent::random_hex,
    command_line::{PrivateFiles, answer, sparkbridge},
    info::Sftp,
};

/// An SFTP server inside this process, over a folder of its own. Ends when dropped.
pub(crate) struct SftpServer {
    pub(crate) info: Sftp,
    _running: sftp_server::Running,
}

impl SftpServer {
    /// Starts it over `folder`, which is made.
    pub(crate) async fn start(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder.join("export"))?;
        let (user, password) = ("sparkbridge", random_hex());
        let config = sftp_server::Config::new(folder, user, &password);
        let running = sftp_server::start(config).await?;
        let info = Sftp {
            host: running.addr().ip().to_string(),
            port: running.port(),
            user: user.into(),
            password,
            root: "/export".into(),
            folder: folder.to_owned(),
        };
        Ok(Self {
            info,
            _running: running,
        })
    }
}

/// Configures the exports with the command line, and trusts the key the server has now.
pub(crate) async fn configure(stack: &StackInfo) -> Result<()> {
    let Sftp {
        host,
        port,
        user,
        password,
        root,
        ..
    } = &stack.sftp;
    let settings = format!(
        "host = \"{host}\"\nport = {port}\nuser = \"{user}\"\nroot = \"{root}\"\n\
         time_zone = \"UTC\"\n\
         settle_secs = 0 # the simulator's files are whole when they are there\n"
    );
    let files = PrivateFiles::new()?;
    let settings = files.write("exports.toml", &settings)?;
    let secret = files.write("secret.json", &json!({ "password": password }).to_string())?;
    let mut command = sparkbridge(stack)?;
    command.args(["exports", "configure", "--file"]);
    command.arg(settings).arg("--secret-file").arg(secret);
    answer(&mut command)
        .await
        .context("sparkbridge exports configure")?;
    let mut command = sparkbridge(stack)?;
    answer(command.args(["exports", "trust-host", "--yes"]))
        .await
        .context("sparkbridge exports trust-host")?;
    Ok(())
}
