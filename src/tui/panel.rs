//! The parts of the play screen: each draws plain values into a rectangle.

pub mod footer;
pub mod goals;
pub mod inspector;
pub mod lesson;
pub mod log;
pub mod signals;
pub mod title;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::theme::Theme;

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

/// Breaks text into lines of at most `width` cells, between words where that is possible. Empty lines stay.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut out = Vec::new();
    for paragraph in text.trim().lines() {
        let mut line = String::new();
        for word in words(paragraph) {
            if !line.is_empty() && line.width() + 1 + word.width() > width {
                out.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            for letter in word.graphemes(true) {
                if !line.is_empty() && line.width() + letter.width() > width {
                    out.push(std::mem::take(&mut line));
                }
                line.push_str(letter);
            }
        }
        out.push(line);
    }
    out
}

/// The words of a text; a lone `%` stays with its number.
fn words(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match out.last_mut() {
            Some(number) if word.starts_with('%') => {
                number.push(' ');
                number.push_str(word);
            }
            _ => out.push(word.to_owned()),
        }
    }
    out
}

/// Like `wrap`, but the paragraphs' own line breaks are spaces: only empty lines separate.
pub fn flow(text: &str, width: usize) -> Vec<String> {
    let mut out = Vec::new();
    for paragraph in text.trim().split("\n\n").filter(|p| !p.trim().is_empty()) {
        if !out.is_empty() {
            out.push(String::new());
        }
        out.extend(wrap(&paragraph.split_whitespace().collect::<Vec<_>>().join(" "), width));
    }
    out
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

/// With a capital first letter.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
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
    fn text_is_broken_between_words() {
        assert_eq!(wrap("one two  three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(flow("a b\nc\n\n d", 9), ["a b c", "", "d"]);
        assert_eq!(wrap("日本語", 4), ["日本", "語"]);
        assert!(wrap("", 5).is_empty());
    }

    #[test]
    fn text_is_cut_with_a_mark() {
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abc", 0), "");
    }
}
