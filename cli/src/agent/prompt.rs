//! Questions to whoever sits at the terminal. Everything is on standard error, so that standard output
//! stays what was asked for.

use std::io::{IsTerminal, stderr, stdin};

use anyhow::{Context, Result};
use dialoguer::{Input, Password};
use secrecy::{ExposeSecret, SecretString};

/// A terminal with somebody at it.
pub(crate) struct Terminal(());

impl Terminal {
    /// `None` where nobody could read a question, or answer it.
    pub(crate) fn here() -> Option<Self> {
        (stdin().is_terminal() && stderr().is_terminal()).then_some(Self(()))
    }

    /// Tells something between the questions.
    pub(crate) fn say(&self, text: &str) {
        eprintln!("{text}");
    }

    /// Asks until the answer is one that `check` takes.
    pub(crate) fn ask<T>(
        &self,
        what: &str,
        otherwise: Option<&str>,
        check: impl Fn(&str) -> Result<T>,
    ) -> Result<T> {
        loop {
            let mut input = Input::<String>::new().with_prompt(what).allow_empty(true);
            if let Some(otherwise) = otherwise {
                input = input.default(otherwise.to_owned());
            }
            let answer = input.interact().context(UNREADABLE)?;
            match check(answer.trim()) {
                Ok(answer) => return Ok(answer),
                Err(problem) => self.say(&format!("  {problem:#}")),
            }
        }
    }

    /// Asks for a secret, which is not shown, until it is one that `check` takes.
    pub(crate) fn secret(
        &self,
        what: &str,
        check: impl Fn(&str) -> Result<()>,
    ) -> Result<SecretString> {
        loop {
            let prompt = Password::new().with_prompt(format!("{what} (not shown)"));
            let answer = prompt.allow_empty_password(true).report(false).interact();
            let answer = SecretString::from(answer.context(UNREADABLE)?);
            let answer = SecretString::from(answer.expose_secret().trim());
            match check(answer.expose_secret()) {
                Ok(()) => return Ok(answer),
                Err(problem) => self.say(&format!("  {problem:#}")),
            }
        }
    }

    /// Asks a question to be answered with yes or no.
    pub(crate) fn confirm(&self, what: &str, otherwise: bool) -> Result<bool> {
        let word = if otherwise { "yes" } else { "no" };
        self.ask(
            &format!("{what} yes or no"),
            Some(word),
            |answer| match answer.to_lowercase().as_str() {
                "y" | "yes" => Ok(true),
                "n" | "no" => Ok(false),
                _ => anyhow::bail!("answer yes or no"),
            },
        )
    }
}

const UNREADABLE: &str = "the terminal can't be read from";
