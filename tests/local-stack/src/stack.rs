//! All parts together, from the first to the last.

use std::{
    fs::{self, File, TryLockError},
    io::Write,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use tokio::process::Command;

use crate::{
    agent::{NewAgent, register_agent},
    deployment::{self, Deployed},
    emulator::Emulator,
    exports::{self, SftpServer},
    info::{SimulatorCredentials, StackInfo, workspace_url},
    workspace,
};

/// How to start a stack.
#[derive(Clone, Debug)]
pub struct Options {
    /// Names its files: `.local/NAME.json`, `.local/logs/NAME/`. One of a name runs at a time.
    pub name: String,
    /// Check every call of a function against the template's policies.
    pub enforce_iam: bool,
    pub simulator: simulator::Config,
}

/// The topics an operator makes in Sparkcentral, which ignores unknown ones: one for each reason to hand
/// over, and those of the script bot's built-in rules.
const TOPICS: [&str; 12] = [
    "agent-paused",
    "api-asked",
    "bot-asked",
    "bot-failed",
    "contact-asked",
    "deadline",
    "delivery-failed",
    "not-understood",
    "opening-hours",
    "order-status",
    "policy",
    "returns",
];

impl Options {
    /// A simulator with the vendor's documented values and every topic we apply.
    pub fn new(name: &str) -> Self {
        let mut simulator = simulator::Config::default();
        simulator.topics.extend(TOPICS.map(Into::into));
        Self {
            name: name.into(),
            enforce_iam: false,
            simulator,
        }
    }
}

/// A running stack. Ends when dropped.
pub struct Stack {
    pub info: StackInfo,
    // Dropped in this order: callers first.
    simulator: simulator::Running,
    _sftp: SftpServer,
    emulator: Emulator,
    files: Files,
}

struct Files {
    info: PathBuf,
    logs: PathBuf,
    /// For what ends with the stack.
    scratch: PathBuf,
    /// Unlocks when closed, also by the system when we are killed.
    _lock: File,
}

impl Stack {
    /// Starts everything, registers the agent `demo` and configures the exports; `progress` is told of each
    /// stage.
    ///
    /// # Errors
    /// A stack of this name runs already, or a part does not start.
    pub async fn start(mut options: Options, progress: impl Fn(&str)) -> Result<Self> {
        let files = Files::claim(&options.name)?;
        let sftp = SftpServer::start(&files.scratch.join("sftp")).await?;
        options.simulator.exports_root = Some(sftp.info.folder.clone());
        let simulator = simulator::start(options.simulator).await?;
        // First of all where to look: the rest takes its time.
        progress(&format!(
            "Workspace: {} (Sparkcentral, simulated)",
            workspace_url(simulator.url())
        ));
        progress(&format!(
            "its SFTP server on {}:{}",
            sftp.info.host, sftp.info.port
        ));
        let log = files.logs.join("emulator.log");
        let emulator =
            Emulator::start(&files.scratch.join("aws"), &log, options.enforce_iam).await?;
        progress(&format!("AWS emulator on {}", emulator.aws.endpoint_url));

        let stage = "local";
        let Deployed {
            api_url,
            lake_bucket,
            athena_database,
        } = deployment::deploy(&emulator.aws, stage).await?;
        progress(&format!("deployed to {api_url}"));

        let mut info = StackInfo {
            aws: emulator.aws.clone(),
            stage: stage.into(),
            agent: "demo".into(),
            webhook_url: String::new(),
            webhook_secret: String::new(),
            api_url,
            api_tokens: crate::ApiTokens {
                viewer: String::new(),
                contributor: String::new(),
                supervisor: String::new(),
            },
            simulator_url: simulator.url().to_owned(),
            simulator_credentials: SimulatorCredentials {
                client_id: String::new(),
                client_secret: String::new(),
            },
            sftp: sftp.info.clone(),
            lake_bucket,
            athena_database,
        };
        let demo = NewAgent::with_script_bot(&info.agent);
        let (demo, ()) = tokio::try_join!(register_agent(&info, demo), exports::configure(&info))?;
        info.webhook_url = demo.webhook_url;
        info.webhook_secret = demo.webhook_secret;
        info.api_tokens = demo.api_tokens;
        info.simulator_credentials = demo.simulator_credentials;
        progress("agent demo registered");
        progress("exports configured");

        info.write(&files.info)?;
        progress(&format!("described in {}", files.info.display()));
        Ok(Self {
            info,
            simulator,
            _sftp: sftp,
            emulator,
            files,
        })
    }

    /// The file that describes it.
    pub fn info_file(&self) -> &Path {
        &self.files.info
    }

    /// Returns when a part has ended by itself, which none should.
    pub async fn broken(&mut self) {
        while self.emulator.alive() {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Keeps what the functions logged, and stops everything in order.
    pub async fn stop(self) {
        // Best effort: a stack that broke has no logs to give.
        let _ = self.save_function_logs().await;
        self.simulator.stop().await;
    }

    /// One file per function in `.local/logs/NAME/`.
    async fn save_function_logs(&self) -> Result<()> {
        let save = Command::new(workspace::root().join("tests/local-stack/save_logs.sh"))
            .arg(&self.files.logs)
            .envs(self.info.aws.environment())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .status();
        tokio::time::timeout(Duration::from_secs(10), save).await??;
        Ok(())
    }
}

impl Files {
    /// Makes sure that no other stack of this name runs, now and until this is dropped.
    fn claim(name: &str) -> Result<Self> {
        let local = workspace::root().join(".local");
        let logs = local.join("logs").join(name);
        fs::create_dir_all(&logs)?;
        // Readers get a path they can use from anywhere.
        let local = local.canonicalize()?;
        let scratch = local.join("scratch").join(name);
        let info = local.join(name).with_extension("json");
        let lock = lock(&local.join(name).with_extension("lock"), &info)?;
        remove(&info);
        // Left by one that was killed.
        workspace::clear(&scratch)?;
        Ok(Self {
            info,
            logs,
            scratch,
            _lock: lock,
        })
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        remove(&self.info);
        // Best effort: the next one of this name clears it too.
        let _ = workspace::clear(&self.scratch);
    }
}

fn lock(path: &Path, info: &Path) -> Result<File> {
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0)?;
            write!(file, "{}", std::process::id())?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => bail!(
            "one is running already, as process {}; {} describes it. Stop it first, or use it",
            fs::read_to_string(path).unwrap_or_default(),
            info.display()
        ),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("{} can't be locked", path.display()))
        }
    }
}

/// A description of a stack that is gone misleads; one that was never there is no error.
fn remove(info: &Path) {
    let _ = fs::remove_file(info);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_stack_of_one_name_is_refused_until_the_first_ends() {
        let folder = std::env::temp_dir().join(uuid::Uuid::new_v4().to_string());
        fs::create_dir(&folder).unwrap();
        let (path, info) = (folder.join("lock"), folder.join("stack.json"));

        let first = lock(&path, &info).unwrap();
        let refusal = lock(&path, &info).unwrap_err().to_string();
        assert!(
            refusal.contains(&std::process::id().to_string()),
            "{refusal}"
        );
        assert!(refusal.contains("stack.json"), "{refusal}");
        drop(first);
        lock(&path, &info).unwrap();

        fs::remove_dir_all(&folder).unwrap();
    }
}
