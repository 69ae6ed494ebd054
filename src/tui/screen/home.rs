//! Home: the course at a glance.
//!
//! ```text
//!              f i v e n i n e s
//!         ┏━┓  ╭┄╮   ╭┄╮  ╭┄╮  ╭┄╮
//!         ┗━┫  ╰┄┤   ╰┄┤  ╰┄┤  ╰┄┤
//!         ╺━┛  ╶┄╯ . ╶┄╯  ╶┄╯  ╶┄╯ %
//!   ▸ 1  The monolith          ✓ done ★★☆
//!        How far does one box go?
//! ```

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthStr;

use crate::level::Level;
use crate::level::glossary::glossary;
use crate::level::scene::{Role, Scene};
use crate::session::progress::{LevelProgress, Progress};
use crate::tui::diagram::Direction;
use crate::tui::panel::{cut, wall};
use crate::tui::theme::Theme;

/// The list of levels and which one is chosen.
#[derive(Clone, Debug, Default)]
pub struct Home {
    /// The levels in the order of the course.
    pub shelf: Vec<Arc<Level>>,
    /// The one that Enter opens.
    pub chosen: usize,
    /// Its list of scenes is open, at this one.
    pub scene: Option<usize>,
}

impl Home {
    /// A shelf with the first unfinished level chosen; one that was begun goes before one that was not.
    pub fn new(shelf: Vec<Arc<Level>>, progress: &Progress) -> Self {
        let state = |l: &Arc<Level>| progress.levels.get(&l.id);
        let begun = shelf.iter().position(|l| state(l).is_some_and(|p| !p.finished && p.at > 0));
        let unfinished = shelf.iter().position(|l| state(l).is_none_or(|p| !p.finished));
        Self { chosen: begun.or(unfinished).unwrap_or(0), shelf, scene: None }
    }
    /// Moves the choice, if there is a level in that direction.
    pub fn step(&mut self, direction: Direction) {
        if let Some(to) = self.neighbour(direction) {
            (self.chosen, self.scene) = to;
        }
    }
    /// The level in that direction; to the right, its scenes. Answers the level and the scene.
    pub fn neighbour(&self, direction: Direction) -> Option<(usize, Option<usize>)> {
        let (at, scenes) = (self.chosen, self.scenes());
        match (direction, self.scene) {
            (Direction::Up, None) => Some((at.checked_sub(1)?, None)),
            (Direction::Down, None) => Some((at + 1, None)).filter(|(i, _)| *i < self.shelf.len()),
            (Direction::Right, None) => (scenes > 0).then_some((at, Some(0))),
            (Direction::Left, None) | (Direction::Right, Some(_)) => None,
            (Direction::Left, Some(_)) => Some((at, None)),
            (Direction::Up, Some(scene)) => Some((at, Some(scene.checked_sub(1)?))),
            (Direction::Down, Some(scene)) => Some((at, Some(scene + 1))).filter(|_| scene + 1 < scenes),
        }
    }
    fn scenes(&self) -> usize {
        self.shelf.get(self.chosen).map_or(0, |l| l.scenes.len())
    }
    /// How many levels, or scenes, the digits choose from.
    pub fn choices(&self) -> usize {
        if self.scene.is_some() { self.scenes() } else { self.shelf.len() }.min(9)
    }
    /// What Enter does with the chosen level.
    pub fn verb(&self, progress: &Progress) -> &'static str {
        if self.scene.is_some() {
            return "open";
        }
        match self.shelf.get(self.chosen).map(|l| progress.levels.get(&l.id)) {
            None => "",
            Some(Some(p)) if p.at > 0 => "resume",
            Some(Some(p)) if p.finished => "play again",
            Some(_) => "start",
        }
    }
    /// Draws the screen above the footer.
    pub fn draw(&self, progress: &Progress, theme: &Theme, area: Rect, buf: &mut Buffer) {
        if let Some(scene) = self.scene {
            return self.draw_scenes(scene, progress, theme, area, buf);
        }
        let count = self.shelf.len() as u16;
        let roomy = area.height >= 11 + count * 3;
        let each = if roomy { 3 } else { 2.min((area.height.saturating_sub(6) / count.max(1)).max(1)) };
        let head = if area.height >= 8 + each * count { 8 } else { 4 };
        let width = area.width.saturating_sub(4).min(76);
        // The wall of words stands below where it has room.
        let lit = wall::lit(&self.shelf, progress);
        let mut words = wall::lines(usize::MAX, &lit, width as usize, theme);
        let room = area.height.saturating_sub(head + each * count) as usize;
        words.truncate(if words.len() <= room { room } else { 0 });
        let gap = usize::from(!words.is_empty() && words.len() < room);
        let used = (head + each * count).min(area.height) + (words.len() + gap) as u16;
        let top = area.y + (area.height - used) / 3;
        self.masthead(
            progress,
            &lit,
            theme,
            Rect { y: top, height: head, ..area }.intersection(area),
            head > 4,
            buf,
        );
        let list = Rect { x: area.x + (area.width - width) / 2, y: top + head, width, height: each * count }
            .intersection(area);
        for (i, level) in self.shelf.iter().enumerate() {
            let y = list.y + each * i as u16;
            let row = Rect { y, height: each.min(2), ..list }.intersection(list);
            self.row(i, level, progress.levels.get(&level.id), theme, row, buf);
        }
        let below =
            Rect { y: list.bottom() + gap as u16, height: words.len() as u16, ..list }.intersection(area);
        for (y, line) in (below.top()..below.bottom()).zip(words) {
            line.render(Rect { y, height: 1, ..below }, buf);
        }
    }

    /// The scenes of the chosen level, the one at `scene` marked.
    fn draw_scenes(&self, scene: usize, progress: &Progress, theme: &Theme, area: Rect, buf: &mut Buffer) {
        let Some(level) = self.shelf.get(self.chosen) else { return };
        let width = area.width.saturating_sub(4).min(76);
        let inside = Rect { x: area.x + (area.width - width) / 2, width, ..area };
        let room = inside.height.saturating_sub(4) as usize;
        let top = inside.y + (inside.height.saturating_sub(4 + level.scenes.len().min(room) as u16)) / 3;
        let number = level.number.map_or(String::new(), |n| format!("{n}  "));
        let head = [
            Line::styled(cut(&format!("{number}{}", level.title), width as usize), theme.strong),
            Line::styled(cut(&level.question, width as usize), theme.dim),
        ];
        for (y, line) in (top..inside.bottom()).zip(head) {
            line.render(Rect { y, height: 1, ..inside }, buf);
        }
        // The marked one stays in sight.
        let first = scene.saturating_sub(room.saturating_sub(1));
        let done = progress.levels.get(&level.id);
        let shown = level.scenes.iter().enumerate().skip(first).take(room);
        for (y, (i, s)) in (top + 3..inside.bottom()).zip(shown) {
            let row = scene_row(i, s, i == scene, done, width as usize, theme);
            row.render(Rect { y, height: 1, ..inside }, buf);
        }
    }

    fn masthead(
        &self,
        progress: &Progress,
        lit: &[&str],
        theme: &Theme,
        area: Rect,
        large: bool,
        buf: &mut Buffer,
    ) {
        let nines = self.nines(progress, theme);
        let done = self.done(progress);
        let (name, motto) = if large { ("f i v e n i n e s", true) } else { ("fivenines", false) };
        let mut rows = vec![Line::styled(name, theme.strong)];
        if motto {
            rows.push(Line::styled("start simple; scale when the metrics scream", theme.dim));
            rows.push(Line::default());
            rows.extend(nines);
        }
        let known = glossary().wall().iter().filter(|word| lit.contains(&word.as_str())).count();
        let all = glossary().wall().len();
        let words = match (done, self.shelf.len()) {
            (d, n) if d == n && n > 0 => format!("every nine is lit · {known} of {all} words"),
            (d, n) => format!("{d} of {n} nines lit · {known} of {all} words"),
        };
        rows.push(Line::styled(words, theme.dim));
        for (y, line) in (area.y..area.bottom()).zip(rows) {
            line.centered().render(Rect { y, height: 1, ..area }, buf);
        }
    }

    fn done(&self, progress: &Progress) -> usize {
        self.shelf.iter().filter(|l| is_lit(progress, l)).count()
    }

    /// `99.999 %` in three rows: a lit nine is heavy and bright, the others are a pale outline.
    fn nines(&self, progress: &Progress, theme: &Theme) -> Vec<Line<'static>> {
        let mut rows = vec![Vec::new(); 3];
        let mut put = |glyph: [&'static str; 3], style: Style| {
            for (row, part) in rows.iter_mut().zip(glyph) {
                row.push(Span::styled(part, style));
            }
        };
        for (i, level) in self.shelf.iter().enumerate() {
            if i == 2 {
                put([" ", " ", "."], theme.dim);
            }
            if is_lit(progress, level) {
                put([" ┏━┓ ", " ┗━┫ ", " ╺━┛ "], theme.good);
            } else {
                put([" ╭┄╮ ", " ╰┄┤ ", " ╶┄╯ "], theme.dim);
            }
        }
        put(["  ", "  ", " %"], theme.dim);
        rows.into_iter().map(Line::from).collect()
    }

    fn row(
        &self,
        i: usize,
        level: &Level,
        done: Option<&LevelProgress>,
        theme: &Theme,
        area: Rect,
        buf: &mut Buffer,
    ) {
        if area.is_empty() {
            return;
        }
        let chosen = i == self.chosen;
        let (state, style) = state(level, done, theme);
        let number = level.number.map_or("-".to_owned(), |n| n.to_string());
        let mark = if chosen { "▸" } else { " " };
        let room = (area.width as usize).saturating_sub(state.width() + 7);
        let title = cut(&level.title, room);
        let gap = room.saturating_sub(title.width()) + 2;
        let title_style = if chosen { theme.strong } else { theme.text };
        Line::from(vec![
            Span::styled(format!("{mark} "), theme.accent),
            Span::styled(format!("{number}  "), theme.key),
            Span::styled(title, title_style),
            Span::raw(" ".repeat(gap)),
            Span::styled(state, style),
        ])
        .render(Rect { height: 1, ..area }, buf);
        if area.height > 1 {
            let question = cut(&level.question, (area.width as usize).saturating_sub(5));
            let question = Line::from(vec![
                Span::raw("     "),
                Span::styled(question, if chosen { theme.text } else { theme.dim }),
            ]);
            question.render(Rect { y: area.y + 1, height: 1, ..area }, buf);
        }
    }
}

/// `▸ 3  ◇ Pull the plug              ✓`
fn scene_row(
    i: usize,
    scene: &Scene,
    chosen: bool,
    done: Option<&LevelProgress>,
    width: usize,
    theme: &Theme,
) -> Line<'static> {
    let (mark, word) = match scene.role {
        Role::Story => ("", ""),
        Role::SideRoom => ("◇ ", "side room"),
        Role::Challenge => ("★ ", "challenge"),
        Role::Variant => ("◇ ", "another cause"),
    };
    let seen = if done.is_some_and(|p| p.done.has(i)) { "✓" } else { " " };
    let style = if chosen { theme.strong } else { theme.text };
    let room = width.saturating_sub(22);
    let title = cut(&format!("{mark}{}", scene.title), room);
    let gap = " ".repeat(room.saturating_sub(title.width()) + 1);
    Line::from(vec![
        Span::styled(if chosen { "▸ " } else { "  " }, theme.accent),
        Span::styled(format!("{:>2}  ", i + 1), theme.key),
        Span::styled(title, style),
        Span::raw(gap),
        Span::styled(format!("{word:<13} "), theme.dim),
        Span::styled(seen, theme.good),
    ])
}

/// A level whose challenge was won lights its nine; one without a challenge, when it is finished.
fn is_lit(progress: &Progress, level: &Level) -> bool {
    let won = |p: &LevelProgress| p.passed || (p.finished && level.challenge().is_none());
    progress.levels.get(&level.id).is_some_and(won)
}

fn state(level: &Level, done: Option<&LevelProgress>, theme: &Theme) -> (String, Style) {
    match done {
        Some(p) if p.finished => {
            let marks = usize::from(p.marks.min(3));
            let stars = format!("{}{}", "★".repeat(marks), "☆".repeat(3 - marks));
            if p.passed || level.challenge().is_none() {
                (format!("✓ done {stars}"), theme.good)
            } else {
                (format!("challenge open {stars}"), theme.warn)
            }
        }
        Some(p) if p.at > 0 => (format!("scene {} of {}", p.at + 1, level.scenes.len()), theme.warn),
        _ => ("new".into(), theme.dim),
    }
}
