//! The event log: what happened, latest last.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{flow, lines};
use crate::sim::log::{Entries, LogEntry, Weight};
use crate::sim::time::Time;
use crate::tui::theme::Theme;

/// Draws as many of the latest entries as fit, of those since `origin`; times count from there.
pub fn draw(log: &Entries, origin: Time, theme: &Theme, area: Rect, buf: &mut Buffer) {
    if log.last().is_none_or(|e| e.at < origin) {
        lines(&[Line::styled("Nothing has happened yet.", theme.dim)], 0, theme, area, buf);
        return;
    }
    let width = (area.width as usize).saturating_sub(1);
    let wanted = area.height as usize;
    let mut rows: Vec<Vec<Line>> = Vec::new();
    let mut count = 0;
    for event in log.iter().rev().take_while(|e| e.at >= origin) {
        let page = entry(event, origin, width, theme);
        count += page.len();
        rows.push(page);
        if count >= wanted {
            break;
        }
    }
    let all: Vec<Line> = rows.into_iter().rev().flatten().collect();
    let skip = all.len().saturating_sub(wanted);
    lines(&all[skip..], 0, theme, area, buf);
}

fn entry(event: &LogEntry, origin: Time, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let (glyph, style) = match event.weight {
        Weight::Change => ("◆", theme.accent),
        Weight::Bad => ("✗", theme.bad),
        Weight::Good => ("✓", theme.good),
    };
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
