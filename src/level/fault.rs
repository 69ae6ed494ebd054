//! Faults of a file: place, message, remedy; and how they look on a terminal.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level as Grade, Renderer, Snippet};

use super::sanitise::{one_line, printable};

/// Byte range in a file.
pub type Span = Range<usize>;

/// Most faults that are shown; the rest is counted.
pub const MAX_SHOWN: usize = 50;
/// Most characters of a line that are quoted.
const MAX_QUOTED: usize = 200;
/// Longest message or remedy, in characters.
const MAX_MESSAGE: usize = 400;

/// One fault.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Fault {
    start: usize,
    end: usize,
    /// What is wrong; safe to print.
    pub message: String,
    /// What to write instead; safe to print.
    pub remedy: String,
}

impl Fault {
    /// A fault at a place. Texts may quote the file: control characters are taken out here.
    pub fn new(span: Span, message: impl AsRef<str>, remedy: impl AsRef<str>) -> Self {
        Self {
            start: span.start,
            end: span.end.max(span.start),
            message: one_line(message.as_ref(), MAX_MESSAGE),
            remedy: one_line(remedy.as_ref(), MAX_MESSAGE),
        }
    }
    /// Byte range in the file.
    pub const fn span(&self) -> Span {
        self.start..self.end
    }
}

/// All faults of a file, in the order of their places.
#[derive(Clone, Debug)]
pub struct Faults {
    name: String,
    source: String,
    list: Vec<Fault>,
}

impl Faults {
    /// Puts the faults of a file in order.
    pub fn new(name: &str, source: &str, mut list: Vec<Fault>) -> Self {
        list.sort();
        list.dedup();
        Self { name: one_line(name, MAX_QUOTED), source: source.to_owned(), list }
    }
    /// The faults.
    pub fn list(&self) -> &[Fault] {
        &self.list
    }
    /// The line of a fault, from 1.
    pub fn line(&self, fault: &Fault) -> usize {
        let start = fault.start.min(self.source.len());
        self.source.get(..start).map_or(1, |before| before.matches('\n').count() + 1)
    }
    /// Every fault with file name, line, the underlined excerpt and the remedy.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let mut out = String::new();
        for fault in self.list.iter().take(MAX_SHOWN) {
            out += &self.render_one(fault, &renderer);
            out += "\n\n";
        }
        let (all, n) = (self.list.len(), self.list.len().saturating_sub(MAX_SHOWN));
        if n > 0 {
            out = out + "and " + &n.to_string() + " more\n";
        }
        let plural = if all == 1 { "" } else { "s" };
        out + &format!("{}: {all} fault{plural}", self.name)
    }
    fn render_one(&self, fault: &Fault, renderer: &Renderer) -> String {
        let excerpt = Excerpt::cut(&self.source, fault.span());
        let snippet = Snippet::source(excerpt.text)
            .path(self.name.clone())
            .line_start(self.line(fault))
            .annotation(AnnotationKind::Primary.span(excerpt.span));
        let group = Grade::ERROR.primary_title(fault.message.as_str()).element(snippet);
        let help = Grade::HELP.message(fault.remedy.as_str());
        renderer.render(&[if fault.remedy.is_empty() { group } else { group.element(help) }])
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}
impl std::error::Error for Faults {}

/// The line of a fault, made printable, with the place in it.
struct Excerpt {
    text: String,
    span: Span,
}

impl Excerpt {
    fn cut(source: &str, span: Span) -> Self {
        let floor = |mut at: usize| {
            at = at.min(source.len());
            while !source.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = floor(span.start);
        let line_start = source[..start].rfind('\n').map_or(0, |i| i + 1);
        let line_end = source[start..].find('\n').map_or(source.len(), |i| start + i);
        let end = floor(span.end).clamp(start, line_end.max(start));
        let mut before = printable(&source[line_start..start]);
        if let Some((cut, _)) = before.char_indices().rev().nth(MAX_QUOTED) {
            before = format!("...{}", &before[cut..]);
        }
        let limited = |text: &str| printable(text).chars().take(MAX_QUOTED).collect::<String>();
        let (marked, after) = (limited(&source[start..end]), limited(&source[end..line_end]));
        let span = before.len()..before.len() + marked.len();
        Self { text: before + &marked + &after, span }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_shows_file_line_excerpt_and_remedy() {
        let source = "a = 1\nrate = 400\nb = 2\n";
        let at = source.find("rate").unwrap();
        let fault = Fault::new(at..at + 10, "a rate needs its unit", "write \"400/s\"");
        let text = Faults::new("x.toml", source, vec![fault]).render(false);
        for part in
            ["x.toml:2:1", "rate = 400", "^^^^^^^^^^", "a rate needs its unit", "write \"400/s\"", "1 fault"]
        {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
        assert!(!text.contains("b = 2"), "only the line itself is quoted");
    }

    #[test]
    fn control_characters_stay_out() {
        let source = "\u{1b}[2J\u{202e}x = 3";
        let fault = Fault::new(0..source.len(), "bad \u{1b}]0;key\u{7}", "");
        let text = Faults::new("a\u{1b}b", source, vec![fault]).render(false);
        assert!(text.chars().all(|c| c == '\n' || (!c.is_control() && c != '\u{202e}')), "{text:?}");
    }
}
