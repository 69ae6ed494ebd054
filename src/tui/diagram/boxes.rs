//! Draws one box.
//!
//! ```text
//! ┏▲ postgres ━━━━━━━┓   mark and name      (heavy = hot, dashed = down, dotted = starting, double = group)
//! ┃ ██████████▉  98% ┃   gauge
//! ┃ q ▪▪▪▪▪▪▪▪▪▪· 31 ┃   waiting room
//! ┃ 840/s   p95 1.4s ┃   rate, response time
//! ┗━ slow ×5 ━━━━━━db┛   remarks, kind
//! ```

mod border;

use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::Part;
use super::brush::{Brush, bar_of};
use super::face::{Condition, Face, share};
use super::layout::Tier;
use crate::sim::component::Kind;
use crate::sim::metrics::{Window, Windows};
use crate::sim::quantity::{show_rate, show_time};
use crate::sim::snapshot::ReplicaState;

/// What the picture adds to a box.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look<'a> {
    /// Where it is, in words, the longest first; empty where a frame says so.
    pub place: &'a [String],
    /// The side of a partition that it is on.
    pub side: Option<&'a str>,
    pub selected: bool,
    pub bottleneck: bool,
    pub windows: &'a Windows,
}

const NECK: &str = "BOTTLENECK";

/// Draws a box of any size.
pub(super) fn paint(brush: &mut Brush, face: &Face, rect: Rect, tier: Tier, look: Look) {
    if rect.width < 3 || rect.height == 0 {
        return;
    }
    if rect.height < 3 {
        paint_line(brush, face, rect, tier, look);
        return;
    }
    brush.clear(rect);
    border::paint(brush, face, rect, look);
    let inner = Rect::new(rect.x + 1, rect.y + 1, rect.width - 2, rect.height - 2);
    border::paint_foot(brush, face, rect, tier);
    if let Some(word) = face.condition.banner() {
        paint_banner(brush, face.condition, word, inner);
    } else if face.is_client() {
        paint_client(brush, face, inner);
    } else if tier <= Tier::Small {
        paint_small(brush, face, inner);
    } else {
        let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
        paint_figures(brush, face, inner, look);
    }
    if look.bottleneck && face.condition.banner().is_none() {
        paint_neck(brush, rect);
    }
}

fn paint_banner(brush: &mut Brush, condition: Condition, word: &str, inner: Rect) {
    let theme = brush.theme;
    let y = inner.y + inner.height / 2;
    if condition == Condition::Starting {
        brush.text_centred(inner.x, y, word, inner.width, theme.dim);
    } else {
        let fill = format!("{word:^width$}", width = usize::from(inner.width));
        brush.text(inner.x, y, &fill, inner.width, theme.alarm);
    }
}

fn paint_client(brush: &mut Brush, face: &Face, inner: Rect) {
    let theme = brush.theme;
    let middle = inner.y + inner.height / 2;
    let rate = show_rate(face.rate);
    if inner.height < 3 {
        brush.text_centred(inner.x, middle, &rate, inner.width, theme.accent);
        return;
    }
    brush.text_centred(inner.x, middle - 1, &rate, inner.width, theme.accent);
    if let Some(p95) = face.p95 {
        brush.text_centred(inner.x, middle, &format!("p95 {}", show_time(p95)), inner.width, theme.dim);
    }
    if face.node.failure_rate > 0.0 {
        let text = format!("× {}", show_rate(face.node.failure_rate));
        brush.text_centred(inner.x, middle + 1, &text, inner.width, theme.bad);
    }
}

/// Figures of a box with one row.
fn paint_small(brush: &mut Brush, face: &Face, inner: Rect) {
    let theme = brush.theme;
    if !face.has_gauge && !face.is_group() && face.remarks().is_empty() {
        brush.text_centred(inner.x, inner.y, &face.doing(), inner.width, theme.text);
        return;
    }
    let percent = if face.has_gauge { percent(face.utilization) } else { String::new() };
    if face.is_group() {
        let bars = inner.width.saturating_sub(5);
        paint_bars(brush, face, inner.x, inner.y, bars);
    } else if let Some(remark) = face.remarks().first() {
        // Whole and apart from the percentage, or its first word alone: half a number would be another one.
        let room = inner.width.saturating_sub(5);
        let fits = remark.chars().count() <= room as usize;
        let text = if fits { remark } else { remark.split(' ').next().unwrap_or(remark) };
        brush.text(inner.x, inner.y, text, room, theme.warn);
    } else {
        brush.gauge(inner.x, inner.y, inner.width.saturating_sub(4), face.utilization);
    }
    let style = theme.heat(face.utilization).add_modifier(Modifier::BOLD);
    brush.text_left_of(inner.right(), inner.y, &percent, 4, style);
}

fn percent(share: f64) -> String {
    format!("{:>4}", format!("{:.0}%", share * 100.0))
}

/// One bar a server; where they are too many, one for several: the worst.
fn paint_bars(brush: &mut Brush, face: &Face, x: u16, y: u16, width: u16) {
    let theme = brush.theme;
    let servers = &face.node.replicas;
    let each = servers.len().div_ceil(usize::from(width.max(1))).max(1);
    for (i, some) in servers.chunks(each).enumerate().take(usize::from(width)) {
        let x = x + i as u16;
        let has = |state| some.iter().any(|s| s.state == state);
        if has(ReplicaState::Down) || has(ReplicaState::Silent) {
            brush.put(x, y, '✗', theme.bad);
        } else if has(ReplicaState::Hung) {
            brush.put(x, y, '⊗', theme.bad);
        } else if has(ReplicaState::Paused) {
            brush.put(x, y, '⏸', theme.warn);
        } else if has(ReplicaState::Starting) {
            brush.put(x, y, '…', theme.dim);
        } else if some.iter().any(|s| s.healthy == Some(false)) {
            brush.put(x, y, '⊘', theme.warn);
        } else {
            brush.bar(x, y, some.iter().map(|s| share(s.fullness())).fold(0.0, f64::max));
        }
    }
}

/// Figures of a box with three rows or more.
fn paint_figures(brush: &mut Brush, face: &Face, inner: Rect, look: Look) {
    let theme = brush.theme;
    let (x, width, right) = (inner.x, inner.width, inner.right());
    let mut y = inner.y;
    let style = theme.heat(face.utilization).add_modifier(Modifier::BOLD);
    if face.is_group() {
        paint_bars(brush, face, x, y, width.saturating_sub(5));
        if inner.height >= 5 && face.has_gauge {
            y += 1;
            brush.gauge(x, y, width.saturating_sub(5), face.utilization);
        }
    } else if face.has_gauge {
        brush.gauge(x, y, width.saturating_sub(5), face.utilization);
    } else {
        // Its rate stands below: what is in nobody's way has no more to tell.
        let doing = Some(face.doing()).filter(|d| *d != show_rate(face.rate));
        let (text, style) = doing.map_or_else(
            || (face.piece.kind.datasheet().title.to_lowercase(), theme.dim),
            |doing| (doing, theme.text),
        );
        brush.text(x, y, &text, width, style);
    }
    if face.has_gauge {
        brush.text_left_of(right, y, &percent(face.utilization), 4, style);
    }
    y += 1;
    paint_queue(brush, face, Rect::new(x, y, width, 1), inner.height >= 5);
    y += 1;
    let (first, second) = rate_and_time(face);
    brush.text(x, y, &first, width, theme.text);
    brush.text_left_of(right, y, &second, width.saturating_sub(first.chars().count() as u16 + 1), theme.dim);
    y += 1;
    for row in more_figures(face).into_iter().take(usize::from((inner.height / 2).saturating_sub(1))) {
        if y + 1 < inner.bottom() {
            brush.text(x, y, &row, width, theme.dim);
            y += 1;
        }
    }
    if y < inner.bottom() && face.has_gauge {
        let area = Rect::new(x, y, width, inner.bottom() - y);
        paint_history(brush, &history(face, look.windows), area);
    }
}

/// How much, and how quickly.
fn rate_and_time(face: &Face) -> (String, String) {
    if face.piece.kind == Kind::Pipeline {
        let figure = |label: &str| face.node.extra.iter().find(|e| e.label == label).map(|e| e.text.as_str());
        let releases = format!("{} releases", figure("releases").unwrap_or("0"));
        return (releases, figure("lead time").map_or(String::new(), |lead| format!("lead {lead}")));
    }
    let second = match (face.p95, face.server) {
        (Some(p95), _) => format!("p95 {}", show_time(p95)),
        (None, Some(server)) => busy(server.busy, server.workers),
        (None, None) => String::new(),
    };
    (show_rate(face.rate), second)
}

fn busy(busy: u32, workers: Option<u32>) -> String {
    match workers {
        Some(workers) => format!("busy {busy}/{workers}"),
        None => format!("busy {busy}"),
    }
}

/// Rows that only large boxes have room for.
fn more_figures(face: &Face) -> Vec<String> {
    let mut rows = face.further_extras();
    if share(face.node.occupied_by_calls) >= 0.005 {
        rows.push(format!("waits for calls {:.0}%", share(face.node.occupied_by_calls) * 100.0));
    }
    if let Some(cpu) = face.node.cpu_utilization {
        let host = face
            .node
            .host
            .as_deref()
            .map_or(String::new(), |h| format!(" on {}", super::face::shorten(h, 12)));
        rows.push(format!("cpu {:.0}%{host}", share(cpu) * 100.0));
    }
    rows
}

fn paint_queue(brush: &mut Brush, face: &Face, row: Rect, with_capacity: bool) {
    let theme = brush.theme;
    if let Some(backlog) = face.backlog() {
        brush.text(row.x, row.y, "backlog", row.width, theme.dim);
        brush.text_left_of(row.right(), row.y, backlog, row.width.saturating_sub(8), theme.text);
        return;
    }
    let count = match face.capacity {
        Some(room) if with_capacity => format!("{}/{}", face.queue, room),
        _ => border::short_count(face.queue),
    };
    let style = if face.is_full() { theme.bad } else { theme.text };
    brush.text(row.x, row.y, "q", 1, theme.dim);
    let start = brush.text_left_of(row.right(), row.y, &count, row.width.saturating_sub(2), style);
    let room = start.saturating_sub(row.x + 3);
    brush.pips(row.x + 2, row.y, room, face.queue, face.capacity);
}

/// Utilization of the finished windows, oldest first.
fn history(face: &Face, windows: &Windows) -> Vec<f64> {
    let of_window = |window: &Window| {
        let node = window.nodes.get(face.node.id.index())?;
        let (busy, capacity) = match face.piece.part {
            Part::Node(_) => (node.busy_ns, node.capacity_ns),
            Part::Replica(_, index) => {
                let server = node.replicas.get(usize::from(index))?;
                (server.busy_ns, server.capacity_ns)
            }
        };
        Some(if capacity == 0 { 0.0 } else { share(busy as f64 / capacity as f64) })
    };
    windows.iter().map(|w| of_window(w).unwrap_or(0.0)).collect()
}

/// A curve of bars, the newest at the right.
fn paint_history(brush: &mut Brush, values: &[f64], area: Rect) {
    let theme = brush.theme;
    let newest = values.iter().rev().take(usize::from(area.width));
    for (i, &value) in newest.enumerate() {
        let x = area.right() - 1 - i as u16;
        let style = theme.heat(value).remove_modifier(Modifier::BOLD).add_modifier(Modifier::DIM);
        for row in 0..area.height {
            let level = value * f64::from(area.height) - f64::from(row);
            let y = area.bottom() - 1 - row;
            if level > 0.0 {
                brush.text(x, y, bar_of(level), 1, style);
            } else if row == 0 {
                brush.text(x, y, bar_of(0.0), 1, theme.faint);
            }
        }
    }
}

/// The word on the box, where there is room, else in its lower border.
fn paint_neck(brush: &mut Brush, rect: Rect) {
    let theme = brush.theme;
    let width = NECK.len() as u16;
    let x = rect.x + rect.width.saturating_sub(width) / 2;
    let above = rect.y.checked_sub(1).filter(|&y| brush.is_blank(x, y, width));
    let y = above.or_else(|| Some(rect.bottom()).filter(|&y| brush.is_blank(x, y, width)));
    if let Some(y) = y {
        brush.text(x, y, NECK, width, theme.alarm);
    } else if rect.width >= width + 2 {
        brush.text(rect.x + 1, rect.bottom() - 1, NECK, width, theme.alarm);
    } else {
        brush.text(rect.x + 1, rect.bottom() - 1, "▲NECK▲", rect.width - 2, theme.alarm);
    }
}

/// A box of one line: `│▲web 6/8    97%▇`.
fn paint_line(brush: &mut Brush, face: &Face, rect: Rect, tier: Tier, look: Look) {
    let theme = brush.theme;
    brush.clear(rect);
    let style = border::style(face, look.selected, theme);
    let mark = if look.bottleneck { '▲' } else { face.condition.mark().unwrap_or('│') };
    brush.put(rect.x, rect.y, mark, style.add_modifier(Modifier::BOLD));
    let figure = match (face.condition.banner(), face.is_client()) {
        (Some(word), _) => word.to_owned(),
        (None, true) => show_rate(face.rate),
        (None, false) if look.bottleneck && tier == Tier::List => {
            "NECK".to_owned() + &percent(face.utilization)
        }
        (None, false) if !face.has_gauge => show_rate(face.rate),
        (None, false) => percent(face.utilization).trim_start().to_owned(),
    };
    let with_figure = rect.width >= 12 || tier == Tier::List;
    let figure_width = if with_figure { figure.chars().count() as u16 + 1 } else { 1 };
    let name_room = rect.width.saturating_sub(1 + figure_width);
    let name = face.name(name_room);
    let name_style = match (look.selected, face.condition) {
        (true, _) => theme.selected,
        (false, Condition::Calm) => theme.strong,
        (false, _) => style.add_modifier(Modifier::BOLD),
    };
    brush.text(rect.x + 1, rect.y, &name, name_room, name_style);
    if with_figure {
        let style = if face.condition.banner().is_some() { style } else { theme.heat(face.utilization) };
        brush.text_left_of(rect.right(), rect.y, &figure, rect.width, style);
    } else if face.condition.banner().is_none() && face.has_gauge && !face.is_client() {
        brush.bar(rect.right() - 1, rect.y, face.utilization);
    }
}
