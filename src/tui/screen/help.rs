//! Help: the keymap's table, in columns.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::tui::keymap::{BINDINGS, Facts, Group, Keymap};
use crate::tui::panel::lines;
use crate::tui::theme::Theme;

/// Narrowest column.
const COLUMN: u16 = 38;

/// The groups, each as lines; keys that do nothing at the moment are pale.
fn groups(keys: &Keymap, facts: &Facts, theme: &Theme) -> Vec<Vec<Line<'static>>> {
    Group::ALL
        .into_iter()
        .filter(|group| group.is_for(facts))
        .map(|group| {
            let mut out = vec![Line::styled(group.title(), theme.panel_title)];
            for row in BINDINGS.iter().filter(|b| b.group == group && !b.help.is_empty()) {
                let works = (row.when)(facts);
                let (key, text) = if works { (theme.key, theme.text) } else { (theme.dim, theme.dim) };
                out.push(Line::from(vec![
                    Span::styled(format!("  {:<8}", keys.shown(row)), key),
                    Span::styled(row.help, text),
                ]));
            }
            out.push(Line::default());
            out
        })
        .collect()
}

/// How many lines the help has in this room, and how many of them fit.
pub fn lengths(facts: &Facts, theme: &Theme, area: Rect) -> (usize, usize) {
    let columns = columns(&Keymap::default(), facts, theme, area);
    (columns.iter().map(Vec::len).max().unwrap_or(0), body(area).height as usize)
}

/// The groups dealt into as many columns as fit, in order and about evenly.
fn columns(keys: &Keymap, facts: &Facts, theme: &Theme, area: Rect) -> Vec<Vec<Line<'static>>> {
    let count = (body(area).width / COLUMN).clamp(1, 4) as usize;
    let groups = groups(keys, facts, theme);
    let all: usize = groups.iter().map(Vec::len).sum();
    let mut out: Vec<Vec<Line<'static>>> = vec![Vec::new()];
    for group in groups {
        let now = out.last().map_or(0, Vec::len);
        if out.len() < count && now > 0 && now + group.len() / 2 >= all / count {
            out.push(Vec::new());
        }
        if let Some(column) = out.last_mut() {
            column.extend(group);
        }
    }
    out
}

fn body(area: Rect) -> Rect {
    let margin = if area.width > 80 { 4 } else { 1 };
    Rect {
        x: area.x + margin,
        y: area.y + 2,
        width: area.width.saturating_sub(2 * margin),
        height: area.height.saturating_sub(2),
    }
    .intersection(area)
}

/// Draws the help above the footer.
pub fn draw(keys: &Keymap, facts: &Facts, scroll: usize, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let title = Line::styled(" Keys", theme.title_bar);
    buf.set_style(Rect { height: 1.min(area.height), ..area }, theme.title_bar);
    title.render(Rect { height: 1.min(area.height), ..area }, buf);
    let (columns, body) = (columns(keys, facts, theme, area), body(area));
    let width = body.width / columns.len().max(1) as u16;
    for (i, column) in columns.iter().enumerate() {
        let room = Rect { x: body.x + width * i as u16, width, ..body };
        lines(column, scroll, theme, room, buf);
    }
}
