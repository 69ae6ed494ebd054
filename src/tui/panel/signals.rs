//! The signals over time: load, answers, latency, errors, each with its present value and a chart.
//!
//! ```text
//! load      400/s    was 400/s  ▅▅▅▆▆▇▇▇
//! p95       412ms    was 90ms   ▁▁▂▃▅▆██  ▲ limit 300ms
//! ```

mod memory;

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::cut;
use crate::session::lesson::GoalView;
use crate::sim::metrics::{Flow, Unit, Window, Windows};
use crate::tui::theme::Theme;
use memory::Column;
pub use memory::Memory;

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
    /// Making it takes time.
    costly: bool,
}

fn percentile(flow: &Flow, tenths: u16) -> Option<f64> {
    flow.responses.percentile(tenths).map(|t| t.ns() as f64 / 1e9)
}

/// Number of signals.
const COUNT: usize = 8;
/// Most important first: what does not fit is left out at the end.
static SIGNALS: [Signal; COUNT] = [
    Signal {
        name: "load",
        path: "arrival_rate",
        unit: Unit::PerSecond,
        value: |f| Some(f.arrivals.into()),
        costly: false,
    },
    Signal { name: "p95", path: "p95", unit: Unit::Seconds, value: |f| percentile(f, 950), costly: true },
    Signal {
        name: "errors",
        path: "error_rate",
        unit: Unit::Share,
        value: |f| {
            let ended = f.completed + f.failures();
            (ended > 0).then(|| f64::from(f.failures()) / f64::from(ended))
        },
        costly: false,
    },
    Signal {
        name: "answered",
        path: "throughput",
        unit: Unit::PerSecond,
        value: |f| Some(f.completed.into()),
        costly: false,
    },
    Signal {
        name: "in time",
        path: "goodput",
        unit: Unit::PerSecond,
        value: |f| Some(f.good.into()),
        costly: false,
    },
    Signal { name: "p50", path: "p50", unit: Unit::Seconds, value: |f| percentile(f, 500), costly: true },
    Signal { name: "p99", path: "p99", unit: Unit::Seconds, value: |f| percentile(f, 990), costly: true },
    Signal {
        name: "in flight",
        path: "in_flight",
        unit: Unit::Count,
        value: |f| Some(f.in_flight.into()),
        costly: false,
    },
];
/// The order on screen of those that fit.
const ORDER: &[&str] = &["load", "answered", "in time", "errors", "p50", "p95", "p99", "in flight"];
/// Cells of the name and of the value.
const NAME: u16 = 10;
const VALUE: u16 = 9;
/// Cells for the value without the scene's change.
const WAS: u16 = 11;
/// Widest chart: two minutes; narrowest that is worth having.
const MOST: u16 = 120;
const NARROWEST: u16 = 10;
/// Cells for the words about the limit.
const LIMIT: u16 = 16;
/// The same in little room: only the limit's value.
const SHORT_LIMIT: u16 = 8;

/// What the charts show.
#[derive(Clone, Copy)]
pub struct Charts<'a> {
    /// The run, by seconds.
    pub windows: &'a Windows,
    /// The same seconds without the change that the scene is about: the dotted line.
    pub before: &'a Windows,
    /// Goals, for their limits.
    pub goals: &'a [GoalView],
    /// The student's guess: the metric's path, base units.
    pub guess: Option<(&'a str, f64)>,
    /// Seconds that a chart covers: a scene's length, so that its beginning stays in sight; 0 = a second a column.
    pub span: usize,
    /// The theme.
    pub theme: &'a Theme,
}

/// One signal in numbers: a value a column.
struct Curve<'a> {
    values: Vec<Option<f64>>,
    ghost: Vec<Option<f64>>,
    limit: Option<&'a GoalView>,
    guess: Option<f64>,
    /// Anything over nothing is bad.
    harm: bool,
}

impl Charts<'_> {
    /// Draws as many signals as fit, with as many rows each as there are; copies what was drawn before as long as no
    /// new sample is there.
    pub fn draw(self, memory: &mut Memory, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.is_empty() || memory.copy(self, area, buf) {
            return;
        }
        let columns = memory.columns(self, self.chart(area).width as usize);
        let shown = SIGNALS.len().min(area.height as usize);
        let height = (area.height / shown as u16).clamp(1, 3);
        let mut chosen: Vec<&Signal> = SIGNALS[..shown].iter().collect();
        chosen.sort_by_key(|s| ORDER.iter().position(|n| *n == s.name));
        for (i, signal) in chosen.into_iter().enumerate() {
            let y = area.y + i as u16 * height;
            let gap = u16::from(height > 1);
            self.row(signal, columns, Rect { y, height: height - gap, ..area }, buf);
        }
        memory.keep(self, area, buf);
    }

    /// The room of a row's chart: every row has it at the same columns.
    fn chart(self, row: Rect) -> Rect {
        let (was, tail) = self.margins(row.width);
        let left = NAME + VALUE + was;
        let width = row.width.saturating_sub(left + tail).min(MOST);
        Rect { x: row.x + left.min(row.width), width, ..row }
    }

    fn row(self, s: &Signal, columns: &[Column], area: Rect, buf: &mut Buffer) {
        let (bottom, theme) = (area.bottom() - 1, self.theme);
        let limit = self.goals.iter().find(|g| g.path == s.path);
        let latest = self.windows.last().and_then(|w| (s.value)(&w.system));
        let over = latest.is_some_and(|v| limit.is_some_and(|g| is_over(g, v)));
        buf.set_stringn(area.x, bottom, s.name, area.width.min(NAME) as usize, theme.dim);
        if area.width <= NAME {
            return;
        }
        let text = latest.map_or("-".to_owned(), |v| s.unit.show(v));
        let style = if over { theme.bad } else { theme.strong };
        buf.set_stringn(area.x + NAME, bottom, &text, (area.width - NAME).min(VALUE) as usize, style);
        let ((was, tail), chart) = (self.margins(area.width), self.chart(area));
        if chart.width == 0 {
            return;
        }
        if was > 0
            && let Some(then) = self.windows.last().and_then(|w| self.ghost(s, w))
        {
            let words = cut(&format!("was {}", s.unit.show(then)), was as usize - 1);
            buf.set_stringn(area.x + NAME + VALUE, bottom, words, was as usize, theme.dim);
        }
        self.bars(&self.curve(s, limit, columns), chart, buf);
        if let Some((_, guess)) = self.guess.filter(|(path, _)| *path == s.path && tail > 0) {
            let words = cut(&format!(" ◀ guess {}", s.unit.show(guess)), tail as usize);
            buf.set_stringn(chart.right(), bottom, words, tail as usize, theme.key);
        } else if let Some(goal) = limit.filter(|_| tail > 0) {
            let mark = if over { "▲" } else { " " };
            let (word, value) = (if tail == LIMIT { " limit " } else { "" }, s.unit.show(goal.limit));
            let words = cut(&format!(" {mark}{word}{value}"), tail as usize);
            buf.set_stringn(chart.right(), bottom, words, tail as usize, theme.dim);
        }
    }

    /// Cells for the value without the change, and for the limit.
    fn margins(self, width: u16) -> (u16, u16) {
        let mut marked = self.goals.iter().map(|g| g.path.as_str()).chain(self.guess.map(|(path, _)| path));
        let limited = marked.any(|path| SIGNALS.iter().any(|s| s.path == path));
        let tail = match width {
            _ if !limited => 0,
            50.. => LIMIT,
            32.. => SHORT_LIMIT,
            _ => 0,
        };
        let enough = width >= NAME + VALUE + WAS + tail + NARROWEST;
        (if self.before.is_empty() || !enough { 0 } else { WAS }, tail)
    }

    /// The signal's value in the same second without the change.
    fn ghost(self, s: &Signal, window: &Window) -> Option<f64> {
        self.same_second(window).and_then(|same| (s.value)(&same.system))
    }

    /// That second without the change.
    fn same_second(&self, window: &Window) -> Option<&Arc<Window>> {
        let at = self.before.partition_point(|w| w.end < window.end);
        self.before.get(at).filter(|w| w.end == window.end)
    }

    fn curve<'a>(&self, s: &Signal, limit: Option<&'a GoalView>, columns: &[Column]) -> Curve<'a> {
        let at = SIGNALS.iter().position(|other| other.name == s.name).unwrap_or(0);
        Curve {
            values: columns.iter().map(|column| column.values[at]).collect(),
            ghost: columns.iter().map(|column| column.ghosts[at]).collect(),
            limit,
            guess: self.guess.filter(|(path, _)| *path == s.path).map(|(_, value)| value),
            harm: s.path == "error_rate",
        }
    }

    /// Vertical bars in eighths of a cell; the limit is a line through the empty cells, the ghost a dotted line.
    fn bars(self, curve: &Curve, area: Rect, buf: &mut Buffer) {
        let values = curve.values.iter().chain(&curve.ghost).flatten().copied();
        let top = ceiling(values.chain(curve.limit.map(|g| g.limit)).chain(curve.guess).fold(0.0, f64::max));
        let height = f64::from(area.height);
        let row_of = |v: f64| ((v / top * height).ceil() as u16).clamp(1, area.height) - 1;
        let limit_row = curve.limit.filter(|_| area.height > 1).map(|g| row_of(g.limit));
        let guess_row = curve.guess.filter(|_| area.height > 1).map(row_of);
        let first = area.width as usize - curve.values.len().min(area.width as usize);
        for column in 0..area.width as usize {
            let at = column.checked_sub(first);
            let value = at.and_then(|i| curve.values.get(i).copied().flatten());
            let ghost = at.and_then(|i| curve.ghost.get(i).copied().flatten()).filter(|_| area.height > 1);
            let filled =
                value.map_or(0, |v| ((v / top * height * 8.0).round() as u16).max(u16::from(v > 0.0)));
            let bad =
                value.is_some_and(|v| curve.harm && v > 0.0 || curve.limit.is_some_and(|g| is_over(g, v)));
            let style: Style = if bad { self.theme.bad } else { self.theme.accent };
            for row in 0..area.height {
                let rest = filled.saturating_sub(row * 8).min(8) as usize;
                let (glyph, style) = match rest {
                    8 if ghost.map(row_of) == Some(row) => ("┄", style.add_modifier(Modifier::REVERSED)),
                    1.. => (EIGHTHS[rest - 1], style),
                    _ if ghost.map(row_of) == Some(row) => ("┄", self.theme.text),
                    _ if guess_row == Some(row) => ("─", self.theme.key),
                    _ if limit_row == Some(row) => ("╌", self.theme.dim),
                    _ if row > 0 => continue,
                    _ => (if value.is_some() { "▁" } else { "·" }, self.theme.border),
                };
                let at = (area.x + column as u16, area.bottom() - 1 - row);
                if let Some(cell) = buf.cell_mut(at) {
                    cell.set_symbol(glyph).set_style(style);
                }
            }
        }
    }
}

/// The value is on the bad side of the goal; `Goal::text` words the side.
fn is_over(goal: &GoalView, value: f64) -> bool {
    if goal.text.contains("at least") { value < goal.limit } else { value > goal.limit }
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
