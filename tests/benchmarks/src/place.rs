//! Where things are.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file beside this crate's manifest.
pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The Python of a tool that infra/setup.sh installed.
pub(crate) fn python_of(tool: &str) -> Result<PathBuf> {
    let python = root().join(format!(".local/venv-{tool}/bin/python"));
    python.exists().then_some(python).with_context(|| {
        format!("{tool} is not installed: run `make bench`, or infra/setup.sh {tool}")
    })
}

/// Where data and results go.
pub(crate) fn output() -> Result<PathBuf> {
    let folder = root().join("target/bench");
    std::fs::create_dir_all(&folder)?;
    Ok(folder.canonicalize()?)
}

/// An executable of this workspace, built beside this one.
pub(crate) fn executable(name: &str) -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    path.is_file()
        .then_some(path)
        .with_context(|| format!("{name} is not built beside this program: run `make bench`"))
}
