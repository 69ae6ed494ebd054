//! The hockey stick of a node: response time against load, the line of theory, the measured points, and where the
//! run stands.
//!
//! ```text
//! 400ms ┤                    ┊·
//!       │                  ◆ ┊·
//!       │            •  ···· ┊
//!     0 ┼·•·•·•·······───────┴──
//!        0         31/s    62/s
//! ```

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::{flow, marked};
use crate::insight::theory::curve::{Curve, Point};
use crate::sim::quantity::{show_rate, show_share, show_time};
use crate::sim::time::Time;
use crate::tui::scale::round_up;
use crate::tui::theme::Theme;

/// Rows of the plot.
const ROWS: std::ops::RangeInclusive<usize> = 4..=9;
/// Rows below it: its axis, and what it says in numbers.
const BELOW: usize = 5;
/// Cells of the labels on the left.
const LABEL: usize = 7;
/// The plot is this many times as high as the response to little load, at least ...
const LEAST_TOP: f64 = 6.0;
/// ... and at most: beyond it the line is as good as upright.
const MOST_TOP: f64 = 40.0;
/// From this share of the capacity on, what was measured lately may be far from the line.
const NEAR_FULL: f64 = 0.95;
/// Widest plot.
const WIDEST: usize = 72;

/// One cell of the plot; what matters more hides what matters less.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ink {
    Empty,
    Limit,
    Theory,
    Measured,
    Now,
}

impl Ink {
    const fn look(self, theme: &Theme) -> (&'static str, Style) {
        match self {
            Self::Empty => (" ", theme.text),
            Self::Limit => ("┊", theme.dim),
            Self::Theory => ("·", theme.accent),
            Self::Measured => ("•", theme.text),
            Self::Now => ("◆", theme.warn),
        }
    }
}

/// The plot and its words, in lines of at most `width` cells; about as many as `height`, if there is a choice.
pub fn page(curve: &Curve, width: usize, height: usize, theme: &Theme) -> Vec<Line<'static>> {
    let columns = width.saturating_sub(LABEL + 2).min(WIDEST);
    let rows = height.saturating_sub(BELOW + 1).clamp(*ROWS.start(), *ROWS.end());
    let mut out = vec![Line::styled("Response time against load", theme.panel_title)];
    if columns >= 12 {
        out.extend(plot(curve, (columns, rows), theme));
    }
    out.extend(words(curve, width, theme));
    out
}

fn plot(curve: &Curve, (columns, rows): (usize, usize), theme: &Theme) -> Vec<Line<'static>> {
    let most = curve.measured.iter().chain([&curve.now]).map(|p| p.rate).fold(curve.capacity, f64::max);
    let right = most * 1.05;
    let calm = curve.line.first().map_or(curve.now.response_s, |p| p.response_s);
    let highest = curve.measured.iter().chain([&curve.now]).map(|p| p.response_s).fold(0.0, f64::max);
    let top = round_up((highest * 1.2).clamp(calm * LEAST_TOP, calm * MOST_TOP), 1e-6);
    let mut cells = vec![vec![Ink::Empty; rows]; columns];
    let column = |rate: f64| ((rate / right * columns as f64) as usize).min(columns - 1);
    let row = |s: f64| ((s / top * rows as f64) as usize).min(rows - 1);
    let mut put = |p: &Point, ink: Ink| {
        let cell = &mut cells[column(p.rate)][row(p.response_s)];
        *cell = (*cell).max(ink);
    };
    for y in 0..rows {
        put(&Point { rate: curve.capacity, response_s: top * (y as f64 + 0.5) / rows as f64 }, Ink::Limit);
    }
    curve.line.iter().filter(|p| p.response_s <= top).for_each(|p| put(p, Ink::Theory));
    curve.measured.iter().for_each(|p| put(p, Ink::Measured));
    put(&curve.now, Ink::Now);
    let label = |y: usize| match y {
        _ if y + 1 == rows => show_time(Time::from_secs_f64(top)),
        _ if y == rows / 2 => show_time(Time::from_secs_f64(top / 2.0)),
        _ => String::new(),
    };
    let mut out: Vec<Line<'static>> = (0..rows)
        .rev()
        .map(|y| {
            let mut spans = vec![Span::styled(format!("{:>LABEL$} │", label(y)), theme.dim)];
            for run in cells.iter().map(|c| c[y]).collect::<Vec<Ink>>().chunk_by(|a, b| a == b) {
                let (glyph, style) = run[0].look(theme);
                spans.push(Span::styled(glyph.repeat(run.len()), style));
            }
            Line::from(spans)
        })
        .collect();
    out.push(Line::styled(format!("{:>LABEL$} └{}", "0", "─".repeat(columns)), theme.dim));
    let full = format!("{} full", show_rate(curve.capacity));
    let at =
        column(curve.capacity).saturating_sub(full.width() / 2).min(columns.saturating_sub(full.width()));
    out.push(Line::styled(format!("{:>1$}0{2:>3$}", "", LABEL + 2, full, at + full.width() - 1), theme.dim));
    out
}

/// What the plot shows, in numbers.
fn words(curve: &Curve, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let time = |s: f64| show_time(Time::from_secs_f64(s));
    let load = show_share(curve.now.rate / curve.capacity);
    let now = format!(
        "now {} = {load} of what the {} can do: {} on average",
        show_rate(curve.now.rate),
        curve.resource,
        time(curve.now.response_s)
    );
    let theory = match curve.expected_s {
        Some(s) => format!("theory ({}): {}", curve.model, time(s)),
        None => format!("theory ({}): at this load the queue grows without end", curve.model),
    };
    let mut out = marked("◆ ", &now, width, theme.warn, theme.text);
    out.extend(marked("· ", &theory, width, theme.accent, theme.text));
    out.extend(marked("• ", "measured, five seconds a point", width, theme.text, theme.dim));
    if curve.expected_s.is_some() && curve.now.rate >= NEAR_FULL * curve.capacity {
        let slow = "So near to full a queue takes minutes to settle: ten seconds say little.";
        out.extend(flow(slow, width).into_iter().map(|row| Line::styled(row, theme.dim)));
    }
    let missed: Vec<&str> = curve.assumptions.iter().filter(|a| !a.met).map(|a| a.text).collect();
    let caution = if missed.is_empty() {
        "All that the formula assumes is so here.".to_owned()
    } else {
        format!("The formula also assumes, and here it is not so: {}.", missed.join("; "))
    };
    out.extend(flow(&caution, width).into_iter().map(|row| Line::styled(row, theme.dim)));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::ThemeKind;

    fn curve(rate: f64) -> Curve {
        let response = |rate: f64| 0.02 / (1.0 - rate / 100.0);
        let line = (1..100).map(|i| Point { rate: i.into(), response_s: response(i.into()) }).collect();
        Curve {
            model: "M/M/1".into(),
            resource: "cores",
            capacity: 100.0,
            line,
            measured: vec![Point { rate: 50.0, response_s: 0.041 }],
            now: Point { rate, response_s: 0.1 },
            expected_s: (rate < 100.0).then(|| response(rate)),
            assumptions: Vec::new(),
        }
    }

    #[test]
    fn the_plot_fits_its_width_and_marks_where_the_run_stands() {
        let theme = Theme::new(ThemeKind::Plain);
        for width in [0, 5, 20, 40, 200] {
            let page = page(&curve(80.0), width, 20, &theme);
            if width >= 30 {
                assert!(page.iter().all(|l| l.width() <= width), "{width}");
                let plotted = page.iter().any(|l| l.spans.iter().skip(1).any(|s| s.content == "◆"));
                assert!(plotted, "{width}");
            }
        }
    }

    #[test]
    fn beyond_the_capacity_theory_has_no_answer() {
        let theme = Theme::new(ThemeKind::Plain);
        let text: String = page(&curve(120.0), 60, 20, &theme).iter().map(ToString::to_string).collect();
        assert!(text.contains("grows without end"), "{text}");
    }
}
