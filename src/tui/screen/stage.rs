//! The play screen's layout: where the diagram and the panels stand at each size.
//!
//! ```text
//! 80x24               120x35                       200x60
//! title               title                        title
//! diagram             lesson | diagram             lesson | diagram  | inspector
//! diagram                    | diagram                    | diagram  | busy
//! [tabs]                     | signals | goals            |----------| log
//! panel                      |         | log       goals  | signals  |
//! status, keys        status, keys                 status, keys
//! ```

pub mod tab;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Margin, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::play::{Play, Room, Tab};
use crate::sim::component::Kind;
use crate::tui::diagram::View;
use crate::tui::panel::{self, heading, lines, title};
use crate::tui::theme::Theme;

/// What the stage needs besides the play.
#[derive(Clone, Copy)]
pub struct Setup<'a> {
    /// The theme.
    pub theme: &'a Theme,
    /// Frames a second.
    pub fps: u8,
    /// Dots may move.
    pub motion: bool,
}

/// What a click at a place means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Spot {
    /// Opens a panel.
    Tab(Tab),
    /// Picks a choice or an option, from 0.
    Choice(usize),
}

impl Room {
    /// The layout for a size.
    pub const fn of(area: Rect) -> Self {
        if area.width >= 160 && area.height >= 45 {
            Self::Large
        } else if area.width >= 100 && area.height >= 30 {
            Self::Medium
        } else {
            Self::Small
        }
    }
}

/// Draws everything between the first line and the status line.
pub fn draw(play: &mut Play, setup: Setup, area: Rect, buf: &mut Buffer) {
    play.room = Room::of(Rect { height: area.height + 2, ..area });
    play.spots.clear();
    if play.tab != Tab::Log {
        play.scroll.1 = 0;
    }
    let [bar, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    let clock = title::Clockwork {
        now: play.lesson.elapsed,
        fine: play.pacing.is_slow_motion(),
        runs: play.runs(),
        speed: play.pacing.label(),
        seed: play.session.seed(),
    };
    title::draw(&play.lesson, &clock, setup.theme, bar, buf);
    match play.room {
        Room::Small => small(play, setup, body, buf),
        Room::Medium => medium(play, setup, body, buf),
        Room::Large => large(play, setup, body, buf),
    }
}

fn small(play: &mut Play, setup: Setup, area: Rect, buf: &mut Buffer) {
    let width = (area.width as usize).saturating_sub(3);
    let rest = area.height.saturating_sub(1);
    let usual = (rest * 45 / 100).max(4);
    // A question must be readable at once: its panel may grow while the diagram keeps a third.
    let wanted = match play.tab {
        Tab::Lesson => panel::lesson::needed(&play.lesson, play.paused, width, setup.theme),
        _ => 0,
    };
    let height = (wanted as u16).clamp(usual, (rest * 60 / 100).max(usual)).min(rest);
    let [picture, bar, room] =
        Layout::vertical([Constraint::Fill(1), Constraint::Length(1), Constraint::Length(height)])
            .areas(area);
    draw_diagram(play, setup, picture, buf);
    tabs(play, setup.theme, bar, buf);
    let room = room.inner(Margin { horizontal: 1, vertical: 0 });
    tab::draw(play, play.tab, setup.theme, room, buf);
}

fn tabs(play: &mut Play, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let mut spans = vec![Span::styled("─", theme.border)];
    let mut x = area.x + 1;
    for tab in Tab::ALL {
        let open = tab == play.tab;
        let style = if open { theme.selected } else { theme.dim };
        let name = if play.why && tab == Tab::Lesson { "Why" } else { tab.name() };
        let width = name.len() as u16 + 2;
        play.spots.push((Rect { x, width, height: 1, ..area }.intersection(area), Spot::Tab(tab)));
        x += width;
        spans.push(Span::styled(if open { format!("[{name}]") } else { format!(" {name} ") }, style));
    }
    let left = Line::from(spans);
    let right = panel::lesson::beats(&play.lesson, theme);
    let used = (left.width() + right.width() + 4) as u16;
    let rule = (area.width).saturating_sub(left.width() as u16);
    let from = area.x + left.width() as u16;
    if rule > 0 {
        buf.set_stringn(from, area.y, "─".repeat(rule as usize), rule as usize, theme.border);
    }
    left.render(area, buf);
    if used <= area.width && right.width() > 0 {
        let width = right.width() as u16 + 2;
        let at = Rect { x: area.right() - width - 1, y: area.y, width, height: 1 };
        buf.set_stringn(at.x, at.y, " ".repeat(width as usize), width as usize, theme.border);
        right.render(Rect { x: at.x + 1, width: width - 1, ..at }, buf);
    }
}

fn medium(play: &mut Play, setup: Setup, area: Rect, buf: &mut Buffer) {
    let column = (area.width / 3).clamp(36, 44);
    let [left, rule, right] =
        Layout::horizontal([Constraint::Length(column), Constraint::Length(1), Constraint::Fill(1)])
            .areas(area);
    lesson_column(play, setup.theme, left, buf);
    panel::rule(setup.theme, rule, buf);
    let below = (right.height * 9 / 20).max(10);
    let [picture, strip] = Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(right);
    draw_diagram(play, setup, picture, buf);
    let goals = panel::goals::page(&play.lesson.goals, strip.width as usize - 2, setup.theme);
    let goals_height = (goals.len() as u16 + 1).min(strip.height / 3 + 1);
    let [top, lower] = Layout::vertical([Constraint::Length(goals_height), Constraint::Fill(1)]).areas(strip);
    let top = heading("Goals", setup.theme, top, buf).inner(Margin { horizontal: 1, vertical: 0 });
    lines(&goals, 0, setup.theme, top, buf);
    // While somebody reads about a part its curve has the room of the charts; while knobs are turned one watches them.
    if play.tab == Tab::Inspector && play.curve.is_some() && !play.desk.open {
        framed(play, Tab::Inspector, setup.theme, lower, buf);
        return;
    }
    let [signals, slot] =
        Layout::horizontal([Constraint::Percentage(54), Constraint::Percentage(46)]).areas(lower);
    framed(play, Tab::Signals, setup.theme, signals, buf);
    let tab = if matches!(play.tab, Tab::Inspector | Tab::Busy) { play.tab } else { Tab::Log };
    framed(play, tab, setup.theme, slot, buf);
}

fn large(play: &mut Play, setup: Setup, area: Rect, buf: &mut Buffer) {
    let side = (area.width / 4).clamp(44, 60);
    let [left, rule_left, middle, rule_right, right] = Layout::horizontal([
        Constraint::Length(side),
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1),
        Constraint::Length(side),
    ])
    .areas(area);
    let goals = panel::goals::page(&play.lesson.goals, side as usize - 2, setup.theme);
    let [text, judged] = Layout::vertical([
        Constraint::Fill(1),
        Constraint::Length((goals.len() as u16 + 2).min(left.height / 3)),
    ])
    .areas(left);
    lesson_column(play, setup.theme, text, buf);
    let judged = heading("Goals", setup.theme, judged, buf).inner(Margin { horizontal: 1, vertical: 0 });
    lines(&goals, 0, setup.theme, judged, buf);
    panel::rule(setup.theme, rule_left, buf);
    panel::rule(setup.theme, rule_right, buf);
    let [picture, charts] = Layout::vertical([Constraint::Fill(1), Constraint::Length(25)]).areas(middle);
    draw_diagram(play, setup, picture, buf);
    framed(play, Tab::Signals, setup.theme, charts, buf);
    let measured = play.snapshot.nodes.iter().filter(|n| !n.removed && n.kind != Kind::Client).count();
    let [known, busy, events] = Layout::vertical([
        Constraint::Fill(3),
        Constraint::Length((measured as u16 + 2).min(right.height / 4)),
        Constraint::Fill(1),
    ])
    .areas(right);
    framed(play, Tab::Inspector, setup.theme, known, buf);
    framed(play, Tab::Busy, setup.theme, busy, buf);
    framed(play, Tab::Log, setup.theme, events, buf);
}

fn lesson_column(play: &mut Play, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let area = area.inner(Margin { horizontal: 1, vertical: 0 });
    let beats = panel::lesson::beats(&play.lesson, theme);
    beats.render(Rect { height: 1.min(area.height), ..area }, buf);
    let room = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area }.intersection(area);
    tab::draw(play, Tab::Lesson, theme, room, buf);
}

fn framed(play: &mut Play, tab: Tab, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let room = heading(tab.name(), theme, area, buf).inner(Margin { horizontal: 1, vertical: 0 });
    tab::draw(play, tab, theme, room, buf);
}

/// Draws the running system.
pub fn draw_diagram(play: &mut Play, setup: Setup, area: Rect, buf: &mut Buffer) {
    let area = area.intersection(buf.area);
    let view = View {
        snapshot: &play.snapshot,
        selected: play.selected,
        bottleneck: play.bottleneck.as_ref().map(|b| b.node),
        motion: play.motion(setup.fps, setup.motion),
        followed: play.followed.as_ref(),
        theme: setup.theme,
    };
    play.diagram.render(&view, area, buf);
}

/// What the dots of the diagram mean now.
pub fn legend(play: &Play, setup: Setup, width: u16) -> Line<'static> {
    let mut line = play.diagram.legend(play.motion(setup.fps, setup.motion), setup.theme);
    let whole = line.spans.len();
    while line.width() > width as usize {
        line.spans.pop();
    }
    // A glyph whose word was dropped goes with it.
    if line.spans.len() < whole && line.spans.len() % 2 == 1 {
        line.spans.pop();
    }
    line
}
