//! Where the checkout is, and what is where in it.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Together they are in no other repository's root.
const MARKS: [&str; 4] = [
    "Cargo.toml",
    "Makefile",
    "infra/template.yaml",
    "tests/local-stack",
];

/// The root of a checkout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Checkout(PathBuf);

impl Checkout {
    /// The one that the current directory is in, else the one that this program was built in.
    pub(super) fn find() -> Result<Self> {
        let here = env::current_dir().context("finding the current directory")?;
        let program = env::current_exe().unwrap_or_default();
        let found = Self::above(&here).or_else(|| Self::above(&program));
        found.context(
            "no checkout of Sparkbridge is here or above: change into one; the local stack is built from its sources",
        )
    }

    fn above(path: &Path) -> Option<Self> {
        let is_root = |folder: &&Path| MARKS.iter().all(|mark| folder.join(mark).exists());
        path.ancestors()
            .find(is_root)
            .map(|root| Self(root.to_owned()))
    }

    pub(super) fn root(&self) -> &Path {
        &self.0
    }

    /// What a stack is started by.
    pub(super) fn program(&self) -> PathBuf {
        self.0.join("target/debug/local-stack")
    }

    /// Locked while a stack of this name runs; holds its process id.
    pub(super) fn lock(&self, name: &str) -> PathBuf {
        self.0.join(".local").join(format!("{name}.lock"))
    }

    /// Describes the stack while it serves.
    pub(super) fn description(&self, name: &str) -> PathBuf {
        self.0.join(".local").join(format!("{name}.json"))
    }

    pub(super) fn logs(&self, name: &str) -> PathBuf {
        self.0.join(".local/logs").join(name)
    }
}

/// A stack's name is part of file names.
pub(super) fn name(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let good =
        !text.is_empty() && text.len() <= 64 && text.chars().all(fits) && !text.starts_with('-');
    match good {
        true => Ok(text.to_owned()),
        false => Err("give 1 to 64 letters, digits, - and _".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_checkout_is_found_from_anywhere_in_it_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("checkout");
        let inside = root.join("cli/src");
        fs::create_dir_all(&inside).unwrap();
        assert_eq!(Checkout::above(&inside), None);
        for mark in MARKS {
            let mark = root.join(mark);
            fs::create_dir_all(mark.parent().unwrap()).unwrap();
            fs::write(mark, "").unwrap();
        }
        let found = Checkout::above(&inside).unwrap();
        assert_eq!(found.root(), root);
        assert_eq!(Checkout::above(&root), Some(found));
        assert_eq!(Checkout::above(folder.path()), None);
    }

    #[test]
    fn these_sources_are_a_checkout() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(
            Checkout::above(here).unwrap().root(),
            here.parent().unwrap()
        );
    }

    #[test]
    fn a_name_stays_in_its_folder() {
        for good in ["stack", "my_stack-2"] {
            assert_eq!(name(good).as_deref(), Ok(good));
        }
        for bad in ["", "../x", "a/b", "-x", "a.b"] {
            assert!(name(bad).is_err(), "{bad}");
        }
    }
}
