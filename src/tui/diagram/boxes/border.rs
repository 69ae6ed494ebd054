//! The border of a box: its lines tell the state, the upper one has the name, the lower one what is special.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::super::brush::Brush;
use super::super::face::{Condition, Face};
use super::super::layout::Tier;
use super::Look;
use crate::sim::quantity::show_rate;
use crate::tui::theme::{Theme, WARM};

pub(super) fn style(face: &Face, selected: bool, theme: &Theme) -> Style {
    match face.condition {
        Condition::Hot | Condition::Down | Condition::Silent | Condition::Hung => theme.bad,
        Condition::Slow | Condition::Faulty | Condition::Paused | Condition::Out => theme.warn,
        _ if selected => theme.accent,
        Condition::Starting | Condition::Leaving => theme.dim,
        Condition::Calm if face.is_client() => theme.accent.remove_modifier(Modifier::BOLD),
        Condition::Calm if face.utilization >= WARM => theme.warn,
        Condition::Calm => theme.border,
    }
}

/// Corners from the top left clockwise, then the horizontal and the vertical line.
fn frame_glyphs(face: &Face) -> [char; 6] {
    match face.condition {
        Condition::Down | Condition::Silent => ['╭', '╮', '╯', '╰', '╌', '╎'],
        Condition::Starting => ['╭', '╮', '╯', '╰', '┈', '┊'],
        _ if face.is_group() => ['╔', '╗', '╝', '╚', '═', '║'],
        Condition::Hot => ['┏', '┓', '┛', '┗', '━', '┃'],
        _ => ['╭', '╮', '╯', '╰', '─', '│'],
    }
}

/// The frame with the name and the place in its upper line.
pub(super) fn paint(brush: &mut Brush, face: &Face, rect: Rect, look: Look) {
    paint_frame(brush, face, rect, look);
    let end = paint_title(brush, face, rect, look);
    if let Some(side) = look.side {
        brush.text_left_of(rect.right() - 1, rect.y, side, rect.width - 2, brush.theme.bad);
    } else {
        paint_place(brush, look.place, end + 1, rect);
    }
}

fn paint_frame(brush: &mut Brush, face: &Face, rect: Rect, look: Look) {
    let style = style(face, look.selected, brush.theme);
    let [top_left, top_right, bottom_right, bottom_left, flat, upright] = frame_glyphs(face);
    let (right, bottom) = (rect.right() - 1, rect.bottom() - 1);
    for x in rect.x + 1..right {
        brush.put(x, rect.y, flat, style);
        brush.put(x, bottom, flat, style);
    }
    for y in rect.y + 1..bottom {
        brush.put(rect.x, y, upright, style);
        brush.put(right, y, upright, style);
    }
    brush.put(rect.x, rect.y, top_left, style);
    brush.put(right, rect.y, top_right, style);
    brush.put(right, bottom, bottom_right, style);
    brush.put(rect.x, bottom, bottom_left, style);
}

/// Mark and name; where it is tight the mark takes the corner. Returns the column after them.
fn paint_title(brush: &mut Brush, face: &Face, rect: Rect, look: Look) -> u16 {
    let theme = brush.theme;
    let side = look.side.map_or(0, |s| s.chars().count() as u16);
    let inner = (rect.width - 2).saturating_sub(side);
    let padded = inner >= face.name(u16::MAX).chars().count() as u16 + 2;
    let pad = u16::from(padded || inner > 8);
    let name = face.name(inner - 2 * pad);
    let name_width = name.chars().count() as u16;
    let style = style(face, look.selected, theme).add_modifier(Modifier::BOLD);
    let mut x = rect.x + 1;
    if let Some(mark) = face.condition.mark() {
        if name_width + 2 * pad < inner {
            brush.put(x, rect.y, mark, style);
            x += 1;
        } else {
            brush.put(rect.x, rect.y, mark, style);
        }
    }
    let plain = matches!(face.condition, Condition::Calm | Condition::Starting | Condition::Leaving);
    let name_style = match (look.selected, plain) {
        (true, _) => theme.selected,
        (false, true) => theme.strong,
        (false, false) => style,
    };
    let (before, after) = if look.selected { ("[", "]") } else { (" ", " ") };
    if pad == 1 {
        x += brush.text(x, rect.y, before, 1, name_style);
    }
    x += brush.text(x, rect.y, &name, name_width, name_style);
    if pad == 1 {
        x += brush.text(x, rect.y, after, 1, name_style);
    }
    x
}

/// Where it is, at the end of the upper line: the longest text that fits.
fn paint_place(brush: &mut Brush, texts: &[String], start: u16, rect: Rect) {
    let end = rect.right() - 1;
    let room = usize::from(end.saturating_sub(start));
    if let Some(text) = texts.iter().find(|t| t.chars().count() <= room) {
        brush.text_left_of(end, rect.y, text, end - start, brush.theme.dim);
    }
}

/// The lower border: what is special, and the kind.
pub(super) fn paint_foot(brush: &mut Brush, face: &Face, rect: Rect, tier: Tier) {
    let theme = brush.theme;
    let (right, y) = (rect.right() - 1, rect.bottom() - 1);
    let fails = face.is_client() && tier <= Tier::Small && face.node.failure_rate > 0.0;
    // A small box of users that fail has room for their number alone.
    let tag = if fails { "" } else { face.piece.kind.datasheet().tag };
    let mut end = brush.text_left_of(right, y, tag, rect.width - 2, theme.dim);
    if face.piece.own_caller {
        end = brush.text_left_of(end, y, "↻", 1, theme.link);
    }
    let room = end.saturating_sub(rect.x + 1);
    if face.condition.banner().is_some() {
        return;
    }
    if face.is_client() {
        if fails {
            let text = format!("×{}", show_rate(face.node.failure_rate));
            brush.text(rect.x + 1, y, &text, room, theme.bad);
        }
    } else if tier <= Tier::Small {
        paint_small_queue(brush, face, rect.x + 1, y, room);
    } else {
        let remarks = face.remarks();
        let (text, style) = if remarks.is_empty() {
            (face.further_extras().into_iter().next().unwrap_or_default(), theme.dim)
        } else {
            (remarks.join(", "), theme.warn)
        };
        let width = text.chars().count() as u16;
        let only_foot = tier == Tier::Medium || !remarks.is_empty();
        if width > 0 && only_foot && width + 2 <= room {
            brush.text(rect.x + 2, y, &format!(" {text} "), room - 1, style);
        }
    }
}

/// Pips and their count: `▪▪··12`.
fn paint_small_queue(brush: &mut Brush, face: &Face, x: u16, y: u16, room: u16) {
    let theme = brush.theme;
    if let Some(backlog) = face.backlog() {
        brush.text(x, y, &format!("▪{backlog}"), room.saturating_sub(1), theme.accent);
        return;
    }
    let count = if face.queue > 0 { short_count(face.queue) } else { String::new() };
    let width = room.saturating_sub(count.len() as u16 + 1).min(4);
    brush.pips(x, y, width, face.queue, face.capacity);
    let style = if face.is_full() { theme.bad } else { theme.text };
    brush.text(x + width, y, &count, room.saturating_sub(width), style);
}

/// A count in at most four cells.
pub(super) fn short_count(count: u32) -> String {
    match count {
        0..=999 => count.to_string(),
        1000..=9999 => format!("{:.1}k", f64::from(count / 100) / 10.0),
        10_000..=999_999 => format!("{}k", count / 1000),
        _ => format!("{}M", count / 1_000_000),
    }
}
