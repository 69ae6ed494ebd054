//! The last line: the keys that work now, the most useful ones first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthStr;

use crate::tui::keymap::{Facts, working};
use crate::tui::theme::Theme;

/// Cells between two keys.
const GAP: usize = 3;

/// The keys with their words that fit into a width.
pub fn keys(facts: &Facts, width: usize) -> Vec<(String, &'static str)> {
    let mut used = 1;
    let mut out = Vec::new();
    for row in working(facts) {
        let (name, label) = (row.name(facts), (row.label)(facts));
        used += name.width() + 1 + label.width() + GAP;
        if used > width + GAP - 1 {
            break;
        }
        out.push((name, label));
    }
    out
}

/// Draws the footer.
pub fn draw(facts: &Facts, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let mut spans = vec![Span::raw(" ")];
    for (name, label) in keys(facts, area.width as usize) {
        spans.push(Span::styled(name, theme.key));
        spans.push(Span::styled(format!(" {label}{}", " ".repeat(GAP)), theme.dim));
    }
    Line::from(spans).render(area.intersection(buf.area), buf);
}
