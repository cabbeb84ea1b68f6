//! A stage of a run's own: the real templates deployed to an emulator, with the functions run by us.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Result, bail};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sqs::{config::Credentials, types::QueueAttributeName};
use local_stack::{RegisteredAgent, Sftp, StackInfo, simulator};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::{
    aws::Aws,
    deployed::{FED, mapped, take_over},
    directory::Directory,
    lambda::{self, Functions},
    logs::Logs,
    planted::Planted,
    seed::Seed,
    sparkcentral,
    strikes::Rates,
    tally::Tally,
};

/// What a run needs of its stage.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) seed: Seed,
    pub(crate) rates: Rates,
    /// Whether the bugs are planted.
    pub(crate) planted: bool,
}

/// A running stage. Ends when dropped.
pub(crate) struct Stage {
    /// Where everything is, as agents and operators are told.
    pub(crate) info: StackInfo,
    pub(crate) logs: Arc<Logs>,
    pub(crate) tally: Arc<Tally>,
    /// Where the logs are.
    pub(crate) folder: PathBuf,
    pub(crate) directory: Arc<Directory>,
    pub(crate) planted: Arc<Planted>,
    pub(crate) functions: Arc<Functions>,
    pub(crate) aws: Arc<Aws>,
    pub(crate) sqs: aws_sdk_sqs::Client,
    /// Every queue but dead-letter queues: name and URL.
    pub(crate) queues: Vec<(String, String)>,
    tasks: Vec<JoinHandle<()>>,
    _simulator: simulator::Running,
    _sftp: sftp_server::Running,
    _files: sftp_server::Scratch,
}

impl Drop for Stage {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        self.functions.stop();
    }
}

impl Stage {
    /// Deploys a stage to the emulator of a stack, and starts what belongs to it.
    ///
    /// # Errors
    /// A part can't be had.
    pub(crate) async fn start(stack: &StackInfo, wanted: Wanted) -> Result<Self> {
        let name = format!("chaos{}", &Uuid::new_v4().simple().to_string()[..6]);
        let folder = std::env::temp_dir().join(format!("sparkbridge-{name}"));
        let logs = Arc::new(Logs::into(&folder)?);
        let tally = Arc::new(Tally::default());
        let directory = Arc::new(Directory::default());
        let planted = Arc::new(Planted::new(wanted.planted));
        let mut tasks = Vec::new();

        let files = sftp_server::Scratch::new("chaos")?;
        std::fs::create_dir_all(files.path().join("export"))?;
        let (user, password) = ("sparkbridge", Uuid::new_v4().to_string());
        let config = sftp_server::Config::new(files.path(), user, &password);
        let sftp = sftp_server::start(config).await?;
        let simulator = simulator::start(simulated(files.path().into())).await?;
        let (simulator_url, server) =
            sparkcentral::listen(simulator.url(), directory.clone(), planted.clone()).await?;
        tasks.push(server);

        let deployed = local_stack::deploy(&stack.aws, &name).await?;
        let config = configured(stack).await;
        let aws = Aws::new(
            wanted.seed,
            wanted.rates,
            &stack.aws.endpoint_url,
            directory.clone(),
            planted.clone(),
            tally.clone(),
        )?;
        let (aws_url, server) = aws.listen().await?;
        tasks.push(server);
        let made = take_over(&name, &aws_url, stack).await?;
        let functions = Arc::new(Functions::new(made, logs.clone(), tally.clone()));
        aws.know(functions.clone());
        let doors =
            lambda::open(functions.clone(), &stack.aws.endpoint_url, planted.clone()).await?;
        tasks.extend(doors.servers);

        let sqs = aws_sdk_sqs::Client::new(&config);
        let mut queues = Vec::new();
        for (queue, function, at_once) in FED {
            let mapping = mapped(&sqs, &name, queue, function, at_once).await?;
            queues.push((queue.to_owned(), mapping.queue_url.clone()));
            let serving = lambda::serve(mapping, sqs.clone(), functions.clone(), tally.clone());
            tasks.push(tokio::spawn(serving));
        }
        let mut info = stack.clone();
        info.aws.endpoint_url = doors.aws_url;
        info.stage = name;
        info.api_url = doors.api_url;
        info.simulator_url = simulator_url;
        info.lake_bucket = deployed.lake_bucket;
        info.athena_database = deployed.athena_database;
        info.sftp = Sftp {
            host: sftp.addr().ip().to_string(),
            port: sftp.port(),
            user: user.into(),
            password,
            root: "/export".into(),
            folder: files.path().to_owned(),
        };
        Ok(Self {
            info,
            logs,
            tally,
            folder,
            directory,
            planted,
            functions,
            aws,
            sqs,
            queues,
            tasks,
            _simulator: simulator,
            _sftp: sftp,
            _files: files,
        })
    }

    /// The command line, as an operator uses it: whether it ended well, and what it printed.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) async fn sparkbridge(&self, arguments: &[&str]) -> Result<(bool, String)> {
        let mut command = local_stack::sparkbridge(&self.info)?;
        let output = command.args(arguments).output().await?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let error = String::from_utf8_lossy(&output.stderr);
        let well = output.status.success();
        Ok((well, if well { text } else { format!("{text}{error}") }))
    }

    /// The same, where it must end well.
    ///
    /// # Errors
    /// With what it printed.
    pub(crate) async fn must(&self, arguments: &[&str]) -> Result<String> {
        let (well, text) = self.sparkbridge(arguments).await?;
        if !well {
            bail!("sparkbridge {arguments:?} failed:\n{text}");
        }
        Ok(text)
    }

    /// An agent known to both sides.
    ///
    /// # Errors
    /// One of them refuses it.
    pub(crate) async fn register(&self, agent: local_stack::NewAgent) -> Result<RegisteredAgent> {
        local_stack::register_agent(&self.info, agent).await
    }

    /// Messages in the queues, waiting, hidden or delayed.
    pub(crate) async fn queued(&self) -> Result<u64> {
        self.queued_in("").await
    }

    /// The same, of queues whose name begins so.
    pub(crate) async fn queued_in(&self, beginning: &str) -> Result<u64> {
        let mut all = 0;
        let queues = self.queues.iter();
        for (_, url) in queues.filter(|(name, _)| name.starts_with(beginning)) {
            let told = self
                .sqs
                .get_queue_attributes()
                .queue_url(url)
                .attribute_names(QueueAttributeName::All)
                .send()
                .await?;
            for name in [
                QueueAttributeName::ApproximateNumberOfMessages,
                QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
                QueueAttributeName::ApproximateNumberOfMessagesDelayed,
            ] {
                let count = told.attributes().and_then(|all| all.get(&name));
                all += count.and_then(|count| count.parse().ok()).unwrap_or(0);
            }
        }
        Ok(all)
    }
}

/// Tokens that expire during a run, too.
fn simulated(exports_root: PathBuf) -> simulator::Config {
    simulator::Config {
        token_lifetime: Duration::from_secs(45),
        exports_root: Some(exports_root),
        ..local_stack::Options::new("chaos").simulator
    }
}

async fn configured(stack: &StackInfo) -> SdkConfig {
    let credentials = Credentials::new("test", "test", None, None, "the emulator's");
    aws_config::defaults(BehaviorVersion::latest())
        .endpoint_url(&stack.aws.endpoint_url)
        .region(Region::new(stack.aws.region.clone()))
        .credentials_provider(credentials)
        .load()
        .await
}
