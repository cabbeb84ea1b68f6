//! Secrets as an operator gives them: in a file, on standard input, or in a variable of the
//! environment. Never as an argument, which everybody on the machine can read.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};
use secrecy::SecretString;

/// Where one secret may come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    /// The flag that names the file, for messages.
    pub(crate) flag: &'static str,
    /// The file; `-` is standard input.
    pub(crate) file: Option<&'a Path>,
    /// The variable that has the secret itself.
    pub(crate) variable: Option<&'static str>,
}

impl Source<'_> {
    /// The secret without the white space around it; `None` where it was not given. The file comes
    /// before the variable.
    pub(crate) fn read(&self) -> Result<Option<SecretString>> {
        if let Some(file) = self.file {
            return from_file(self.flag, file).map(Some);
        }
        let Some(variable) = self.variable else {
            return Ok(None);
        };
        match std::env::var(variable) {
            Ok(value) if value.trim().is_empty() => Ok(None),
            Ok(value) => Ok(Some(value.trim().into())),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => bail!("{variable} is not text"),
        }
    }

    /// Standard input has one secret only.
    pub(crate) fn check(sources: &[Self]) -> Result<()> {
        let from_stdin = |source: &&Self| source.file.is_some_and(is_stdin);
        let flags: Vec<_> = sources
            .iter()
            .filter(from_stdin)
            .map(|source| source.flag)
            .collect();
        if flags.len() > 1 {
            bail!(
                "{} are both to be read from standard input: only one can be",
                flags.join(" and ")
            );
        }
        Ok(())
    }

    /// How it can be given, for a message about one that is missing.
    pub(crate) fn how(&self) -> String {
        match self.variable {
            Some(variable) => format!("{} FILE (or {variable})", self.flag),
            None => format!("{} FILE", self.flag),
        }
    }
}

/// What a file has, without the white space around it.
pub(crate) fn from_file(flag: &str, file: &Path) -> Result<SecretString> {
    let text = if is_stdin(file) {
        let mut text = String::new();
        let read = std::io::stdin().read_to_string(&mut text);
        read.with_context(|| format!("{flag}: reading standard input"))?;
        text
    } else {
        std::fs::read_to_string(file)
            .with_context(|| format!("{flag}: reading {}", file.display()))?
    };
    let text = text.trim();
    if text.is_empty() {
        let shown = if is_stdin(file) {
            "standard input".into()
        } else {
            file.display().to_string()
        };
        bail!("{flag}: {shown} is empty");
    }
    Ok(text.into())
}

fn is_stdin(file: &Path) -> bool {
    file == Path::new("-")
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn source<'a>(flag: &'static str, file: Option<&'a str>) -> Source<'a> {
        Source {
            flag,
            file: file.map(Path::new),
            variable: None,
        }
    }

    #[test]
    fn a_files_last_line_break_is_no_part_of_the_secret() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), " 00ff\r\n").unwrap();
        let read = source("--a", file.path().to_str()).read().unwrap();
        assert_eq!(read.unwrap().expose_secret(), "00ff");
        std::fs::write(file.path(), "\n").unwrap();
        let error = source("--a", file.path().to_str()).read().unwrap_err();
        assert!(format!("{error:#}").ends_with("is empty"), "{error:#}");
        assert!(source("--a", None).read().unwrap().is_none());
    }

    #[test]
    fn standard_input_has_one_secret_only() {
        let [one, other] = [source("--a", Some("-")), source("--b", Some("-"))];
        assert!(Source::check(&[one, source("--c", Some("file"))]).is_ok());
        let error = Source::check(&[one, other]).unwrap_err().to_string();
        assert!(error.starts_with("--a and --b"), "{error}");
    }
}
