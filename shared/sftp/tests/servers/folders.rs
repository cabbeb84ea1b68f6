//! Looking around, and removing.

use std::{
    collections::BTreeMap,
    time::{Duration, UNIX_EPOCH},
};

use sftp::{Entry, Kind, SftpError};

use crate::targets::{symlink, targets};

#[tokio::test]
async fn a_listing_tells_paths_kinds_sizes_and_times() {
    for target in targets().await {
        target.write("contacts_1.csv", b"12345");
        std::fs::create_dir(target.folder.join("agents")).unwrap();
        symlink(
            &target.folder.join("contacts_1.csv"),
            &target.folder.join("link"),
        );
        let file = std::fs::File::options()
            .write(true)
            .open(target.folder.join("contacts_1.csv"));
        let modified = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        file.unwrap().set_modified(modified).unwrap();

        let session = target.connect().await;
        for folder in [
            target.path(""),
            target.path("").trim_end_matches('/').into(),
        ] {
            let folder = if folder.is_empty() {
                "/".to_owned()
            } else {
                folder
            };
            let listed = session.list(&folder).await.unwrap();
            let listed: BTreeMap<&str, &Entry> = listed
                .iter()
                .map(|entry| (entry.name.as_str(), entry))
                .collect();
            let names: Vec<&str> = listed.keys().copied().collect();
            assert_eq!(
                names,
                ["agents", "contacts_1.csv", "link"],
                "no . and no .."
            );
            assert_eq!(listed["agents"].kind, Kind::Directory);
            assert_eq!(listed["link"].kind, Kind::Other);
            let expected = Entry {
                path: target.path("contacts_1.csv"),
                name: "contacts_1.csv".into(),
                kind: Kind::File,
                size: 5,
                modified: Some(1_700_000_000),
            };
            assert_eq!(*listed["contacts_1.csv"], expected);
        }
    }
}

#[tokio::test]
async fn a_listing_has_as_many_entries_as_the_folder() {
    for target in targets().await {
        let names: Vec<String> = (0..350).map(|n| format!("export_{n:04}.csv")).collect();
        for name in &names {
            target.write(name, b"x");
        }
        let session = target.connect().await;
        let mut listed = session.list(&target.path("")).await.unwrap();
        listed.sort_by(|a, b| a.name.cmp(&b.name));
        let listed: Vec<&str> = listed.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(listed, names);
    }
}

#[tokio::test]
async fn a_folder_that_is_absent_or_a_file_cannot_be_listed() {
    for target in targets().await {
        target.write("file", b"x");
        let session = target.connect().await;
        let absent = session.list(&target.path("absent")).await.unwrap_err();
        assert!(matches!(absent, SftpError::NotFound { .. }));
        let file = session.list(&target.path("file")).await.unwrap_err();
        assert!(!file.is_temporary());
        // And the session lives.
        assert_eq!(session.list(&target.path("")).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn stat_tells_files_folders_and_links_apart_and_none_of_the_absent() {
    for target in targets().await {
        target.write("file", b"123");
        symlink(&target.folder.join("file"), &target.folder.join("link"));
        let session = target.connect().await;
        let file = session.stat(&target.path("file")).await.unwrap().unwrap();
        assert_eq!((file.kind, file.size), (Kind::File, 3));
        assert_eq!((file.name, file.path), ("file".into(), target.path("file")));
        let link = session.stat(&target.path("link")).await.unwrap().unwrap();
        assert_eq!(link.kind, Kind::Other);
        let folder = target.path("");
        let folder = session.stat(&folder).await.unwrap().unwrap();
        assert_eq!(folder.kind, Kind::Directory);
        assert_eq!(session.stat(&target.path("absent")).await.unwrap(), None);
        let below_absent = target.path("absent/file");
        assert_eq!(session.stat(&below_absent).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_file_is_removed_once() {
    for target in targets().await {
        target.write("file", b"x");
        let session = target.connect().await;
        session.remove(&target.path("file")).await.unwrap();
        assert!(!target.folder.join("file").exists());
        let again = session.remove(&target.path("file")).await.unwrap_err();
        assert!(matches!(again, SftpError::NotFound { .. }));
    }
}

#[tokio::test]
async fn what_the_account_may_not_see_is_told_as_such() {
    // OpenSSH's server runs as the user of the test, who may be root and see everything.
    let target = targets().await.remove(0);
    symlink(std::path::Path::new("/"), &target.folder.join("outside"));
    let session = target.connect().await;
    let error = session.list("/outside").await.unwrap_err();
    assert!(matches!(&error, SftpError::PermissionDenied { path } if path == "/outside"));
    assert!(!error.is_temporary());
    let error = session.stat("/outside/etc").await.unwrap_err();
    assert!(matches!(error, SftpError::PermissionDenied { .. }));
}
