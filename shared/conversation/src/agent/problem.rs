//! Settings out of bounds, collected: an operator wants to see all of them at once.

/// A setting out of bounds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{setting} = {found}: {rule}")]
pub struct SettingsProblem {
    /// Name of the setting, as in the file.
    pub setting: String,
    /// What it was.
    pub found: String,
    /// What it must be.
    pub rule: String,
}

/// Every problem found so far.
#[derive(Debug, Default)]
pub(crate) struct Problems(pub(crate) Vec<SettingsProblem>);

impl Problems {
    /// Notes a problem unless `ok`.
    pub(crate) fn check(
        &mut self,
        ok: bool,
        setting: impl Into<String>,
        found: &dyn ToString,
        rule: impl Into<String>,
    ) {
        if !ok {
            self.0.push(SettingsProblem {
                setting: setting.into(),
                found: found.to_string(),
                rule: rule.into(),
            });
        }
    }
}
