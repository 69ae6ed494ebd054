//! The signals over time: load, answers, latency, errors, each with its present value and a chart.
//!
//! ```text
//! load      400/s  ▅▅▅▆▆▇▇▇
//! p95       412ms  ▁▁▂▃▅▆██  ▲ limit 300ms
//! ```

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::cut;
use crate::session::lesson::GoalView;
use crate::sim::metrics::{Flow, Unit, Window};
use crate::tui::theme::Theme;

/// One signal.
struct Signal {
    /// Its name on screen.
    name: &'static str,
    /// The metric path of a goal that limits it.
    path: &'static str,
    /// Unit of its values.
    unit: Unit,
    /// Its value in a window of one second.
    value: fn(&Flow) -> Option<f64>,
}

fn percentile(flow: &Flow, tenths: u16) -> Option<f64> {
    flow.responses.percentile(tenths).map(|t| t.ns() as f64 / 1e9)
}

/// Most important first: what does not fit is left out at the end.
const SIGNALS: &[Signal] = &[
    Signal { name: "load", path: "arrival_rate", unit: Unit::PerSecond, value: |f| Some(f.arrivals.into()) },
    Signal { name: "p95", path: "p95", unit: Unit::Seconds, value: |f| percentile(f, 950) },
    Signal {
        name: "errors",
        path: "error_rate",
        unit: Unit::Share,
        value: |f| {
            let ended = f.completed + f.failures();
            (ended > 0).then(|| f64::from(f.failures()) / f64::from(ended))
        },
    },
    Signal {
        name: "answered",
        path: "throughput",
        unit: Unit::PerSecond,
        value: |f| Some(f.completed.into()),
    },
    Signal { name: "in time", path: "goodput", unit: Unit::PerSecond, value: |f| Some(f.good.into()) },
    Signal { name: "p50", path: "p50", unit: Unit::Seconds, value: |f| percentile(f, 500) },
    Signal { name: "p99", path: "p99", unit: Unit::Seconds, value: |f| percentile(f, 990) },
    Signal { name: "in flight", path: "in_flight", unit: Unit::Count, value: |f| Some(f.in_flight.into()) },
];
/// The order on screen of those that fit.
const ORDER: &[&str] = &["load", "answered", "in time", "errors", "p50", "p95", "p99", "in flight"];
/// Cells of the name and of the value.
const NAME: u16 = 10;
const VALUE: u16 = 9;
/// Widest chart: two minutes.
const MOST: usize = 120;
/// Cells for the words about the limit.
const LIMIT: u16 = 16;
/// The same in little room: only the limit's value.
const SHORT_LIMIT: u16 = 8;

/// Draws as many signals as fit, with as many rows each as there are.
pub fn draw(windows: &[Arc<Window>], goals: &[GoalView], theme: &Theme, area: Rect, buf: &mut Buffer) {
    let area = area.intersection(buf.area);
    if area.is_empty() {
        return;
    }
    let shown = SIGNALS.len().min(area.height as usize);
    let height = (area.height / shown as u16).clamp(1, 3);
    let mut chosen: Vec<&Signal> = SIGNALS[..shown].iter().collect();
    chosen.sort_by_key(|s| ORDER.iter().position(|n| *n == s.name));
    for (i, signal) in chosen.into_iter().enumerate() {
        let y = area.y + i as u16 * height;
        let gap = u16::from(height > 1);
        row(signal, windows, goals, theme, Rect { y, height: height - gap, ..area }, buf);
    }
}

fn row(s: &Signal, windows: &[Arc<Window>], goals: &[GoalView], theme: &Theme, area: Rect, buf: &mut Buffer) {
    let bottom = area.bottom() - 1;
    let limit = goals.iter().find(|g| g.path == s.path);
    let latest = windows.last().and_then(|w| (s.value)(&w.system));
    let over = |v: f64| limit.is_some_and(|g| is_over(g, v));
    let width = area.width as usize;
    buf.set_stringn(area.x, bottom, s.name, width.min(NAME as usize), theme.dim);
    if area.width <= NAME {
        return;
    }
    let text = latest.map_or("-".to_owned(), |v| s.unit.show(v));
    let style = if latest.is_some_and(over) { theme.bad } else { theme.strong };
    buf.set_stringn(area.x + NAME, bottom, &text, (area.width - NAME).min(VALUE) as usize, style);
    if area.width <= NAME + VALUE {
        return;
    }
    let limited = goals.iter().any(|g| SIGNALS.iter().any(|s| s.path == g.path));
    let tail = match area.width {
        _ if !limited => 0,
        50.. => LIMIT,
        32.. => SHORT_LIMIT,
        _ => 0,
    };
    let chart = Rect {
        x: area.x + NAME + VALUE,
        width: (area.width - NAME - VALUE).saturating_sub(tail).min(MOST as u16),
        ..area
    };
    let from = windows.len().saturating_sub(chart.width as usize);
    let values: Vec<Option<f64>> = windows[from..].iter().map(|w| (s.value)(&w.system)).collect();
    bars(&values, limit, theme, chart, buf);
    if let Some(goal) = limit.filter(|_| tail > 0) {
        let mark = if latest.is_some_and(over) { "▲" } else { " " };
        let (word, value) = (if tail == LIMIT { " limit " } else { "" }, s.unit.show(goal.limit));
        let words = cut(&format!(" {mark}{word}{value}"), tail as usize);
        buf.set_stringn(chart.right(), bottom, words, tail as usize, theme.dim);
    }
}

/// The value is on the bad side of the goal; `Goal::text` words the side.
fn is_over(goal: &GoalView, value: f64) -> bool {
    if goal.text.contains("at least") { value < goal.limit } else { value > goal.limit }
}

/// Vertical bars in eighths of a cell; the limit is a line through the empty cells.
fn bars(values: &[Option<f64>], limit: Option<&GoalView>, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let most = values.iter().flatten().copied().chain(limit.map(|g| g.limit)).fold(0.0, f64::max);
    let top = ceiling(most);
    let eighths = f64::from(area.height) * 8.0;
    let limit_row = limit
        .filter(|_| area.height > 1)
        .map(|g| ((g.limit / top * f64::from(area.height)).ceil() as u16).clamp(1, area.height) - 1);
    let first = area.width as usize - values.len().min(area.width as usize);
    for column in 0..area.width as usize {
        let value = column.checked_sub(first).and_then(|i| values.get(i).copied().flatten());
        let filled = value.map_or(0, |v| ((v / top * eighths).round() as u16).max(u16::from(v > 0.0)));
        let bad = value.zip(limit).is_some_and(|(v, g)| is_over(g, v));
        let style: Style = if bad { theme.bad } else { theme.accent };
        for row in 0..area.height {
            let (x, y) = (area.x + column as u16, area.bottom() - 1 - row);
            let rest = filled.saturating_sub(row * 8).min(8) as usize;
            if rest > 0 {
                buf.set_stringn(x, y, EIGHTHS[rest - 1], 1, style);
            } else if limit_row == Some(row) {
                buf.set_stringn(x, y, "╌", 1, theme.dim);
            } else if row == 0 {
                buf.set_stringn(x, y, if value.is_some() { "▁" } else { "·" }, 1, theme.border);
            }
        }
    }
}

const EIGHTHS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// The next of 1, 2, 5, 10, ... at or above: the scale stays the same while values wobble.
fn ceiling(value: f64) -> f64 {
    let mut top = 1e-6;
    while top < value && top < 1e15 {
        let next = [2.0, 5.0, 10.0].into_iter().map(|f| top * f).find(|t| *t >= value);
        if let Some(next) = next {
            return next;
        }
        top *= 10.0;
    }
    top
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_has_few_steps() {
        #[track_caller]
        fn check(value: f64, expected: f64) {
            assert!((ceiling(value) / expected - 1.0).abs() < 1e-9, "{value} gave {}", ceiling(value));
        }
        check(0.3, 0.5);
        check(410.0, 500.0);
        check(501.0, 1000.0);
        check(0.0, 1e-6);
    }
}
