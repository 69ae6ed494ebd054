//! The signals over time: load, answers, latency, errors, each with its present value and a chart.
//!
//! ```text
//! load      400/s    was 400/s  ▅▅▅▆▆▇▇▇
//! p95       412ms    was 90ms   ▁▁▂▃▅▆██  ▲ limit 300ms
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

mod chart;
mod grid;
mod marks;
mod memory;

use std::sync::Arc;

use super::cut;
use crate::session::lesson::GoalView;
use crate::sim::log::Entries;
use crate::sim::metrics::{Flow, Unit, Window, Windows};
use crate::sim::outcome::Reason;
use crate::sim::quantity::{show_rate, show_share};
use crate::sim::snapshot::NodeView;
use crate::sim::time::Time;
use crate::tui::theme::Theme;
use chart::Curve;
use grid::Grid;
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

/// How many there are.
const COUNT: usize = 8;
/// Most important first: what does not fit is left out at the end.
const SIGNALS: [Signal; COUNT] = [
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
    /// What happened, for the marks on the line of time.
    pub log: &'a Entries,
    /// Where the scene's clock begins.
    pub origin: Time,
    /// The second that is looked back at (its end); `None` = the latest.
    pub at: Option<Time>,
    /// The theme.
    pub theme: &'a Theme,
}

/// Where a row's chart stands and what stands beside it.
#[derive(Clone, Copy)]
struct Columns {
    /// Cells for the value without the change.
    was: u16,
    /// Cells after the chart.
    tail: u16,
    /// The first cell of the chart, and its width; 0 = no room.
    left: u16,
    width: u16,
}

impl Charts<'_> {
    /// Draws as many signals as fit, with as many rows each as there are; below them the line of time. Answers how many
    /// seconds a column stands for.
    pub fn draw(self, memory: &mut Memory, area: Rect, buf: &mut Buffer) -> u64 {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return 1;
        }
        let columns = self.columns(area, true);
        let grid = Grid::new(self.windows, self.span, columns.width as usize);
        let known = memory.columns(self, columns.width as usize);
        let timed = area.height as usize > SIGNALS.len() / 2;
        let failing = area.height as usize >= SIGNALS.len() + 2 || self.window().is_some_and(fails);
        let rest = area.height - u16::from(timed) - u16::from(failing && area.height > 2);
        let shown = SIGNALS.len().min(rest as usize);
        let height = (rest / shown as u16).clamp(1, 3);
        let mut chosen: Vec<&Signal> = SIGNALS[..shown].iter().collect();
        chosen.sort_by_key(|s| ORDER.iter().position(|n| *n == s.name));
        let mut y = area.y;
        for signal in chosen {
            let gap = u16::from(height > 1);
            self.row(signal, known, columns, Rect { y, height: height - gap, ..area }, buf);
            y += height;
        }
        if failing && y < area.bottom() {
            self.reasons(Rect { y, height: 1, ..area }, buf);
            y += 1;
        }
        if timed && y < area.bottom() {
            self.time(&grid, columns, Rect { y, height: 1, ..area }, buf);
            y += 1;
        }
        self.mark_cursor(&grid, columns, Rect { height: y - area.y, ..area }, buf);
        grid.stride as u64
    }

    /// Draws how busy the nodes are, a row each, over the same seconds.
    pub fn draw_nodes(self, nodes: &[NodeView], area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        // No limits, no ghosts: the charts have the room.
        let columns = Charts { goals: &[], guess: None, ..self }.columns(area, false);
        let grid = Grid::new(self.windows, self.span, columns.width as usize);
        let measured =
            |n: &&NodeView| !n.removed && self.windows.last().is_some_and(|w| busy(w, n).is_some());
        let mut rows = 0;
        for (node, y) in nodes.iter().filter(measured).zip(area.top()..area.bottom()) {
            rows += 1;
            let row = Rect { y, height: 1, ..area };
            let now = self.window().and_then(|w| busy(w, node));
            buf.set_stringn(row.x, y, cut(&node.name, NAME as usize - 1), row.width as usize, self.theme.dim);
            let style = now.map_or(self.theme.dim, |share| self.theme.heat(share));
            let text = now.map_or("-".to_owned(), show_share);
            if row.width > NAME {
                buf.set_stringn(row.x + NAME, y, text, (row.width - NAME).min(VALUE) as usize, style);
            }
            if columns.width > 0 {
                let values = grid.values(|w| busy(w, node));
                let curve = Curve {
                    values,
                    ghost: Vec::new(),
                    limit: None,
                    guess: None,
                    least_top: 1.0,
                    harm: false,
                };
                curve.bars(self.theme, Rect { x: columns.left, width: columns.width, ..row }, buf);
            }
        }
        self.mark_cursor(&grid, columns, Rect { height: rows, ..area }, buf);
    }

    /// The second that the numbers are of.
    fn window(&self) -> Option<&Window> {
        match self.at {
            Some(at) => self.windows.get(self.windows.partition_point(|w| w.end < at)).map(|w| &**w),
            None => self.windows.last().map(|w| &**w),
        }
    }

    fn row(self, s: &Signal, known: &[Column], columns: Columns, area: Rect, buf: &mut Buffer) {
        let (bottom, theme) = (area.bottom() - 1, self.theme);
        let limit = self.goals.iter().find(|g| g.path == s.path);
        let latest = self.window().and_then(|w| (s.value)(&w.system));
        let over = latest.is_some_and(|v| limit.is_some_and(|g| is_over(g, v)));
        buf.set_stringn(area.x, bottom, s.name, area.width.min(NAME) as usize, theme.dim);
        if area.width <= NAME {
            return;
        }
        let text = latest.map_or("-".to_owned(), |v| s.unit.show(v));
        let style = if over { theme.bad } else { theme.strong };
        buf.set_stringn(area.x + NAME, bottom, &text, (area.width - NAME).min(VALUE) as usize, style);
        let Columns { was, tail, left, width } = columns;
        if width == 0 {
            return;
        }
        if was > 0
            && let Some(then) = self.window().and_then(|w| self.ghost(s, w))
        {
            let words = cut(&format!("was {}", s.unit.show(then)), was as usize - 1);
            buf.set_stringn(area.x + NAME + VALUE, bottom, words, was as usize, theme.dim);
        }
        let chart = Rect { x: left, width, ..area };
        self.curve(s, known, limit).bars(theme, chart, buf);
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

    /// Why requests fail in this second, the most frequent reason first.
    fn reasons(self, area: Rect, buf: &mut Buffer) {
        let failed = self.window().map_or([0; Reason::ALL.len()], |w| w.system.failed);
        let mut all: Vec<(Reason, u32)> =
            Reason::ALL.into_iter().zip(failed).filter(|(_, n)| *n > 0).collect();
        all.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let told: Vec<String> =
            all.iter().map(|(why, n)| format!("{} {}", why.name(), show_rate(f64::from(*n)))).collect();
        let (text, style) = if told.is_empty() {
            ("-".to_owned(), self.theme.dim)
        } else {
            (told.join(", "), self.theme.bad)
        };
        buf.set_stringn(area.x, area.y, "failing", area.width as usize, self.theme.dim);
        if area.width > NAME {
            let room = (area.width - NAME) as usize;
            buf.set_stringn(area.x + NAME, area.y, cut(&text, room), room, style);
        }
    }

    /// Where the charts stand: cells for the value without the change, and for the limit.
    fn columns(self, area: Rect, ghosts: bool) -> Columns {
        let width = area.width;
        let mut marked = self.goals.iter().map(|g| g.path.as_str()).chain(self.guess.map(|(path, _)| path));
        let limited = marked.any(|path| SIGNALS.iter().any(|s| s.path == path));
        let tail = match width {
            _ if !limited => 0,
            50.. => LIMIT,
            32.. => SHORT_LIMIT,
            _ => 0,
        };
        let enough = width >= NAME + VALUE + WAS + tail + NARROWEST;
        let was = if ghosts && !self.before.is_empty() && enough { WAS } else { 0 };
        let used = NAME + VALUE + was;
        let chart = width.saturating_sub(used + tail).min(MOST);
        Columns { was, tail, left: area.x + used, width: chart }
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

    fn curve<'a>(&self, s: &Signal, known: &[Column], limit: Option<&'a GoalView>) -> Curve<'a> {
        let at = SIGNALS.iter().position(|other| other.name == s.name).unwrap_or(0);
        Curve {
            values: known.iter().map(|column| column.values[at]).collect(),
            ghost: known.iter().map(|column| column.ghosts[at]).collect(),
            limit,
            guess: self.guess.filter(|(path, _)| *path == s.path).map(|(_, value)| value),
            least_top: 0.0,
            harm: s.path == "error_rate",
        }
    }

    /// The column of the second that is looked back at.
    fn mark_cursor(self, grid: &Grid, columns: Columns, area: Rect, buf: &mut Buffer) {
        let Some(column) = self.at.and_then(|at| grid.column(at)) else { return };
        for y in area.top()..area.bottom() {
            if let Some(cell) = buf.cell_mut((columns.left + column as u16, y)) {
                cell.modifier.insert(Modifier::REVERSED);
            }
        }
    }
}

fn fails(window: &Window) -> bool {
    window.system.failures() > 0
}

/// How full the fullest resource of a node was in a second, 0 to 1: workers or cores; `None` if it has neither.
fn busy(window: &Window, node: &NodeView) -> Option<f64> {
    let w = window.nodes.get(node.id.index())?;
    let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
    let [workers, cores] = [share(w.busy_ns, w.capacity_ns), share(w.cpu_busy_ns, w.cpu_capacity_ns)];
    workers.into_iter().chain(cores).reduce(f64::max).map(|s| s.min(1.0))
}

/// The value is on the bad side of the goal; `Goal::text` words the side.
fn is_over(goal: &GoalView, value: f64) -> bool {
    if goal.text.contains("at least") { value < goal.limit } else { value > goal.limit }
}
