//! The parts of the play screen: each draws plain values into a rectangle.

pub mod curve;
pub mod footer;
pub mod goals;
pub mod inspector;
pub mod lesson;
pub mod log;
pub mod signals;
pub mod title;
pub mod wall;
pub mod waterfall;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::theme::Theme;
pub use crate::level::wrap::{capital, flow, wrap};
use crate::sim::log::Weight;
use crate::sim::time::Time;

/// A panel's heading: its name in a rule. Answers the room below it.
pub fn heading(name: &str, theme: &Theme, area: Rect, buf: &mut Buffer) -> Rect {
    let area = area.intersection(buf.area);
    if area.is_empty() {
        return area;
    }
    let rule = "─".repeat((area.width as usize).saturating_sub(name.width() + 3));
    let line = Line::from(vec![
        Span::styled("─ ", theme.border),
        Span::styled(name.to_owned(), theme.panel_title),
        Span::styled(format!(" {rule}"), theme.border),
    ]);
    line.render(Rect { height: 1, ..area }, buf);
    Rect { y: area.y + 1, height: area.height - 1, ..area }
}

/// A rule through an area of one column or one row.
pub fn rule(theme: &Theme, area: Rect, buf: &mut Buffer) {
    let glyph = if area.height > 1 { "│" } else { "─" };
    for at in area.intersection(buf.area).positions() {
        buf.set_stringn(at.x, at.y, glyph, 1, theme.border);
    }
}

/// Draws lines from the top, the first `skip` left out; a mark says that there is more.
pub fn lines(lines: &[Line], skip: usize, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let area = area.intersection(buf.area);
    let room = area.height as usize;
    if area.is_empty() {
        return;
    }
    let skip = skip.min(lines.len().saturating_sub(room));
    for (row, line) in lines.iter().skip(skip).take(room).enumerate() {
        line.render(Rect { y: area.y + row as u16, height: 1, ..area }, buf);
    }
    let edge = area.right() - 1;
    if skip > 0 {
        buf.set_stringn(edge, area.y, "▲", 1, theme.accent);
    }
    if lines.len() > skip + room {
        buf.set_stringn(edge, area.bottom() - 1, "▼", 1, theme.accent);
    }
}

/// Wrapped text with a mark before its first line; the others are indented as far.
pub fn marked(mark: &str, text: &str, width: usize, mark_style: Style, style: Style) -> Vec<Line<'static>> {
    let indent = mark.width();
    let rows = flow(text, width.saturating_sub(indent));
    rows.into_iter()
        .enumerate()
        .map(|(i, row)| {
            let lead = if i == 0 { mark.to_owned() } else { " ".repeat(indent) };
            Line::from(vec![Span::styled(lead, mark_style), Span::styled(row, style)])
        })
        .collect()
}

/// The glyph and the style of an event.
pub const fn weight(weight: Weight, theme: &Theme) -> (&'static str, Style) {
    match weight {
        Weight::Change => ("◆", theme.accent),
        Weight::Bad => ("✗", theme.bad),
        Weight::Good => ("✓", theme.good),
    }
}

/// An instant on the clock, to the thousandth: `00:42.350`.
pub fn clock(t: Time) -> String {
    let ms = t.ns() / 1_000_000;
    format!("{:02}:{:02}.{:03}", ms / 60_000, ms / 1000 % 60, ms % 1000)
}

/// Cut to `width` cells, with an ellipsis where something is missing.
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    for letter in text.graphemes(true) {
        if out.width() + letter.width() + 1 > width {
            break;
        }
        out.push_str(letter);
    }
    if width > 0 {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_with_a_mark() {
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abc", 0), "");
    }
}
