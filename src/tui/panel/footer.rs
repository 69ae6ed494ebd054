//! The last line: the keys that work now, the most useful ones first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthStr;

use crate::tui::keymap::{ALWAYS, Binding, Facts, Keymap, working};
use crate::tui::msg::Msg;
use crate::tui::theme::Theme;

/// Cells between two keys.
const GAP: usize = 3;

/// The keys with their words that fit into a width. Help and the way out always have their room.
pub fn keys(keymap: &Keymap, facts: &Facts, width: usize) -> Vec<(String, &'static str)> {
    shown(keymap, facts, width).into_iter().map(|(_, name, label)| (name, label)).collect()
}

/// What a click at a column asks for; a row that stands for several keys does not say which.
pub fn at(keymap: &Keymap, facts: &Facts, width: u16, column: u16) -> Option<Msg> {
    let mut from = 1;
    for (row, name, label) in shown(keymap, facts, width as usize) {
        let to = from + name.width() + 1 + label.width();
        if (from..to).contains(&(column as usize)) {
            let alone = !row.press.is_empty() && !matches!(row.msg, Msg::Pick(_) | Msg::Letter(_));
            return alone.then_some(row.msg);
        }
        from = to + GAP;
    }
    None
}

fn shown(keymap: &Keymap, facts: &Facts, width: usize) -> Vec<(&'static Binding, String, &'static str)> {
    // A row without a word now leaves its place to the one that has it.
    let all: Vec<_> = working(facts)
        .into_iter()
        .map(|row| (row, keymap.name(row, facts), (row.label)(facts)))
        .filter(|(_, _, label)| !label.is_empty())
        .collect();
    let cells = |(_, name, label): &(&Binding, String, &str)| name.width() + 1 + label.width() + GAP;
    let kept: usize = all.iter().filter(|k| k.0.rank >= ALWAYS).map(cells).sum();
    let mut room = (width + GAP).saturating_sub(1 + kept);
    let mut full = false;
    all.into_iter()
        .filter(|key| {
            full |= key.0.rank < ALWAYS && cells(key) > room;
            if key.0.rank < ALWAYS && !full {
                room -= cells(key);
            }
            key.0.rank >= ALWAYS || !full
        })
        .collect()
}

/// Draws the footer.
pub fn draw(keymap: &Keymap, facts: &Facts, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let mut spans = vec![Span::raw(" ")];
    for (name, label) in keys(keymap, facts, area.width as usize) {
        spans.push(Span::styled(name, theme.key));
        spans.push(Span::styled(format!(" {label}{}", " ".repeat(GAP)), theme.dim));
    }
    Line::from(spans).render(area.intersection(buf.area), buf);
}
