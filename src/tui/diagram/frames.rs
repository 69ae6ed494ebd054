//! Draws the frames around what shares a machine or a zone: thin, with square corners, behind the lines.
//!
//! ```text
//! ┌ host box  memory 3.1/4 GiB ────┐
//! │ ╭ web ─────╮       ╭ db ──────╮│
//! ```

use ratatui::layout::Rect;
use ratatui::style::Style;

use super::brush::Brush;
use super::face::{node_of, shorten};
use super::graph::Frame;
use super::layout::Layout;
use crate::sim::id::NodeId;
use crate::sim::snapshot::{HostView, ReplicaState, Snapshot};
use crate::tui::theme::{HOT, Theme, WARM};

const GIB: f64 = (1_u64 << 30) as f64;

/// Draws all frames of a layout.
pub(super) fn paint(brush: &mut Brush, layout: &Layout, snapshot: &Snapshot) {
    for &(index, rect) in &layout.frames {
        let frame = &layout.graph.frames[index];
        paint_border(brush, rect);
        let host = snapshot.hosts.iter().find(|h| frame.is_host && h.name == frame.name);
        let is_dark = || {
            let own = layout.graph.boxes.iter().filter(|b| b.frame == Some(index)).map(|b| b.node);
            zone_is_dark(snapshot, frame, own)
        };
        let room = rect.width.saturating_sub(4);
        let (text, style) = label(frame, host, is_dark, room, brush.theme);
        brush.text(rect.x + 1, rect.y, &format!(" {text} "), rect.width.saturating_sub(2), style);
    }
}

/// Where a box is that has no frame around it, in words, the longest first.
pub(super) fn place(layout: &Layout, snapshot: &Snapshot, own: usize) -> Vec<String> {
    let piece = &layout.graph.boxes[own];
    let Some(name) = &piece.whereabouts else { return Vec::new() };
    if layout.frames.iter().any(|f| Some(f.0) == piece.frame) {
        return Vec::new();
    }
    let shared = piece.frame.is_some_and(|f| layout.graph.frames[f].is_host);
    let host = snapshot.hosts.iter().find(|h| shared && h.name == *name);
    let at = format!("@{}", shorten(name, 12));
    match host.and_then(memory) {
        Some((used, short, _)) => vec![format!("{at} memory {used}"), format!("{at} {short}"), at],
        None => vec![at],
    }
}

fn paint_border(brush: &mut Brush, rect: Rect) {
    let style = brush.theme.faint;
    let (right, bottom) = (rect.right() - 1, rect.bottom() - 1);
    for x in rect.x + 1..right {
        brush.put(x, rect.y, '─', style);
        brush.put(x, bottom, '─', style);
    }
    for y in rect.y + 1..bottom {
        brush.put(rect.x, y, '│', style);
        brush.put(right, y, '│', style);
    }
    for (x, y, corner) in
        [(rect.x, rect.y, '┌'), (right, rect.y, '┐'), (right, bottom, '┘'), (rect.x, bottom, '└')]
    {
        brush.put(x, y, corner, style);
    }
}

/// Name and state in at most `room` cells: what matters least goes first.
fn label(
    frame: &Frame,
    host: Option<&HostView>,
    is_dark: impl Fn() -> bool,
    room: u16,
    theme: &Theme,
) -> (String, Style) {
    let room = usize::from(room);
    let kind = if frame.is_host { "host" } else { "zone" };
    let name = shorten(&frame.name, 16);
    let longest_that_fits = |texts: &[String]| {
        let fitting = texts.iter().find(|t| t.chars().count() <= room);
        fitting.cloned().unwrap_or_else(|| shorten(&frame.name, room))
    };
    if host.is_some_and(|h| h.down) || host.is_none() && is_dark() {
        let word = if frame.is_host { "DOWN" } else { "DARK" };
        return (longest_that_fits(&[format!("✗ {kind} {name} {word}"), format!("✗ {name}")]), theme.bad);
    }
    let zone = host.and_then(|h| h.zone.as_deref()).map_or(String::new(), |z| format!(" in zone {z}"));
    let Some((used, short, share)) = host.and_then(memory) else {
        return (longest_that_fits(&[format!("{kind} {name}{zone}"), format!("{kind} {name}")]), theme.dim);
    };
    let style = if share >= HOT {
        theme.bad
    } else if share >= WARM {
        theme.warn
    } else {
        theme.dim
    };
    let mark = if share >= HOT { "▲ " } else { "" };
    let texts = [
        format!("{mark}{kind} {name}{zone}  memory {used}"),
        format!("{mark}{kind} {name}  memory {used}"),
        format!("{mark}{name} memory {used}"),
        format!("{mark}{name} {short}"),
    ];
    (longest_that_fits(&texts), style)
}

/// Memory of a machine in words, in short, and as a share.
fn memory(host: &HostView) -> Option<(String, String, f64)> {
    if host.memory == 0 || host.memory_used == 0 {
        return None;
    }
    let share = host.memory_used as f64 / host.memory as f64;
    let gib = |bytes: u64| {
        let value = bytes as f64 / GIB;
        if value >= 10.0 || (value - value.round()).abs() < 0.05 {
            format!("{value:.0}")
        } else {
            format!("{value:.1}")
        }
    };
    let used = format!("{}/{} GiB", gib(host.memory_used), gib(host.memory));
    Some((used, format!("mem {:.0}%", share * 100.0), share))
}

/// All servers in the zone are silent.
fn zone_is_dark(snapshot: &Snapshot, frame: &Frame, nodes: impl Iterator<Item = NodeId>) -> bool {
    let mut seen = false;
    for node in nodes.filter_map(|id| node_of(snapshot, id)) {
        for server in node.replicas.iter().filter(|r| r.zone.as_ref() == Some(&frame.name)) {
            if server.state != ReplicaState::Silent {
                return false;
            }
            seen = true;
        }
    }
    seen
}
