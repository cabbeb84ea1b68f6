//! The key of an object that S3 tells of, or a file's name: any text.

use exports::keys::{FileVersion, InboxKey, Landed, Origin};
use exports::{FileName, Stamps, is_export_file};

/// Reads it as a name, as a path and as a key.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    name(&text);
    key(&text);
}

fn name(text: &str) {
    let says = FileName::parse(text);
    let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
    assert_eq!(FileName::parse(last), says, "only the last part counts");
    assert_eq!(FileName::parse(&format!("/export/messages/{last}")), says);
    for part in [&says.organisation, &says.id].into_iter().flatten() {
        assert!(!part.is_empty() && last.contains(part.as_str()));
    }
    if let Stamps::At(at) | Stamps::Range { to: at, .. } = says.stamps {
        let digits = at.format("%d%m%Y%H%M%S").to_string();
        assert!(last.contains(&digits), "a stamp stands in the name");
    }
    if is_export_file(last) {
        let version = FileVersion {
            path: format!("/export/{last}"),
            origin: Origin::Sftp {
                modified: i64::MIN,
                size: u64::MAX,
            },
        };
        led_back(&version);
    }
}

/// A version's key leads to the version, and its objects' names are of our making.
pub(crate) fn led_back(version: &FileVersion) {
    let key = version.raw_key().expect("a file of the server has a key");
    assert_eq!(Landed::parse(&key), Some(Landed::Raw(version.clone())));
    let sha256 = "ab".repeat(32);
    let id = version.object_id(&sha256);
    assert!(
        id.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    );
    assert_eq!(
        FileName::parse(version.name()),
        FileName::parse(&version.path)
    );
}

fn key(text: &str) {
    match Landed::parse(text) {
        Some(Landed::Raw(version)) => assert_eq!(version.raw_key().as_deref(), Some(text)),
        Some(Landed::Inbox(InboxKey(key))) => {
            assert_eq!(key, text);
            assert!(!InboxKey(key).name().is_empty());
        }
        None => {}
    }
}
