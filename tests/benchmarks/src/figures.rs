//! What was measured: of each contender the runs' figures, and the limits they are held against.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::measured::Usage;

/// One thing that was compared.
pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) contenders: Vec<Contender>,
    pub(crate) limits: Vec<Limit>,
}

/// One of those that do the same. Its measures are in the order they came in.
pub(crate) struct Contender {
    pub(crate) name: String,
    measures: Vec<(String, Vec<f64>)>,
}

/// A figure, and what it should be.
pub(crate) struct Limit {
    pub(crate) what: String,
    pub(crate) figure: f64,
    pub(crate) bound: Bound,
}

#[derive(Clone, Copy)]
pub(crate) enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

pub(crate) const WALL: &str = "wall s";
pub(crate) const CPU: &str = "CPU s";
pub(crate) const PEAK: &str = "peak MiB";

impl Contender {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            measures: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, measure: &str, figure: f64) {
        match self.measures.iter_mut().find(|(name, _)| name == measure) {
            Some((_, figures)) => figures.push(figure),
            None => self.measures.push((measure.to_owned(), vec![figure])),
        }
    }

    pub(crate) fn add_usage(&mut self, usage: Usage) {
        self.add(WALL, usage.wall_s);
        self.add(CPU, usage.cpu_s);
        self.add(PEAK, usage.peak_mib);
    }

    /// In the order they came in.
    pub(crate) fn measures(&self) -> impl Iterator<Item = &str> {
        self.measures.iter().map(|(name, _)| name.as_str())
    }

    fn figures(&self, measure: &str) -> &[f64] {
        let found = self.measures.iter().find(|(name, _)| name == measure);
        found.map_or(&[], |(_, figures)| figures)
    }

    /// Not a number if it was not measured.
    pub(crate) fn median(&self, measure: &str) -> f64 {
        Spread::of(self.figures(measure)).map_or(f64::NAN, |spread| spread.median)
    }

    /// Not a number if it was not measured.
    pub(crate) fn max(&self, measure: &str) -> f64 {
        Spread::of(self.figures(measure)).map_or(f64::NAN, |spread| spread.max)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Spread {
    min: f64,
    median: f64,
    max: f64,
}

impl Spread {
    fn of(figures: &[f64]) -> Option<Self> {
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let upper = *sorted.get(middle)?;
        let lower = sorted[sorted.len().saturating_sub(1) / 2];
        Some(Self {
            min: *sorted.first()?,
            median: f64::midpoint(lower, upper),
            max: *sorted.last()?,
        })
    }
}

/// Three digits that matter.
fn shown(figure: f64) -> String {
    match figure.abs() {
        size if size >= 100.0 => format!("{figure:.0}"),
        size if size >= 10.0 => format!("{figure:.1}"),
        _ => format!("{figure:.2}"),
    }
}

impl Limit {
    pub(crate) fn holds(&self) -> bool {
        match self.bound {
            Bound::AtMost(limit) => self.figure <= limit,
            Bound::AtLeast(limit) => self.figure >= limit,
        }
    }

    fn verdict(&self) -> &'static str {
        match self.bound {
            _ if self.holds() => "within",
            Bound::AtMost(_) => "ABOVE",
            Bound::AtLeast(_) => "BELOW",
        }
    }

    fn line(&self) -> String {
        let (sign, limit) = match self.bound {
            Bound::AtMost(limit) => ('≤', limit),
            Bound::AtLeast(limit) => ('≥', limit),
        };
        let Self { what, figure, .. } = self;
        format!(
            "{what}: {} ({sign} {limit}) {}",
            shown(*figure),
            self.verdict()
        )
    }
}

impl Section {
    /// Without limits.
    pub(crate) fn of_rows(title: &str, contenders: Vec<Contender>) -> Self {
        Self {
            title: title.to_owned(),
            contenders,
            limits: Vec::new(),
        }
    }

    /// As Markdown: medians, and from the least to the most in brackets where the runs differ.
    pub(crate) fn text(&self) -> String {
        let mut measures: Vec<&str> = Vec::new();
        for (name, _) in self.contenders.iter().flat_map(|one| &one.measures) {
            if !measures.contains(&name.as_str()) {
                measures.push(name);
            }
        }
        let mut text = format!("### {}\n\n| |", self.title);
        for measure in &measures {
            // Writing to a String can't fail.
            let _ = write!(text, " {measure} |");
        }
        text.push_str("\n|---|");
        text.push_str(&"---|".repeat(measures.len()));
        for contender in &self.contenders {
            let _ = write!(text, "\n| {} |", contender.name);
            for measure in &measures {
                let cell = Spread::of(contender.figures(measure)).map_or(String::new(), cell);
                let _ = write!(text, " {cell} |");
            }
        }
        text.push('\n');
        for limit in &self.limits {
            let _ = write!(text, "\n- {}", limit.line());
        }
        text.push('\n');
        text
    }

    pub(crate) fn json(&self) -> Value {
        let contenders = self.contenders.iter().map(|contender| {
            let measures = contender.measures.iter();
            let measures = measures.map(|(name, figures)| (name.clone(), json!(figures)));
            json!({"name": contender.name, "runs": Value::Object(measures.collect())})
        });
        let limits = self.limits.iter().map(|limit| {
            let (bound, value) = match limit.bound {
                Bound::AtMost(value) => ("at_most", value),
                Bound::AtLeast(value) => ("at_least", value),
            };
            json!({"what": limit.what, "figure": limit.figure, bound: value, "holds": limit.holds()})
        });
        json!({
            "title": self.title,
            "contenders": contenders.collect::<Vec<_>>(),
            "limits": limits.collect::<Vec<_>>(),
        })
    }
}

/// Counts whole: the same in every run, without a fraction.
fn cell(spread: Spread) -> String {
    if spread.min == spread.max && spread.min.fract() == 0.0 {
        return format!("{:.0}", spread.min);
    }
    let (min, median, max) = (shown(spread.min), shown(spread.median), shown(spread.max));
    if min == max {
        median
    } else {
        format!("{median} ({min}–{max})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_between_least_and_most() {
        let spread = |min, median, max| Some(Spread { min, median, max });
        assert_eq!(Spread::of(&[3.0, 1.0, 2.0]), spread(1.0, 2.0, 3.0));
        assert_eq!(Spread::of(&[4.0, 1.0]), spread(1.0, 2.5, 4.0));
        assert_eq!(Spread::of(&[]), None);
    }

    #[test]
    fn a_limit_is_held_from_its_own_side_and_never_by_what_was_not_measured() {
        let limit = |figure, bound| Limit {
            what: "CPU".into(),
            figure,
            bound,
        };
        let line = |figure, bound| limit(figure, bound).line();
        assert_eq!(line(0.8, Bound::AtMost(0.8)), "CPU: 0.80 (≤ 0.8) within");
        assert_eq!(line(0.81, Bound::AtMost(0.8)), "CPU: 0.81 (≤ 0.8) ABOVE");
        assert_eq!(line(0.6, Bound::AtLeast(0.7)), "CPU: 0.60 (≥ 0.7) BELOW");
        assert!(!limit(f64::NAN, Bound::AtMost(1.0)).holds());
        assert!(!limit(f64::NAN, Bound::AtLeast(1.0)).holds());
    }

    #[test]
    fn a_section_is_a_table_with_its_limits() {
        let mut ours = Contender::new("ours");
        ours.add(WALL, 2.0);
        ours.add(WALL, 3.0);
        ours.add(WALL, 1.0);
        let mut other = Contender::new("other");
        other.add(WALL, 4.0);
        other.add(PEAK, 123.4);
        let section = Section {
            title: "Both".into(),
            limits: vec![Limit {
                what: "wall ÷ other's".into(),
                figure: ours.median(WALL) / other.median(WALL),
                bound: Bound::AtMost(1.0),
            }],
            contenders: vec![ours, other],
        };
        let text = "### Both\n\n| | wall s | peak MiB |\n|---|---|---|\n| ours | 2.00 (1.00–3.00) |  |\n\
                    | other | 4 | 123 |\n\n- wall ÷ other's: 0.50 (≤ 1) within\n";
        assert_eq!(section.text(), text);
        assert_eq!(section.json()["limits"][0]["holds"], true);
    }
}
