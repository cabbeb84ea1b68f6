//! The commands of a page: what stands in its `sh` blocks, one command each.

/// A command as a page has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Documented {
    pub(crate) page: String,
    pub(crate) line: usize,
    pub(crate) command: String,
}

/// Every command of a page's `sh` blocks; what goes on over several lines is one.
pub(crate) fn commands(page: &str, text: &str) -> Vec<Documented> {
    let mut commands: Vec<Documented> = Vec::new();
    let mut in_block = false;
    let mut goes_on = false;
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        if let Some(language) = trimmed.strip_prefix("```") {
            in_block = !in_block && language == "sh";
            goes_on = false;
            continue;
        }
        if !in_block || trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        match commands.last_mut().filter(|_| goes_on) {
            Some(before) => {
                before.command.push('\n');
                before.command.push_str(trimmed);
            }
            None => commands.push(Documented {
                page: page.to_owned(),
                line: index + 1,
                command: trimmed.to_owned(),
            }),
        }
        let so_far = commands.last().map_or("", |last| last.command.as_str());
        goes_on = so_far.ends_with('\\') || so_far.matches('\'').count() % 2 == 1;
    }
    for found in &mut commands {
        found.command = without_comment(&found.command);
    }
    commands
}

/// A command without the remark behind it: two spaces and a `#`, or one and a `#`, outside of quotes.
fn without_comment(command: &str) -> String {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in command.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == '#' && before == ' ' => return command[..at].trim_end().to_owned(),
            None => {}
        }
        before = c;
    }
    command.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_with_their_lines_and_without_remarks() {
        let text = "# Page\n\n```sh\n# why\nmake run    # starts\n   curl -d '{\"a\": 1,\n  \"b\": \"#2\"}' x \\\n  -v\n```\n```toml\nno = 1\n```\n";
        let found = commands("p.md", text);
        let lines: Vec<_> = found.iter().map(|f| (f.line, f.command.as_str())).collect();
        assert_eq!(
            lines,
            [
                (5, "make run"),
                (6, "curl -d '{\"a\": 1,\n\"b\": \"#2\"}' x \\\n-v"),
            ]
        );
    }
}
