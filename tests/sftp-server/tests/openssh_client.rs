//! The embedded server with OpenSSH's `sftp` as its client, which is not of our making.

#![allow(clippy::unwrap_used, reason = "a test's panic is its report")]

use std::{fs, os::unix::fs::symlink};

use sftp_server::{Config, HostKey, KeyPair, Running, Scratch, start};
use tokio::{io::AsyncReadExt, net::TcpStream, process::Command};

fn content(length: u32) -> Vec<u8> {
    (0..length)
        .map(|n| (n.wrapping_mul(n) >> 8) as u8)
        .collect()
}

/// A server, and a key file that opens it. `None`, with a line on standard error, where there is no `sftp`.
async fn server(root: &Scratch, config: impl FnOnce(&mut Config)) -> Option<(Running, Scratch)> {
    if Command::new("sftp").arg("-h").output().await.is_err() {
        eprintln!(
            "SKIPPED: sftp is not installed, so the server was not tried with OpenSSH's client"
        );
        return None;
    }
    let keys = Scratch::new("keys").unwrap();
    let pair = KeyPair::ed25519().unwrap();
    let file = keys.path().join("key");
    fs::write(&file, &pair.private).unwrap();
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(&file, private).unwrap();
    let mut settings = Config::new(root.path(), "exports", "a password");
    settings.authorized_key = Some(pair.public);
    config(&mut settings);
    Some((start(settings).await.unwrap(), keys))
}

/// Runs commands until one fails. What the client prints, if none does.
async fn sftp(running: &Running, keys: &Scratch, commands: &[&str]) -> Result<String, String> {
    let batch = keys.path().join("batch");
    fs::write(&batch, commands.join("\n")).unwrap();
    let done = Command::new("sftp")
        .args(["-q", "-b"])
        .arg(&batch)
        .arg("-i")
        .arg(keys.path().join("key"))
        .args(["-F", "/dev/null", "-o", "IdentitiesOnly=yes"])
        .args(["-o", "StrictHostKeyChecking=accept-new"])
        .arg("-o")
        .arg(format!(
            "UserKnownHostsFile={}",
            keys.path().join("known").display()
        ))
        .args(["-P", &running.port().to_string(), "exports@127.0.0.1"])
        .output();
    let done = done.await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    match done.status.success() {
        true => Ok(text(done.stdout)),
        false => Err(text(done.stderr)),
    }
}

#[tokio::test]
async fn openssh_puts_lists_renames_gets_and_removes() {
    let (root, local) = (
        Scratch::new("root").unwrap(),
        Scratch::new("local").unwrap(),
    );
    let Some((running, keys)) = server(&root, |_| {}).await else {
        return;
    };
    let content = content(3_000_000);
    let (up, down) = (local.path().join("up"), local.path().join("down"));
    fs::write(&up, &content).unwrap();

    let put = format!("put {} /export/contacts/file", up.display());
    let get = format!("get /export/contacts/renamed {}", down.display());
    let commands = [
        "mkdir /export",
        "mkdir /export/contacts",
        &put,
        "cd /export",
        "pwd",
        "ls -l contacts",
        "rename contacts/file contacts/renamed",
        &get,
    ];
    let printed = sftp(&running, &keys, &commands).await.unwrap();
    assert!(
        printed.contains("Remote working directory: /export"),
        "{printed}"
    );
    assert!(printed.contains("3000000"), "{printed}");
    assert!(fs::read(root.path().join("export/contacts/renamed")).unwrap() == content);
    assert!(fs::read(down).unwrap() == content);

    let commands = ["rm /export/contacts/renamed", "rmdir /export/contacts"];
    sftp(&running, &keys, &commands).await.unwrap();
    assert_eq!(fs::read_dir(root.path().join("export")).unwrap().count(), 0);
}

#[tokio::test]
async fn short_reads_give_openssh_the_whole_file_too() {
    let (root, local) = (
        Scratch::new("root").unwrap(),
        Scratch::new("local").unwrap(),
    );
    let Some((running, keys)) = server(&root, |config| config.max_read = Some(10_000)).await else {
        return;
    };
    let content = content(500_000);
    fs::write(root.path().join("file"), &content).unwrap();
    let down = local.path().join("down");
    let get = format!("get /file {}", down.display());
    sftp(&running, &keys, &[&get]).await.unwrap();
    assert!(fs::read(down).unwrap() == content);
}

#[tokio::test]
async fn nothing_outside_the_folder_can_be_read_written_or_removed() {
    let (root, outside) = (
        Scratch::new("root").unwrap(),
        Scratch::new("outside").unwrap(),
    );
    let Some((running, keys)) = server(&root, |_| {}).await else {
        return;
    };
    let secret = outside.path().join("secret");
    fs::write(&secret, "outside").unwrap();
    symlink(outside.path(), root.path().join("folder")).unwrap();
    symlink(&secret, root.path().join("link")).unwrap();
    fs::write(root.path().join("own"), "own").unwrap();
    let down = keys.path().join("down");
    let away = format!("rename /own /../{}", outside.path().join("own").display());
    for command in [
        format!("get /folder/secret {}", down.display()),
        format!("get /link {}", down.display()),
        format!("get /../../..{} {}", secret.display(), down.display()),
        format!("put {} /folder/new", keys.path().join("key").display()),
        format!("put {} /link", keys.path().join("key").display()),
        "rm /folder/secret".to_owned(),
        "ls /folder/secret".to_owned(),
        "cd /folder".to_owned(),
        "mkdir /folder/new".to_owned(),
        "rename /own /folder/own".to_owned(),
        away,
    ] {
        let refused = sftp(&running, &keys, &[&command]).await;
        assert!(refused.is_err(), "{command}: {refused:?}");
    }
    assert_eq!(fs::read_to_string(&secret).unwrap(), "outside");
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
    assert!(!down.exists());
    // A link is removed as itself.
    sftp(&running, &keys, &["rm /link"]).await.unwrap();
    assert!(secret.exists() && fs::symlink_metadata(root.path().join("link")).is_err());
}

#[tokio::test]
async fn a_host_key_of_the_same_seed_is_the_same_key() {
    let root = Scratch::new("root").unwrap();
    let mut config = Config::new(root.path(), "exports", "a password");
    config.host_key = HostKey::Seed([7; 32]);
    let one = start(config.clone()).await.unwrap();
    let two = start(config.clone()).await.unwrap();
    assert_eq!(one.fingerprint(), two.fingerprint());
    let pair = KeyPair::ed25519().unwrap();
    config.host_key = HostKey::Pem(pair.private);
    assert_eq!(
        start(config.clone()).await.unwrap().fingerprint(),
        pair.fingerprint
    );
    config.host_key = HostKey::Random;
    assert_ne!(
        start(config.clone()).await.unwrap().fingerprint(),
        start(config).await.unwrap().fingerprint()
    );
}

#[tokio::test]
async fn a_stopped_server_cuts_its_clients() {
    let root = Scratch::new("root").unwrap();
    let config = Config::new(root.path(), "exports", "a password");
    let running = start(config).await.unwrap();
    let mut client = TcpStream::connect(running.addr()).await.unwrap();
    let mut greeting = [0; 8];
    client.read_exact(&mut greeting).await.unwrap();
    assert_eq!(&greeting, b"SSH-2.0-");
    running.stop().await;
    let mut rest = Vec::new();
    // An end of file or an error, whichever the bytes on their way make of it. It would never come otherwise.
    let _ended = client.read_to_end(&mut rest).await;
}

#[tokio::test]
async fn a_configuration_that_is_printed_shows_no_secret() {
    let config = Config::new("/", "exports", "a password");
    assert!(!format!("{config:?}").contains("a password"));
}
