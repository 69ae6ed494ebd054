//! The event log: what happened, latest last.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{flow, lines, weight};
use crate::sim::log::{Entries, LogEntry};
use crate::sim::time::Time;
use crate::tui::theme::Theme;

/// What is shown of the log.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// All of it.
    pub log: &'a Entries,
    /// Times count from here; what was before is left out.
    pub origin: Time,
    /// Nothing later than this; `None` = everything.
    pub until: Option<Time>,
    /// Only entries in whose place or text this stands, whatever its case.
    pub filter: &'a str,
    /// Letters go into the filter.
    pub typing: bool,
}

impl View<'_> {
    /// The entries that are meant, latest first.
    fn entries(&self) -> impl Iterator<Item = &LogEntry> {
        let wanted = self.filter.to_lowercase();
        let has = move |text: &str| wanted.is_empty() || text.to_lowercase().contains(&wanted);
        self.log
            .iter()
            .rev()
            .take_while(|e| e.at >= self.origin)
            .filter(|e| self.until.is_none_or(|until| e.at <= until))
            .filter(move |e| has(&e.place) || has(&e.text))
    }

    /// Draws as many entries as fit, the latest at the bottom, `skip` of them left out; how many could be.
    pub fn draw(&self, skip: usize, theme: &Theme, area: Rect, buf: &mut Buffer) -> usize {
        let area = area.intersection(buf.area);
        let found = self.entries().count();
        let mut room = area;
        if self.typing || !self.filter.is_empty() {
            let cursor = if self.typing { "_" } else { "" };
            let line = Line::from(vec![
                Span::styled(format!("/{}{cursor}", self.filter), theme.strong),
                Span::styled(format!("  {found} found"), theme.dim),
            ]);
            lines(&[line], 0, theme, area, buf);
            room = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }.intersection(area);
        }
        let width = (area.width as usize).saturating_sub(1);
        let wanted = room.height as usize;
        let hidden = found.saturating_sub(wanted.max(1));
        let mut rows: Vec<Vec<Line>> = Vec::new();
        let mut count = 0;
        for event in self.entries().skip(skip.min(hidden)) {
            let page = entry(event, self.origin, width, theme);
            count += page.len();
            rows.push(page);
            if count >= wanted {
                break;
            }
        }
        if rows.is_empty() && self.filter.is_empty() {
            rows.push(vec![Line::styled("Nothing has happened yet.", theme.dim)]);
        }
        let all: Vec<Line> = rows.into_iter().rev().flatten().collect();
        lines(&all[all.len().saturating_sub(wanted)..], 0, theme, room, buf);
        hidden
    }
}

fn entry(event: &LogEntry, origin: Time, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let (glyph, style) = weight(event.weight, theme);
    let place = if event.place.is_empty() { String::new() } else { format!("{} ", event.place) };
    let text = format!("{place}{}", event.text);
    let indent = 11;
    let rows = flow(&text, width.saturating_sub(indent));
    rows.into_iter()
        .enumerate()
        .map(|(i, row)| match i {
            0 => {
                let mut spans = vec![
                    Span::styled(format!("{:>8} ", seconds(event.at - origin)), theme.dim),
                    Span::styled(format!("{glyph} "), style),
                ];
                match row.strip_prefix(place.as_str()) {
                    Some(rest) => {
                        spans.push(Span::styled(place.clone(), theme.strong));
                        spans.push(Span::styled(rest.to_owned(), theme.text));
                    }
                    None => spans.push(Span::styled(row, theme.text)),
                }
                Line::from(spans)
            }
            _ => Line::from(vec![Span::raw(" ".repeat(indent)), Span::styled(row, theme.text)]),
        })
        .collect()
}

/// `42.3s`, aligned in a column.
fn seconds(t: Time) -> String {
    format!("{:.1}s", t.ns() as f64 / 1e9)
}
