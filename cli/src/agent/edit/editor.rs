//! The editor of whoever changes settings, again and again until they can work.

use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, bail};
use conversation::AgentSettings;
use tempfile::NamedTempFile;

use super::given_up;
use crate::agent::prompt::Terminal;

/// Lines of ours begin so; they go when the text is shown again.
const OURS: &str = "#: ";

/// A text in somebody's editor. The file goes with it, unless what is in it could get lost.
pub(crate) struct Draft(NamedTempFile);

impl Draft {
    /// Opens `text`, and opens it again with the problem for as long as `check` finds one. Somebody who
    /// leaves it as it is gives up.
    pub(crate) fn edit(
        terminal: &Terminal,
        agent: &str,
        text: &str,
        check: impl Fn(&str) -> Result<AgentSettings>,
    ) -> Result<(Self, AgentSettings)> {
        let draft = Self::new()?;
        let mut shown = headed(agent, text, None);
        let mut problem: Option<anyhow::Error> = None;
        loop {
            draft.write(&shown)?;
            draft.open()?;
            let edited = draft.read()?;
            if let Some(problem) = problem
                && edited == shown
            {
                return Err(draft.kept_for(given_up(&problem)));
            }
            match check(&edited) {
                Ok(settings) => return Ok((draft, settings)),
                Err(found) => {
                    terminal.say(&format!("{found:#}"));
                    shown = headed(agent, &edited, Some(&found));
                    problem = Some(found);
                }
            }
        }
    }

    fn new() -> Result<Self> {
        // Only its owner may read it.
        let file = tempfile::Builder::new()
            .prefix("sparkbridge-")
            .suffix(".toml")
            .tempfile();
        Ok(Self(file.context("making a file for the editor")?))
    }

    fn write(&self, text: &str) -> Result<()> {
        std::fs::write(self.0.path(), text).context("writing the file for the editor")
    }

    fn read(&self) -> Result<String> {
        std::fs::read_to_string(self.0.path()).context("reading what the editor wrote")
    }

    fn open(&self) -> Result<()> {
        let editor = editor(|name| std::env::var(name).ok());
        // As other tools do: it may come with arguments, and what it prints is not our answer.
        let status = Command::new("sh")
            .args(["-c", &format!("{editor} \"$1\""), "sh"])
            .arg(self.0.path())
            .stdout(Stdio::from(std::io::stderr()))
            .status()
            .with_context(|| format!("starting the editor {editor:?}"))?;
        if !status.success() {
            bail!(
                "nothing was changed: the editor {editor:?} ended with {status}; VISUAL or EDITOR names another"
            );
        }
        Ok(())
    }

    /// Leaves the file where it is, and tells where.
    pub(crate) fn kept_for(self, error: anyhow::Error) -> anyhow::Error {
        match self.0.keep() {
            Ok((mut file, path)) => {
                // Nothing more is written to it.
                let _ = file.flush();
                anyhow!("{error:#}; your text is in {}", path.display())
            }
            Err(_lost) => error,
        }
    }
}

fn editor(variable: impl Fn(&str) -> Option<String>) -> String {
    let set = |name| variable(name).filter(|value| !value.trim().is_empty());
    set("VISUAL")
        .or_else(|| set("EDITOR"))
        .unwrap_or_else(|| "vi".to_owned())
}

/// The text below our lines, without those of before.
fn headed(agent: &str, text: &str, problem: Option<&anyhow::Error>) -> String {
    let mut lines = vec![format!(
        "Settings of agent {agent}. A setting that is taken out goes back to its default; docs/agents.md"
    )];
    lines.push("explains them. Save and close the file to apply them.".to_owned());
    if let Some(problem) = problem {
        lines.push(String::new());
        lines.extend(format!("PROBLEM: {problem:#}").lines().map(str::to_owned));
        lines.push("Close the file as it is to give up.".to_owned());
    }
    let ours = lines
        .iter()
        .map(|line| format!("{OURS}{line}").trim_end().to_owned() + "\n");
    let theirs = text
        .lines()
        .filter(|line| !line.starts_with(OURS.trim_end()));
    let theirs: String = theirs.map(|line| format!("{line}\n")).collect();
    let ours: String = ours.collect();
    format!("{ours}\n{}", theirs.trim_start_matches('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visual_comes_before_editor_and_an_empty_one_is_none() {
        let of = |visual: &str, other: &str| {
            editor(|name| match name {
                "VISUAL" => Some(visual.to_owned()),
                "EDITOR" => Some(other.to_owned()),
                _ => None,
            })
        };
        assert_eq!(of("code --wait", "nano"), "code --wait");
        assert_eq!(of(" ", "nano"), "nano");
        assert_eq!(editor(|_| None), "vi");
    }

    #[test]
    fn a_problem_stands_above_the_text_once_and_goes_with_the_next_one() {
        let text = "region = \"us\"\n# mine\n";
        let first = headed("shop", text, None);
        assert!(first.starts_with("#: Settings of agent shop."), "{first}");
        assert!(first.ends_with("\n\nregion = \"us\"\n# mine\n"), "{first}");
        let second = headed("shop", &first, Some(&anyhow!("line 1: wrong\n  more")));
        assert!(
            second.contains("#: PROBLEM: line 1: wrong\n#:   more\n"),
            "{second}"
        );
        let third = headed("shop", &second, Some(&anyhow!("other")));
        assert!(
            !third.contains("wrong") && third.contains("PROBLEM: other"),
            "{third}"
        );
        assert_eq!(headed("shop", &third, None), first);
        assert!(toml::from_str::<toml::Table>(&third).is_ok());
    }
}
