//! Charts as SVG and HTML, without scripts: columns that are stacked, and bars.

use maud::{Markup, html};

/// Colours that differ for colour-blind readers too; style.css names them `--series-1` and so on.
const COLOURS: usize = 6;
/// The series that takes the rest, where there are more than colours.
pub(super) const OTHERS: &str = "others";

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 48.0;
const BOTTOM: f64 = 28.0;
const TOP: f64 = 8.0;
/// A column that is wider looks like a wall.
const WIDEST: f64 = 72.0;

/// One part of each column, from the bottom up.
pub(super) struct Series {
    pub(super) name: String,
    /// One value for each column.
    pub(super) values: Vec<f64>,
}

/// Stacked columns. `title` is read out to those who don't see it.
pub(super) fn columns(title: &str, labels: &[String], series: &[Series]) -> Markup {
    let totals: Vec<f64> = (0..labels.len())
        .map(|at| series.iter().map(|part| part.values[at]).sum())
        .collect();
    let top = nice_top(totals.iter().copied().fold(0.0, f64::max));
    let plot = HEIGHT - BOTTOM - TOP;
    let y = |value: f64| TOP + plot * (1.0 - value / top);
    #[allow(clippy::cast_precision_loss, reason = "a few hundred columns")]
    let step = (WIDTH - LEFT) / labels.len().max(1) as f64;
    let wide = (step * 0.8).min(WIDEST);
    let every = labels.len().div_ceil(24).max(1);
    html! {
        figure tabindex="0" role="group" aria-label=(title) {
            @if series.len() > 1 { (legend(series)) }
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(title) {
                @for tick in [0.0, top / 2.0, top] {
                    line.grid x1=(LEFT) x2=(WIDTH) y1=(round(y(tick))) y2=(round(y(tick))) {}
                    text.tick x=(LEFT - 6.0) y=(round(y(tick) + 4.0)) text-anchor="end" { (figure_of(tick)) }
                }
                @for (at, label) in labels.iter().enumerate() {
                    @let x = LEFT + step * place(at);
                    @for (number, value, below) in stacked(series, at) {
                        @if value > 0.0 {
                            rect class={ "series-" (number) } x=(round(x + (step - wide) / 2.0)) width=(round(wide))
                                y=(round(y(below + value))) height=(round(plot * value / top)) {
                                title { (label) ": " (series[number - 1].name) " " (figure_of(value)) }
                            }
                        }
                    }
                    @if at % every == 0 {
                        text.tick x=(round(x + step / 2.0)) y=(HEIGHT - 8.0) text-anchor="middle" { (label) }
                    }
                }
            }
        }
    }
}

/// The parts of one column: number of the series from 1, value, and what is below.
fn stacked(series: &[Series], at: usize) -> Vec<(usize, f64, f64)> {
    let mut below = 0.0;
    let parts = series.iter().enumerate().map(|(index, part)| {
        let value = part.values[at];
        let part = (index + 1, value, below);
        below += value;
        part
    });
    parts.collect()
}

fn legend(series: &[Series]) -> Markup {
    html! {
        ul.legend {
            @for (index, part) in series.iter().enumerate() {
                li { span class={ "swatch series-" (index + 1) } {} (part.name) }
            }
        }
    }
}

/// A bar of a list.
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) value: f64,
    /// As it is written beside the bar.
    pub(super) shown: String,
}

/// Bars under each other, each as long as its share of the longest, or of `full`.
pub(super) fn bars(title: &str, bars: &[Bar], full: Option<f64>) -> Markup {
    let longest = bars.iter().map(|bar| bar.value).fold(0.0, f64::max);
    let full = full.unwrap_or(longest).max(f64::MIN_POSITIVE);
    html! {
        dl.bars aria-label=(title) {
            @for bar in bars {
                dt { (bar.label) }
                dd {
                    svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
                        rect.track x="0" y="0" width="100" height="10" {}
                        rect.series-1 x="0" y="0" width=(round((100.0 * bar.value / full).min(100.0))) height="10" {}
                    }
                    span { (bar.shown) }
                }
            }
        }
    }
}

/// The largest series, one for each colour; the last takes the rest.
pub(super) fn fold(mut series: Vec<Series>) -> Vec<Series> {
    let total = |part: &Series| part.values.iter().sum::<f64>();
    series.sort_by(|a, b| total(b).total_cmp(&total(a)).then(a.name.cmp(&b.name)));
    if series.len() > COLOURS {
        let rest = series.split_off(COLOURS - 1);
        let columns = rest.first().map_or(0, |part| part.values.len());
        let sum = |at: usize| rest.iter().map(|part| part.values[at]).sum();
        series.push(Series {
            name: OTHERS.to_owned(),
            values: (0..columns).map(sum).collect(),
        });
    }
    series
}

/// 1, 2 or 5 times a power of ten, not less than `largest`.
fn nice_top(largest: f64) -> f64 {
    let mut unit = 1.0;
    loop {
        for step in [1.0, 2.0, 5.0] {
            if step * unit >= largest {
                return step * unit;
            }
        }
        unit *= 10.0;
    }
}

#[allow(clippy::cast_precision_loss, reason = "a few hundred columns")]
fn place(at: usize) -> f64 {
    at as f64
}

/// Coordinates need no more.
fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// A number as it is read: whole where it is whole.
pub(super) fn figure_of(value: f64) -> String {
    if value.fract() == 0.0 {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "counts and seconds"
        )]
        return crate::output::number(value.max(0.0) as u64);
    }
    format!("{value:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(name: &str, values: &[f64]) -> Series {
        Series {
            name: name.into(),
            values: values.into(),
        }
    }

    #[test]
    fn an_axis_ends_at_a_number_people_like() {
        for (largest, top) in [
            (0.0, 1.0),
            (1.0, 1.0),
            (3.0, 5.0),
            (51.0, 100.0),
            (1001.0, 2000.0),
        ] {
            assert!((nice_top(largest) - top).abs() < f64::EPSILON, "{largest}");
        }
    }

    #[test]
    fn what_has_no_colour_of_its_own_is_kept_in_the_last() {
        let many = (0..9).map(|n| series(&format!("c{n}"), &[f64::from(n), 1.0]));
        let folded = fold(many.collect());
        assert_eq!(folded.len(), COLOURS);
        assert_eq!(folded[0].name, "c8");
        assert_eq!(folded[5].name, OTHERS);
        let sum: f64 = folded.iter().map(|part| part.values[0]).sum();
        assert!((sum - 36.0).abs() < f64::EPSILON);
    }

    #[test]
    fn columns_are_stacked_without_gaps() {
        let parts = stacked(&[series("a", &[2.0]), series("b", &[3.0])], 0);
        assert_eq!(parts, [(1, 2.0, 0.0), (2, 3.0, 2.0)]);
    }

    #[test]
    fn names_are_escaped() {
        let bar = Bar {
            label: "<script>".into(),
            value: 1.0,
            shown: "1".into(),
        };
        let markup = bars("t", &[bar], None).into_string();
        assert!(!markup.contains("<script>") && markup.contains("&lt;script&gt;"));
    }
}
