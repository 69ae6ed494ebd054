//! The glossary: the words of the present scene and all the others, and the entry of the chosen one.
//!
//! ```text
//! 80x24                120x35
//! Glossary             Glossary
//! list of words        list  | entry
//! ─────────────        of    |
//! entry                words |
//! keys                 keys
//! ```

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Margin, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthStr;

use crate::level::Level;
use crate::level::glossary::{Entry, Found, MOST_SHOWN, glossary};
use crate::tui::diagram::Direction;
use crate::tui::keymap::{Facts, Place};
use crate::tui::msg::Msg;
use crate::tui::panel::{self, cut, flow, lines, marked};
use crate::tui::theme::Theme;

/// Most letters of what is searched for.
const MAX_FILTER: usize = 24;
/// From this width on the list and the entry stand side by side.
const WIDE: u16 = 100;
/// Widest lines of an entry: longer ones are tiring to read.
const READABLE: u16 = 76;

/// One line of the list.
#[derive(Clone, Copy)]
enum Row {
    Heading(&'static str),
    Word(Found<'static>),
}

/// The open glossary.
pub struct Book {
    /// Words of the scene that it was opened in.
    terms: Vec<&'static Entry>,
    /// What is searched for.
    filter: String,
    /// Letters go there.
    typing: bool,
    rows: Vec<Row>,
    /// The chosen row: a word wherever there is one.
    chosen: usize,
    /// The first row on screen.
    skip: usize,
    /// Lines of the entry that were read and scrolled away, and how many can be: the latter is set when it is drawn.
    scroll: (usize, usize),
    /// Lines of the entry on screen.
    room: usize,
    /// Where the list stands.
    list: Rect,
}

impl Book {
    /// Opens it at the first term of a scene.
    pub fn open(terms: &[String]) -> Self {
        let mut book = Self {
            terms: terms.iter().filter_map(|t| glossary().find(t)).collect(),
            filter: String::new(),
            typing: false,
            rows: Vec::new(),
            chosen: 0,
            skip: 0,
            scroll: (0, 0),
            room: 1,
            list: Rect::default(),
        };
        book.list_words();
        book
    }

    /// Makes the list anew; the first word of it is chosen.
    fn list_words(&mut self) {
        let word = |entry| Row::Word(Found { entry, via: None });
        self.rows.clear();
        if self.filter.is_empty() {
            if !self.terms.is_empty() {
                self.rows.push(Row::Heading("In this scene"));
                self.rows.extend(self.terms.iter().copied().map(word));
            }
            self.rows.push(Row::Heading("All words"));
            self.rows.extend(glossary().entries().iter().map(word));
        } else {
            let found = glossary().search(&self.filter);
            let near = glossary().nearest(&self.filter).and_then(|near| glossary().find(near));
            match near {
                _ if !found.is_empty() => self.rows.extend(found.into_iter().map(Row::Word)),
                Some(near) => self.rows.extend([Row::Heading("Not found. The nearest word:"), word(near)]),
                None => self.rows.push(Row::Heading("Not found.")),
            }
        }
        let first = self.rows.iter().position(|row| matches!(row, Row::Word(_)));
        self.choose(first.unwrap_or(0));
        self.skip = 0;
    }

    fn choose(&mut self, row: usize) {
        (self.chosen, self.scroll.0) = (row, 0);
    }

    /// The chosen entry.
    pub fn entry(&self) -> Option<&'static Entry> {
        match self.rows.get(self.chosen) {
            Some(Row::Word(found)) => Some(found.entry),
            _ => None,
        }
    }

    /// The word so many words further down, or up; at the ends the last or the first.
    fn beside(&self, by: isize) -> Option<usize> {
        let words =
            || self.rows.iter().enumerate().filter(|(_, r)| matches!(r, Row::Word(_))).map(|(i, _)| i);
        let at = words().position(|i| i == self.chosen)?;
        let to = at.saturating_add_signed(by).min(words().count() - 1);
        words().nth(to).filter(|i| *i != self.chosen)
    }

    fn step(&mut self, by: isize) {
        if let Some(row) = self.beside(by) {
            self.choose(row);
        }
    }

    /// Carries a message out; whether the glossary stays open.
    pub fn update(&mut self, msg: Msg) -> bool {
        match msg {
            Msg::Leave | Msg::Glossary => return false,
            Msg::Close if self.filter.is_empty() && !self.typing => return false,
            Msg::Close => self.clear(),
            Msg::Select(Direction::Up) => self.step(-1),
            Msg::Select(Direction::Down) => self.step(1),
            Msg::Scroll(by) => self.step(by.into()),
            Msg::Page(down) => {
                let page = (self.list.height as isize - 1).max(1);
                self.step(if down { page } else { -page });
            }
            Msg::ReadOn => {
                let (at, last) = self.scroll;
                self.scroll.0 =
                    if at < last { (at + self.room.saturating_sub(1).max(1)).min(last) } else { 0 };
            }
            Msg::Find => self.typing = true,
            Msg::Next => self.typing = false,
            Msg::Letter(letter) if self.filter.chars().count() < MAX_FILTER => {
                self.filter.push(letter);
                self.list_words();
            }
            Msg::Erase => {
                self.filter.pop();
                self.list_words();
            }
            Msg::Click(column, row) if self.list.contains((column, row).into()) => {
                let row = self.skip + usize::from(row - self.list.y);
                if matches!(self.rows.get(row), Some(Row::Word(_))) {
                    self.choose(row);
                }
            }
            _ => {}
        }
        true
    }

    /// All words again; the chosen one stays chosen.
    fn clear(&mut self) {
        let kept = self.entry();
        self.typing = false;
        self.filter.clear();
        self.list_words();
        let same = |row: &Row| matches!(row, Row::Word(found) if Some(found.entry) == kept);
        if let Some(row) = self.rows.iter().position(same) {
            self.choose(row);
            // In the middle: its neighbours are of interest too.
            self.skip = row.saturating_sub(self.list.height as usize / 2);
        }
    }

    /// What the keymap must know.
    pub fn facts(&self) -> Facts {
        Facts {
            place: Place::Glossary,
            steps: [false, false, self.beside(-1).is_some(), self.beside(1).is_some()],
            closes: true,
            typing: self.typing,
            filtered: self.typing || !self.filter.is_empty(),
            more: self.scroll.1 > 0,
            ..Facts::default()
        }
    }

    /// Draws it above the footer.
    pub fn draw(&mut self, levels: &[Arc<Level>], theme: &Theme, area: Rect, buf: &mut Buffer) {
        let [bar, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
        self.title(theme, bar, buf);
        let page =
            if area.width >= WIDE { side_by_side(theme, body, buf) } else { one_below(theme, body, buf) };
        let [list, entry] = page;
        self.draw_list(theme, list, buf);
        self.draw_entry(levels, theme, entry, buf);
    }

    fn title(&self, theme: &Theme, area: Rect, buf: &mut Buffer) {
        buf.set_style(area, theme.title_bar);
        let words = self.rows.iter().filter(|r| matches!(r, Row::Word(_))).count();
        let all = glossary().entries().len();
        let (left, right) = if self.typing || !self.filter.is_empty() {
            let cursor = if self.typing { "_" } else { "" };
            (format!(" Glossary  /{}{cursor}", self.filter), format!("{words} of {all} words "))
        } else {
            (" Glossary".to_owned(), format!("{all} words "))
        };
        let gap = (area.width as usize).saturating_sub(left.width() + right.width());
        Line::from(format!("{left}{}{right}", " ".repeat(gap))).render(area, buf);
    }

    fn draw_list(&mut self, theme: &Theme, area: Rect, buf: &mut Buffer) {
        self.list = area;
        let (room, width) = (area.height as usize, area.width as usize);
        // The heading above the first word comes into sight with it.
        let top = if self.chosen == 1 { 0 } else { self.chosen };
        self.skip = self.skip.min(top).max((self.chosen + 1).saturating_sub(room));
        self.skip = self.skip.min(self.rows.len().saturating_sub(room));
        let rows: Vec<Line> =
            self.rows.iter().enumerate().map(|(i, row)| self.line(i, *row, width, theme)).collect();
        lines(&rows, self.skip, theme, area, buf);
    }

    fn line(&self, i: usize, row: Row, width: usize, theme: &Theme) -> Line<'static> {
        let found = match row {
            Row::Heading(text) => return Line::styled(cut(text, width), theme.panel_title),
            Row::Word(found) => found,
        };
        let chosen = i == self.chosen;
        let mark = if chosen { "▸ " } else { "  " };
        // The other word by which it was found.
        let via = found.via.map_or(String::new(), |via| format!("   {via}"));
        let name = cut(&found.entry.name, width.saturating_sub(4));
        let room = width.saturating_sub(name.width() + 4);
        Line::from(vec![
            Span::styled(mark, if chosen { theme.accent } else { theme.text }),
            Span::styled(name, if chosen { theme.selected } else { theme.text }),
            Span::styled(cut(&via, room), theme.dim),
        ])
    }

    fn draw_entry(&mut self, levels: &[Arc<Level>], theme: &Theme, area: Rect, buf: &mut Buffer) {
        let width = area.width.saturating_sub(1).min(READABLE) as usize;
        let mut page = self.entry().map_or(Vec::new(), |entry| page(entry, levels, width, theme));
        self.room = area.height as usize;
        if page.len() > self.room {
            page.retain(|line| line.width() > 0);
        }
        self.scroll.1 = page.len().saturating_sub(self.room);
        self.scroll.0 = self.scroll.0.min(self.scroll.1);
        lines(&page, self.scroll.0, theme, area, buf);
    }
}

/// The rooms of the list and of the entry beside it.
fn side_by_side(theme: &Theme, area: Rect, buf: &mut Buffer) -> [Rect; 2] {
    let column = (area.width / 3).clamp(36, 48);
    let [list, rule, entry] =
        Layout::horizontal([Constraint::Length(column), Constraint::Length(1), Constraint::Fill(1)])
            .areas(area);
    panel::rule(theme, rule, buf);
    let [_, list] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(list);
    let [_, entry] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(entry);
    let margin = |horizontal| Margin { horizontal, vertical: 0 };
    [list.inner(margin(1)), entry.inner(margin(3))]
}

/// The rooms of the list and of the entry below it.
fn one_below(theme: &Theme, area: Rect, buf: &mut Buffer) -> [Rect; 2] {
    let height = (area.height * 2 / 5).max(3);
    let [list, rule, entry] =
        Layout::vertical([Constraint::Length(height), Constraint::Length(1), Constraint::Fill(1)])
            .areas(area);
    panel::rule(theme, rule, buf);
    let margin = Margin { horizontal: 1, vertical: 0 };
    [list.inner(margin), entry.inner(margin)]
}

/// An entry in lines of at most `width` cells.
fn page(entry: &Entry, levels: &[Arc<Level>], width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut out = vec![Line::styled(entry.name.clone(), theme.strong)];
    if !entry.aka.is_empty() {
        out.extend(marked("also called ", &entry.aka.join(", "), width, theme.dim, theme.dim));
    }
    out.push(Line::default());
    out.extend(flow(&entry.means, width).into_iter().map(|row| Line::styled(row, theme.text)));
    out.push(Line::default());
    for (i, scene) in entry.shown_in(levels).iter().take(MOST_SHOWN).enumerate() {
        let label = if i == 0 { "Shown in  " } else { "          " };
        out.extend(marked(label, &scene.to_string(), width, theme.dim, theme.text));
    }
    let label = "Source    ";
    let source = breakable(&entry.source, width.saturating_sub(label.width()));
    out.extend(marked(label, &source, width, theme.dim, theme.dim));
    out
}

/// Addresses that are longer than a line get blanks after a slash, where they may be broken.
fn breakable(text: &str, width: usize) -> String {
    let mut out = String::new();
    for mut word in text.split_whitespace() {
        while word.width() > width {
            // Everything is ASCII: a test of the glossary sees to it.
            let Some(slash) = word.get(..width).and_then(|start| start.rfind('/')) else { break };
            out.push_str(&word[..=slash]);
            out.push(' ');
            word = &word[slash + 1..];
        }
        out.push_str(word);
        out.push(' ');
    }
    out
}
