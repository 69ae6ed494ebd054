//! One request as a waterfall: a row a call, time from left to right, and below it which place held it up.
//!
//! ```text
//!                 0        200ms     400ms
//! ◆ web#2         ╌░░░░████──────────────██╌  420ms
//! ◆  └ db                  ╌░░░░░███████╌     310ms
//!   held by       ╌░web#2██╌░db░░███████╌██╌
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthStr;

use super::cut;
use crate::insight::critical_path::{self, Part, What};
use crate::insight::phases::{self, Phase};
use crate::sim::quantity::{show_share, show_time};
use crate::sim::snapshot::Snapshot;
use crate::sim::time::Time;
use crate::sim::trace::Trace;
use crate::tui::scale::round_up;
use crate::tui::theme::Theme;

/// Cells of a call's length after its bar.
const LENGTH: u16 = 8;
/// Most cells of a call's name.
const NAME: u16 = 26;

/// Least cells between two marks of the axis.
const MARK: u16 = 9;

/// What is drawn.
#[derive(Clone, Copy)]
pub struct Sheet<'a> {
    /// The request.
    pub trace: &'a Trace,
    /// For the names of places.
    pub snapshot: &'a Snapshot,
    /// The row that is told about.
    pub row: usize,
    /// The theme.
    pub theme: &'a Theme,
}

/// A place in words: `web#2`, or `db` for a node of one server.
pub fn place(snapshot: &Snapshot, node: u16, replica: Option<u16>) -> String {
    let Some(view) = snapshot.nodes.get(usize::from(node)) else { return "?".into() };
    let server = replica.and_then(|index| view.replicas.iter().find(|r| r.index == index));
    match (server, replica) {
        (Some(server), _) => server.name.to_string(),
        // A server that is gone by now keeps its number.
        (None, Some(index)) if view.replicas.len() > 1 => format!("{}#{}", view.name, index + 1),
        _ => view.name.to_string(),
    }
}

/// The glyph and the style of what time went by with.
const fn look(phase: Phase, theme: &Theme) -> (&'static str, Style) {
    match phase {
        Phase::Own(What::Network) => ("╌", theme.link),
        Phase::Own(What::Waiting) => ("░", theme.warn),
        Phase::Own(What::Working) => ("█", theme.accent),
        Phase::Own(What::Retrying) => ("╎", theme.message),
        Phase::Own(What::Client) => ("·", theme.dim),
        Phase::Calling => ("─", theme.dim),
    }
}

/// Time as cells: the whole request over the whole width.
struct Scale {
    from: Time,
    length: u64,
    left: u16,
    width: u16,
}

impl Scale {
    /// The cells of a stretch: at least one, so that nothing short goes unseen.
    fn cells(&self, from: Time, to: Time) -> std::ops::Range<u16> {
        let cell = |t: Time| {
            let passed = u128::from(t.ns().saturating_sub(self.from.ns()).min(self.length));
            ((passed * u128::from(self.width) + u128::from(self.length / 2)) / u128::from(self.length)) as u16
        };
        let start = cell(from).min(self.width.saturating_sub(1));
        start..cell(to).clamp(start + 1, self.width.max(start + 1))
    }
}

impl Sheet<'_> {
    /// Draws it.
    pub fn draw(self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        if area.width < 30 || area.height < 5 {
            return;
        }
        let path = critical_path::of(self.trace);
        let tree = phases::tree(self.trace);
        let names: Vec<String> = tree.iter().map(|&(i, depth)| self.name(i, depth)).collect();
        let longest = names.iter().map(|n| n.width() as u16).max().unwrap_or(0).max(7) + 3;
        let left = longest.min(NAME).min(area.width / 3);
        let scale = Scale {
            from: self.trace.born,
            length: (self.trace.ended - self.trace.born).ns().max(1),
            left: area.x + left,
            width: (area.width - left).saturating_sub(LENGTH),
        };
        self.head(&path, Rect { height: 2, ..area }, buf);
        let below = self.below(&path, &tree, area);
        // Everything but the rows has its place first; the rows scroll.
        let fixed = 2 + 1 + 1 + below.len() as u16;
        let room = area.height.saturating_sub(fixed).max(1).min(tree.len() as u16);
        let skip = (self.row + 1).saturating_sub(room as usize);
        self.axis(&scale, area.y + 2, buf);
        for (at, (&(index, _), name)) in tree.iter().zip(&names).enumerate().skip(skip).take(room as usize) {
            let y = area.y + 3 + (at - skip) as u16;
            self.call(index, name, at == self.row, &path, &scale, Rect { y, height: 1, ..area }, buf);
        }
        let y = area.y + 3 + room;
        self.path(&path, &scale, Rect { y, height: 1, ..area }, buf);
        for (line, y) in below.iter().zip(y + 1..area.bottom()) {
            line.render(Rect { y, height: 1, ..area }, buf);
        }
    }

    fn name(&self, index: usize, depth: usize) -> String {
        let span = &self.trace.spans[index];
        let indent = "  ".repeat(depth.min(6).saturating_sub(1));
        let branch = if depth > 0 { "└ " } else { "" };
        let tries = if span.attempts { " (tries)" } else { "" };
        format!("{indent}{branch}{}{tries}", place(self.snapshot, span.node, Some(span.replica)))
    }

    /// Who it was and how it ended; below it, what its time went by with.
    fn head(&self, path: &[Part], area: Rect, buf: &mut Buffer) {
        let theme = self.theme;
        let trace = self.trace;
        let took = trace.ended - trace.born;
        let class = self.snapshot.classes.get(usize::from(trace.class)).map_or("", |c| c);
        let client = place(self.snapshot, trace.client, None);
        let end = match trace.failed {
            Some((reason, node)) => {
                let at = place(self.snapshot, node, None);
                Span::styled(format!("✗ failed: {} at {at}", reason.name()), theme.bad)
            }
            None => Span::styled("✓ answered", theme.good),
        };
        let whose = if class.is_empty() || class == client { client } else { format!("{class} of {client}") };
        Line::from(vec![
            Span::styled(format!("#{}", trace.number), theme.strong),
            Span::styled(format!("  {whose}  "), theme.text),
            Span::styled(show_time(took), theme.strong),
            Span::raw("  "),
            end,
        ])
        .render(area, buf);
        let mut spans = Vec::new();
        for what in What::ALL {
            let sum: u64 = path.iter().filter(|p| p.what == what).map(|p| p.length().ns()).sum();
            if sum == 0 {
                continue;
            }
            let (glyph, style) = look(Phase::Own(what), theme);
            let share = sum as f64 / took.ns().max(1) as f64;
            let gap = if spans.is_empty() { "" } else { "   " };
            spans.push(Span::styled(format!("{gap}{glyph}{glyph} "), style));
            let text = format!("{} {} {}", what.name(), show_time(Time(sum)), show_share(share));
            spans.push(Span::styled(text, theme.text));
        }
        Line::from(spans).render(Rect { y: area.y + 1, height: 1, ..area }, buf);
    }

    fn axis(&self, scale: &Scale, y: u16, buf: &mut Buffer) {
        let step = round_up(scale.length as f64 / f64::from(scale.width / MARK).max(1.0), 1.0) as u64;
        for at in (0..scale.length).step_by(step as usize) {
            let x = scale.cells(self.trace.born + Time(at), self.trace.born + Time(at)).start;
            let text = if at == 0 { "0".into() } else { show_time(Time(at)) };
            let room = (scale.width - x).min(MARK - 1);
            if text.width() as u16 <= room {
                buf.set_stringn(scale.left + x, y, text, room as usize, self.theme.dim);
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a row needs all of it, once")]
    fn call(
        &self,
        index: usize,
        name: &str,
        chosen: bool,
        path: &[Part],
        scale: &Scale,
        area: Rect,
        buf: &mut Buffer,
    ) {
        let theme = self.theme;
        let span = &self.trace.spans[index];
        let mine = |from: Time, to: Time| {
            let held = |p: &&Part| p.node == span.node && p.replica == span.replica;
            path.iter().filter(held).any(|p| p.from < to && p.to > from)
        };
        let critical = mine(span.sent, span.ended);
        buf.set_stringn(area.x, area.y, if critical { "◆" } else { " " }, 1, theme.accent);
        let style = if chosen { theme.selected } else { theme.text };
        let room = (scale.left - area.x).saturating_sub(3) as usize;
        buf.set_stringn(area.x + 2, area.y, cut(name, room), room, style);
        for stretch in phases::of(self.trace, index) {
            let (glyph, style) = look(stretch.phase, theme);
            let bright = matches!(stretch.phase, Phase::Own(_)) && mine(stretch.from, stretch.to);
            let style = if bright { style } else { theme.dim };
            for cell in scale.cells(stretch.from, stretch.to) {
                buf.set_stringn(scale.left + cell, area.y, glyph, 1, style);
            }
        }
        if span.failed.is_some() {
            let end = scale.cells(span.sent, span.ended).end.saturating_sub(1);
            buf.set_stringn(scale.left + end, area.y, "×", 1, theme.bad);
        }
        let length = format!(" {:>6}", show_time(span.ended - span.sent));
        buf.set_stringn(scale.left + scale.width, area.y, length, LENGTH as usize, theme.dim);
    }

    /// The critical path as one bar: at every instant the place that held the request.
    fn path(&self, path: &[Part], scale: &Scale, area: Rect, buf: &mut Buffer) {
        let theme = self.theme;
        buf.set_stringn(area.x + 2, area.y, "held by", 7, theme.strong);
        for part in path {
            let (glyph, style) = look(Phase::Own(part.what), theme);
            for cell in scale.cells(part.from, part.to) {
                buf.set_stringn(scale.left + cell, area.y, glyph, 1, style);
            }
        }
        for held in path.chunk_by(|a, b| (a.node, a.replica) == (b.node, b.replica)) {
            let (Some(first), Some(last)) = (held.first(), held.last()) else { continue };
            let cells = scale.cells(first.from, last.to);
            let name = format!(" {} ", place(self.snapshot, first.node, Some(first.replica)));
            if name.width() + 2 <= cells.len() {
                let x = scale.left + cells.start + 1 + (cells.len() - name.width()) as u16 / 2;
                buf.set_stringn(x.min(area.right()), area.y, &name, cells.len() - 1, theme.strong);
            }
        }
    }

    /// The lines below the bars: the chosen call in words, the longest holds, what the glyphs mean.
    fn below(&self, path: &[Part], tree: &[(usize, usize)], area: Rect) -> Vec<Line<'static>> {
        let theme = self.theme;
        let roomy = area.height as usize > tree.len() + 16;
        let mut out = Vec::new();
        if roomy {
            out.push(Line::default());
        }
        if let Some(&(index, _)) = tree.get(self.row) {
            let text = self.told(index);
            out.extend(super::marked("▸ ", &text, area.width as usize - 1, theme.accent, theme.text));
        }
        if roomy {
            out.push(Line::default());
            out.push(Line::styled("What held it up", theme.panel_title));
            out.extend(self.holds(path));
            out.push(Line::default());
        }
        out.push(Line::from(vec![
            Span::styled("◆", theme.accent),
            Span::styled(" on the critical path   ", theme.dim),
            Span::styled("──", theme.dim),
            Span::styled(" waits for its calls   ", theme.dim),
            Span::styled("×", theme.bad),
            Span::styled(" failed", theme.dim),
        ]));
        out
    }

    /// One call in words.
    fn told(&self, index: usize) -> String {
        let span = &self.trace.spans[index];
        let name = place(self.snapshot, span.node, Some(span.replica));
        let mut sums: Vec<(Phase, u64)> = Vec::new();
        for s in phases::of(self.trace, index) {
            let ns = (s.to - s.from).ns();
            match sums.iter_mut().find(|(phase, _)| *phase == s.phase) {
                Some((_, sum)) => *sum += ns,
                None => sums.push((s.phase, ns)),
            }
        }
        let words: Vec<String> = sums
            .iter()
            .map(|&(phase, ns)| {
                let time = show_time(Time(ns));
                match phase {
                    Phase::Own(What::Network) => format!("{time} on the network"),
                    Phase::Own(What::Waiting) => format!("{time} waiting for a worker"),
                    Phase::Own(What::Retrying) => format!("{time} between attempts"),
                    Phase::Own(What::Working | What::Client) => format!("{time} working"),
                    Phase::Calling => format!("{time} waiting for its calls"),
                }
            })
            .collect();
        let end = match span.failed {
            Some((reason, node)) if node == span.node => format!("; failed: {}", reason.name()),
            Some((reason, node)) => {
                format!("; failed: {} at {}", reason.name(), place(self.snapshot, node, None))
            }
            None => String::new(),
        };
        let sent = show_time(span.sent - self.trace.born);
        format!("{name}, sent after {sent}: {}{end}.", words.join(", "))
    }

    /// Places and what they did, longest first; the lengths add up to the response time.
    fn holds(&self, path: &[Part]) -> Vec<Line<'static>> {
        let mut sums: Vec<(u16, u16, What, u64)> = Vec::new();
        for p in path {
            match sums.iter_mut().find(|s| (s.0, s.1, s.2) == (p.node, p.replica, p.what)) {
                Some(sum) => sum.3 += p.length().ns(),
                None => sums.push((p.node, p.replica, p.what, p.length().ns())),
            }
        }
        sums.sort_by_key(|s| std::cmp::Reverse(s.3));
        let whole = (self.trace.ended - self.trace.born).ns().max(1);
        let theme = self.theme;
        sums.iter()
            .take(6)
            .map(|&(node, replica, what, ns)| {
                let name = place(self.snapshot, node, Some(replica));
                let (glyph, style) = look(Phase::Own(what), theme);
                Line::from(vec![
                    Span::styled(format!("{glyph}{glyph} "), style),
                    Span::styled(format!("{:<16}", cut(&name, 15)), theme.text),
                    Span::styled(format!("{:<10}", what.name()), theme.dim),
                    Span::styled(format!("{:>7}", show_time(Time(ns))), theme.strong),
                    Span::styled(format!("  {}", show_share(ns as f64 / whole as f64)), theme.dim),
                ])
            })
            .collect()
    }
}
