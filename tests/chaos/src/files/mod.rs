//! Export files: written to the SFTP server as Sparkcentral would not, and read back from the tables.

mod deliver;
mod found;

pub(crate) use deliver::{deliver, order_from_simulator};
pub(crate) use found::found;

use std::{sync::Arc, time::Duration};

use anyhow::Result;

use crate::stage::Stage;

/// An export that files are made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sheet {
    pub(crate) table: &'static str,
    directory: &'static str,
    header: &'static str,
    /// The id's name in the table.
    pub(crate) id: &'static str,
    /// Where in the header the id, the name and a number stand.
    places: [usize; 3],
}

impl Sheet {
    /// A line of these cells, and all others empty.
    fn line(&self, cells: [&str; 3]) -> String {
        let mut line = vec![""; self.header.split(',').count()];
        for (place, cell) in self.places.iter().zip(cells) {
            line[*place] = cell;
        }
        line.join(",")
    }
}

/// Those whose rows are known one by one.
pub(crate) const SHEETS: [Sheet; 4] = [
    Sheet {
        table: "tags",
        directory: "tag",
        header: "Tag ID,Tag Name,Total Contacts,Total Messages,Total Current Messages,Medium,Channel,Channel Display Name",
        id: "tag_id",
        places: [0, 1, 2],
    },
    Sheet {
        table: "topics",
        directory: "topic",
        header: "Topic ID,Topic Name,Total Conversations,Total Current Conversations,Medium,Channel,Channel Display Name",
        id: "topic_id",
        places: [0, 1, 2],
    },
    Sheet {
        table: "teams",
        directory: "team",
        header: "Created At,Team ID,Team Name,Resolves With Reply,Resolves without Reply,Avg. First Response Time (s),Avg. Resolution Time (s),Total Handle Time (s),Total No-Reply Time (s),Total Cherry-Picking Time (s),Avg. Handle Time (s),Contacts Helped",
        id: "team_id",
        places: [1, 2, 11],
    },
    Sheet {
        table: "users",
        directory: "user",
        header: "Created At,User ID,User Name,User Email Address,User Reference,Available Time (s),Away Time (s),Contacts Handled,Avg. Handle Time (s),Handle Time (s),No-Reply Time (s),Cherry-Picking Time (s),Replies,Resolves With Reply,Resolves No-Reply,Tags Added",
        id: "user_id",
        places: [1, 2, 12],
    },
];

/// Tells the stage of its SFTP server.
pub(crate) async fn configure(stage: &Stage) -> Result<()> {
    let sftp = &stage.info.sftp;
    let settings = format!(
        "host = \"{}\"\nport = {}\nuser = \"{}\"\nroot = \"{}\"\ntime_zone = \"UTC\"\nsettle_secs = 1\n",
        sftp.host, sftp.port, sftp.user, sftp.root
    );
    let secret = serde_json::json!({"password": sftp.password}).to_string();
    let (file, secret_file) = (
        stage.folder.join("exports.toml"),
        stage.folder.join("secret.json"),
    );
    std::fs::write(&file, settings)?;
    std::fs::write(&secret_file, secret)?;
    let (file, secret_file) = (file.to_string_lossy(), secret_file.to_string_lossy());
    stage
        .must(&[
            "exports",
            "configure",
            "--file",
            &file,
            "--secret-file",
            &secret_file,
        ])
        .await?;
    stage.must(&["exports", "trust-host", "--yes"]).await?;
    Ok(())
}

/// Pulls again and again, as the schedule does, until it is dropped.
pub(crate) async fn keep_pulling(stage: Arc<Stage>) {
    loop {
        // Whatever becomes of it, the next one goes on.
        let pulled = stage.sparkbridge(&["exports", "pull", "--no-wait"]).await;
        let well = pulled.is_ok_and(|(well, _)| well);
        stage.tally.hit(if well { "pulls" } else { "pulls.failed" });
        tokio::time::sleep(Duration::from_secs(4)).await;
    }
}
