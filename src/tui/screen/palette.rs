//! The palette: every command by its name, found by a few of its letters; the scenes of the level and the levels too.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Widget};
use unicode_width::UnicodeWidthStr;

use crate::tui::diagram::Direction;
use crate::tui::keymap::{BINDINGS, Facts, Keymap, Place, commands};
use crate::tui::msg::Msg;
use crate::tui::panel::{cut, lines};
use crate::tui::theme::Theme;

/// Most letters of what is searched for.
const MAX_QUERY: usize = 32;
/// Cells and rows of the box at most.
const SIZE: (u16, u16) = (76, 20);

/// What an item does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// Sends a message.
    Send(Msg),
    /// Opens a scene of the present level, from 0.
    Scene(usize),
    /// Opens a level of the course, from 0.
    Level(usize),
}

/// One line of the list.
struct Item {
    name: String,
    /// Its key, if it has one.
    key: String,
    about: String,
    action: Action,
    /// It would do something now.
    works: bool,
}

/// The open palette.
pub struct Palette {
    items: Vec<Item>,
    query: String,
    /// Items that are found, the best first.
    found: Vec<usize>,
    chosen: usize,
    skip: usize,
}

impl Palette {
    /// Opens it over a screen with these facts, these scenes and levels to go to.
    pub fn open(keys: &Keymap, facts: &Facts, scenes: &[String], levels: &[String]) -> Self {
        let mut items: Vec<Item> = commands().into_iter().filter_map(|c| item(keys, facts, c)).collect();
        let place = |kind: &str, title: &String, action| Item {
            name: format!("{kind}: {title}"),
            key: String::new(),
            about: String::new(),
            action,
            works: true,
        };
        items.extend(scenes.iter().enumerate().map(|(i, t)| place("scene", t, Action::Scene(i))));
        items.extend(levels.iter().enumerate().map(|(i, t)| place("level", t, Action::Level(i))));
        let mut palette = Self { items, query: String::new(), found: Vec::new(), chosen: 0, skip: 0 };
        palette.search();
        palette
    }

    /// What works now comes first; of that, what the letters fit best.
    fn search(&mut self) {
        let mut matcher = Matcher::new(Config::DEFAULT);
        let pattern = Pattern::parse(&self.query, CaseMatching::Ignore, Normalization::Smart);
        let mut room = Vec::new();
        let mut scored: Vec<(bool, u32, usize)> = self
            .items
            .iter()
            .enumerate()
            .filter_map(|(i, item)| {
                let text = format!("{} {}", item.name, item.about);
                let score = pattern.score(Utf32Str::new(&text, &mut room), &mut matcher)?;
                Some((item.works, score, i))
            })
            .collect();
        scored.sort_by_key(|&(works, score, i)| (std::cmp::Reverse((works, score)), i));
        self.found = scored.into_iter().map(|s| s.2).collect();
        (self.chosen, self.skip) = (0, 0);
    }

    /// What Enter does: the chosen action, if it would do something now.
    pub fn action(&self) -> Option<Action> {
        let item = self.found.get(self.chosen).map(|&i| &self.items[i])?;
        item.works.then_some(item.action)
    }

    /// Carries a message out; whether the palette stays open.
    pub fn update(&mut self, msg: Msg) -> bool {
        let last = self.found.len().saturating_sub(1);
        match msg {
            Msg::Close | Msg::Leave => return false,
            Msg::Select(Direction::Up) | Msg::Scroll(..0) => self.chosen = self.chosen.saturating_sub(1),
            Msg::Select(Direction::Down) | Msg::Scroll(_) => self.chosen = (self.chosen + 1).min(last),
            Msg::Letter(letter) if self.query.chars().count() < MAX_QUERY => {
                self.query.push(letter);
                self.search();
            }
            Msg::Erase => {
                self.query.pop();
                self.search();
            }
            _ => {}
        }
        true
    }

    /// What the keymap must know.
    pub fn facts(&self) -> Facts {
        Facts {
            place: Place::Palette,
            next: if self.action().is_some() { "do it" } else { "" },
            steps: [false, false, self.chosen > 0, self.chosen + 1 < self.found.len()],
            closes: true,
            typing: true,
            ..Facts::default()
        }
    }

    /// Draws it over what is there.
    pub fn draw(&mut self, theme: &Theme, area: Rect, buf: &mut Buffer) {
        let width = SIZE.0.min(area.width.saturating_sub(4));
        let height = SIZE.1.min(area.height.saturating_sub(2));
        let x = area.x + (area.width - width) / 2;
        let frame = Rect { x, y: area.y + 1, width, height }.intersection(buf.area);
        if frame.width < 20 || frame.height < 4 {
            return;
        }
        Clear.render(frame, buf);
        buf.set_style(frame, theme.text);
        Block::bordered().border_type(BorderType::Rounded).border_style(theme.border).render(frame, buf);
        let prompt = Line::from(vec![
            Span::styled(":", theme.key),
            Span::styled(format!("{}_", self.query), theme.strong),
            Span::styled(format!("   {} of {}", self.found.len(), self.items.len()), theme.dim),
        ]);
        prompt.render(Rect { x: frame.x + 2, y: frame.y + 1, width: width - 4, height: 1 }, buf);
        let list = Rect { x: frame.x + 2, y: frame.y + 2, width: width - 3, height: frame.height - 3 };
        let room = list.height as usize;
        self.skip = self.skip.min(self.chosen).max((self.chosen + 1).saturating_sub(room));
        let rows: Vec<Line> = self
            .found
            .iter()
            .enumerate()
            .map(|(i, &item)| self.line(i, item, list.width as usize, theme))
            .collect();
        lines(&rows, self.skip, theme, list, buf);
    }

    fn line(&self, i: usize, item: usize, width: usize, theme: &Theme) -> Line<'static> {
        let item = &self.items[item];
        let chosen = i == self.chosen;
        let style = match (chosen, item.works) {
            (true, _) => theme.selected,
            (_, true) => theme.text,
            _ => theme.dim,
        };
        let name = cut(&item.name, width.saturating_sub(14));
        let key = format!("{:>8}", cut(&item.key, 8));
        let about = if item.works { item.about.clone() } else { "not now".to_owned() };
        let gap = 22usize.saturating_sub(name.width()).max(2);
        let room = width.saturating_sub(2 + name.width() + gap + 9);
        let about = cut(&about, room);
        let pad = room.saturating_sub(about.width());
        Line::from(vec![
            Span::styled(if chosen { "▸ " } else { "  " }, theme.accent),
            Span::styled(name, style),
            Span::styled(format!("{}{about}{}", " ".repeat(gap), " ".repeat(pad)), theme.dim),
            Span::styled(key, if item.works { theme.key } else { theme.dim }),
        ])
    }
}

/// A command as an item; commands of lists and of typing have no place here.
fn item(
    keys: &Keymap,
    facts: &Facts,
    (name, _, about): (&'static str, Vec<crate::tui::keymap::Press>, &'static str),
) -> Option<Item> {
    let rows = || BINDINGS.iter().filter(|row| row.msg.name() == name);
    let row = rows().find(|row| (row.when)(facts)).or_else(|| rows().next())?;
    let moves = matches!(
        row.msg,
        Msg::Select(_)
            | Msg::Scroll(_)
            | Msg::Knob(_)
            | Msg::Page(_)
            | Msg::Erase
            | Msg::Palette
            | Msg::ReadOn
    );
    let pressed = rows().find(|row| !row.press.is_empty() && (row.when)(facts));
    let pressed = pressed.or_else(|| rows().find(|row| !row.press.is_empty()))?;
    let works = (row.when)(facts);
    // What works elsewhere only, and says nothing of itself, would be noise.
    (!moves && (works || !about.is_empty())).then(|| Item {
        name: name.replace('-', " "),
        key: keys.name(pressed, facts),
        about: about.to_owned(),
        action: Action::Send(row.msg),
        works,
    })
}
