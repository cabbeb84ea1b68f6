//! From a client's path to a real one: always below the root, and never through a symbolic link.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use russh_sftp::protocol::StatusCode;

/// The root, canonical.
#[derive(Clone, Debug)]
pub(crate) struct Confined {
    root: PathBuf,
}

impl Confined {
    pub(crate) fn to(root: &Path) -> io::Result<Self> {
        let root = root.canonicalize()?;
        if !root.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Self { root })
    }

    /// The real path, which need not exist. Its last part may be a symbolic link: see
    /// [`target`](Self::target).
    pub(crate) fn entry(&self, path: &str) -> Result<PathBuf, StatusCode> {
        let mut real = self.root.clone();
        let parts = parts(path)?;
        for (index, part) in parts.iter().enumerate() {
            real.push(part);
            if index + 1 < parts.len() && is_link(&real) {
                return Err(StatusCode::PermissionDenied);
            }
        }
        Ok(real)
    }

    /// The real path of something to be opened or looked into, so not a symbolic link itself either.
    pub(crate) fn target(&self, path: &str) -> Result<PathBuf, StatusCode> {
        let real = self.entry(path)?;
        if is_link(&real) {
            return Err(StatusCode::PermissionDenied);
        }
        Ok(real)
    }
}

/// The path as the client sees it: absolute, without `.`, `..` and doubled slashes.
pub(crate) fn normal(path: &str) -> Result<String, StatusCode> {
    Ok(format!("/{}", parts(path)?.join("/")))
}

/// A relative path starts at the root too, and `..` stays there.
fn parts(path: &str) -> Result<Vec<&str>, StatusCode> {
    if path.contains('\0') {
        return Err(StatusCode::BadMessage);
    }
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    Ok(parts)
}

fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::Scratch;

    #[test]
    fn dots_and_doubled_slashes_are_resolved_without_leaving_the_root() {
        for (path, seen) in [
            ("", "/"),
            (".", "/"),
            ("/", "/"),
            ("..", "/"),
            ("/../../etc/passwd", "/etc/passwd"),
            ("export//contacts/./x.csv", "/export/contacts/x.csv"),
            ("/export/contacts/../agents", "/export/agents"),
            ("/a/../../b", "/b"),
            ("...", "/..."),
        ] {
            assert_eq!(normal(path).unwrap(), seen, "{path}");
        }
    }

    #[test]
    fn every_path_is_below_the_root() {
        let scratch = Scratch::new("confined").unwrap();
        let confined = Confined::to(scratch.path()).unwrap();
        for path in ["/", "../..", "/../../etc/passwd", "a/../../../b", "/a/b"] {
            let real = confined.entry(path).unwrap();
            assert!(real.starts_with(scratch.path()), "{path}");
            assert!(
                real.components().all(|part| part.as_os_str() != ".."),
                "{path}"
            );
        }
    }

    #[test]
    fn no_path_leads_through_a_symbolic_link() {
        let scratch = Scratch::new("links").unwrap();
        let outside = Scratch::new("outside").unwrap();
        fs::write(outside.path().join("secret"), "x").unwrap();
        symlink(outside.path(), scratch.path().join("folder")).unwrap();
        symlink(outside.path().join("secret"), scratch.path().join("file")).unwrap();
        let confined = Confined::to(scratch.path()).unwrap();

        assert_eq!(
            confined.entry("/folder/secret"),
            Err(StatusCode::PermissionDenied)
        );
        assert_eq!(confined.target("/file"), Err(StatusCode::PermissionDenied));
        assert_eq!(
            confined.target("/folder"),
            Err(StatusCode::PermissionDenied)
        );
        // The link itself can be looked at and removed.
        assert_eq!(
            confined.entry("/file").unwrap(),
            scratch.path().join("file")
        );
    }

    #[test]
    fn a_path_with_a_null_byte_is_refused() {
        assert_eq!(normal("a\0b"), Err(StatusCode::BadMessage));
    }
}
