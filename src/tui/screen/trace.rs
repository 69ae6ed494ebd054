//! Traces: single requests taken apart, call by call.
//!
//! ```text
//! 80x24                        120x35
//! Trace  [slowest] failed any  Trace  [slowest] failed any
//! #4711  812ms ...             #4711 812ms  | waterfall
//! ─────────────                #4702 790ms  |
//! waterfall                    ...          | where the time went
//! ```

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Margin, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::session::{Session, Traces};
use crate::sim::id::NodeId;
use crate::sim::quantity::show_time;
use crate::sim::snapshot::Snapshot;
use crate::sim::time::Time;
use crate::sim::trace::Trace;
use crate::tui::diagram::Direction;
use crate::tui::keymap::{Facts, Place};
use crate::tui::msg::Msg;
use crate::tui::panel::{self, clock, cut, lines, waterfall};
use crate::tui::theme::Theme;

/// From this width on the list stands beside the waterfall.
const WIDE: u16 = 110;

/// Rows of the page besides a row a call: who it was, the axis, the path, the words.
const BESIDE_THE_BARS: u16 = 9;

/// Which requests are listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Choice {
    Slowest,
    Failed,
    Any,
}

impl Choice {
    const ALL: [Self; 3] = [Self::Slowest, Self::Failed, Self::Any];
    const fn name(self) -> &'static str {
        match self {
            Self::Slowest => "slowest",
            Self::Failed => "failed",
            Self::Any => "any",
        }
    }
    /// Those of the kept ones that it means, the most telling first.
    fn of(self, kept: &Traces) -> Vec<Arc<Trace>> {
        let took = |t: &Arc<Trace>| std::cmp::Reverse(t.ended - t.born);
        let mut all: Vec<Arc<Trace>> = match self {
            Self::Slowest => kept.slowest.clone(),
            Self::Failed => kept.failed.iter().rev().cloned().collect(),
            Self::Any => kept.sampled.iter().rev().cloned().collect(),
        };
        if self == Self::Slowest {
            all.sort_by_key(|t| (took(t), t.client, t.number));
        }
        all
    }
}

/// The open screen. The clock stands while it is read.
pub struct TraceScreen {
    lists: [Vec<Arc<Trace>>; 3],
    choice: Choice,
    chosen: usize,
    /// The row of the waterfall that is told about.
    row: usize,
    /// The first request on screen.
    skip: usize,
    origin: Time,
    /// The run can go back to the moment at which a request was made.
    rewinds: bool,
    list: Rect,
}

impl TraceScreen {
    /// Opens it at the slowest request of the scene; `None` if none has ended yet.
    pub fn open(session: &Session, rewinds: bool) -> Option<Self> {
        let kept = session.traces();
        let lists = Choice::ALL.map(|choice| choice.of(&kept));
        let choice = Choice::ALL.into_iter().zip(&lists).find(|(_, l)| !l.is_empty())?.0;
        let origin = session.origin();
        Some(Self { lists, choice, chosen: 0, row: 0, skip: 0, origin, rewinds, list: Rect::default() })
    }

    fn listed(&self) -> &[Arc<Trace>] {
        &self.lists[self.choice as usize]
    }

    /// The request that is shown.
    pub fn trace(&self) -> Option<&Arc<Trace>> {
        self.listed().get(self.chosen)
    }

    /// The moment to which Enter brings the run back, and whose birth that is: its client and its number.
    pub fn moment(&self) -> Option<(Time, (NodeId, u64))> {
        let trace = self.trace().filter(|t| self.rewinds && t.born >= self.origin)?;
        Some((trace.born, (NodeId(trace.client), trace.number)))
    }

    /// Carries a message out; whether the screen stays open.
    pub fn update(&mut self, msg: Msg) -> bool {
        let rows = self.trace().map_or(0, |t| t.spans.len());
        match msg {
            Msg::Leave | Msg::Close | Msg::Trace => return false,
            Msg::NextTab | Msg::PreviousTab => self.turn(msg == Msg::NextTab),
            Msg::Select(Direction::Up) => self.choose(self.chosen.saturating_sub(1)),
            Msg::Select(Direction::Down) => self.choose(self.chosen + 1),
            Msg::Scroll(by) => self.choose(self.chosen.saturating_add_signed(by.into())),
            Msg::Select(Direction::Left) => self.row = self.row.saturating_sub(1),
            Msg::Select(Direction::Right) => self.row = (self.row + 1).min(rows.saturating_sub(1)),
            Msg::Click(column, row) if self.list.contains((column, row).into()) => {
                self.choose(self.skip + usize::from(row - self.list.y));
            }
            _ => {}
        }
        true
    }

    fn choose(&mut self, request: usize) {
        (self.chosen, self.row) = (request.min(self.listed().len().saturating_sub(1)), 0);
    }

    /// The next sort of requests that has any.
    fn turn(&mut self, forward: bool) {
        let at = self.choice as usize;
        let ways = (1..=Choice::ALL.len()).map(|by| if forward { at + by } else { at + 3 - by });
        if let Some(to) = ways.map(|i| i % 3).find(|&i| !self.lists[i].is_empty()) {
            (self.choice, self.skip) = (Choice::ALL[to], 0);
            self.choose(0);
        }
    }

    /// What the keymap must know.
    pub fn facts(&self) -> Facts {
        let spans = self.trace().map_or(0, |t| t.spans.len());
        Facts {
            place: Place::Trace,
            next: if self.moment().is_some() { "go to that moment" } else { "" },
            steps: [
                self.row > 0,
                self.row + 1 < spans,
                self.chosen > 0,
                self.chosen + 1 < self.listed().len(),
            ],
            tabs: self.lists.iter().filter(|l| !l.is_empty()).count() > 1,
            closes: true,
            ..Facts::default()
        }
    }

    /// Draws it above the footer.
    pub fn draw(&mut self, snapshot: &Snapshot, theme: &Theme, area: Rect, buf: &mut Buffer) {
        let [bar, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
        self.title(theme, bar, buf);
        let margin = Margin { horizontal: 1, vertical: 0 };
        let [list, page] = if area.width >= WIDE {
            let [list, rule, page] =
                Layout::horizontal([Constraint::Length(44), Constraint::Length(1), Constraint::Fill(1)])
                    .areas(body);
            panel::rule(theme, rule, buf);
            [list, page]
        } else {
            // The bars have their room first; what is left over shows more requests.
            let calls = self.trace().map_or(0, |t| t.spans.len()).min(usize::from(u8::MAX)) as u16;
            let height = body.height.saturating_sub(calls + BESIDE_THE_BARS).max(body.height / 4).max(3);
            let [list, rule, page] =
                Layout::vertical([Constraint::Length(height), Constraint::Length(1), Constraint::Fill(1)])
                    .areas(body);
            panel::rule(theme, rule, buf);
            [list, page]
        };
        self.draw_list(snapshot, theme, list.inner(margin), buf);
        if let Some(trace) = self.trace() {
            let sheet = waterfall::Sheet { trace, snapshot, row: self.row, theme };
            sheet.draw(page.inner(margin), buf);
        }
    }

    fn title(&self, theme: &Theme, area: Rect, buf: &mut Buffer) {
        buf.set_style(area, theme.title_bar);
        let mut left = " Trace of one request  ".to_owned();
        for choice in Choice::ALL {
            let open = choice == self.choice;
            let name = choice.name();
            let count = self.lists[choice as usize].len();
            left += &if open { format!("[{name} {count}]") } else { format!(" {name} {count} ") };
        }
        let right = format!("{} of {} ", self.chosen + 1, self.listed().len());
        let gap = (area.width as usize).saturating_sub(left.chars().count() + right.len());
        Line::from(format!("{left}{}{right}", " ".repeat(gap))).render(area.intersection(buf.area), buf);
    }

    fn draw_list(&mut self, snapshot: &Snapshot, theme: &Theme, area: Rect, buf: &mut Buffer) {
        self.list = area;
        let room = area.height as usize;
        self.skip = self.skip.min(self.chosen).max((self.chosen + 1).saturating_sub(room));
        let width = (area.width as usize).saturating_sub(1);
        let rows: Vec<Line> = self
            .listed()
            .iter()
            .enumerate()
            .map(|(i, trace)| self.line(i == self.chosen, trace, snapshot, width, theme))
            .collect();
        lines(&rows, self.skip, theme, area, buf);
    }

    fn line(
        &self,
        chosen: bool,
        trace: &Trace,
        snapshot: &Snapshot,
        width: usize,
        theme: &Theme,
    ) -> Line<'static> {
        let class = snapshot.classes.get(usize::from(trace.class)).map_or("", |c| c);
        let number = format!("#{:<8}", trace.number);
        let took = format!("{:>7}", show_time(trace.ended - trace.born));
        let at = if trace.born >= self.origin { clock(trace.born - self.origin) } else { "before".into() };
        let said = match trace.failed {
            Some((reason, node)) => {
                format!("  ✗ {} at {}", reason.name(), waterfall::place(snapshot, node, None))
            }
            None => format!("  {class}"),
        };
        let head = if chosen { theme.selected } else { theme.text };
        let room = width.saturating_sub(2 + 9 + 7 + 2 + at.len());
        let tail = if trace.failed.is_some() { theme.bad } else { theme.dim };
        Line::from(vec![
            Span::styled(if chosen { "▸ " } else { "  " }, theme.accent),
            Span::styled(number, head),
            Span::styled(took, theme.strong),
            Span::styled(format!("  {at}"), theme.dim),
            Span::styled(cut(&said, room), tail),
        ])
    }
}
